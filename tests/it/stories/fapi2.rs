//! Clients that are held to FAPI 2.0 (Security Profile §5.3.2, Message Signing §5): each rule as a request that breaks it.

use crate::world::agency::{Agency, Asking, code_form};
use crate::world::assertion::{Signer, compact};
use crate::world::browser::Browser;
use crate::world::citizen::Citizen;
use crate::world::dpop::Prover;
use crate::world::html::encode;
use crate::world::tokens::Tokens;
use crate::world::{Answer, Backend, ISSUER, World, on_both_backends};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding};
use axum::body::Body;
use axum::http::{HeaderValue, Request};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use panjereh::client::profile::Profile;
use panjereh::client::words::{Pkce, TokenEndpointAuthMethod};
use panjereh::oidc::token::credentials::JWT_BEARER;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

on_both_backends! {
    fapi2_a_client_that_keeps_every_rule_signs_a_person_in_and_refreshes_without_rotation,
    fapi2_5_3_2_2_every_request_is_pushed_and_has_a_challenge,
    fapi2_5_3_2_1_an_assertion_is_for_the_issuer_alone_and_not_signed_with_rs256,
    fapi2_5_3_2_1_no_token_goes_out_that_is_not_bound,
    fapi2_message_signing_5_requests_and_answers_are_signed,
    fapi2_5_4_1_a_request_object_signed_with_rs256_is_refused,
}

async fn bank(world: &World, profile: Profile) -> Agency<'_> {
    world
        .agency_with("bank", |client| {
            client.auth_method = TokenEndpointAuthMethod::PrivateKeyJwt;
            client.requests.profile = profile;
            // The profile takes precedence over the registration.
            client.pkce = Pkce::Optional;
        })
        .await
}

/// A person signs in at the bank by a pushed request; returns the code.
async fn code<'w>(bank: &Agency<'w>, browser: &mut Browser<'w>, citizen: &Citizen) -> (Asking, String) {
    let asking = bank.ask("openid offline_access").with("prompt", "consent");
    let url = bank.pushed(&asking).await;
    browser.open(&url).await;
    if browser.page.left_for.is_none() && browser.session().is_none() {
        browser.sign_in(citizen).await;
    }
    browser.allow().await;
    let code = asking.code(&browser.page);
    (asking, code)
}

async fn somebody(world: &World) -> (Citizen, Browser<'_>) {
    (world.registered(&world.agency("other").await).await, world.browser())
}

async fn refreshed(bank: &Agency<'_>, key: &Prover, token: &str) -> Answer {
    bank.token_with(&[("grant_type", "refresh_token"), ("refresh_token", token)], &key.for_token(bank.world)).await
}

async fn fapi2_a_client_that_keeps_every_rule_signs_a_person_in_and_refreshes_without_rotation(world: &World) {
    let (bank, key) = (bank(world, Profile::Fapi2).await, Prover::new());
    let (citizen, mut browser) = somebody(world).await;
    let (asking, code) = code(&bank, &mut browser, &citizen).await;
    let answer = bank.token_with(&code_form(&asking, &code), &key.for_token(world)).await;
    assert_eq!(answer.json()["token_type"], "DPoP", "{}", answer.text());
    let refresh_token = Tokens::of(&answer).refresh_token.unwrap();
    // §5.3.2.1 item 10: a lost answer costs nothing.
    for _ in 0..3 {
        let answer = refreshed(&bank, &key, &refresh_token).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.json()["refresh_token"], refresh_token, "the one that it has goes on");
        let token = answer.json()["access_token"].as_str().unwrap().to_owned();
        let proof = key.sign(&Prover::claims_for(&token, world));
        assert_eq!(bank.userinfo_with("DPoP", &token, &[&proof]).await.status, 200);
    }
    world.pass(Duration::from_hours(31 * 24));
    assert_eq!(refreshed(&bank, &key, &refresh_token).await.error(), "invalid_grant", "it lives as long as others");
    assert_eq!(refreshed(&bank, &key, "unknown").await.error(), "invalid_grant");
}

async fn fapi2_5_3_2_2_every_request_is_pushed_and_has_a_challenge(world: &World) {
    let bank = bank(world, Profile::Fapi2).await;
    let asking = bank.ask("openid");
    let page = world.browser().open(&asking.url()).await.clone();
    assert_eq!(asking.error(&page), "invalid_request", "not pushed");
    for (sent, error) in [
        (asking.clone().without("code_challenge").without("code_challenge_method"), "invalid_request"),
        (asking.clone().with("code_challenge_method", "plain"), "invalid_request"),
        (asking.clone().without("code_challenge_method"), "invalid_request"),
        (asking.clone().without("redirect_uri"), "invalid_request"),
        (asking.clone().with("redirect_uri", "https://bank.example/other"), "invalid_request"),
        (asking.clone().with("response_type", "code id_token"), "unsupported_response_type"),
        (asking.clone().with("response_type", "token"), "unsupported_response_type"),
        (asking.clone().with("request_uri", "urn:ietf:params:oauth:request_uri:x"), "invalid_request"),
    ] {
        let answer = bank.push(&sent).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (400, error), "{:?}", sent.params);
    }
    assert_eq!(bank.push(&asking).await.status, 201);
}

/// A token request with this assertion.
fn with_assertion(bank: &Agency<'_>, assertion: &str) -> Request<Body> {
    let form = [("grant_type", "authorization_code"), ("code", "x"), ("redirect_uri", bank.client.redirect_uris[0].as_str())];
    let shown = [("client_assertion_type", JWT_BEARER), ("client_assertion", assertion)];
    let body = encode(&form.into_iter().chain(shown).collect::<Vec<_>>());
    let request = Request::post("/token").header("content-type", "application/x-www-form-urlencoded");
    request.header("dpop", Prover::new().for_token(bank.world)).body(Body::from(body)).unwrap()
}

async fn fapi2_5_3_2_1_an_assertion_is_for_the_issuer_alone_and_not_signed_with_rs256(world: &World) {
    let (held, free) = (
        bank(world, Profile::Fapi2).await,
        world.agency_with("free", |client| client.auth_method = TokenEndpointAuthMethod::PrivateKeyJwt).await,
    );
    let (token, par) = (format!("{ISSUER}/token"), format!("{ISSUER}/par"));
    for (aud, holds, frees) in [
        (json!(ISSUER), "invalid_grant", "invalid_grant"),
        (json!(token), "invalid_client", "invalid_grant"),
        (json!([ISSUER]), "invalid_client", "invalid_grant"),
        (json!([ISSUER, "https://other.example"]), "invalid_client", "invalid_client"),
        (json!(par), "invalid_client", "invalid_grant"),
        (json!(format!("{ISSUER}/")), "invalid_client", "invalid_client"),
    ] {
        for (agency, expected) in [(&held, holds), (&free, frees)] {
            let mut claims = Signer::claims(agency.id(), world);
            claims["aud"] = aud.clone();
            let answer = world.send(with_assertion(agency, &agency.signer.sign(&claims))).await;
            assert_eq!(answer.error(), expected, "{} {aud}", agency.id());
        }
    }
    // A client with a secret, or with nothing, is not served at all.
    for method in
        [TokenEndpointAuthMethod::ClientSecretBasic, TokenEndpointAuthMethod::ClientSecretPost, TokenEndpointAuthMethod::None]
    {
        let weak = world
            .agency_with(&format!("weak-{}", method.name()), |client| {
                client.auth_method = method;
                client.requests.profile = Profile::Fapi2;
            })
            .await;
        assert_eq!(weak.push(&weak.ask("openid")).await.error(), "invalid_client", "{}", method.name());
    }
}

async fn fapi2_5_3_2_1_no_token_goes_out_that_is_not_bound(world: &World) {
    let (bank, key) = (bank(world, Profile::Fapi2).await, Prover::new());
    let (citizen, mut browser) = somebody(world).await;
    let (asking, code) = code(&bank, &mut browser, &citizen).await;
    let refused = bank.redeem(&asking, &code).await;
    assert_eq!((refused.status.as_u16(), refused.error().as_str()), (400, "invalid_dpop_proof"));
    let answer = bank.token_with(&code_form(&asking, &code), &key.for_token(world)).await;
    assert_eq!(answer.status, 200, "the code is still there: {}", answer.text());
    let refused = bank.refresh(&Tokens::of(&answer).refresh_token.unwrap()).await;
    assert_eq!(refused.error(), "invalid_dpop_proof");
}

/// The same request as only its signed object, with this response mode.
fn object(bank: &Agency<'_>, asking: &Asking, mode: &str, change: impl FnOnce(&mut Value)) -> Asking {
    let now = bank.world.now().seconds();
    let mut claims = json!({ "iss": bank.id(), "aud": ISSUER, "iat": now, "nbf": now, "exp": now + 60 });
    for (name, value) in &asking.params {
        claims[name] = json!(value);
    }
    claims["response_mode"] = json!(mode);
    change(&mut claims);
    let params = [("client_id", bank.id().to_owned()), ("request", bank.signer.sign(&claims))];
    Asking { params: params.map(|(name, value)| (name.to_owned(), value)).to_vec(), ..asking.clone() }
}

async fn fapi2_message_signing_5_requests_and_answers_are_signed(world: &World) {
    let bank = bank(world, Profile::Fapi2MessageSigning).await;
    let asking = bank.ask("openid");
    for (sent, error) in [
        (asking.clone(), "invalid_request"),
        (asking.clone().with("response_mode", "jwt"), "invalid_request"),
        (object(&bank, &asking, "query", |_| ()), "invalid_request"),
        (object(&bank, &asking, "form_post", |_| ()), "invalid_request"),
        (object(&bank, &asking, "jwt", |claims| drop(claims.as_object_mut().unwrap().remove("exp"))), "invalid_request_object"),
        (object(&bank, &asking, "jwt", |claims| drop(claims.as_object_mut().unwrap().remove("nbf"))), "invalid_request_object"),
        (object(&bank, &asking, "jwt", |claims| claims["aud"] = json!("https://other.example")), "invalid_request_object"),
    ] {
        let answer = bank.push(&sent).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (400, error), "{:?}", sent.params);
    }
    let url = bank.pushed(&object(&bank, &asking, "jwt", |_| ())).await;
    let (citizen, mut browser) = somebody(world).await;
    browser.open(&url).await;
    browser.sign_in(&citizen).await;
    browser.allow().await;
    let left = browser.page.left_for();
    assert!(left.contains("?response=") && !left.contains("code="), "{left}");
}

async fn fapi2_5_4_1_a_request_object_signed_with_rs256_is_refused(world: &World) {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let (n, e) = (pair.public_key().modulus(), pair.public_key().exponent());
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let (n, e) = (encode(n.big_endian_without_leading_zero()), encode(e.big_endian_without_leading_zero()));
    let rsa = json!({ "kty": "RSA", "use": "sig", "kid": "rsa", "n": n, "e": e });
    let signed = |agency: &Agency<'_>, (alg, with): (&str, &'static dyn RsaEncoding)| {
        let now = world.now().seconds();
        let mut claims = json!({ "iss": agency.id(), "aud": ISSUER, "iat": now, "nbf": now, "exp": now + 60 });
        for (name, value) in &agency.ask("openid").params {
            claims[name] = json!(value);
        }
        let message = compact(&json!({ "alg": alg, "kid": "rsa" }), &claims, b"").trim_end_matches('.').to_owned();
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(with, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
        let params = [("client_id", agency.id().to_owned()), ("request", format!("{message}.{}", encode(&signature)))];
        Asking { params: params.map(|(name, value)| (name.to_owned(), value)).to_vec(), ..agency.ask("openid") }
    };
    for (profile, rs256) in [(Profile::Standard, 201), (Profile::Fapi2, 400)] {
        let agency = bank(world, profile).await;
        let jwks = json!({ "keys": [agency.signer.jwks()["keys"][0], rsa] });
        let agency = Agency { signer: Arc::clone(&agency.signer), ..with_keys(world, profile, jwks).await };
        let answer = agency.push(&signed(&agency, ("RS256", &RSA_PKCS1_SHA256))).await;
        assert_eq!(answer.status, rs256, "{}: {}", profile.name(), answer.text());
        if rs256 == 400 {
            assert_eq!(answer.error(), "invalid_request_object");
        }
        assert_eq!(agency.push(&signed(&agency, ("PS256", &RSA_PSS_SHA256))).await.status, 201, "{}", profile.name());
    }
}

async fn with_keys(world: &World, profile: Profile, jwks: Value) -> Agency<'_> {
    world
        .agency_with("bank", |client| {
            client.auth_method = TokenEndpointAuthMethod::PrivateKeyJwt;
            client.requests.profile = profile;
            client.jwks = Some(jwks);
        })
        .await
}

#[tokio::test]
async fn fapi2_5_3_2_1_a_code_lives_a_minute_whatever_is_set_up_for_others() {
    let world = World::with(Backend::Embedded, |settings| settings.tokens.code_lifetime = Duration::from_mins(10)).await.unwrap();
    let (bank, key) = (bank(&world, Profile::Fapi2).await, Prover::new());
    let (citizen, mut browser) = somebody(&world).await;
    for (waits, status) in [(59, 200), (60, 400)] {
        let (asking, code) = code(&bank, &mut browser, &citizen).await;
        world.pass(Duration::from_secs(waits));
        let answer = bank.token_with(&code_form(&asking, &code), &key.for_token(&world)).await;
        assert_eq!(answer.status.as_u16(), status, "{waits} {}", answer.text());
    }
}

#[tokio::test]
async fn one_setting_holds_every_client_to_fapi2_and_discovery_says_so() {
    let world = World::with(Backend::Embedded, |settings| settings.tokens.profile = Profile::Fapi2).await.unwrap();
    let (weak, bank) = (world.agency("weak").await, bank(&world, Profile::Standard).await);
    assert_eq!(weak.push(&weak.ask("openid")).await.error(), "invalid_client");
    let asking = bank.ask("openid");
    assert_eq!(asking.error(&world.browser().open(&asking.url()).await.clone()), "invalid_request");
    assert_eq!(bank.push(&asking).await.status, 201);
    let mut request = bank.token_request(&[("grant_type", "refresh_token"), ("refresh_token", "x")]);
    assert_eq!(
        world.send(bank.token_request(&[("grant_type", "refresh_token"), ("refresh_token", "x")])).await.error(),
        "invalid_dpop_proof"
    );
    request.headers_mut().insert("dpop", HeaderValue::from_str(&Prover::new().for_token(&world)).unwrap());
    assert_eq!(world.send(request).await.error(), "invalid_grant");
    let discovery = world.get("/.well-known/openid-configuration").await.json();
    assert_eq!(discovery["token_endpoint_auth_methods_supported"], json!(["private_key_jwt"]));
    assert_eq!(discovery["require_pushed_authorization_requests"], true);
    for list in ["id_token_signing_alg_values_supported", "token_endpoint_auth_signing_alg_values_supported"] {
        assert_eq!(discovery[list], json!(["ES256", "PS256", "EdDSA"]), "{list}");
    }
}
