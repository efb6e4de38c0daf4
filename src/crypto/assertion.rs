//! Client assertions: a client at the token endpoint shows who it is by a JWT signed with its own key (`private_key_jwt`).
//! RFC 7523 §3, OpenID Connect Core §9, RFC 8725.

use super::jwks::{VerifyingKey, candidates};
use super::verify::{Compact, NumericDate, VerifyError};
use crate::oidc::client::{ClientId, SigningAlg};
use crate::time::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

/// How far a client's clock may be from ours (RFC 7523 §3 items 4 and 5).
pub const CLOCK_SKEW: Duration = Duration::from_mins(1);
/// How far ahead `exp` may lie: every `jti` is remembered until then (RFC 7523 §3 item 4).
pub const MAX_LIFE: Duration = Duration::from_hours(1);
/// The longest `jti` that is remembered.
const MAX_JTI_LEN: usize = 256;
/// A set with more fitting keys than this is not tried to its end: each try costs a verification.
const MAX_TRIES: usize = 4;

/// What an assertion must say.
#[derive(Debug, Clone, Copy)]
pub struct AssertionExpectation<'a> {
    /// Who the request says it is.
    pub client_id: &'a ClientId,
    /// What `aud` may name: our issuer, and the token endpoint for those who still send that.
    pub audiences: &'a [&'a str],
    /// The request's *now*.
    pub now: Timestamp,
}

/// A verified assertion. It is good once: claim `jti` for this client until `usable_until` before believing it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// `jti`.
    pub jti: String,
    /// From here on it would be refused as expired: `exp` and the allowed clock skew.
    pub usable_until: Timestamp,
}

/// Why an assertion is refused. The client is told `invalid_client`; the reason helps its developer and the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AssertionError {
    /// Not a JWS, or with a critical extension.
    #[error("the assertion is no signed JWT in compact form")]
    Malformed,
    /// `typ` says that it is another kind of token (RFC 8725 §3.11).
    #[error("the assertion's \"typ\" is that of another kind of token")]
    WrongType,
    /// `alg` is none of ES256, RS256, PS256, EdDSA.
    #[error("the assertion's \"alg\" must be ES256, RS256, PS256 or EdDSA")]
    WrongAlgorithm,
    /// The client has registered no key with this `kid` for this `alg`.
    #[error("the client has registered no key that fits the assertion's \"kid\" and \"alg\"")]
    UnknownKey,
    /// No fitting key of the client made the signature.
    #[error("the assertion's signature is wrong")]
    WrongSignature,
    /// A required claim is missing or is of the wrong type.
    #[error("the assertion needs \"iss\", \"sub\", \"aud\", \"exp\" and \"jti\"")]
    Claims,
    /// `iss` is not the client.
    #[error("the assertion's \"iss\" must be the client_id")]
    WrongIssuer,
    /// `sub` is not the client.
    #[error("the assertion's \"sub\" must be the client_id")]
    WrongSubject,
    /// `aud` does not name us.
    #[error("the assertion's \"aud\" must be the issuer")]
    WrongAudience,
    /// `exp` has passed.
    #[error("the assertion has expired")]
    Expired,
    /// `exp` lies further ahead than [`MAX_LIFE`].
    #[error("the assertion's \"exp\" must lie within one hour")]
    TooLongLived,
    /// `nbf` or `iat` lies ahead.
    #[error("the assertion is not valid yet")]
    NotYet,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: NumericDate,
    nbf: Option<NumericDate>,
    iat: Option<NumericDate>,
    jti: String,
}

/// RFC 7519 §4.1.3: one name, or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// Verifies an assertion against the keys that the client registered.
pub fn verify_client_assertion(jwt: &str, jwks: &Value, expect: &AssertionExpectation<'_>) -> Result<Assertion, AssertionError> {
    let compact = Compact::parse(jwt).map_err(|_| AssertionError::Malformed)?;
    if compact.header.typ.as_deref().is_some_and(|typ| !is_plain_type(typ)) {
        return Err(AssertionError::WrongType);
    }
    let alg = SigningAlg::ALL.into_iter().find(|alg| alg.name() == compact.header.alg).ok_or(AssertionError::WrongAlgorithm)?;
    // The header names an algorithm, but only a registered key of that algorithm's type can answer to it (RFC 8725 §3.1).
    let fitting = candidates(jwks, alg, compact.header.kid.as_deref()).filter_map(|jwk| VerifyingKey::from_jwk(jwk, alg).ok());
    let mut refusal = AssertionError::UnknownKey;
    for key in fitting.take(MAX_TRIES) {
        match compact.verified_by(|message, signature| key.verify(message, signature)) {
            Ok(payload) => return check_claims(&payload, expect),
            Err(VerifyError::WrongSignature) => refusal = AssertionError::WrongSignature,
            Err(_) => return Err(AssertionError::Malformed),
        }
    }
    Err(refusal)
}

fn check_claims(payload: &[u8], expect: &AssertionExpectation<'_>) -> Result<Assertion, AssertionError> {
    let claims: Claims = serde_json::from_slice(payload).map_err(|_| AssertionError::Claims)?;
    let (now, client) = (expect.now, expect.client_id.as_str());
    if claims.jti.is_empty() || claims.jti.len() > MAX_JTI_LEN {
        return Err(AssertionError::Claims);
    }
    if claims.iss != client {
        return Err(AssertionError::WrongIssuer);
    }
    if claims.sub != client {
        return Err(AssertionError::WrongSubject);
    }
    if !claims.aud.names_one_of(expect.audiences) {
        return Err(AssertionError::WrongAudience);
    }
    let usable_until = claims.exp.0.plus(CLOCK_SKEW);
    if now >= usable_until {
        return Err(AssertionError::Expired);
    }
    if usable_until > now.plus(MAX_LIFE).plus(CLOCK_SKEW).plus(CLOCK_SKEW) {
        return Err(AssertionError::TooLongLived);
    }
    if [claims.nbf, claims.iat].into_iter().flatten().any(|from| from.0 > now.plus(CLOCK_SKEW)) {
        return Err(AssertionError::NotYet);
    }
    Ok(Assertion { jti: claims.jti, usable_until })
}

/// A plain JWT or one that says it is for client authentication; media types are compared without case and without
/// `application/` (RFC 7515 §4.1.9).
fn is_plain_type(typ: &str) -> bool {
    let typ = typ.to_ascii_lowercase();
    matches!(typ.strip_prefix("application/").unwrap_or(&typ), "jwt" | "client-authentication+jwt")
}

impl Audience {
    fn names_one_of(&self, ours: &[&str]) -> bool {
        match self {
            Self::One(name) => ours.contains(&name.as_str()),
            Self::Several(names) => names.iter().any(|name| ours.contains(&name.as_str())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::key_pair::KeyPair;
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::json;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
    const ISSUER: &str = "https://window.example.gov";
    const TOKEN_ENDPOINT: &str = "https://window.example.gov/token";

    /// A client with a key of its own.
    struct Signer {
        pair: KeyPair,
        alg: SigningAlg,
    }

    impl Signer {
        fn new(alg: SigningAlg) -> Self {
            Self { pair: KeyPair::generate(alg).unwrap(), alg }
        }

        fn jwks(&self) -> Value {
            let mut jwk = self.pair.public_jwk().unwrap();
            jwk["kid"] = json!("k1");
            json!({ "keys": [jwk] })
        }

        fn sign(&self, header: &Value, claims: &Value) -> String {
            let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            let message = format!("{}.{}", encode(header), encode(claims));
            format!("{message}.{}", URL_SAFE_NO_PAD.encode(self.pair.sign(message.as_bytes()).unwrap()))
        }

        /// The verdict on an assertion that is right but for the changes (null removes).
        fn verdict(&self, header_changes: &Value, claim_changes: &Value) -> Result<Assertion, AssertionError> {
            let header = changed(json!({ "alg": self.alg.name(), "kid": "k1" }), header_changes);
            verify(&self.sign(&header, &changed(claims(), claim_changes)), &self.jwks())
        }
    }

    fn claims() -> Value {
        let now = NOW.seconds();
        json!({ "iss": "tax", "sub": "tax", "aud": ISSUER, "exp": now + 300, "iat": now, "jti": "once" })
    }

    fn changed(mut value: Value, changes: &Value) -> Value {
        for (name, change) in changes.as_object().unwrap() {
            value[name] = change.clone();
        }
        value.as_object_mut().unwrap().retain(|_, member| !member.is_null());
        value
    }

    fn verify(jwt: &str, jwks: &Value) -> Result<Assertion, AssertionError> {
        let client_id = ClientId::parse("tax").unwrap();
        let expect = AssertionExpectation { client_id: &client_id, audiences: &[ISSUER, TOKEN_ENDPOINT], now: NOW };
        verify_client_assertion(jwt, jwks, &expect)
    }

    fn with_claims(changes: &Value) -> Result<Assertion, AssertionError> {
        Signer::new(SigningAlg::EdDSA).verdict(&json!({}), changes)
    }

    #[test]
    fn an_assertion_under_each_algorithm_is_accepted_and_tells_how_long_to_remember_it() {
        for alg in SigningAlg::ALL {
            let accepted = Signer::new(alg).verdict(&json!({}), &json!({})).unwrap();
            assert_eq!(accepted, Assertion { jti: "once".into(), usable_until: NOW.plus(Duration::from_mins(6)) });
        }
    }

    #[test]
    fn rfc7523_3_1_iss_must_be_the_client() {
        assert_eq!(with_claims(&json!({ "iss": "health" })), Err(AssertionError::WrongIssuer));
        assert_eq!(with_claims(&json!({ "iss": null })), Err(AssertionError::Claims));
    }

    #[test]
    fn rfc7523_3_2_sub_must_be_the_client() {
        assert_eq!(with_claims(&json!({ "sub": "health" })), Err(AssertionError::WrongSubject));
        assert_eq!(with_claims(&json!({ "sub": null })), Err(AssertionError::Claims));
    }

    #[test]
    fn rfc7523_3_3_aud_must_name_us_alone_or_among_others_compared_as_strings() {
        assert!(with_claims(&json!({ "aud": TOKEN_ENDPOINT })).is_ok());
        assert!(with_claims(&json!({ "aud": ["https://elsewhere.example", ISSUER] })).is_ok());
        let other = [json!("https://window.example.gov/"), json!("https://WINDOW.example.gov"), json!([]), json!(["x"])];
        for aud in other {
            assert_eq!(with_claims(&json!({ "aud": aud })), Err(AssertionError::WrongAudience), "{aud}");
        }
        assert_eq!(with_claims(&json!({ "aud": null })), Err(AssertionError::Claims));
        assert_eq!(with_claims(&json!({ "aud": { "x": ISSUER } })), Err(AssertionError::Claims));
    }

    #[test]
    fn rfc7523_3_4_exp_must_be_there_ahead_and_near_within_the_clock_skew() {
        let exp = |ahead: i64| with_claims(&json!({ "exp": NOW.seconds() + ahead })).map(|_| ());
        assert_eq!(exp(-59), Ok(()));
        assert_eq!(exp(-60), Err(AssertionError::Expired));
        assert_eq!(exp(3660), Ok(()));
        assert_eq!(exp(3661), Err(AssertionError::TooLongLived));
        assert_eq!(with_claims(&json!({ "exp": null })), Err(AssertionError::Claims));
        assert_eq!(with_claims(&json!({ "exp": "1800000300" })), Err(AssertionError::Claims));
    }

    #[test]
    fn rfc7523_3_5_nbf_may_not_lie_ahead_beyond_the_clock_skew() {
        let nbf = |ahead: i64| with_claims(&json!({ "nbf": NOW.seconds() + ahead })).map(|_| ());
        assert_eq!((nbf(60), nbf(61)), (Ok(()), Err(AssertionError::NotYet)));
        assert_eq!(with_claims(&json!({ "nbf": "soon" })), Err(AssertionError::Claims));
    }

    #[test]
    fn rfc7523_3_6_iat_may_be_missing_but_not_lie_ahead_beyond_the_clock_skew() {
        let iat = |ahead: i64| with_claims(&json!({ "iat": NOW.seconds() + ahead })).map(|_| ());
        assert_eq!((iat(60), iat(61)), (Ok(()), Err(AssertionError::NotYet)));
        assert!(with_claims(&json!({ "iat": null })).is_ok());
    }

    #[test]
    fn rfc7523_3_7_jti_must_be_there_as_openid_connect_core_9_demands() {
        assert_eq!(with_claims(&json!({ "jti": null })), Err(AssertionError::Claims));
        assert_eq!(with_claims(&json!({ "jti": "" })), Err(AssertionError::Claims));
        assert_eq!(with_claims(&json!({ "jti": "x".repeat(257) })), Err(AssertionError::Claims));
        assert_eq!(with_claims(&json!({ "jti": 7 })), Err(AssertionError::Claims));
    }

    #[test]
    fn rfc7523_3_8_other_claims_do_no_harm() {
        assert!(with_claims(&json!({ "scope": "openid", "nested": { "exp": 0 } })).is_ok());
    }

    #[test]
    fn rfc7523_3_9_an_unsigned_or_symmetrically_signed_assertion_is_refused() {
        let signer = Signer::new(SigningAlg::ES256);
        for alg in ["none", "HS256", "ES384", "es256"] {
            assert_eq!(signer.verdict(&json!({ "alg": alg }), &json!({})), Err(AssertionError::WrongAlgorithm), "{alg}");
        }
        let jwt = signer.sign(&json!({ "alg": "ES256", "kid": "k1" }), &claims());
        let unsigned = format!("{}.", jwt.rsplit_once('.').unwrap().0);
        assert_eq!(verify(&unsigned, &signer.jwks()), Err(AssertionError::WrongSignature));
    }

    #[test]
    fn rfc7523_3_10_a_signature_by_another_key_is_refused() {
        let (signer, thief) = (Signer::new(SigningAlg::ES256), Signer::new(SigningAlg::ES256));
        let jwt = thief.sign(&json!({ "alg": "ES256", "kid": "k1" }), &claims());
        assert_eq!(verify(&jwt, &signer.jwks()), Err(AssertionError::WrongSignature));
        assert_eq!(verify("no.jwt", &signer.jwks()), Err(AssertionError::Malformed));
    }

    #[test]
    fn a_kid_chooses_among_the_clients_keys_and_without_one_each_fitting_key_is_tried() {
        let (old, new) = (Signer::new(SigningAlg::ES256), Signer::new(SigningAlg::ES256));
        let mut jwks = old.jwks();
        jwks["keys"].as_array_mut().unwrap().push(changed(new.jwks()["keys"][0].clone(), &json!({ "kid": "k2" })));
        let says = |header: &Value| verify(&new.sign(header, &claims()), &jwks).map(|_| ());
        assert_eq!(says(&json!({ "alg": "ES256", "kid": "k2" })), Ok(()));
        assert_eq!(says(&json!({ "alg": "ES256" })), Ok(()));
        assert_eq!(says(&json!({ "alg": "ES256", "kid": "k1" })), Err(AssertionError::WrongSignature));
        assert_eq!(says(&json!({ "alg": "ES256", "kid": "k3" })), Err(AssertionError::UnknownKey));
        assert_eq!(verify(&new.sign(&json!({ "alg": "ES256" }), &claims()), &json!({})), Err(AssertionError::UnknownKey));
    }

    #[test]
    fn rfc8725_3_1_an_algorithm_that_no_registered_key_has_is_refused() {
        let signer = Signer::new(SigningAlg::RS256);
        assert_eq!(signer.verdict(&json!({ "alg": "ES256" }), &json!({})), Err(AssertionError::UnknownKey));
        // The same RSA key under the other padding: tried, and wrong.
        assert_eq!(signer.verdict(&json!({ "alg": "PS256" }), &json!({})), Err(AssertionError::WrongSignature));
    }

    #[test]
    fn rfc8725_3_11_a_token_of_another_type_is_no_assertion() {
        let signer = Signer::new(SigningAlg::ES256);
        for typ in ["JWT", "jwt", "application/jwt", "client-authentication+jwt"] {
            assert!(signer.verdict(&json!({ "typ": typ }), &json!({})).is_ok(), "{typ}");
        }
        for typ in ["at+jwt", "dpop+jwt", "oauth-authz-req+jwt", "logout+jwt", ""] {
            assert_eq!(signer.verdict(&json!({ "typ": typ }), &json!({})), Err(AssertionError::WrongType), "{typ}");
        }
    }
}
