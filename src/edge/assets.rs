//! Style sheets, font, scripts and drawings, inside the binary under names that carry a hash of their content.
//!
//! `build.rs` makes the table of `assets/` and compresses each file. Only these files are sent compressed. A page holds what is
//! secret beside what the sender of a link chose (its address, a search): by the size of a compressed page an attacker on the
//! network could test guesses about the secret (BREACH). So pages are not compressed, here or by a proxy in front
//! (`docs/operating.md`), and stay small.

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// The content under one name never changes.
pub(crate) const CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

/// One file as it is served.
#[derive(Debug)]
pub struct Asset {
    name: &'static str,
    url: &'static str,
    content_type: &'static str,
    hash: &'static str,
    body: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

static ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// A content coding (RFC 9110 §8.4.1), the smallest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// Brotli (RFC 7932).
    Brotli,
    /// Gzip (RFC 1952).
    Gzip,
    /// None.
    Identity,
}

impl Coding {
    /// All, in the order of preference.
    pub const ALL: [Self; 3] = [Self::Brotli, Self::Gzip, Self::Identity];

    /// Its name in a header.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
            Self::Identity => "identity",
        }
    }

    fn is_named(self, name: &str) -> bool {
        // RFC 9110 §8.4.1.3: `x-gzip` is the same.
        name.eq_ignore_ascii_case(self.name()) || (self == Self::Gzip && name.eq_ignore_ascii_case("x-gzip"))
    }
}

impl Asset {
    /// The content in a coding; `None` where that would not be smaller.
    pub const fn coded(&self, coding: Coding) -> Option<&'static [u8]> {
        match coding {
            Coding::Brotli => self.brotli,
            Coding::Gzip => self.gzip,
            Coding::Identity => Some(self.body),
        }
    }

    /// RFC 9110 §8.8.3.3: each coding of a content has an entity tag of its own.
    fn tag(&self, coding: Coding) -> String {
        match coding {
            Coding::Identity => format!("\"{}\"", self.hash),
            _ => format!("\"{}-{}\"", self.hash, coding.name()),
        }
    }

    /// The best coding for a client that accepts these.
    fn best_for(&self, accepted: &str) -> (Coding, &'static [u8]) {
        let mut best = (Coding::Identity, self.body, 0);
        for coding in Coding::ALL {
            let weight = weight_of(coding, accepted);
            if let Some(body) = self.coded(coding).filter(|_| weight > best.2) {
                best = (coding, body, weight);
            }
        }
        (best.0, best.1)
    }
}

/// The path of the asset `name`; empty for an unknown name.
pub fn url(name: &str) -> &'static str {
    ASSETS.iter().find(|asset| asset.name == name).map_or("", |asset| asset.url)
}

/// The asset that is served under `/assets/{file}`.
pub fn find(file: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.url.strip_prefix("/assets/") == Some(file))
}

/// `GET /assets/{file}`.
pub(crate) async fn serve(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let Some(asset) = find(&file) else { return StatusCode::NOT_FOUND.into_response() };
    let (coding, body) = asset.best_for(&listed(&headers, header::ACCEPT_ENCODING));
    let tag = asset.tag(coding);
    let is_known = is_known(&tag, &listed(&headers, header::IF_NONE_MATCH));
    let mut response = match coding {
        _ if is_known => StatusCode::NOT_MODIFIED.into_response(),
        Coding::Identity => ([(header::CONTENT_TYPE, asset.content_type)], body).into_response(),
        coded => ([(header::CONTENT_TYPE, asset.content_type), (header::CONTENT_ENCODING, coded.name())], body).into_response(),
    };
    let answer = response.headers_mut();
    // RFC 9110 §12.5.5: caches keep the codings apart. A 304 has the same headers (§15.4.5).
    answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHE_CONTROL));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answer.insert(header::ETAG, tag);
    }
    response
}

/// All lines of a header as one list (RFC 9110 §5.3).
fn listed(headers: &HeaderMap, name: header::HeaderName) -> String {
    headers.get_all(name).iter().filter_map(|line| line.to_str().ok()).collect::<Vec<_>>().join(",")
}

/// RFC 9110 §13.1.2: by weak comparison.
fn is_known(tag: &str, known: &str) -> bool {
    known.split(',').map(str::trim).any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

/// How much a client wants a coding, in thousandths; 0: not at all (RFC 9110 §12.5.3).
fn weight_of(coding: Coding, accepted: &str) -> u16 {
    let ranges = accepted.split(',').map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        (name, weight.map_or(1000, thousandths))
    });
    let ranges: Vec<_> = ranges.collect();
    let named = ranges.iter().find(|(name, _)| coding.is_named(name));
    match named.or(ranges.iter().find(|(name, _)| *name == "*")) {
        Some((_, weight)) => *weight,
        // Always acceptable where it is not excluded, and the last choice.
        None if coding == Coding::Identity => 1,
        None => 0,
    }
}

/// A weight that cannot be read excludes.
fn thousandths(weight: &str) -> u16 {
    match weight.split_once('.').unwrap_or((weight, "")) {
        ("1", rest) if rest.bytes().all(|digit| digit == b'0') => 1000,
        ("0", rest) if rest.len() <= 3 && rest.bytes().all(|digit| digit.is_ascii_digit()) => {
            format!("{rest:0<3}").parse().unwrap_or(0)
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_asset_is_found_under_the_url_that_pages_use() {
        assert!(ASSETS.len() >= 10);
        for asset in ASSETS {
            let file = url(asset.name).strip_prefix("/assets/").unwrap();
            assert_eq!(find(file).unwrap().name, asset.name);
        }
    }

    #[test]
    fn the_style_sheet_points_to_files_that_are_served() {
        let file = url("app.css").strip_prefix("/assets/").unwrap();
        let style = std::str::from_utf8(find(file).unwrap().body).unwrap();
        let targets: Vec<_> = style.split("url(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(!targets.is_empty());
        for target in targets {
            assert!(target.strip_prefix("/assets/").and_then(find).is_some(), "{target} is not served");
        }
    }

    #[test]
    fn rfc9110_12_5_3_the_heaviest_coding_wins_and_zero_excludes() {
        let sheet = find(url("app.css").strip_prefix("/assets/").unwrap()).unwrap();
        let font = find(url("vazirmatn.woff2").strip_prefix("/assets/").unwrap()).unwrap();
        for (accepted, expected) in [
            ("", Coding::Identity),
            ("br", Coding::Brotli),
            ("gzip, deflate, br, zstd", Coding::Brotli),
            ("gzip, deflate", Coding::Gzip),
            ("X-GZIP", Coding::Gzip),
            ("*", Coding::Brotli),
            ("br;q=0, *", Coding::Gzip),
            ("br;q=0.5, gzip;q=0.9", Coding::Gzip),
            ("br; q=0.123 ,gzip;q=0.12", Coding::Brotli),
            ("br;q=0.5, identity", Coding::Identity),
            ("gzip;q=0, br;q=0.0", Coding::Identity),
            ("br;q=nonsense", Coding::Identity),
            ("deflate, zstd", Coding::Identity),
            ("identity;q=0", Coding::Identity),
        ] {
            assert_eq!(sheet.best_for(accepted).0, expected, "{accepted}");
            assert_eq!(font.best_for(accepted).0, Coding::Identity, "a compressed font gains nothing");
        }
    }
}
