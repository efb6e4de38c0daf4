//! JSON Web Signatures in compact form (RFC 7515 §7.1) by `jsonwebtoken`: every token is signed here, and every signature is
//! checked here.
//!
//! The library splits a token, decodes it, compares its `alg` with the key's and verifies the signature. This file checks what
//! the library does not: the size, a critical extension, repeated members. The callers check `typ`, which key, dates and
//! audience, because *now* is passed in.
//!
//! Signing needs only the library's [`JwtSigner`] of a key. That is the seam for keys in hardware: a session of a PKCS#11 module
//! that implements it signs here as a [`KeyPair`](crate::crypto::jose::key_pair::KeyPair) does. The library's own `encode` would
//! parse the private key at each call. `docs/adr/0002-jws-by-jsonwebtoken.md` has the figures.

use crate::client::words::SigningAlg;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::JwtSigner;
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

/// No token that this server or a correct client signs is longer, in bytes. A longer text is rejected before it is hashed.
pub(crate) const MAX_TOKEN_LEN: usize = 16 * 1024;

impl From<SigningAlg> for Algorithm {
    fn from(alg: SigningAlg) -> Self {
        match alg {
            SigningAlg::ES256 => Self::ES256,
            SigningAlg::RS256 => Self::RS256,
            SigningAlg::PS256 => Self::PS256,
            SigningAlg::EdDSA => Self::EdDSA,
        }
    }
}

/// Why a token is rejected. The caller sends the client `invalid_token`; the reason is for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Not three parts of base64url with a JSON header.
    #[error("not a signed token in compact form")]
    Malformed,
    /// The header has `crit`, and we understand no extension (RFC 7515 §4.1.11).
    #[error("the token demands an extension")]
    Critical,
    /// The header's `typ` is another kind of token (RFC 8725 §3.11).
    #[error("the token is of another type")]
    WrongType,
    /// No `kid`, or no published key has it.
    #[error("the token was signed by an unknown key")]
    UnknownKey,
    /// `alg` is not the key's; `none` is no key's.
    #[error("the token names an algorithm that is not its key's")]
    WrongAlgorithm,
    /// The signature is not the key's over these bytes.
    #[error("the signature is wrong")]
    WrongSignature,
    /// `exp` has passed.
    #[error("the token has expired")]
    Expired,
    /// `exp` is missing or the claims are not those expected.
    #[error("the claims are not those of such a token")]
    Claims,
}

/// The header of a token (RFC 7515 §4.1), as far as it decides which rules and key apply. Do not trust it before
/// [`verified_payload`] has accepted the token. It has no `jwk`, `jku`, `x5c` or `x5u`: a token does not bring its own key
/// (RFC 8725 §3.10).
#[derive(Debug, Deserialize)]
pub(crate) struct UnverifiedHeader {
    pub(crate) alg: String,
    pub(crate) typ: Option<String>,
    pub(crate) kid: Option<String>,
    #[serde(default, deserialize_with = "present")]
    crit: bool,
}

/// Reads a member of which only the presence counts, not the value.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

impl UnverifiedHeader {
    /// Reads the header of a token. The library's reader does not distinguish an unknown `alg` from a broken header, and accepts
    /// `crit` with `b64`.
    pub(crate) fn read(token: &str) -> Result<Self, VerifyError> {
        if token.len() > MAX_TOKEN_LEN || token.bytes().filter(|byte| *byte == b'.').count() != 2 {
            return Err(VerifyError::Malformed);
        }
        let header: Self = header_of(token).ok_or(VerifyError::Malformed)?;
        if header.crit { Err(VerifyError::Critical) } else { Ok(header) }
    }
}

/// Members of the header of a token, before its signature is checked.
pub(crate) fn header_of<T: DeserializeOwned>(token: &str) -> Option<T> {
    let json = URL_SAFE_NO_PAD.decode(token.split('.').next()?).ok()?;
    serde_json::from_slice(&json).ok()
}

/// The payload of a token that `key` signed under `alg`, as JSON text; the caller reads its claims, as strictly as it must. Call
/// [`UnverifiedHeader::read`] first: its rules are not repeated here.
pub(crate) fn verified_payload(token: &str, key: &DecodingKey, alg: SigningAlg) -> Result<Box<RawValue>, VerifyError> {
    // The library would ask the system's clock; the callers check dates and audience.
    let mut rules = Validation::new(alg.into());
    rules.required_spec_claims.clear();
    (rules.validate_exp, rules.validate_aud) = (false, false);
    let verified = jsonwebtoken::decode::<Box<RawValue>>(token, key, &rules).map_err(|error| match error.kind() {
        ErrorKind::InvalidSignature => VerifyError::WrongSignature,
        ErrorKind::InvalidAlgorithm => VerifyError::WrongAlgorithm,
        // The library reports a header member of the wrong type as a JSON error, too.
        ErrorKind::Json(_) if jsonwebtoken::decode_header(token).is_ok() => VerifyError::Claims,
        _ => VerifyError::Malformed,
    })?;
    // RFC 7519 §2: claims are members of an object. serde would also accept a list of the values in the right order.
    Some(verified.claims).filter(|payload| payload.get().starts_with('{')).ok_or(VerifyError::Claims)
}

/// The payload of a token whose signature this process made or checked before.
pub(crate) fn known_payload(token: &str) -> Result<Box<RawValue>, VerifyError> {
    // Not by the library, which reads the header once more; its flattened members are the dearest part of a token.
    let payload = token.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    payload.and_then(|json| serde_json::from_slice(&json).ok()).ok_or(VerifyError::Claims)
}

/// The header of every token that is signed here. The library's own type also has members that only others use, and collects
/// unknown ones in a map, which costs as much as the claims.
#[derive(Serialize)]
struct SignedHeader<'a> {
    typ: &'a str,
    alg: Algorithm,
    kid: &'a str,
}

/// Signs `claims`; the header names the key by `kid`. `typ` keeps kinds of tokens apart (RFC 8725 §3.11).
pub(crate) fn encode(typ: &str, kid: &str, claims: &impl Serialize, key: &impl JwtSigner) -> Result<String, Error> {
    let header = SignedHeader { typ, alg: key.algorithm(), kid };
    let encoded = |json: Vec<u8>| URL_SAFE_NO_PAD.encode(json);
    let message = [encoded(serde_json::to_vec(&header)?), encoded(serde_json::to_vec(claims)?)].join(".");
    let signature = encoded(key.try_sign(message.as_bytes())?);
    Ok([message, signature].join("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::jose::jwks::VerifyingKey;
    use crate::crypto::jose::key_pair::KeyPair;
    use jsonwebtoken::signature::{Error as SignatureError, Signer};
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// A signer whose key is not in memory, like a session of a hardware module. It counts its signatures.
    struct Module {
        inside: Option<KeyPair>,
        signed: AtomicUsize,
    }

    impl JwtSigner for Module {
        fn algorithm(&self) -> Algorithm {
            Algorithm::ES256
        }
    }

    impl Signer<Vec<u8>> for Module {
        fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
            self.signed.fetch_add(1, Ordering::Relaxed);
            self.inside.as_ref().ok_or_else(SignatureError::new)?.try_sign(message)
        }
    }

    fn public(pair: &KeyPair, alg: SigningAlg) -> VerifyingKey {
        VerifyingKey::from_jwk(&pair.public_jwk().unwrap(), alg).unwrap()
    }

    /// A token with exactly this header and payload.
    fn signed(pair: &KeyPair, header: &Value, payload: &str) -> String {
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(payload));
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(pair.try_sign(message.as_bytes()).unwrap()))
    }

    fn read(pair: &KeyPair, header: &Value, payload: &str) -> Result<String, VerifyError> {
        let token = signed(pair, header, payload);
        UnverifiedHeader::read(&token)?;
        public(pair, SigningAlg::EdDSA).payload_of(&token).map(|payload| payload.get().to_owned())
    }

    #[test]
    fn a_signer_outside_of_memory_signs_and_its_failure_is_an_error() {
        let pair = KeyPair::generate(SigningAlg::ES256).unwrap();
        let key = public(&pair, SigningAlg::ES256);
        let module = Module { inside: Some(pair), signed: AtomicUsize::new(0) };
        let token = encode("JWT", "k1", &json!({ "sub": "x" }), &module).unwrap();
        assert_eq!(key.payload_of(&token).unwrap().get(), r#"{"sub":"x"}"#);
        let header = UnverifiedHeader::read(&token).unwrap();
        assert_eq!((header.alg.as_str(), header.kid.as_deref(), header.typ.as_deref()), ("ES256", Some("k1"), Some("JWT")));
        assert_eq!(module.signed.load(Ordering::Relaxed), 1, "one signature a token");
        let broken = Module { inside: None, signed: AtomicUsize::new(0) };
        assert!(matches!(encode("JWT", "k1", &json!({}), &broken), Err(error) if matches!(error.kind(), ErrorKind::Signing(_))));
        let unwritable = std::collections::BTreeMap::from([((1, 2), 3)]);
        assert!(matches!(encode("JWT", "k1", &unwritable, &module), Err(error) if matches!(error.kind(), ErrorKind::Json(_))));
    }

    #[test]
    fn rfc7515_4_1_11_a_critical_extension_that_the_library_knows_is_refused_too() {
        let pair = KeyPair::generate(SigningAlg::EdDSA).unwrap();
        for extension in
            [json!({ "b64": true, "crit": ["b64"] }), json!({ "b64": false, "crit": ["b64"] }), json!({ "crit": [] })]
        {
            let mut header = extension.clone();
            header["alg"] = json!("EdDSA");
            assert_eq!(read(&pair, &header, "{}"), Err(VerifyError::Critical), "{extension}");
        }
        assert_eq!(read(&pair, &json!({ "alg": "EdDSA", "b64": false }), "{}"), Err(VerifyError::Malformed), "RFC 7797 §6");
    }

    #[test]
    fn a_header_member_of_the_wrong_type_makes_a_token_malformed_and_an_unknown_one_does_not() {
        let pair = KeyPair::generate(SigningAlg::EdDSA).unwrap();
        for wrong in [json!({ "x5c": 7 }), json!({ "jku": {} }), json!({ "kid": 7 }), json!({ "typ": [] }), json!({ "jwk": "x" })]
        {
            let mut header = wrong.clone();
            header["alg"] = json!("EdDSA");
            assert_eq!(read(&pair, &header, "{}"), Err(VerifyError::Malformed), "{wrong}");
        }
        assert_eq!(read(&pair, &json!({ "alg": "EdDSA", "later": [{}] }), "{}").as_deref(), Ok("{}"));
    }

    #[test]
    fn rfc7519_2_a_payload_is_an_object_whose_registered_claims_occur_once_and_are_of_their_type() {
        let pair = KeyPair::generate(SigningAlg::EdDSA).unwrap();
        let of = |payload: &str| read(&pair, &json!({ "alg": "EdDSA" }), payload);
        for payload in ["", "x", "7", r#""x""#, "[]", "[1,2,3,4,5]", "{", "{}{}", r#"{"exp":1,"exp":2}"#, r#"{"sub":["x"]}"#] {
            assert_eq!(of(payload), Err(VerifyError::Claims), "{payload}");
        }
        // The callers check dates and audience.
        for payload in [r#"{"exp":1}"#, r#"{"nbf":99999999999}"#, r#"{"aud":"x","iss":"y","sub":"z"}"#] {
            assert_eq!(of(payload).as_deref(), Ok(payload));
        }
    }

    #[test]
    fn rfc8725_3_1_a_key_verifies_under_its_own_algorithm_alone() {
        for alg in SigningAlg::ALL {
            let pair = KeyPair::generate(alg).unwrap();
            for named in SigningAlg::ALL {
                let token = signed(&pair, &json!({ "alg": named.name() }), "{}");
                let verdict = public(&pair, alg).payload_of(&token).map(|_| ());
                assert_eq!(verdict, if named == alg { Ok(()) } else { Err(VerifyError::WrongAlgorithm) }, "{alg:?} {named:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_signed_is_read_back_as_it_was_and_with_any_change_it_is_not(
            claims in prop::collection::btree_map("[a-d]{1,6}", "\\PC{0,12}", 0..6),
            typ in "[a-z+]{1,20}",
            kid in "\\PC{0,20}",
            place in 0_usize..4096,
        ) {
            let pair = KeyPair::generate(SigningAlg::EdDSA).unwrap();
            let key = public(&pair, SigningAlg::EdDSA);
            let token = encode(&typ, &kid, &claims, &pair).unwrap();
            let header = UnverifiedHeader::read(&token).unwrap();
            prop_assert_eq!((header.alg.as_str(), header.typ.unwrap(), header.kid.unwrap()), ("EdDSA", typ, kid));
            for payload in [key.payload_of(&token), known_payload(&token)] {
                prop_assert_eq!(payload.unwrap().get().to_owned(), serde_json::to_string(&claims).unwrap());
            }
            let place = place % token.len();
            let changed = format!("{}{}{}", &token[..place], if &token[place..=place] == "A" { "B" } else { "A" }, &token[place + 1..]);
            prop_assert!(key.payload_of(&changed).is_err());
        }
    }
}
