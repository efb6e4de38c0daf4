//! Signed authentication requests: a client signs what it asks of the CIBA endpoint. OpenID Connect CIBA Core §7.1.1.

use crate::client::profile::Profile;
use crate::client::words::{ClientId, SigningAlg};
use crate::crypto::jose::client_jwt::{Audience, CLOCK_SKEW, ClientJwtError, Dates, JwtKind, MAX_LIFE, verified_payload};
use crate::crypto::jose::verify::NumericDate;
use crate::oidc::json::parse_strictly;
use crate::time::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

/// `typ` of a plain JWT, or of a request object.
const TYPES: &[&str] = &["jwt", "oauth-authz-req+jwt"];
/// Most levels of nested JSON. Its own members need none.
const DEPTH: usize = 8;
/// Longest `jti`, in bytes.
const LONGEST_JTI: usize = 256;

/// What the request must say.
#[derive(Debug, Clone, Copy)]
pub struct CibaExpectation<'a> {
    /// The client that makes the request.
    pub client_id: &'a ClientId,
    /// Our issuer.
    pub issuer: &'a str,
    /// The only algorithm that the client registered, if it registered one.
    pub alg: Option<SigningAlg>,
    /// The security profile that applies to the client.
    pub profile: Profile,
    /// The request's *now*.
    pub now: Timestamp,
}

/// A request that its client signed.
#[derive(Debug)]
pub struct VerifiedRequest {
    /// Its members.
    pub members: Map<String, Value>,
    /// `jti`: it may be used once.
    pub jti: String,
    /// From this time on it is rejected as expired.
    pub usable_until: Timestamp,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    sub: Option<Value>,
    jti: String,
    exp: NumericDate,
    nbf: NumericDate,
    iat: NumericDate,
}

/// Verifies a request against the keys that the client registered. `aud`, `iss`, `exp`, `iat`, `nbf` and `jti` are required.
pub fn verify_ciba_request(jwt: &str, jwks: &Value, expect: &CibaExpectation<'_>) -> Result<VerifiedRequest, ClientJwtError> {
    let offered = expect.alg.as_ref().map_or(&SigningAlg::ALL[..], std::slice::from_ref);
    let algs: Vec<SigningAlg> = offered.iter().copied().filter(|alg| expect.profile.allows_alg(*alg)).collect();
    let payload = verified_payload(jwt, jwks, JwtKind { types: TYPES, algs: &algs })?;
    let object = parse_strictly(payload.get().as_bytes(), DEPTH).filter(Value::is_object).ok_or(ClientJwtError::Claims)?;
    let claims = Claims::deserialize(&object).map_err(|_| ClientJwtError::Claims)?;
    let Value::Object(members) = object else { return Err(ClientJwtError::Claims) };
    if claims.iss != expect.client_id.as_str() {
        return Err(ClientJwtError::WrongIssuer);
    }
    // RFC 9101 §10.8: with this `sub`, the object could also be used as a client assertion.
    if claims.sub.is_some_and(|sub| sub == expect.client_id.as_str()) {
        return Err(ClientJwtError::WrongSubject);
    }
    // An authorization request passes through a browser, so others have seen it. It must not work as a CIBA request.
    if members.contains_key("response_type") {
        return Err(ClientJwtError::ForABrowser);
    }
    if !claims.aud.names_one_of(&[expect.issuer]) {
        return Err(ClientJwtError::WrongAudience);
    }
    // A nested request object would need a verification of its own, so it is rejected.
    if members.contains_key("request") || claims.jti.is_empty() || claims.jti.len() > LONGEST_JTI {
        return Err(ClientJwtError::Claims);
    }
    let dates = Dates { exp: Some(claims.exp), nbf: Some(claims.nbf), iat: Some(claims.iat) };
    let usable_until = dates.check(expect.now)?.ok_or(ClientJwtError::Claims)?;
    if expect.now.since(claims.nbf.0) > MAX_LIFE.saturating_add(CLOCK_SKEW) {
        return Err(ClientJwtError::TooLongLived);
    }
    Ok(VerifiedRequest { members, jti: claims.jti, usable_until })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::jose::key_pair::KeyPair;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use jsonwebtoken::signature::Signer as _;
    use serde_json::json;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
    const ISSUER: &str = "https://window.example.gov";

    /// The verdict on a valid request with these changes (null removes a member).
    fn verdict(alg: SigningAlg, profile: Profile, changes: &Value) -> Result<VerifiedRequest, ClientJwtError> {
        let pair = KeyPair::generate(alg).unwrap();
        let now = NOW.seconds();
        let mut claims = json!({
            "iss": "tax", "aud": ISSUER, "exp": now + 300, "nbf": now, "iat": now, "jti": "one", "scope": "openid", "requested_expiry": 30,
        });
        for (name, change) in changes.as_object().unwrap() {
            claims[name] = change.clone();
        }
        claims.as_object_mut().unwrap().retain(|_, member| !member.is_null());
        let header = json!({ "alg": alg.name() });
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", encode(&header), encode(&claims));
        let jwt = format!("{message}.{}", URL_SAFE_NO_PAD.encode(pair.try_sign(message.as_bytes()).unwrap()));
        let jwks = json!({ "keys": [pair.public_jwk().unwrap()] });
        let client_id = ClientId::parse("tax").unwrap();
        let expect = CibaExpectation { client_id: &client_id, issuer: ISSUER, alg: None, profile, now: NOW };
        verify_ciba_request(&jwt, &jwks, &expect)
    }

    fn with(changes: &Value) -> Option<ClientJwtError> {
        verdict(SigningAlg::EdDSA, Profile::Standard, changes).err()
    }

    #[test]
    fn ciba_7_1_1_a_signed_request_gives_its_members_and_its_jti() {
        for alg in SigningAlg::ALL {
            let verified = verdict(alg, Profile::Standard, &json!({})).unwrap();
            assert_eq!((verified.members["scope"].as_str(), verified.jti.as_str()), (Some("openid"), "one"));
            assert!(verified.usable_until > NOW);
            let strict = verdict(alg, Profile::Fapi2, &json!({})).err();
            assert_eq!(strict, (alg == SigningAlg::RS256).then_some(ClientJwtError::WrongAlgorithm), "{}", alg.name());
        }
    }

    #[test]
    fn ciba_7_1_1_each_of_its_dates_and_names_has_to_be_there() {
        for name in ["iss", "aud", "exp", "nbf", "iat", "jti"] {
            assert_eq!(with(&json!({ name: null })), Some(ClientJwtError::Claims), "{name}");
        }
        assert_eq!(with(&json!({ "jti": "" })), Some(ClientJwtError::Claims));
        assert_eq!(with(&json!({ "iss": "health" })), Some(ClientJwtError::WrongIssuer));
        assert_eq!(with(&json!({ "aud": "https://other.example" })), Some(ClientJwtError::WrongAudience));
        assert_eq!(with(&json!({ "aud": format!("{ISSUER}/ciba") })), Some(ClientJwtError::WrongAudience));
        assert_eq!(with(&json!({ "request": "a.b.c" })), Some(ClientJwtError::Claims));
    }

    #[test]
    fn rfc8725_3_12_a_signed_request_is_no_assertion_and_no_request_for_a_browser() {
        assert_eq!(with(&json!({ "sub": "tax" })), Some(ClientJwtError::WrongSubject));
        assert_eq!(with(&json!({ "response_type": "code", "client_id": "tax" })), Some(ClientJwtError::ForABrowser));
        assert_eq!(with(&json!({ "sub": "somebody", "client_id": "tax" })), None);
    }

    #[test]
    fn ciba_7_1_1_it_is_valid_for_an_hour_and_now() {
        let at = |seconds: i64| json!(NOW.seconds() + seconds);
        assert_eq!(with(&json!({ "exp": at(-60) })), Some(ClientJwtError::Expired));
        assert_eq!(with(&json!({ "exp": at(70 * 60) })), Some(ClientJwtError::TooLongLived));
        assert_eq!(with(&json!({ "nbf": at(10 * 60) })), Some(ClientJwtError::NotYet));
        assert_eq!(with(&json!({ "nbf": at(-70 * 60) })), Some(ClientJwtError::TooLongLived));
        assert_eq!(with(&json!({ "iat": at(10 * 60) })), Some(ClientJwtError::NotYet));
        assert_eq!(with(&json!({ "nbf": at(-50 * 60), "exp": at(5) })), None);
    }
}
