//! Request objects: authorization requests that a client signed. RFC 9101 §6, OpenID Connect Core §6.1, FAPI 2.0 Message Signing
//! §5.3.

use crate::client::words::{ClientId, SigningAlg};
use crate::crypto::jose::client_jwt::{Audience, CLOCK_SKEW, ClientJwtError, Dates, JwtKind, MAX_LIFE, verified_payload};
use crate::crypto::jose::verify::NumericDate;
use crate::oidc::json::parse_strictly;
use crate::time::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

/// `typ` of a request object (RFC 9101 §10.8), or of a plain JWT, which OpenID Connect Core §6.1 allows.
const TYPES: &[&str] = &["oauth-authz-req+jwt", "jwt"];
/// The `claims` parameter nests five levels deep, the rest less.
const DEPTH: usize = 8;

/// Whether a request object has to state its validity period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// No date is required; those that are present are checked (RFC 9101 §4).
    Optional,
    /// `exp` and `nbf` are required, and `nbf` is at most an hour old (FAPI 2.0 Message Signing §5.3.1).
    Bounded,
}

/// What a request object must say.
#[derive(Debug, Clone, Copy)]
pub struct RequestObjectExpectation<'a> {
    /// The client that makes the request.
    pub client_id: &'a ClientId,
    /// Our issuer.
    pub issuer: &'a str,
    /// The only algorithm that the client registered, if it registered one.
    pub alg: Option<SigningAlg>,
    /// Which dates are required.
    pub validity: Validity,
    /// The request's *now*.
    pub now: Timestamp,
}

/// Why a request object is rejected: `invalid_request_object`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestObjectError {
    /// It breaks a rule for every JWT of a client.
    #[error("the request object is refused: {0}")]
    Jwt(#[from] ClientJwtError),
    /// Not a JSON object, nested too deeply, or with a repeated name.
    #[error("the request object must be a JSON object in which no name is repeated")]
    Json,
    /// `client_id` is missing or names another client (RFC 9101 §6.3).
    #[error("the client_id in the request object must be that of the request")]
    ClientId,
    /// It contains `request` or `request_uri` (RFC 9101 §4).
    #[error("a request object must not hold request or request_uri")]
    Nested,
    /// A date that [`Validity::Bounded`] requires is missing, or `nbf` is too old.
    #[error("the request object of this client needs exp and nbf, and nbf must not be older than an hour")]
    Unbounded,
}

impl RequestObjectError {
    /// Whether other keys of the client could verify the same object.
    pub(crate) const fn is_about_the_key(self) -> bool {
        matches!(self, Self::Jwt(error) if error.is_about_the_key())
    }
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    sub: Option<Value>,
    client_id: Option<String>,
    exp: Option<NumericDate>,
    nbf: Option<NumericDate>,
    iat: Option<NumericDate>,
}

/// Verifies a request object against the keys that the client registered. Returns its members.
pub fn verify_request_object(
    jwt: &str,
    jwks: &Value,
    expect: &RequestObjectExpectation<'_>,
) -> Result<Map<String, Value>, RequestObjectError> {
    let algs = expect.alg.as_ref().map_or(&SigningAlg::ALL[..], std::slice::from_ref);
    let payload = verified_payload(jwt, jwks, JwtKind { types: TYPES, algs }).map_err(|error| match error {
        ClientJwtError::Claims => RequestObjectError::Json,
        other => other.into(),
    })?;
    let object = parse_strictly(payload.get().as_bytes(), DEPTH).filter(Value::is_object).ok_or(RequestObjectError::Json)?;
    let claims = Claims::deserialize(&object).map_err(|_| ClientJwtError::Claims)?;
    let Value::Object(members) = object else { return Err(RequestObjectError::Json) };
    let dates = Dates { exp: claims.exp, nbf: claims.nbf, iat: claims.iat };
    let client = expect.client_id.as_str();
    if claims.iss != client {
        return Err(ClientJwtError::WrongIssuer.into());
    }
    // RFC 9101 §10.8: with this `sub`, the object could also be used as a client assertion.
    if claims.sub.is_some_and(|sub| sub == client) {
        return Err(ClientJwtError::WrongSubject.into());
    }
    if !claims.aud.names_one_of(&[expect.issuer]) {
        return Err(ClientJwtError::WrongAudience.into());
    }
    dates.check(expect.now)?;
    if expect.validity == Validity::Bounded && !is_bounded(dates, expect.now) {
        return Err(RequestObjectError::Unbounded);
    }
    if claims.client_id.as_deref() != Some(client) {
        return Err(RequestObjectError::ClientId);
    }
    if members.contains_key("request") || members.contains_key("request_uri") {
        return Err(RequestObjectError::Nested);
    }
    Ok(members)
}

fn is_bounded(dates: Dates, now: Timestamp) -> bool {
    dates.exp.is_some() && dates.nbf.is_some_and(|nbf| now.since(nbf.0) <= MAX_LIFE + CLOCK_SKEW)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::jose::key_pair::KeyPair;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use jsonwebtoken::signature::Signer as _;
    use proptest::prelude::*;
    use serde_json::json;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
    const ISSUER: &str = "https://window.example.gov";

    fn claims() -> Value {
        let now = NOW.seconds();
        json!({
            "iss": "tax", "aud": ISSUER, "exp": now + 300, "nbf": now, "iat": now, "client_id": "tax", "scope": "openid",
        })
    }

    fn changed(mut value: Value, changes: &Value) -> Value {
        for (name, change) in changes.as_object().unwrap() {
            value[name] = change.clone();
        }
        value.as_object_mut().unwrap().retain(|_, member| !member.is_null());
        value
    }

    /// A client with a key of its own.
    struct Signer {
        pair: KeyPair,
        alg: SigningAlg,
    }

    impl Signer {
        fn new(alg: SigningAlg) -> Self {
            Self { pair: KeyPair::generate(alg).unwrap(), alg }
        }

        fn sign(&self, header: &Value, payload: &str) -> String {
            let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(payload));
            format!("{message}.{}", URL_SAFE_NO_PAD.encode(self.pair.try_sign(message.as_bytes()).unwrap()))
        }

        fn verify(
            &self,
            jwt: &str,
            alg: Option<SigningAlg>,
            validity: Validity,
        ) -> Result<Map<String, Value>, RequestObjectError> {
            let client_id = ClientId::parse("tax").unwrap();
            let jwks = json!({ "keys": [self.pair.public_jwk().unwrap()] });
            let expect = RequestObjectExpectation { client_id: &client_id, issuer: ISSUER, alg, validity, now: NOW };
            verify_request_object(jwt, &jwks, &expect)
        }

        /// The verdict on a valid object with these changes (null removes a member).
        fn verdict(&self, header: &Value, changes: &Value) -> Result<Map<String, Value>, RequestObjectError> {
            let header = changed(json!({ "alg": self.alg.name() }), header);
            self.verify(&self.sign(&header, &changed(claims(), changes).to_string()), None, Validity::Optional)
        }
    }

    fn with(changes: &Value) -> Result<(), RequestObjectError> {
        Signer::new(SigningAlg::EdDSA).verdict(&json!({}), changes).map(|_| ())
    }

    fn refused(error: ClientJwtError) -> Result<(), RequestObjectError> {
        Err(RequestObjectError::Jwt(error))
    }

    #[test]
    fn an_object_under_each_algorithm_gives_its_members_and_a_registered_algorithm_is_the_only_one() {
        for alg in SigningAlg::ALL {
            let signer = Signer::new(alg);
            let jwt = signer.sign(&json!({ "alg": alg.name() }), &claims().to_string());
            assert_eq!(signer.verify(&jwt, None, Validity::Bounded).unwrap()["scope"], "openid");
            assert!(signer.verify(&jwt, Some(alg), Validity::Optional).is_ok());
            let other = SigningAlg::ALL.into_iter().find(|other| *other != alg);
            let refusal = signer.verify(&jwt, other, Validity::Optional).unwrap_err();
            assert_eq!(refusal, RequestObjectError::Jwt(ClientJwtError::WrongAlgorithm));
        }
    }

    #[test]
    fn rfc9101_10_8_the_type_is_its_own_or_a_plain_jwt_and_no_other() {
        let signer = Signer::new(SigningAlg::ES256);
        for typ in ["oauth-authz-req+jwt", "application/oauth-authz-req+jwt", "JWT"] {
            assert!(signer.verdict(&json!({ "typ": typ }), &json!({})).is_ok(), "{typ}");
        }
        for typ in ["at+jwt", "client-authentication+jwt", "dpop+jwt", "logout+jwt"] {
            let refusal = signer.verdict(&json!({ "typ": typ }), &json!({})).map(|_| ());
            assert_eq!(refusal, refused(ClientJwtError::WrongType), "{typ}");
        }
        assert_eq!(with(&json!({ "sub": "tax" })), refused(ClientJwtError::WrongSubject), "it could be an assertion");
        assert_eq!(with(&json!({ "sub": "somebody" })), Ok(()));
    }

    #[test]
    fn rfc8725_3_1_it_does_not_choose_its_algorithm_and_3_10_does_not_bring_its_key() {
        let (signer, thief) = (Signer::new(SigningAlg::ES256), Signer::new(SigningAlg::ES256));
        for alg in ["none", "None", "HS256"] {
            let refusal = signer.verdict(&json!({ "alg": alg }), &json!({})).map(|_| ());
            assert_eq!(refusal, refused(ClientJwtError::WrongAlgorithm), "{alg}");
        }
        let own_key =
            json!({ "alg": "ES256", "jwk": thief.pair.public_jwk().unwrap(), "jku": "https://evil.example/k", "x5u": "x" });
        let jwt = thief.sign(&own_key, &claims().to_string());
        let refusal = signer.verify(&jwt, None, Validity::Optional).map(|_| ());
        assert_eq!(refusal, refused(ClientJwtError::WrongSignature));
        let refusal = signer.verdict(&json!({ "crit": ["b64"], "b64": false }), &json!({})).map(|_| ());
        assert_eq!(refusal, refused(ClientJwtError::Malformed));
    }

    #[test]
    fn rfc9101_4_it_says_who_for_whom_and_repeats_the_client_id() {
        assert_eq!(with(&json!({ "iss": "health" })), refused(ClientJwtError::WrongIssuer));
        assert_eq!(with(&json!({ "iss": null })), refused(ClientJwtError::Claims));
        assert_eq!(with(&json!({ "aud": "https://other.example" })), refused(ClientJwtError::WrongAudience));
        assert_eq!(with(&json!({ "aud": format!("{ISSUER}/authorize") })), refused(ClientJwtError::WrongAudience));
        assert_eq!(with(&json!({ "aud": null })), refused(ClientJwtError::Claims));
        assert_eq!(with(&json!({ "aud": ["https://other.example", ISSUER] })), Ok(()));
        assert_eq!(with(&json!({ "client_id": "health" })), Err(RequestObjectError::ClientId));
        assert_eq!(with(&json!({ "client_id": null })), Err(RequestObjectError::ClientId));
    }

    #[test]
    fn rfc9101_4_request_and_request_uri_do_not_nest() {
        for name in ["request", "request_uri"] {
            assert_eq!(with(&json!({ name: "x" })), Err(RequestObjectError::Nested));
        }
    }

    #[test]
    fn dates_are_checked_with_the_skew_of_assertions_and_an_endless_object_is_refused() {
        let date = |name: &str, ahead: i64| with(&json!({ name: NOW.seconds() + ahead }));
        assert_eq!((date("exp", -59), date("exp", -60)), (Ok(()), refused(ClientJwtError::Expired)));
        assert_eq!((date("exp", 3660), date("exp", 3661)), (Ok(()), refused(ClientJwtError::TooLongLived)));
        for name in ["nbf", "iat"] {
            assert_eq!((date(name, 8), date(name, 60), date(name, 61)), (Ok(()), Ok(()), refused(ClientJwtError::NotYet)));
        }
        assert_eq!(with(&json!({ "exp": "soon" })), refused(ClientJwtError::Claims));
    }

    #[test]
    fn fapi2_message_signing_5_3_1_a_bounded_object_has_exp_and_a_recent_nbf() {
        let signer = Signer::new(SigningAlg::ES256);
        let bounded = |changes: &Value| {
            let jwt = signer.sign(&json!({ "alg": "ES256" }), &changed(claims(), changes).to_string());
            (signer.verify(&jwt, None, Validity::Bounded).map(|_| ()), signer.verify(&jwt, None, Validity::Optional).map(|_| ()))
        };
        for changes in [json!({ "exp": null }), json!({ "nbf": null }), json!({ "nbf": NOW.seconds() - 3661 })] {
            assert_eq!(bounded(&changes), (Err(RequestObjectError::Unbounded), Ok(())), "{changes}");
        }
        assert_eq!(bounded(&json!({ "nbf": NOW.seconds() - 3600 })).0, Ok(()));
    }

    #[test]
    fn rfc8259_4_a_repeated_name_is_refused() {
        let signer = Signer::new(SigningAlg::ES256);
        let twice = claims().to_string().replacen('{', r#"{"scope":"openid national_id","#, 1);
        let jwt = signer.sign(&json!({ "alg": "ES256" }), &twice);
        assert_eq!(signer.verify(&jwt, None, Validity::Optional), Err(RequestObjectError::Json));
        let jwt = signer.sign(&json!({ "alg": "ES256" }), "[]");
        assert_eq!(signer.verify(&jwt, None, Validity::Optional), Err(RequestObjectError::Json));
    }

    proptest! {
        #[test]
        fn any_payload_and_any_text_are_read_without_a_panic(payload in ".{0,80}", text in "[A-Za-z0-9_.-]{0,80}") {
            let signer = Signer::new(SigningAlg::EdDSA);
            let jwt = signer.sign(&json!({ "alg": "EdDSA" }), &payload);
            prop_assert!(signer.verify(&jwt, None, Validity::Optional).is_err());
            prop_assert!(signer.verify(&text, None, Validity::Optional).is_err());
        }
    }
}
