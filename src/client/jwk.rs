//! A client's public keys as JSON (RFC 7517): which keys of a set can be used. Only their form is checked here; the library that
//! parses a key checks whether its point is on the curve. The same rules hold for registered keys and for fetched ones.

use crate::client::parts::protection::KeyManagement;
use crate::client::words::SigningAlg;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// Members that only a private or symmetric key has (RFC 7518 §6.2.2, §6.3.2, §6.4).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// What is wrong with a key or a set of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwkError {
    /// The set has no `keys` array, or it is empty (RFC 7517 §5).
    #[error(r#"write a JWK set (RFC 7517), in JSON {{"keys": [{{"kty": "EC", "crv": "P-256", "x": "...", "y": "..."}}]}}"#)]
    NotASet,
    /// A member is missing or is not a string.
    #[error("the key has no \"{0}\"")]
    Missing(&'static str),
    /// A member does not have the form that it must have.
    #[error("\"{0}\" of the key is not what its type demands, in base64url without padding")]
    Invalid(&'static str),
    /// The key's type, curve or size is not supported, or does not fit the algorithm.
    #[error("at least one key must be EC P-256 (x, y), OKP Ed25519 (x), RSA of 2048 to 8192 bits (n, e), or one to encrypt for")]
    Unsupported,
    /// A private or symmetric key, where a public one is expected.
    #[error(
        "a private or symmetric key does not belong here: write the public part only, and replace the key, which is no secret now"
    )]
    Private,
}

/// Whether a set can be used: public keys only, well-formed keys for signatures, and at least one key that verifies or that can
/// be encrypted for. Keys of unknown types, curves and sizes are skipped (RFC 7517 §5).
pub(crate) fn check_set(jwks: &Value) -> Result<(), JwkError> {
    let keys = keys_of(jwks).filter(|keys| !keys.is_empty()).ok_or(JwkError::NotASet)?;
    let mut usable = false;
    for jwk in keys {
        if is_private(jwk) {
            return Err(JwkError::Private);
        }
        usable |= KeyManagement::ALL.into_iter().any(|alg| alg.fits(jwk));
        if SigningAlg::ALL.into_iter().any(|alg| is_meant_for(jwk, alg)) {
            match verifies_by_its_form(jwk) {
                Ok(()) => usable = true,
                Err(JwkError::Unsupported) => {}
                Err(other) => return Err(other),
            }
        }
    }
    if usable { Ok(()) } else { Err(JwkError::Unsupported) }
}

/// Whether a key of the set can verify what a client signs.
pub(crate) fn some_verify(jwks: &Value) -> bool {
    let meant = |jwk: &&Value| SigningAlg::ALL.into_iter().any(|alg| is_meant_for(jwk, alg));
    keys_of(jwks).unwrap_or_default().iter().filter(meant).any(|jwk| verifies_by_its_form(jwk).is_ok())
}

/// Checks the form: P-256, Ed25519, or RSA of 2048 bits or more (RFC 7518 §6, RFC 8037 §2).
fn verifies_by_its_form(jwk: &Value) -> Result<(), JwkError> {
    let has = |name: &'static str, len: usize| (decoded(jwk, name)?.len() == len).then_some(()).ok_or(JwkError::Invalid(name));
    match member(jwk, "kty")? {
        "EC" if member(jwk, "crv")? == "P-256" => has("x", 32).and_then(|()| has("y", 32)),
        "OKP" if member(jwk, "crv")? == "Ed25519" => has("x", 32),
        "RSA" => {
            let (n, e) = (decoded(jwk, "n")?, decoded(jwk, "e")?);
            ((256..=1024).contains(&n.len()) && (1..=8).contains(&e.len())).then_some(()).ok_or(JwkError::Unsupported)
        }
        _ => Err(JwkError::Unsupported),
    }
}

/// RFC 7517 §4.2 to §4.4: what `use`, `key_ops` and `alg` say is binding if they are present.
pub(crate) fn is_meant_for(jwk: &Value, alg: SigningAlg) -> bool {
    let says = |name: &str, value: &str| jwk.get(name).is_none_or(|found| found == value);
    let verifies = |ops: &Value| ops.as_array().is_some_and(|ops| ops.iter().any(|op| op == "verify"));
    says("use", "sig") && says("alg", alg.name()) && jwk.get("key_ops").is_none_or(verifies)
}

/// Whether the key has a member that only a private or symmetric one has.
pub(crate) fn is_private(jwk: &Value) -> bool {
    PRIVATE_MEMBERS.iter().any(|name| jwk.get(name).is_some())
}

/// The keys of a set.
pub(crate) fn keys_of(jwks: &Value) -> Option<&[Value]> {
    jwks.get("keys")?.as_array().map(Vec::as_slice)
}

/// A member that is a string.
pub(crate) fn member<'a>(jwk: &'a Value, name: &'static str) -> Result<&'a str, JwkError> {
    jwk.get(name).and_then(Value::as_str).ok_or(JwkError::Missing(name))
}

/// A member that is base64url.
pub(crate) fn decoded(jwk: &Value, name: &'static str) -> Result<Vec<u8>, JwkError> {
    URL_SAFE_NO_PAD.decode(member(jwk, name)?).map_err(|_| JwkError::Invalid(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn ed25519() -> Value {
        json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" })
    }

    #[test]
    fn rfc7517_5_unknown_keys_are_skipped_beside_one_that_is_known() {
        let short = json!({ "kty": "RSA", "n": URL_SAFE_NO_PAD.encode([0xff; 128]), "e": "AQAB" });
        for unknown in [
            json!({ "kty": "EC", "crv": "P-384", "x": "AA", "y": "AA" }),
            json!({ "kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA" }),
            json!({ "kty": "OKP", "crv": "Ed448", "x": "AA" }),
            json!({ "kty": "AKP", "alg": "ML-DSA-44", "pub": "AA" }),
            json!({ "kty": "later", "use": "enc" }),
            short,
        ] {
            assert_eq!(check_set(&json!({ "keys": [unknown, ed25519()] })), Ok(()), "{unknown}");
            let alone = json!({ "keys": [unknown] });
            assert!(check_set(&alone).is_err() || KeyManagement::ALL.into_iter().any(|alg| alg.fits(&unknown)), "{unknown}");
            assert!(!some_verify(&alone), "{unknown}");
        }
    }

    #[test]
    fn a_broken_key_of_a_known_type_and_a_private_one_spoil_the_set() {
        let with = |key: Value| check_set(&json!({ "keys": [ed25519(), key] }));
        assert_eq!(with(json!({ "kty": "OKP", "crv": "Ed25519", "x": "AA" })), Err(JwkError::Invalid("x")));
        assert_eq!(with(json!({ "kty": "OKP", "crv": "Ed25519" })), Err(JwkError::Missing("x")));
        assert_eq!(with(json!({ "kty": "EC", "crv": "P-384", "d": "AA" })), Err(JwkError::Private));
        assert_eq!(check_set(&json!({ "keys": [] })), Err(JwkError::NotASet));
    }

    proptest! {
        #[test]
        fn a_set_that_is_usable_has_a_key_that_verifies_or_is_encrypted_for(kty in "EC|RSA|OKP|.{0,3}", crv in "P-256|Ed25519|X25519|.{0,3}", x in "[A-Za-z0-9_-]{43}|.{0,5}") {
            let jwk = json!({ "kty": kty, "crv": crv, "x": x, "y": x, "n": x, "e": "AQAB" });
            let usable = check_set(&json!({ "keys": [jwk] })).is_ok();
            let serves = verifies_by_its_form(&jwk).is_ok() || KeyManagement::ALL.into_iter().any(|alg| alg.fits(&jwk));
            prop_assert!(!usable || serves);
        }
    }
}
