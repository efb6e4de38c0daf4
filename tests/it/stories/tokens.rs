//! The token endpoint and UserInfo for every kind of client, algorithm and response mode.

use crate::world::agency::{Agency, code_form};
use crate::world::html::forms;
use crate::world::tokens::Tokens;
use crate::world::{Answer, World, on_both_backends};
use axum::body::Body;
use axum::http::Request;
use panjereh::client::grant_type::GrantType;
use panjereh::client::metadata::Client;
use panjereh::client::words::{ApplicationType, Pkce, SecretMethods, SigningAlg, SubjectType, TokenEndpointAuthMethod};
use serde_json::json;
use std::time::Duration;

on_both_backends! {
    oidc_core_9_every_way_of_client_authentication_works_and_only_the_registered_one,
    every_signature_algorithm_is_verified_by_another_library,
    rfc8252_7_3_a_native_application_is_answered_at_any_loopback_port,
    a_confidential_client_may_be_registered_without_pkce,
    form_post_brings_the_answer_in_a_form,
    rfc6749_4_4_a_client_acts_for_itself,
    oidc_core_5_3_userinfo_answers_get_and_post,
    rfc6750_3_userinfo_says_what_is_wrong_with_a_token,
    rfc9068_2_an_access_token_says_whose_it_is,
    oidc_core_8_a_public_subject_is_the_same_at_every_client_that_asks_for_it,
    everything_about_a_person_is_told_as_the_scopes_allow,
}

/// The challenge for a request without a token: both schemes (RFC 6750 §3, RFC 9449 §7.2).
const NO_TOKEN: &str = r#"Bearer realm="https://window.example", DPoP realm="https://window.example", algs="ES256 PS256 EdDSA""#;

async fn oidc_core_9_every_way_of_client_authentication_works_and_only_the_registered_one(world: &World) {
    use TokenEndpointAuthMethod::{ClientSecretBasic, ClientSecretPost, None, PrivateKeyJwt};
    for (name, method) in [("basic", ClientSecretBasic), ("post", ClientSecretPost), ("key", PrivateKeyJwt), ("public", None)] {
        // An entry that names no method takes a secret in the header or in the form; this one names its method.
        let named = |client: &mut Client| (client.auth_method, client.secret_methods) = (method, SecretMethods::Named);
        let agency = world.agency_with(name, named).await;
        let (_, mut browser, _) = world.signed_in(&agency, "openid").await;
        for other in TokenEndpointAuthMethod::ALL.into_iter().filter(|other| *other != method && !other.needs_certificate()) {
            let (asking, code) = agency.silently(&mut browser, "openid").await;
            let mut pretender = agency.clone();
            pretender.client.auth_method = other;
            let answer = pretender.redeem(&asking, &code).await;
            assert_eq!((answer.status.as_u16(), answer.error().as_str()), (401, "invalid_client"), "{name} as {}", other.name());
            // That did not use up the code.
            agency.sign_in(&asking, &code).await;
        }
    }
}

async fn every_signature_algorithm_is_verified_by_another_library(world: &World) {
    for alg in SigningAlg::ALL {
        let agency = world.agency_with(&alg.name().to_lowercase(), |client| client.signing_alg = alg).await;
        let (_, _, tokens) = world.signed_in(&agency, "openid").await;
        agency.verified(&tokens).await;
        let (header, _) = world.signed_claims(&tokens.access_token).await;
        assert_eq!((format!("{:?}", header.alg).as_str(), header.typ.as_deref()), (alg.name(), Some("at+jwt")));
        assert_eq!(agency.userinfo(&tokens.access_token).await.status, 200);
    }
}

async fn rfc8252_7_3_a_native_application_is_answered_at_any_loopback_port(world: &World) {
    let app = world
        .agency_with("app", |client| {
            client.application_type = ApplicationType::Native;
            client.auth_method = TokenEndpointAuthMethod::None;
            client.redirect_uris = vec!["http://127.0.0.1/cb".to_owned(), "ir.example.app:/cb".to_owned()];
        })
        .await;
    let (_, mut browser, _) = world.signed_in(&app, "openid").await;
    for uri in ["http://127.0.0.1:49152/cb", "ir.example.app:/cb"] {
        let asking = app.ask("openid").with("redirect_uri", uri);
        browser.open(&asking.url()).await.must(200, "consent-title");
        let code = asking.code(browser.allow().await);
        app.sign_in(&asking, &code).await;
    }
    let asking = app.ask("openid").with("redirect_uri", "http://127.0.0.1:49152/cb");
    browser.open(&asking.url()).await;
    let code = asking.code(browser.allow().await);
    let other = asking.clone().with("redirect_uri", "http://127.0.0.1:49153/cb");
    assert_eq!(app.redeem(&other, &code).await.error(), "invalid_grant", "the port of the request is the port of the code");
}

async fn a_confidential_client_may_be_registered_without_pkce(world: &World) {
    let old = world.agency_with("old", |client| client.pkce = Pkce::Optional).await;
    let (_, mut browser, _) = world.signed_in(&old, "openid").await;
    let asking = old.ask("openid").without("code_challenge").without("code_challenge_method");
    let code = asking.code(browser.open(&asking.url()).await);
    let form = code_form(&asking, &code);
    Tokens::of(&old.token(&form[..3]).await);
}

async fn form_post_brings_the_answer_in_a_form(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let asking = tax.ask("openid").with("response_mode", "form_post");
    browser.open(&asking.url()).await.must(200, "form-post-title");
    let form = forms(browser.page.html()).remove(0);
    assert_eq!(form.action, "https://tax.example/callback");
    assert_eq!((form.value("state"), form.value("iss")), (asking.state.as_str(), crate::world::ISSUER));
    assert_eq!(browser.page.answer.header("cache-control"), "no-store");
    let policy = browser.page.answer.header("content-security-policy");
    assert!(policy.contains("form-action 'self' https:") && !policy.contains("unsafe"), "{policy}");
    tax.sign_in(&asking, form.value("code")).await;

    // Errors go the same way, also at the end of the pages.
    let silent = tax.ask("openid address").with("response_mode", "form_post").with("prompt", "none");
    browser.open(&silent.url()).await;
    assert_eq!(forms(browser.page.html()).remove(0).value("error"), "consent_required");
    browser.open(&silent.without("prompt").url()).await.must(200, "consent-title");
    browser.deny().await;
    assert_eq!(forms(browser.page.html()).remove(0).value("error"), "access_denied");
}

async fn rfc6749_4_4_a_client_acts_for_itself(world: &World) {
    let form = [("grant_type", "client_credentials")];
    let robot = world.agency_with("robot", |client| client.grant_types.push(GrantType::ClientCredentials)).await;
    let answer = robot.token(&form).await;
    assert_eq!(answer.json().as_object().unwrap().keys().collect::<Vec<_>>(), ["access_token", "expires_in", "token_type"]);
    let token = Tokens::of(&answer).access_token;
    let (_, claims) = world.signed_claims(&token).await;
    assert_eq!((&claims["sub"], &claims["client_id"]), (&json!("robot"), &json!("robot")));
    let answer = robot.userinfo(&token).await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (403, "insufficient_scope"));

    // §3.3: every scope is about a person, so a client gets none for itself, and the answer says so.
    let with_scope = robot.token(&[("grant_type", "client_credentials"), ("scope", "openid national_id")]).await;
    assert_eq!(with_scope.error(), "invalid_scope");
    let tax = world.agency("tax").await;
    assert_eq!(tax.token(&form).await.error(), "unauthorized_client");
    let public = world
        .agency_with("public", |client| {
            client.auth_method = TokenEndpointAuthMethod::None;
            client.grant_types.push(GrantType::ClientCredentials);
        })
        .await;
    assert_eq!(public.token(&form).await.error(), "unauthorized_client");
}

async fn by_form(agency: &Agency<'_>, body: String, header: Option<&str>) -> Answer {
    let mut request = Request::post("/userinfo").header("content-type", "application/x-www-form-urlencoded");
    if let Some(token) = header {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    agency.world.send(request.body(Body::from(body)).unwrap()).await
}

async fn oidc_core_5_3_userinfo_answers_get_and_post(world: &World) {
    let tax = world.agency("tax").await;
    let (_, _, tokens) = world.signed_in(&tax, "openid phone").await;
    let token = tokens.access_token.as_str();
    let got = tax.userinfo(token).await;
    assert_eq!((got.status.as_u16(), got.header("content-type")), (200, "application/json"));
    assert_eq!(by_form(&tax, format!("access_token={token}"), None).await.json(), got.json());
    assert_eq!(by_form(&tax, String::new(), Some(token)).await.json(), got.json());

    // RFC 6750 §2: one method, not two; §2.3: and never in the URL.
    let twice = by_form(&tax, format!("access_token={token}"), Some(token)).await;
    assert_eq!((twice.status.as_u16(), twice.error().as_str()), (400, "invalid_request"));
    let repeated = by_form(&tax, format!("access_token={token}&access_token={token}"), None).await;
    assert_eq!((repeated.status.as_u16(), repeated.error().as_str()), (400, "invalid_request"));
    assert_eq!(world.get(&format!("/userinfo?access_token={token}")).await.status, 401);
}

async fn rfc6750_3_userinfo_says_what_is_wrong_with_a_token(world: &World) {
    let tax = world.agency("tax").await;
    let (_, _, tokens) = world.signed_in(&tax, "openid").await;
    let none = world.get("/userinfo").await;
    assert_eq!((none.status.as_u16(), none.header("www-authenticate")), (401, NO_TOKEN));
    let garbage = tax.userinfo("garbage").await;
    let challenge = garbage.header("www-authenticate");
    assert!(challenge.starts_with(r#"Bearer realm="https://window.example", error="invalid_token""#), "{challenge}");
    world.pass(Duration::from_mins(5) - Duration::from_secs(1));
    assert_eq!(tax.userinfo(&tokens.access_token).await.status, 200);
    world.pass(Duration::from_secs(1));
    let expired = tax.userinfo(&tokens.access_token).await;
    assert_eq!((expired.status.as_u16(), expired.error().as_str()), (401, "invalid_token"));
}

async fn rfc9068_2_an_access_token_says_whose_it_is(world: &World) {
    let tax = world.agency("tax").await;
    let (_, _, tokens) = world.signed_in(&tax, "openid phone").await;
    let (_, claims) = world.signed_claims(&tokens.access_token).await;
    let id_claims = tax.verified(&tokens).await;
    for name in ["iss", "sub", "auth_time", "acr", "amr", "sid"] {
        assert_eq!(claims[name], id_claims[name], "{name}");
    }
    assert_eq!((&claims["client_id"], &claims["scope"]), (&json!("tax"), &json!("openid phone")));
    assert_eq!(claims["aud"], crate::world::ISSUER);
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 300);
    assert!(claims["jti"].as_str().is_some_and(|jti| jti.len() >= 22));
}

async fn oidc_core_8_a_public_subject_is_the_same_at_every_client_that_asks_for_it(world: &World) {
    let public = |client: &mut panjereh::client::metadata::Client| client.subject_type = SubjectType::Public;
    let (one, two) = (world.agency_with("one", public).await, world.agency_with("two", public).await);
    let (_, mut browser, tokens) = world.signed_in(&one, "openid").await;
    let asking = two.ask("openid");
    browser.open(&asking.url()).await;
    let code = asking.code(browser.allow().await);
    let (_, at_two) = two.sign_in(&asking, &code).await;
    assert_eq!(one.verified(&tokens).await["sub"], at_two["sub"]);
}

async fn everything_about_a_person_is_told_as_the_scopes_allow(world: &World) {
    let tax = world.agency("tax").await;
    let (citizen, _, tokens) = world.signed_in(&tax, "openid profile phone address national_id age_over_18").await;
    let told = tax.userinfo(&tokens.access_token).await.json();
    let person = &citizen.person;
    let latin = person.latin_name.as_ref().unwrap();
    for (name, value) in [
        ("given_name", person.name.given.as_str()),
        ("family_name#fa", &person.name.family),
        ("given_name#en", &latin.given),
        ("birthdate", "1986-10-04"),
        ("gender", "female"),
        ("phone_number", citizen.mobile()),
        ("national_id", citizen.national_id()),
    ] {
        assert_eq!(told[name], value, "{name}");
    }
    assert_eq!((&told["phone_number_verified"], &told["age_over_18"]), (&json!(true), &json!(true)));
    assert_eq!(told["address"]["postal_code"], person.address.postal_code.as_str());
    let (_, id_token) = world.signed_claims(&tokens.id_token).await;
    assert!(!id_token.to_string().contains(citizen.national_id()), "the ID token travels through logs and hints");
}
