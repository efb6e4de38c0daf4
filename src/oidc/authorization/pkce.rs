//! Proof Key for Code Exchange (RFC 7636), S256 only: `plain` does not protect against an attacker who can read the request
//! (RFC 9700 §2.1.1).

use crate::secret::{Secret, same_bytes};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// A `code_challenge` of method S256: the SHA-256 of a verifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeChallenge([u8; 32]);

impl CodeChallenge {
    /// Reads the 43 characters of base64url without padding that a SHA-256 has (RFC 7636 §4.2).
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// The challenge of a verifier (RFC 7636 §4.2).
    pub fn of(verifier: &CodeVerifier) -> Self {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.0.expose().as_bytes());
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest.as_ref());
        Self(bytes)
    }

    /// Whether this is the hash of the verifier (RFC 7636 §4.6), compared in constant time.
    pub(crate) fn answered_by(&self, verifier: &CodeVerifier) -> bool {
        same_bytes(&self.0, &Self::of(verifier).0)
    }
}

/// The challenge on the wire.
impl std::fmt::Display for CodeChallenge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

/// A `code_verifier`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeVerifier(Secret<String>);

impl CodeVerifier {
    /// Reads 43 to 128 characters out of `A-Z a-z 0-9 - . _ ~` (RFC 7636 §4.1).
    pub fn parse(text: &str) -> Option<Self> {
        let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        ((43..=128).contains(&text.len()) && text.bytes().all(unreserved)).then(|| Self(Secret::new(text.to_owned())))
    }

    /// The verifier, for a client that has to send it.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// Whether the `code_verifier` of the token request belongs to the challenge of the authorization request (RFC 7636 §4.6).
///
/// A verifier without a challenge is rejected too: an attacker may have removed the challenge from the authorization request
/// (RFC 9700 §4.8.2).
pub(crate) fn verifier_fits(challenge: Option<&CodeChallenge>, verifier: Option<&CodeVerifier>) -> bool {
    match (challenge, verifier) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => challenge.answered_by(verifier),
        (Some(_), None) | (None, Some(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn rfc7636_appendix_b_the_example_verifier_answers_the_example_challenge() {
        let (verifier, challenge) = (CodeVerifier::parse(VERIFIER).unwrap(), CodeChallenge::parse(CHALLENGE).unwrap());
        assert!(challenge.answered_by(&verifier));
        assert_eq!(challenge.to_string(), CHALLENGE);
        assert_eq!(CodeChallenge::of(&verifier), challenge);
    }

    #[test]
    fn rfc7636_4_1_a_verifier_has_43_to_128_unreserved_characters() {
        assert!(CodeVerifier::parse(&"a".repeat(42)).is_none());
        assert!(CodeVerifier::parse(&"a".repeat(43)).is_some());
        assert!(CodeVerifier::parse(&"~".repeat(128)).is_some());
        assert!(CodeVerifier::parse(&"a".repeat(129)).is_none());
        assert!(CodeVerifier::parse(&format!("{}+", "a".repeat(43))).is_none());
        assert!(CodeVerifier::parse(&"پ".repeat(30)).is_none());
    }

    #[test]
    fn rfc7636_4_2_a_challenge_is_a_sha256_in_base64url() {
        for wrong in ["", &CHALLENGE[..42], &format!("{CHALLENGE}="), &format!("{CHALLENGE}A"), &CHALLENGE.replace('-', "+")] {
            assert!(CodeChallenge::parse(wrong).is_none(), "{wrong}");
        }
        // The last character has two unused bits. A text that sets one would be a second spelling of the same hash, and is
        // rejected.
        assert!(CodeChallenge::parse(&format!("{}N", &CHALLENGE[..42])).is_none());
    }

    #[test]
    fn rfc7636_4_6_a_missing_or_wrong_verifier_does_not_fit() {
        let challenge = CodeChallenge::parse(CHALLENGE).unwrap();
        let other = CodeVerifier::parse(&"a".repeat(43)).unwrap();
        for verifier in [None, Some(&other)] {
            assert!(!verifier_fits(Some(&challenge), verifier));
        }
        assert!(verifier_fits(Some(&challenge), CodeVerifier::parse(VERIFIER).as_ref()));
        assert!(verifier_fits(None, None));
    }

    #[test]
    fn rfc9700_4_8_2_a_verifier_without_a_challenge_is_refused() {
        assert!(!verifier_fits(None, CodeVerifier::parse(VERIFIER).as_ref()));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,150}") {
            let _ = (CodeChallenge::parse(&text), CodeVerifier::parse(&text));
        }

        #[test]
        fn every_verifier_answers_its_own_challenge(text in "[A-Za-z0-9._~-]{43,128}") {
            let verifier = CodeVerifier::parse(&text).unwrap();
            prop_assert!(CodeChallenge::of(&verifier).answered_by(&verifier));
        }
    }
}
