//! Client assertions: at the token endpoint a client proves its identity with a JWT that it signed with its own key
//! (`private_key_jwt`). RFC 7523 §3, OpenID Connect Core §9, RFC 8725.

use crate::client::words::{ClientId, SigningAlg};
use crate::crypto::jose::client_jwt::{Audience, Dates, JwtKind, verified_payload};
use crate::crypto::jose::verify::NumericDate;
use crate::time::Timestamp;
use serde::Deserialize;
use serde_json::Value;

pub(crate) use crate::crypto::jose::client_jwt::ClientJwtError as AssertionError;

/// The longest `jti` that is stored.
const MAX_JTI_LEN: usize = 256;

/// `typ` of a plain JWT, or of one that is made for client authentication.
const TYPES: &[&str] = &["jwt", "client-authentication+jwt"];

/// What an assertion must say.
#[derive(Debug, Clone, Copy)]
pub struct AssertionExpectation<'a> {
    /// The client that the request names.
    pub client_id: &'a ClientId,
    /// What `aud` may name: our issuer, and the endpoint for clients that still send its URL.
    pub audiences: &'a [&'a str],
    /// How strictly it is read.
    pub strictness: Strictness,
    /// The only algorithm that the client registered (`token_endpoint_auth_signing_alg`); any if it registered none.
    pub alg: Option<SigningAlg>,
    /// The request's *now*.
    pub now: Timestamp,
}

/// How strictly an assertion is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// The rules of RFC 7523 §3.
    Rfc7523,
    /// FAPI 2.0 Security Profile §5.3.2.1, §5.4.1: one audience, as a string, and no RS256.
    Fapi2,
}

impl Strictness {
    const fn algs(self) -> &'static [SigningAlg] {
        match self {
            Self::Rfc7523 => &SigningAlg::ALL,
            Self::Fapi2 => &[SigningAlg::ES256, SigningAlg::PS256, SigningAlg::EdDSA],
        }
    }
}

/// A verified assertion. It may be used once: before trusting it, claim `jti` for this client until `usable_until`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// `jti`.
    pub jti: String,
    /// From this time on it is rejected as expired: `exp` plus the allowed clock skew.
    pub usable_until: Timestamp,
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

/// Verifies an assertion against the keys that the client registered.
pub fn verify_client_assertion(jwt: &str, jwks: &Value, expect: &AssertionExpectation<'_>) -> Result<Assertion, AssertionError> {
    let mut algs = expect.strictness.algs().to_vec();
    algs.retain(|alg| expect.alg.is_none_or(|only| only == *alg));
    let payload = verified_payload(jwt, jwks, JwtKind { types: TYPES, algs: &algs })?;
    let claims: Claims = serde_json::from_str(payload.get()).map_err(|_| AssertionError::Claims)?;
    let client = expect.client_id.as_str();
    if claims.jti.is_empty() || claims.jti.len() > MAX_JTI_LEN {
        return Err(AssertionError::Claims);
    }
    if claims.iss != client {
        return Err(AssertionError::WrongIssuer);
    }
    if claims.sub != client {
        return Err(AssertionError::WrongSubject);
    }
    let several = matches!(claims.aud, Audience::Several(_));
    // No other audience: a server that is named beside us could present the assertion here (CVE-2025-27370, CVE-2025-27371).
    if !claims.aud.names_only(expect.audiences) || (several && expect.strictness == Strictness::Fapi2) {
        return Err(AssertionError::WrongAudience);
    }
    // Every `jti` is stored until `exp`, so `exp` is required and must be near (RFC 7523 §3 item 4).
    let dates = Dates { exp: Some(claims.exp), nbf: claims.nbf, iat: claims.iat };
    let usable_until = dates.check(expect.now)?.ok_or(AssertionError::Claims)?;
    Ok(Assertion { jti: claims.jti, usable_until })
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
    use std::time::Duration;

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
            format!("{message}.{}", URL_SAFE_NO_PAD.encode(self.pair.try_sign(message.as_bytes()).unwrap()))
        }

        /// The verdict on a valid assertion with these changes (null removes a member).
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
        let expect = AssertionExpectation {
            client_id: &client_id,
            audiences: &[ISSUER, TOKEN_ENDPOINT],
            strictness: Strictness::Rfc7523,
            alg: None,
            now: NOW,
        };
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
    fn oidc_registration_2_a_registered_algorithm_is_the_only_one() {
        let client_id = ClientId::parse("tax").unwrap();
        for alg in SigningAlg::ALL {
            let signer = Signer::new(alg);
            let jwt = signer.sign(&json!({ "alg": alg.name() }), &claims());
            for only in SigningAlg::ALL {
                let (audiences, strictness) = (&[ISSUER][..], Strictness::Rfc7523);
                let expect = AssertionExpectation { client_id: &client_id, audiences, strictness, alg: Some(only), now: NOW };
                let verdict = verify_client_assertion(&jwt, &signer.jwks(), &expect).err();
                assert_eq!(verdict, (alg != only).then_some(AssertionError::WrongAlgorithm), "{} {}", alg.name(), only.name());
            }
        }
    }

    #[test]
    fn fapi2_5_4_1_rs256_is_refused() {
        let client_id = ClientId::parse("tax").unwrap();
        let (audiences, strictness) = (&[ISSUER][..], Strictness::Fapi2);
        let expect = AssertionExpectation { client_id: &client_id, audiences, strictness, alg: None, now: NOW };
        for alg in SigningAlg::ALL {
            let signer = Signer::new(alg);
            let verdict = |claims: &Value| {
                verify_client_assertion(&signer.sign(&json!({ "alg": alg.name() }), claims), &signer.jwks(), &expect)
            };
            let refused = alg == SigningAlg::RS256;
            assert_eq!(verdict(&claims()).err(), refused.then_some(AssertionError::WrongAlgorithm), "{}", alg.name());
            if !refused {
                let several = changed(claims(), &json!({ "aud": [ISSUER] }));
                assert_eq!(verdict(&several).err(), Some(AssertionError::WrongAudience));
            }
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
    fn rfc7523_3_3_aud_must_name_us_and_nobody_else_compared_as_strings() {
        for ours in [json!(TOKEN_ENDPOINT), json!([ISSUER]), json!([TOKEN_ENDPOINT, ISSUER])] {
            assert!(with_claims(&json!({ "aud": ours })).is_ok(), "{ours}");
        }
        for shared in [json!(["https://elsewhere.example", ISSUER]), json!([])] {
            assert_eq!(with_claims(&json!({ "aud": shared })), Err(AssertionError::WrongAudience), "CVE-2025-27370: {shared}");
        }
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
        // The same RSA key with the other padding: it is tried, and the signature is wrong.
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

    proptest! {
        #[test]
        fn an_assertion_is_good_for_its_client_its_audience_and_its_hour_alone(
            iss in "robot|other",
            aud in "https://window\\.example\\.gov(/token|/)?|x",
            exp in -7200_i64..14_400,
            jti in "[a-z]{0,3}",
        ) {
            let signer = Signer::new(SigningAlg::EdDSA);
            let claims = json!({ "iss": iss, "sub": iss, "aud": aud, "exp": NOW.seconds() + exp, "jti": jti });
            let good = iss == "robot" && (aud == ISSUER || aud == TOKEN_ENDPOINT) && (-59..=3660).contains(&exp) && !jti.is_empty();
            let id = ClientId::parse("robot").unwrap();
            let expect = AssertionExpectation {
                client_id: &id,
                audiences: &[ISSUER, TOKEN_ENDPOINT],
                strictness: Strictness::Rfc7523,
                alg: None,
                now: NOW,
            };
            let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(r#"{"alg":"EdDSA","kid":"k1"}"#), URL_SAFE_NO_PAD.encode(claims.to_string()));
            let signature = URL_SAFE_NO_PAD.encode(signer.pair.try_sign(message.as_bytes()).unwrap());
            let read = verify_client_assertion(&format!("{message}.{signature}"), &signer.jwks(), &expect);
            prop_assert_eq!(read.is_ok(), good, "{} {:?}", claims, read);
        }
    }
}
