//! Client assertions that are forged, replayed or meant for another audience (RFC 7523 §3, RFC 8725).

use crate::world::agency::Agency;
use crate::world::assertion::{Signer, compact};
use crate::world::{Answer, Backend, ISSUER, World, on_both_backends, send};
use axum::body::Body;
use axum::http::Request;
use panjereh::client::grant_type::GrantType;
use panjereh::client::words::{SigningAlg, TokenEndpointAuthMethod};
use panjereh::oidc::token::credentials::JWT_BEARER;
use serde_json::{Value, json};

on_both_backends! {
    rfc7523_3_an_assertion_works_once,
    an_assertion_used_by_many_at_once_serves_exactly_one,
    rfc7523_3_an_assertion_needs_issuer_subject_audience_and_expiry,
    a_rejected_assertion_is_answered_with_its_fault,
    oidc_registration_2_an_assertion_under_another_than_the_registered_algorithm_is_refused,
    rfc8725_3_1_an_assertion_does_not_choose_its_algorithm,
    a_secret_does_not_stand_in_for_a_key_nor_a_key_of_another_client,
    rfc6749_2_3_two_authentication_methods_at_once_are_rejected,
}

async fn robot(world: &World) -> Agency<'_> {
    let by_key = |client: &mut panjereh::client::metadata::Client| {
        client.auth_method = TokenEndpointAuthMethod::PrivateKeyJwt;
        client.grant_types.push(GrantType::ClientCredentials);
    };
    world.agency_with("robot", by_key).await
}

fn request(form: &[(&str, &str)]) -> Request<Body> {
    let request = Request::post("/token").header("content-type", "application/x-www-form-urlencoded");
    request.body(Body::from(crate::world::html::encode(form))).unwrap()
}

fn with(assertion: &str) -> Request<Body> {
    request(&[("grant_type", "client_credentials"), ("client_assertion_type", JWT_BEARER), ("client_assertion", assertion)])
}

async fn refused(world: &World, assertion: &str, why: &str) {
    let answer = world.send(with(assertion)).await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (401, "invalid_client"), "{why}");
}

async fn rfc7523_3_an_assertion_works_once(world: &World) {
    let robot = robot(world).await;
    let assertion = robot.signer.assertion("robot", world);
    assert_eq!(world.send(with(&assertion)).await.status, 200);
    refused(world, &assertion, "seen before").await;
    world.pass(std::time::Duration::from_secs(179));
    refused(world, &assertion, "still seen before, at the last moment at which it would be valid").await;
    world.pass(std::time::Duration::from_secs(1));
    refused(world, &assertion, "expired").await;
}

async fn an_assertion_used_by_many_at_once_serves_exactly_one(world: &World) {
    let robot = robot(world).await;
    let assertion = robot.signer.assertion("robot", world);
    let mut sending = tokio::task::JoinSet::new();
    for _ in 0..8 {
        sending.spawn(send(world.router(), with(&assertion)));
    }
    let answers: Vec<Answer> = sending.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
}

async fn rfc7523_3_an_assertion_needs_issuer_subject_audience_and_expiry(world: &World) {
    let robot = robot(world).await;
    let now = world.now().seconds();
    for (name, value) in [
        ("aud", json!("https://other.example")),
        ("aud", json!(format!("{ISSUER}/"))),
        ("aud", json!(["https://other.example"])),
        ("aud", Value::Null),
        ("iss", json!("other")),
        ("sub", json!("other")),
        ("exp", json!(now - 61)),
        ("exp", json!(now + 365 * 86_400)),
        ("exp", json!("tomorrow")),
        ("exp", Value::Null),
        ("nbf", json!(now + 3600)),
        ("iat", json!(now + 3600)),
        ("jti", Value::Null),
        ("jti", json!("")),
    ] {
        let mut claims = Signer::claims("robot", world);
        claims[name] = value.clone();
        refused(world, &robot.signer.sign(&claims), &format!("{name} = {value}")).await;
    }
    // Another audience beside us received the assertion, too, and could use it here (CVE-2025-27370, CVE-2025-27371).
    let mut claims = Signer::claims("robot", world);
    claims["aud"] = json!([format!("{ISSUER}/token"), "https://other.example"]);
    refused(world, &robot.signer.sign(&claims), "another audience beside us").await;
    for audience in [
        json!([ISSUER]),
        json!([ISSUER, format!("{ISSUER}/token")]),
        json!(format!("{ISSUER}/introspect")),
        json!(format!("{ISSUER}/revoke")),
        json!(format!("{ISSUER}/device_authorization")),
    ] {
        let mut claims = Signer::claims("robot", world);
        claims["aud"] = audience.clone();
        assert_eq!(world.send(with(&robot.signer.sign(&claims))).await.status, 200, "{audience}");
    }
}

async fn a_rejected_assertion_is_answered_with_its_fault(world: &World) {
    let robot = robot(world).await;
    let now = world.now().seconds();
    let told = async |assertion: &str| {
        let answer = world.send(with(assertion)).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (401, "invalid_client"));
        answer.json()["error_description"].as_str().unwrap().to_owned()
    };
    for (name, value, reason) in [
        ("aud", json!("https://other.example"), "its aud must be the issuer"),
        ("exp", json!(now - 61), "expired"),
        ("exp", json!(now + 86_400), "within one hour"),
        ("nbf", json!(now + 3600), "not valid yet"),
        ("iss", json!("other"), "its iss must be the client_id"),
        ("jti", Value::Null, "a required claim is missing"),
    ] {
        let mut claims = Signer::claims("robot", world);
        claims[name] = value;
        assert!(told(&robot.signer.sign(&claims)).await.contains(reason), "{reason}");
    }
    let assertion = robot.signer.assertion("robot", world);
    assert_eq!(world.send(with(&assertion)).await.status, 200);
    assert!(told(&assertion).await.contains("its jti was used before"));
    assert!(told(&Signer::new().assertion("robot", world)).await.contains("signature is wrong"));
    // About a secret the answer says only that it is wrong.
    let tax = world.agency("tax").await;
    let wrong = tax.signer.assertion("tax", world);
    assert!(told(&wrong).await.starts_with("client authentication failed: check client_id"));
}

async fn oidc_registration_2_an_assertion_under_another_than_the_registered_algorithm_is_refused(world: &World) {
    let registered = |alg| {
        world.agency_with("robot", move |client| {
            client.auth_method = TokenEndpointAuthMethod::PrivateKeyJwt;
            client.grant_types.push(GrantType::ClientCredentials);
            client.requests.assertion_alg = Some(alg);
        })
    };
    // The key of every client here is for ES256.
    for (alg, status) in [(SigningAlg::ES256, 200), (SigningAlg::PS256, 401), (SigningAlg::EdDSA, 401)] {
        let robot = registered(alg).await;
        let answer = world.send(with(&robot.signer.assertion("robot", world))).await;
        assert_eq!(answer.status.as_u16(), status, "{}", alg.name());
    }
}

async fn rfc8725_3_1_an_assertion_does_not_choose_its_algorithm(world: &World) {
    let robot = robot(world).await;
    let claims = Signer::claims("robot", world);
    refused(world, &compact(&json!({ "alg": "none" }), &claims, b""), "none").await;
    refused(world, &compact(&json!({ "alg": "NONE", "kid": "client-key" }), &claims, b""), "NONE").await;
    // An HMAC made with a value that everyone knows: the public key.
    let public = robot.signer.jwks()["keys"][0].to_string();
    let unsigned = compact(&json!({ "alg": "HS256", "kid": "client-key" }), &claims, b"");
    let message = unsigned.trim_end_matches('.');
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, public.as_bytes());
    let mac = aws_lc_rs::hmac::sign(&key, message.as_bytes());
    refused(world, &compact(&json!({ "alg": "HS256", "kid": "client-key" }), &claims, mac.as_ref()), "HS256").await;
    // A key in the header.
    let stranger = Signer::new();
    refused(world, &stranger.sign_bringing_its_key(&claims), "jwk").await;
    let signed = stranger.sign(&claims);
    refused(world, &signed, "the key of a stranger under the same kid").await;
    refused(world, "a.b.c", "no JWT").await;
}

async fn a_secret_does_not_stand_in_for_a_key_nor_a_key_of_another_client(world: &World) {
    let robot = robot(world).await;
    let tax = world.agency_with("tax", |client| client.grant_types.push(GrantType::ClientCredentials)).await;
    for method in [TokenEndpointAuthMethod::ClientSecretBasic, TokenEndpointAuthMethod::ClientSecretPost] {
        let mut pretender = robot.clone();
        pretender.client.auth_method = method;
        assert_eq!(pretender.token(&[("grant_type", "client_credentials")]).await.error(), "invalid_client");
    }
    refused(world, &robot.signer.assertion("tax", world), "the key of another client").await;
    refused(world, &tax.signer.assertion("robot", world), "a key that another client registered").await;
    refused(world, &tax.signer.assertion("tax", world), "its own key, where a secret is registered").await;
    let named = [("client_id", "tax"), ("client_assertion_type", JWT_BEARER), ("grant_type", "client_credentials")];
    let assertion = robot.signer.assertion("robot", world);
    let form = [named[0], named[1], named[2], ("client_assertion", &assertion)];
    assert_eq!(world.send(request(&form)).await.error(), "invalid_client", "client_id says another one");
}

async fn rfc6749_2_3_two_authentication_methods_at_once_are_rejected(world: &World) {
    let tax = world.agency_with("tax", |client| client.grant_types.push(GrantType::ClientCredentials)).await;
    let assertion = tax.signer.assertion("tax", world);
    for more in [
        vec![("client_id", "tax"), ("client_secret", tax.secret.as_str())],
        vec![("client_assertion_type", JWT_BEARER), ("client_assertion", assertion.as_str())],
    ] {
        let form = [vec![("grant_type", "client_credentials")], more].concat();
        assert_eq!(tax.token(&form).await.error(), "invalid_request");
    }
    let other = tax.token(&[("grant_type", "client_credentials"), ("client_id", "other")]).await;
    assert_eq!(other.error(), "invalid_request", "the header says another one");
}

#[tokio::test]
async fn rfc8705_5_an_assertion_may_name_the_address_at_which_certificates_are_asked_for() {
    let world = World::with(Backend::Embedded, |settings| settings.tls.mutual_url = "https://tls.window.example".to_owned());
    let world = world.await.unwrap();
    let robot = robot(&world).await;
    for (audience, status) in [
        ("https://tls.window.example/token", 200),
        ("https://window.example/par", 200),
        ("https://tls.window.example", 401),
        ("https://tls.window.example/authorize", 401),
    ] {
        let mut claims = Signer::claims("robot", &world);
        claims["aud"] = json!(audience);
        assert_eq!(world.send(with(&robot.signer.sign(&claims))).await.status, status, "{audience}");
    }
}
