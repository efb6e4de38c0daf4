//! How long an answer may be used without asking again, as its server says (RFC 9111 §4.2).

use reqwest::header::{AGE, CACHE_CONTROL, HeaderMap};
use serde_json::Value;
use std::time::Duration;

/// JSON that was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fetched {
    /// The JSON.
    pub(crate) json: Value,
    /// How long it may be used, if the server says so.
    pub(crate) fresh_for: Option<Duration>,
}

/// `Cache-Control: max-age` (RFC 9111 §5.2.2.1), less the time that the answer has spent in other caches (§5.1). `no-store` and
/// `no-cache` mean zero. Of several values the shortest counts (§4.2.1).
pub(super) fn fresh_for(headers: &HeaderMap) -> Option<Duration> {
    let lines = headers.get_all(CACHE_CONTROL).iter().filter_map(|line| line.to_str().ok());
    let seconds = lines.flat_map(|line| line.split(',')).filter_map(directive).min()?;
    let age = headers.get(AGE).and_then(|age| age.to_str().ok()).and_then(|age| whole_seconds(age.trim())).unwrap_or(0);
    Some(Duration::from_secs(seconds.saturating_sub(age)))
}

fn directive(text: &str) -> Option<u64> {
    let (name, value) = text.split_once('=').map_or((text.trim(), ""), |(name, value)| (name.trim(), value.trim()));
    match name.to_ascii_lowercase().as_str() {
        "no-store" | "no-cache" => Some(0),
        "max-age" => whole_seconds(value.trim_matches('"')),
        _ => None,
    }
}

/// A number of seconds (RFC 9111 §1.2.2); one that is too large means a very long time.
fn whole_seconds(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    fn told(lines: &[&str], age: Option<&str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(CACHE_CONTROL, HeaderValue::from_str(line).unwrap());
        }
        age.map(|age| headers.insert(AGE, HeaderValue::from_str(age).unwrap()));
        fresh_for(&headers).map(|told| told.as_secs())
    }

    #[test]
    fn rfc9111_4_2_1_max_age_is_read_in_every_spelling_and_the_shortest_counts() {
        for (lines, expected) in [
            (&["max-age=60"][..], Some(60)),
            (&["public, Max-Age=60"], Some(60)),
            (&["max-age=\"60\" , must-revalidate"], Some(60)),
            (&["max-age=600", "max-age=60"], Some(60)),
            (&["private", "no-cache=\"x\", max-age=60"], Some(0)),
            (&["no-store"], Some(0)),
            (&["max-age=0"], Some(0)),
            (&["max-age=99999999999999999999999"], Some(u64::MAX)),
            (&["max-age=-1"], None),
            (&["max-age"], None),
            (&["s-maxage=5, x-max-age=3"], None),
            (&[""], None),
            (&[], None),
        ] {
            assert_eq!(told(lines, None), expected, "{lines:?}");
        }
    }

    #[test]
    fn rfc9111_5_1_the_time_in_other_caches_counts() {
        assert_eq!((told(&["max-age=60"], Some("50")), told(&["max-age=60"], Some("70"))), (Some(10), Some(0)));
        assert_eq!((told(&["max-age=60"], Some("x")), told(&[], Some("5"))), (Some(60), None));
    }
}
