//! The JWTs that a client signs: assertions (RFC 7523 §3) and request objects (RFC 9101 §6). `R`: a whole token; `S`: a header
//! line and a payload that the client's key signs; anything else: damage to a valid token.

use super::{ISSUER, Key, NOW, check_authorization, client, damaged, header_and_payload, payload_of};
use panjereh::client::metadata::Client;
use panjereh::crypto::jose::assertion::{AssertionExpectation, Strictness, verify_client_assertion};
use panjereh::crypto::jose::request_object::{RequestObjectExpectation, Validity, verify_request_object};
use panjereh::oidc::authorization::request_object::params_of;
use serde_json::{Value, json};
use std::sync::LazyLock;

const TOKEN_ENDPOINT: &str = "https://id.example/token";

static CLIENT: LazyLock<Client> = LazyLock::new(client);
static KEY: LazyLock<Key> = LazyLock::new(Key::of_the_client);
static JWKS: LazyLock<Value> = LazyLock::new(|| {
    let (mut key, mut other) = (KEY.jwk(), Key::ours().jwk());
    (key["kid"], other["kid"]) = (json!("one"), json!("two"));
    json!({ "keys": [key, other] })
});
static GOOD: LazyLock<[String; 2]> = LazyLock::new(|| {
    let (id, exp) = (CLIENT.id.as_str(), NOW.seconds() + 60);
    let assertion = json!({ "iss": id, "sub": id, "aud": ISSUER, "exp": exp, "jti": "once" });
    let object = json!({ "iss": id, "client_id": id, "aud": ISSUER, "exp": exp, "nbf": NOW.seconds(), "response_type": "code" });
    [assertion, object].map(|claims| KEY.signed(br#"{"alg":"EdDSA","kid":"one"}"#, claims.to_string().as_bytes()))
});

/// Reads one JWT.
pub fn check(data: &[u8]) {
    match data {
        [b'R', raw @ ..] => {
            if let Ok(jwt) = std::str::from_utf8(raw) {
                is_accepted(jwt);
            }
        }
        [b'S', rest @ ..] => {
            if let Some((header, payload)) = header_and_payload(rest) {
                is_accepted(&KEY.signed(header, payload));
            }
        }
        [which, rest @ ..] => {
            let good = &GOOD[usize::from(which % 2)];
            if let Some(jwt) = damaged(good, rest) {
                assert!(!is_accepted(&jwt) || jwt == *good || KEY.wrote(&jwt));
            }
        }
        [] => {}
    }
}

/// Whether it was accepted as either.
fn is_accepted(jwt: &str) -> bool {
    let mut accepted = false;
    for strictness in [Strictness::Rfc7523, Strictness::Fapi2] {
        let expect =
            AssertionExpectation { client_id: &CLIENT.id, audiences: &[ISSUER, TOKEN_ENDPOINT], strictness, alg: None, now: NOW };
        if let Ok(assertion) = verify_client_assertion(jwt, &JWKS, &expect) {
            accepted = true;
            let claims = payload_of(jwt);
            assert_eq!((claims["iss"].as_str(), claims["sub"].as_str()), (Some("tax-web"), Some("tax-web")));
            assert_eq!(claims["jti"].as_str(), Some(assertion.jti.as_str()));
            assert!((1..=256).contains(&assertion.jti.len()));
            assert!(assertion.usable_until > NOW && assertion.usable_until.seconds() <= NOW.seconds() + 3600 + 120);
            assert!(names_us(&claims["aud"]) && (strictness == Strictness::Rfc7523 || claims["aud"].is_string()));
        }
    }
    for validity in [Validity::Optional, Validity::Bounded] {
        let expect = RequestObjectExpectation { client_id: &CLIENT.id, issuer: ISSUER, alg: None, validity, now: NOW };
        if let Ok(members) = verify_request_object(jwt, &JWKS, &expect) {
            assert!(!accepted, "one JWT must not be both an assertion and a request object (RFC 8725 §3.12)");
            let claims = payload_of(jwt);
            assert_eq!(claims.as_object(), Some(&members));
            assert!(
                claims["aud"] == ISSUER || claims["aud"].as_array().is_some_and(|names| names.iter().any(|one| one == ISSUER))
            );
            assert!(claims["client_id"] == "tax-web" && claims["iss"] == "tax-web" && claims["sub"] != "tax-web");
            assert!(!members.contains_key("request") && !members.contains_key("request_uri"));
            assert!(validity == Validity::Optional || members.contains_key("exp") && members.contains_key("nbf"));
            check_authorization(&params_of(&members), &CLIENT);
            return true;
        }
    }
    assert!(!accepted || KEY.wrote(jwt) || Key::ours().wrote(jwt));
    accepted
}

fn names_us(aud: &Value) -> bool {
    let ours = |name: &Value| name == ISSUER || name == TOKEN_ENDPOINT;
    ours(aud) || aud.as_array().is_some_and(|names| names.iter().any(ours))
}
