//! Requests that are pushed first (RFC 9126): who may push what, and how often it is answered.

use crate::world::agency::Agency;
use crate::world::html::encode;
use crate::world::{Backend, ISSUER, World, on_both_backends};
use axum::body::Body;
use axum::http::Request;
use panjereh::client::words::TokenEndpointAuthMethod;
use panjereh::settings::PushedRequests;
use std::time::Duration;

on_both_backends! {
    rfc9126_2_every_kind_of_client_pushes_its_request_and_signs_a_person_in,
    rfc9126_2_2_the_answer_is_201_and_is_not_kept,
    rfc9126_2_1_request_uri_rejected,
    rfc9126_2_1_client_id_is_that_of_the_client_that_authenticates,
    rfc9126_2_3_the_request_is_validated_as_a_whole_and_errors_are_json,
    rfc9126_2_only_a_client_that_authenticates_may_push,
    rfc9126_4_other_parameters_beside_request_uri_are_ignored,
    rfc9126_4_a_request_uri_is_answered_once_but_may_be_opened_again_before,
    rfc9126_4_of_two_tabs_with_one_request_uri_one_is_answered,
    rfc9126_2_2_a_request_uri_is_bound_to_its_client_and_expires,
    rfc9126_4_a_silent_answer_uses_the_request_uri_up,
    rfc9126_6_a_client_that_must_push_is_refused_otherwise,
    a_form_may_bring_the_request_uri_as_well,
    a_redirect_uri_that_was_unregistered_meanwhile_is_not_answered,
}

async fn rfc9126_2_every_kind_of_client_pushes_its_request_and_signs_a_person_in(world: &World) {
    for (number, method) in TokenEndpointAuthMethod::ALL.into_iter().filter(|method| !method.needs_certificate()).enumerate() {
        let agency = world.agency_with(&format!("agency-{number}"), |client| client.auth_method = method).await;
        let (_, mut browser, _) = world.signed_in(&agency, "openid").await;
        let asking = agency.ask("openid");
        let code = asking.code(browser.open(&agency.pushed(&asking).await).await);
        agency.sign_in(&asking, &code).await;
    }
}

async fn rfc9126_2_2_the_answer_is_201_and_is_not_kept(world: &World) {
    let tax = world.agency("tax").await;
    let answer = tax.push(&tax.ask("openid")).await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (201, "no-store"));
    assert_eq!(answer.header("content-type"), "application/json");
    let json = answer.json();
    assert_eq!((json.as_object().unwrap().len(), json["expires_in"].as_u64()), (2, Some(60)));
    let secret = json["request_uri"].as_str().unwrap().strip_prefix("urn:ietf:params:oauth:request_uri:").unwrap().to_owned();
    assert_eq!(secret.len(), 43);
    let other = tax.push(&tax.ask("openid")).await.json();
    assert_ne!(other["request_uri"], json["request_uri"]);
}

async fn rfc9126_2_1_request_uri_rejected(world: &World) {
    let tax = world.agency("tax").await;
    let own = tax.push(&tax.ask("openid")).await.json()["request_uri"].as_str().unwrap().to_owned();
    for uri in ["https://tax.example/r", own.as_str(), "urn:ietf:params:oauth:request_uri:x"] {
        let answer = tax.push(&tax.ask("openid").with("request_uri", uri)).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (400, "invalid_request"), "{uri}");
    }
}

async fn rfc9126_2_1_client_id_is_that_of_the_client_that_authenticates(world: &World) {
    let (tax, health) = (world.agency("tax").await, world.agency("health").await);
    let foreign = tax.push(&health.ask("openid")).await;
    assert_eq!((foreign.status.as_u16(), foreign.error().as_str()), (400, "invalid_request"));
    let nameless = tax.push(&tax.ask("openid").without("client_id")).await;
    assert_eq!((nameless.status.as_u16(), nameless.error().as_str()), (400, "invalid_request"));
}

async fn rfc9126_2_3_the_request_is_validated_as_a_whole_and_errors_are_json(world: &World) {
    let tax = world.agency("tax").await;
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "", "invalid_request"),
        ("response_mode", "fragment", "invalid_request"),
        ("redirect_uri", "", "invalid_request"),
        ("redirect_uri", "https://evil.example/callback", "invalid_request"),
        ("redirect_uri", "https://tax.example/callback/", "invalid_request"),
        ("scope", "profile", "invalid_scope"),
        ("scope", "", "invalid_scope"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("prompt", "none login", "invalid_request"),
        ("max_age", "-1", "invalid_request"),
        ("registration", "{}", "registration_not_supported"),
        ("nonce", &"n".repeat(2049), "invalid_request"),
    ] {
        let answer = tax.push(&tax.ask("openid").with(name, value)).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (400, error), "{name}={value}");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(answer.json()["error_description"].as_str().is_some_and(|text| !text.is_empty()));
    }
    let mut twice = tax.ask("openid");
    twice.params.push(("scope".to_owned(), "openid".to_owned()));
    assert_eq!(tax.push(&twice).await.error(), "invalid_request", "repeated");
    let long = tax.push(&tax.ask("openid").with("state", &"s".repeat(4096))).await;
    assert_eq!(long.status, 201, "RFC 6749 §4.1.2: a state has no bound of its own");
    assert_eq!(tax.push(&tax.ask("openid").with("unknown", "x")).await.status, 201, "RFC 6749 §3.1: unknown ones are ignored");
}

async fn rfc9126_2_only_a_client_that_authenticates_may_push(world: &World) {
    let tax = world.agency("tax").await;
    let mut pretender = tax.clone();
    pretender.client.auth_method = TokenEndpointAuthMethod::None;
    let answer = pretender.push(&tax.ask("openid")).await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (401, "invalid_client"));
    assert!(answer.header("www-authenticate").starts_with("Basic realm="));
    "guess".clone_into(&mut pretender.secret);
    pretender.client.auth_method = TokenEndpointAuthMethod::ClientSecretBasic;
    assert_eq!(pretender.push(&tax.ask("openid")).await.error(), "invalid_client");
    let json = Request::post("/par").header("content-type", "application/json").body(Body::from("{}")).unwrap();
    assert_eq!(world.send(json).await.error(), "invalid_request");
}

async fn rfc9126_4_other_parameters_beside_request_uri_are_ignored(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let asking = tax.ask("openid");
    let url = tax.pushed(&asking).await;
    let evil =
        [("redirect_uri", "https://evil.example/"), ("scope", "openid national_id"), ("state", "other"), ("prompt", "login")];
    let code = asking.code(browser.open(&format!("{url}&{}", encode(&evil))).await);
    let (tokens, _) = tax.sign_in(&asking, &code).await;
    assert_eq!(tokens.scope, "openid");
}

async fn rfc9126_4_a_request_uri_is_answered_once_but_may_be_opened_again_before(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let mut browser = world.browser();
    let asking = tax.ask("openid");
    let url = tax.pushed(&asking).await;
    browser.open(&url).await.must(200, "sign-in-title");
    // Reloaded, and then completed slowly: the lifetime limits the first use, not the pages.
    browser.open(&url).await.must(200, "sign-in-title");
    world.pass(Duration::from_mins(20));
    browser.sign_in(&citizen).await;
    let code = asking.code(browser.allow().await);
    tax.sign_in(&asking, &code).await;
    browser.open(&url).await.must(400, "refusal-request-gone-title");

    let again = tax.ask("openid");
    let url = tax.pushed(&again).await;
    again.code(browser.open(&url).await);
    browser.open(&url).await.must(400, "refusal-request-gone-title");
}

async fn rfc9126_4_of_two_tabs_with_one_request_uri_one_is_answered(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut first, _) = world.signed_in(&tax, "openid").await;
    let asking = tax.ask("openid phone");
    let url = tax.pushed(&asking).await;
    first.open(&url).await.must(200, "consent-title");
    let mut second = first.clone();
    second.open(&url).await.must(200, "consent-title");
    asking.code(first.allow().await);
    second.allow().await.must(410, "refusal-interaction-gone-title");

    // Many at once, where no page is needed.
    let asking = tax.ask("openid");
    let path = tax.pushed(&asking).await.replace(ISSUER, "");
    let cookies: Vec<_> = first.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut sending = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let request = Request::get(&path).header("cookie", cookies.join("; ")).body(Body::empty()).unwrap();
        sending.spawn(crate::world::send(world.router(), request));
    }
    let answers = sending.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.header("location").contains("code=")).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.status == 400).count(), 7);
}

async fn rfc9126_2_2_a_request_uri_is_bound_to_its_client_and_expires(world: &World) {
    let (tax, health) = (world.agency("tax").await, world.agency("health").await);
    let mut browser = world.browser();
    let url = tax.pushed(&tax.ask("openid")).await;
    browser.open(&url.replace("client_id=tax", "client_id=health")).await.must(400, "refusal-request-gone-title");
    assert!(!browser.page.html().contains(&health.client.redirect_uris[0]));
    browser.open(&url.replace("client_id=tax&", "")).await.must(400, "refusal-unknown-client-title");
    browser.open(&url).await.must(200, "sign-in-title");
    world.pass(Duration::from_secs(59));
    browser.open(&url).await.must(200, "sign-in-title");
    world.pass(Duration::from_secs(1));
    browser.open(&url).await.must(400, "refusal-request-gone-title");
    for uri in ["urn:ietf:params:oauth:request_uri:", &format!("urn:ietf:params:oauth:request_uri:{}", "A".repeat(43))] {
        let query = encode(&[("client_id", "tax"), ("request_uri", uri)]);
        browser.open(&format!("/authorize?{query}")).await.must(400, "refusal-request-gone-title");
    }
}

async fn rfc9126_4_a_silent_answer_uses_the_request_uri_up(world: &World) {
    let tax = world.agency("tax").await;
    let mut browser = world.browser();
    let asking = tax.ask("openid").with("prompt", "none");
    let url = tax.pushed(&asking).await;
    assert_eq!(asking.error(browser.open(&url).await), "login_required");
    browser.open(&url).await.must(400, "refusal-request-gone-title");
}

async fn rfc9126_6_a_client_that_must_push_is_refused_otherwise(world: &World) {
    async fn only_pushed(agency: &Agency<'_>) {
        let (asking, mut browser) = (agency.ask("openid"), agency.world.browser());
        assert_eq!(asking.error(browser.open(&asking.url()).await), "invalid_request");
        browser.open(&agency.pushed(&asking).await).await.must(200, "sign-in-title");
    }
    only_pushed(&world.agency_with("strict", |client| client.requests.must_be_pushed = true).await).await;
    let backend = Backend::Embedded;
    let strict = World::with(backend, |settings| settings.tokens.pushed_requests = PushedRequests::Required).await.unwrap();
    only_pushed(&strict.agency("tax").await).await;
    let metadata = strict.get("/.well-known/openid-configuration").await.json();
    assert_eq!(metadata["require_pushed_authorization_requests"], true);
}

async fn a_form_may_bring_the_request_uri_as_well(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let asking = tax.ask("openid").with("response_mode", "form_post");
    let url = tax.pushed(&asking).await;
    let body = url.split_once('?').unwrap().1.to_owned();
    browser.post_from_an_agency("/authorize", body).await.must(200, "form-post-title");
    let code = browser.page.form("/callback").value("code").to_owned();
    tax.sign_in(&asking, &code).await;
}

async fn a_redirect_uri_that_was_unregistered_meanwhile_is_not_answered(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let url = tax.pushed(&tax.ask("openid")).await;
    let mut client = tax.client.clone();
    client.redirect_uris = vec!["https://tax.example/elsewhere".to_owned()];
    let mut tx = world.app.store.write().await.unwrap();
    tx.put_client(&client).await.unwrap();
    tx.save().await.unwrap();
    world.refresh().await;
    browser.open(&url).await.must(400, "refusal-bad-redirect-title");
}
