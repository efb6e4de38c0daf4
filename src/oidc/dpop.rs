//! DPoP (RFC 9449): what a proof must say, as pure rules. `crypto/jose/dpop.rs` checks the signature. The flow checks that a
//! proof is used once, and decides whether it needs a nonce of ours.

use crate::client::words::SigningAlg;
use crate::oidc::binding::Jkt;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::time::Timestamp;
use std::time::Duration;
use url::Url;

/// `dpop_signing_alg_values_supported` (RFC 9449 §5.1). PKCS#1 v1.5 is left out: every client that can make proofs supports PSS.
pub(crate) const ALGS: [SigningAlg; 3] = [SigningAlg::ES256, SigningAlg::PS256, SigningAlg::EdDSA];

/// How far `iat` may be from now (RFC 9449 §4.3 item 11, §11.1).
pub const WINDOW: Duration = Duration::from_mins(1);
/// The same for a proof with a nonce of ours: the nonce shows when the proof was made better than the client's clock
/// (RFC 9449 §8).
pub const WINDOW_WITH_NONCE: Duration = Duration::from_hours(1);
/// Longest proof, in bytes; the longest with an RSA key of 8192 bits fits.
pub(crate) const LONGEST_PROOF: usize = 4096;

/// A proof whose signature fits the key in it. [`Proof::is_for`] checks whether it is for this request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The key.
    pub jkt: Jkt,
    /// `jti`.
    pub jti: String,
    /// `htm`.
    pub method: String,
    /// `htu`.
    pub uri: String,
    /// `iat`.
    pub issued_at: Timestamp,
    /// `nbf`, which is optional and checked if it is present (RFC 7519 §4.1.5).
    pub(crate) not_before: Option<Timestamp>,
    /// `exp`, likewise (RFC 7519 §4.1.4).
    pub(crate) expires_at: Option<Timestamp>,
    /// `ath`.
    pub access_token_hash: Option<String>,
    /// `nonce`.
    pub(crate) nonce: Option<String>,
}

/// The request that a proof must be for.
#[derive(Debug, Clone, Copy)]
pub struct ProvedRequest<'a> {
    /// Its method.
    pub method: &'a str,
    /// Its URL, as we know it ourselves.
    pub uri: &'a str,
    /// The URL of the same endpoint where clients present certificates, if that is another one (RFC 8705 §5).
    pub alias: Option<&'a str>,
    /// `ath` of the access token in the request (RFC 9449 §4.3 item 12).
    pub access_token_hash: Option<&'a str>,
}

impl Proof {
    /// RFC 9449 §4.3 items 8, 9, 11 and 12. `window` is how far `iat` may be from `now`.
    pub fn is_for(&self, request: &ProvedRequest<'_>, window: Duration, now: Timestamp) -> Result<(), ProofError> {
        if self.method != request.method {
            return Err(ProofError::WrongMethod);
        }
        let uri = normalised(&self.uri).ok_or(ProofError::WrongUri)?;
        if ![Some(request.uri), request.alias].into_iter().flatten().any(|own| normalised(own).as_ref() == Some(&uri)) {
            return Err(ProofError::WrongUri);
        }
        if self.issued_at.plus(window) < now || self.issued_at > now.plus(window) {
            return Err(ProofError::WrongTime);
        }
        if self.not_before.is_some_and(|from| from > now.plus(WINDOW)) || self.expires_at.is_some_and(|until| now >= until) {
            return Err(ProofError::WrongTime);
        }
        if request.access_token_hash.is_some() && self.access_token_hash.as_deref() != request.access_token_hash {
            return Err(ProofError::WrongToken);
        }
        Ok(())
    }
}

/// RFC 9449 §4.3 item 9 and the note below it: a URL without query and fragment, by the syntax- and scheme-based normalisation of
/// RFC 3986 §6.2.2 and §6.2.3. `None` for anything but an `https` or `http` URL.
fn normalised(uri: &str) -> Option<String> {
    let mut url = Url::parse(uri).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    url.set_query(None);
    url.set_fragment(None);
    let path = plain_octets(url.path());
    url.set_path(&path);
    Some(url.into())
}

/// RFC 3986 §6.2.2.2: an unreserved character is the same with and without percent-encoding; for others the hex digits are upper
/// case.
fn plain_octets(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        let (before, encoded) = rest.split_at(at);
        plain.push_str(before);
        let digits = encoded.get(1..3).unwrap_or_default();
        match u8::from_str_radix(digits, 16) {
            Ok(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => plain.push(char::from(byte)),
            Ok(_) => plain.extend(["%", &digits.to_ascii_uppercase()]),
            Err(_) => plain.push_str(encoded.get(..3).unwrap_or(encoded)),
        }
        rest = encoded.get(3..).unwrap_or_default();
    }
    plain + rest
}

/// Why a proof is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// A proof is required and missing.
    #[error("a DPoP proof is needed: send one in the DPoP header")]
    Missing,
    /// The header occurs more than once (RFC 9449 §4.3 item 1).
    #[error("there must be one DPoP header, not several")]
    Several,
    /// Not a JWT, too long, with a critical extension, or without a required claim.
    #[error("the DPoP proof must be a signed JWT with jti, htm, htu and iat")]
    Malformed,
    /// `typ` is not `dpop+jwt`.
    #[error("typ of the DPoP proof must be dpop+jwt")]
    WrongType,
    /// `alg` is not offered.
    #[error("alg of the DPoP proof must be ES256, PS256 or EdDSA")]
    WrongAlgorithm,
    /// `jwk` is missing, private, or no key for `alg`.
    #[error("jwk of the DPoP proof must be a public key for its alg")]
    WrongKey,
    /// The signature is not that key's.
    #[error("the signature of the DPoP proof does not fit its jwk")]
    WrongSignature,
    /// `htm` names another method.
    #[error("htm of the DPoP proof must be the method of this request")]
    WrongMethod,
    /// `htu` names another URL.
    #[error("htu of the DPoP proof must be the address of this endpoint")]
    WrongUri,
    /// `iat` is too far from now, or `nbf` or `exp` exclude now.
    #[error("the DPoP proof is too old or not valid yet: make a new one for each request, with the time of now")]
    WrongTime,
    /// `ath` is not the hash of the access token.
    #[error("ath of the DPoP proof must be the hash of the access token")]
    WrongToken,
    /// It was used before.
    #[error("this DPoP proof was used before: make a new one for each request")]
    Replayed,
    /// It needs a nonce of ours, or brings one that is too old (RFC 9449 §8).
    #[error("the DPoP proof needs the nonce of the DPoP-Nonce header")]
    NonceNeeded,
}

/// RFC 9449 §5, §8.
impl From<ProofError> for OAuthError {
    fn from(error: ProofError) -> Self {
        let code = match error {
            ProofError::NonceNeeded => OAuthErrorCode::UseDpopNonce,
            _ => OAuthErrorCode::InvalidDpopProof,
        };
        Self::new(code, error.to_string())
    }
}

/// The challenge of the DPoP scheme (RFC 9449 §7.1). If the request had no token, it has no `error`.
pub(crate) fn challenge(realm: &str, error: Option<&OAuthError>) -> String {
    let algs = ALGS.map(SigningAlg::name).join(" ");
    let realm: String = realm.chars().filter(|c| c.is_ascii_graphic() && !matches!(c, '"' | '\\')).collect();
    match error {
        Some(error) => {
            let (name, description) = (error.code.name(), &error.description);
            format!(r#"DPoP realm="{realm}", error="{name}", error_description="{description}", algs="{algs}""#)
        }
        None => format!(r#"DPoP realm="{realm}", algs="{algs}""#),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
    const TOKEN: ProvedRequest<'_> =
        ProvedRequest { method: "POST", uri: "https://id.example/token", alias: None, access_token_hash: None };

    fn proof(change: impl FnOnce(&mut Proof)) -> Proof {
        let mut proof = Proof {
            jkt: Jkt::parse("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I").unwrap(),
            jti: "once".to_owned(),
            method: "POST".to_owned(),
            uri: "https://id.example/token".to_owned(),
            issued_at: NOW,
            not_before: None,
            expires_at: None,
            access_token_hash: None,
            nonce: None,
        };
        change(&mut proof);
        proof
    }

    fn checked(change: impl FnOnce(&mut Proof)) -> Result<(), ProofError> {
        proof(change).is_for(&TOKEN, WINDOW, NOW)
    }

    #[test]
    fn rfc9449_4_3_9_htu_is_compared_normalised_and_without_query_and_fragment() {
        for good in [
            "https://id.example/token",
            "HTTPS://ID.example:443/token",
            "https://id.example/token?a=1#b",
            "https://id.example/%74oken",
            "https://id.example/a/../token",
        ] {
            assert_eq!(checked(|proof| good.clone_into(&mut proof.uri)), Ok(()), "{good}");
        }
        for bad in [
            "",
            "/token",
            "https://id.example/Token",
            "https://id.example/token/",
            "https://id.example/tok%2fen",
            "http://id.example/token",
            "https://id.example:8443/token",
            "https://id.example.evil.example/token",
            "https://id.example@evil.example/token",
            "https://user@id.example/token",
            "https://id.example/userinfo",
        ] {
            assert_eq!(checked(|proof| bad.clone_into(&mut proof.uri)), Err(ProofError::WrongUri), "{bad}");
        }
    }

    #[test]
    fn rfc9449_4_3_8_htm_is_the_method_in_its_case() {
        for bad in ["post", "GET", ""] {
            assert_eq!(checked(|proof| bad.clone_into(&mut proof.method)), Err(ProofError::WrongMethod), "{bad}");
        }
    }

    #[test]
    fn rfc9449_4_3_11_a_proof_is_of_now() {
        let second = Duration::from_secs(1);
        for good in [NOW.minus(WINDOW), NOW.plus(WINDOW), NOW.plus(Duration::from_secs(10))] {
            assert_eq!(checked(|proof| proof.issued_at = good), Ok(()));
        }
        for bad in [NOW.minus(WINDOW + second), NOW.plus(WINDOW + second)] {
            assert_eq!(checked(|proof| proof.issued_at = bad), Err(ProofError::WrongTime));
        }
        assert_eq!(checked(|proof| (proof.not_before, proof.expires_at) = (Some(NOW), Some(NOW.plus(second)))), Ok(()));
        assert_eq!(checked(|proof| proof.expires_at = Some(NOW)), Err(ProofError::WrongTime));
        assert_eq!(checked(|proof| proof.not_before = Some(NOW.plus(WINDOW + second))), Err(ProofError::WrongTime));
    }

    #[test]
    fn rfc9449_4_3_12_with_an_access_token_its_hash_is_needed() {
        let request = ProvedRequest { access_token_hash: Some("hash"), ..TOKEN };
        for (ath, expected) in
            [(Some("hash"), Ok(())), (Some("other"), Err(ProofError::WrongToken)), (None, Err(ProofError::WrongToken))]
        {
            let proof = proof(|proof| proof.access_token_hash = ath.map(str::to_owned));
            assert_eq!(proof.is_for(&request, WINDOW, NOW), expected);
        }
        assert_eq!(checked(|proof| proof.access_token_hash = Some("any".to_owned())), Ok(()), "at /token none is needed");
    }

    #[test]
    fn rfc9449_7_1_the_challenge_names_the_algorithms() {
        assert_eq!(challenge("https://id.example", None), r#"DPoP realm="https://id.example", algs="ES256 PS256 EdDSA""#);
        let error = OAuthError::new(OAuthErrorCode::InvalidToken, "expired");
        assert!(
            challenge("r", Some(&error)).starts_with(r#"DPoP realm="r", error="invalid_token", error_description="expired""#)
        );
    }

    #[test]
    fn rfc7638_a_thumbprint_is_a_sha_256() {
        for bad in
            ["", "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4", "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I=", &"+".repeat(43)]
        {
            assert_eq!(Jkt::parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_address_is_normalised_without_a_panic_and_once_is_enough(uri in "(https://[a-z]{1,5}\\.example/)?.{0,40}") {
            if let Some(once) = normalised(&uri) {
                prop_assert_eq!(normalised(&once), Some(once.clone()));
            }
        }

        #[test]
        fn any_path_is_read_without_a_panic(path in ".{0,60}", encoded in "(%[0-9a-fA-F]{0,2}|پ|a){0,12}") {
            let _ = (plain_octets(&path), plain_octets(&encoded));
        }
    }
}
