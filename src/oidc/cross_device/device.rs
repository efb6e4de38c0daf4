//! Device authorization (RFC 8628): a device without a keyboard shows a code, and a person enters it elsewhere.

use crate::oidc::paths;
use crate::random::Random;
use crate::secret::Secret;
use crate::text::plain_typed;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// Letters that form no words and that are not mistaken for each other (RFC 8628 §6.1).
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// Eight of twenty: 34.5 bits.
const LENGTH: usize = 8;

/// A limit on the text that is read, longer than any text or link with a code.
const LONGEST_TEXT: usize = 512;

/// The code that a person types (RFC 8628 §6.1). It gives no access by itself, so it may be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserCode(String);

impl UserCode {
    /// Generates a code.
    pub(crate) fn new(random: &Random) -> Self {
        let letter = |_| char::from(LETTERS[usize::try_from(random.below(20)).unwrap_or(0) % 20]);
        Self((0..LENGTH).map(letter).collect())
    }

    /// Parses what a person typed or pasted: case is ignored, and so are spaces and dashes anywhere (RFC 8628 §6.1), and what is
    /// around the code in the text or the link of a device.
    pub fn parse(typed: &str) -> Option<Self> {
        if typed.len() > LONGEST_TEXT {
            return None;
        }
        let text = plain_typed(typed).to_ascii_uppercase();
        let is_known = |letters: &str| letters.len() == LENGTH && letters.bytes().all(|letter| LETTERS.contains(&letter));
        let letters: String = text.chars().filter(|letter| letter.is_alphanumeric()).collect();
        if is_known(&letters) {
            return Some(Self(letters));
        }
        let words = text.split(|sign: char| !sign.is_alphanumeric() && sign != '-').map(|word| word.replace('-', ""));
        let mut codes: Vec<String> = words.filter(|word| is_known(word)).collect();
        codes.dedup();
        codes.pop().filter(|_| codes.is_empty()).map(Self)
    }

    /// The letters without the dash.
    pub fn letters(&self) -> &str {
        &self.0
    }
}

/// The code as it is shown: `WDJB-MJHT`.
impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.0.split_at(LENGTH / 2);
        write!(f, "{first}-{second}")
    }
}

/// The response of the device authorization endpoint (RFC 8628 §3.2).
#[expect(missing_docs, reason = "each field is the member of that name in RFC 8628 §3.2")]
#[derive(Debug, Clone, Serialize)]
pub struct DeviceResponse {
    pub(crate) device_code: Secret<String>,
    pub user_code: String,
    pub(crate) verification_uri: String,
    pub verification_uri_complete: String,
    pub(crate) expires_in: u64,
    pub(crate) interval: u64,
}

/// How long and how often a device may ask.
#[derive(Debug, Clone, Copy)]
pub struct Polling {
    /// How long its codes are valid.
    pub lifetime: Duration,
    /// The shortest time between two of its token requests.
    pub interval: Duration,
}

impl DeviceResponse {
    /// The response of this issuer, with these codes.
    pub fn new(issuer: &str, device_code: Secret<String>, user_code: &UserCode, polling: Polling) -> Self {
        let verification_uri = paths::url(issuer, paths::DEVICE);
        Self {
            device_code,
            user_code: user_code.to_string(),
            verification_uri_complete: format!("{verification_uri}?user_code={user_code}"),
            verification_uri,
            expires_in: polling.lifetime.as_secs(),
            interval: polling.interval.as_secs(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rfc8628_6_1_a_user_code_is_eight_letters_and_is_read_however_it_is_typed() {
        let code = UserCode::parse("WDJB-MJHT").unwrap();
        assert_eq!((code.to_string().as_str(), code.letters()), ("WDJB-MJHT", "WDJBMJHT"));
        let plain = ["wdjbmjht", " WDJB MJHT ", "wdjb–mjht", "W-D-J-B-M-J-H-T", "\u{200e}WDJB-MJHT\u{200e}", "WDJB_MJHT."];
        let pasted = ["ＷＤＪＢ－ＭＪＨＴ", "Code: WDJB-MJHT", "https://window.example/device?user_code=WDJB-MJHT"];
        for typed in plain.into_iter().chain(pasted) {
            assert_eq!(UserCode::parse(typed), Some(code.clone()), "{typed}");
        }
    }

    #[test]
    fn rfc8628_6_1_a_text_that_is_no_code_is_refused() {
        for typed in [
            "",
            "WDJB-MJH",
            "WDJB-MJHTB",
            "WDJB-MJHA",
            "WDJB-MJH1",
            "WDJB-MJHپ",
            "۱۲۳۴۵۶۷۸",
            &"W".repeat(600),
            "WDJB-MJHT or BCDF-GHJK",
        ] {
            assert_eq!(UserCode::parse(typed), None, "{typed}");
        }
    }

    #[test]
    fn rfc8628_5_1_a_user_code_has_more_than_34_bits_and_no_vowel() {
        assert!(20_f64.powi(8).log2() > 34.0);
        let random = Random::seeded(8628);
        let codes: std::collections::HashSet<String> = (0..500).map(|_| UserCode::new(&random).to_string()).collect();
        assert_eq!(codes.len(), 500);
        assert!(codes.iter().all(|code| code.len() == 9 && !code.contains(['A', 'E', 'I', 'O', 'U', 'Y', '0', '1'])));
        let letters: std::collections::HashSet<char> = codes.iter().flat_map(|code| code.chars()).collect();
        assert_eq!(letters.len(), 21, "every letter is drawn, and the dash");
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic_and_what_is_shown_is_read_back(text in ".{0,40}", seed in 0_u64..1000) {
            let _ = UserCode::parse(&text);
            let code = UserCode::new(&Random::seeded(seed));
            prop_assert_eq!(UserCode::parse(&code.to_string().to_lowercase()), Some(code));
        }
    }
}
