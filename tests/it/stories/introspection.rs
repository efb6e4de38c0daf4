//! Asking about tokens (RFC 7662), answered in JSON or as a signed JWT (RFC 9701).

use crate::world::agency::Agency;
use crate::world::tokens::Tokens;
use crate::world::{Answer, ISSUER, World, on_both_backends};
use axum::http::HeaderValue;
use panjereh::client::grant_type::GrantType;
use panjereh::client::metadata::Client;
use panjereh::client::resource::ResourceUri;
use panjereh::client::words::{SigningAlg, TokenEndpointAuthMethod};
use panjereh::oidc::token::introspection::JWT_MEDIA_TYPE;
use serde_json::json;
use std::time::Duration;

on_both_backends! {
    rfc7662_2_2_a_client_learns_everything_about_its_own_access_token,
    rfc7662_2_2_a_refresh_token_is_told_about_without_being_used,
    rfc7662_4_only_the_client_of_a_token_and_the_resource_that_it_is_for_learn_about_it,
    rfc7662_2_2_a_token_that_ended_by_whatever_way_is_inactive,
    rfc7662_2_1_only_a_client_that_authenticates_may_ask,
    rfc9701_4_the_answer_is_a_signed_jwt_for_a_client_that_accepts_it,
    every_way_to_ask_wrongly_is_told_apart,
}

async fn ask(agency: &Agency<'_>, token: &str) -> Answer {
    agency.post("/introspect", &[("token", token)]).await
}

#[track_caller]
fn inactive(answer: &Answer) {
    assert_eq!((answer.status.as_u16(), answer.text()), (200, r#"{"active":false}"#));
    assert_eq!((answer.header("content-type"), answer.header("cache-control")), ("application/json", "no-store"));
}

/// A client that is the resource of this name.
fn resource(name: &'static str) -> impl FnOnce(&mut Client) {
    |client| client.token_policy.resource_identifier = ResourceUri::parse(name)
}

async fn rfc7662_2_2_a_client_learns_everything_about_its_own_access_token(world: &World) {
    let tax = world.agency("tax").await;
    let (_, _, tokens) = world.signed_in(&tax, "openid phone").await;
    let (_, claims) = world.signed_claims(&tokens.access_token).await;
    let answer = ask(&tax, &tokens.access_token).await;
    let expected = json!({
        "active": true, "scope": "openid phone", "client_id": "tax", "token_type": "Bearer", "sub": claims["sub"], "aud": ISSUER,
        "iss": ISSUER, "jti": claims["jti"], "exp": claims["exp"], "iat": claims["iat"], "nbf": claims["iat"],
        "auth_time": claims["auth_time"], "acr": "urn:panjereh:acr:substantial",
    });
    assert_eq!(answer.json(), expected);
    assert_eq!((answer.header("content-type"), answer.header("cache-control")), ("application/json", "no-store"));
}

async fn rfc7662_2_2_a_refresh_token_is_told_about_without_being_used(world: &World) {
    let (tax, other) = (world.agency("tax").await, world.agency_with("other", resource(ISSUER)).await);
    let (_, _, tokens) = world.signed_in(&tax, "openid offline_access").await;
    let claims = tax.verified(&tokens).await;
    for _ in 0..2 {
        let told = ask(&tax, tokens.refresh()).await.json();
        assert_eq!((&told["active"], &told["sub"], &told["client_id"]), (&json!(true), &claims["sub"], &json!("tax")));
        assert_eq!(told["exp"], world.now().plus(Duration::from_hours(30 * 24)).seconds());
        assert!(told.get("token_type").is_none());
    }
    inactive(&ask(&other, tokens.refresh()).await);
    // A use by a client that authenticates does not use it up.
    Tokens::of(&tax.refresh(tokens.refresh()).await);
    assert_eq!(ask(&tax, tokens.refresh()).await.json()["active"], true);
    tax.post("/revoke", &[("token", tokens.refresh())]).await;
    inactive(&ask(&tax, tokens.refresh()).await);
    // A public client cannot ask; its used-up token is inactive for it as a client that authenticates, too.
    let public = world.agency_with("other", |client| client.auth_method = TokenEndpointAuthMethod::None).await;
    let (_, _, tokens) = world.signed_in(&public, "openid offline_access").await;
    Tokens::of(&public.refresh(tokens.refresh()).await);
    inactive(&ask(&world.agency("other").await, tokens.refresh()).await);
}

async fn rfc7662_4_only_the_client_of_a_token_and_the_resource_that_it_is_for_learn_about_it(world: &World) {
    let tax = world.agency("tax").await;
    let (_, _, tokens) = world.signed_in(&tax, "openid").await;
    let stranger = world.agency("stranger").await;
    inactive(&ask(&stranger, &tokens.access_token).await);
    let elsewhere = world.agency_with("elsewhere", resource("https://window.example/")).await;
    inactive(&ask(&elsewhere, &tokens.access_token).await);
    // Today's tokens name the issuer; a resource with that name may ask about them.
    let named = world.agency_with("named", resource(ISSUER)).await;
    assert_eq!(ask(&named, &tokens.access_token).await.json()["client_id"], "tax");
}

async fn rfc7662_2_2_a_token_that_ended_by_whatever_way_is_inactive(world: &World) {
    let tax = world.agency_with("tax", |client| client.grant_types.push(GrantType::ClientCredentials)).await;
    let (_, mut browser, tokens) = world.signed_in(&tax, "openid offline_access").await;
    for wrong in ["unknown", "a.b.c", tokens.id_token.as_str()] {
        inactive(&ask(&tax, wrong).await);
    }
    // A client's own token: once revoked it is inactive, although no grant ended.
    let own = Tokens::of(&tax.token(&[("grant_type", "client_credentials")]).await).access_token;
    assert_eq!(ask(&tax, &own).await.json()["sub"], "tax");
    tax.post("/revoke", &[("token", &own)]).await;
    inactive(&ask(&tax, &own).await);

    // By its lifetime.
    world.pass(Duration::from_mins(5));
    inactive(&ask(&tax, &tokens.access_token).await);
    // With its session.
    let second = Tokens::of(&tax.refresh(tokens.refresh()).await);
    assert_eq!(ask(&tax, &second.access_token).await.json()["active"], true);
    browser.sign_out("logout-everywhere").await;
    for token in [second.access_token.as_str(), second.refresh()] {
        inactive(&ask(&tax, token).await);
    }
}

async fn rfc7662_2_1_only_a_client_that_authenticates_may_ask(world: &World) {
    let public = world.agency_with("public", |client| client.auth_method = TokenEndpointAuthMethod::None).await;
    let (_, _, tokens) = world.signed_in(&public, "openid").await;
    let answer = ask(&public, &tokens.access_token).await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (401, "invalid_client"));
    let mut guessing = world.agency("tax").await;
    "guess".clone_into(&mut guessing.secret);
    let answer = ask(&guessing, &tokens.access_token).await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (401, "invalid_client"));
    let nobody = world.get("/introspect").await;
    assert_eq!((nobody.status.as_u16(), nobody.header("allow")), (405, "POST"));
}

async fn rfc9701_4_the_answer_is_a_signed_jwt_for_a_client_that_accepts_it(world: &World) {
    for (name, registered, expected) in [("plain", None, "ES256"), ("other", Some(SigningAlg::PS256), "PS256")] {
        let agency = world.agency_with(name, |client| client.token_policy.introspection_signing_alg = registered).await;
        let (_, _, tokens) = world.signed_in(&agency, "openid").await;
        for token in [tokens.access_token.as_str(), "unknown"] {
            let mut request = agency.request_to("/introspect", &[("token", token)]);
            request.headers_mut().insert("accept", HeaderValue::from_static(JWT_MEDIA_TYPE));
            let answer = world.send(request).await;
            assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, JWT_MEDIA_TYPE));
            assert_eq!(answer.header("cache-control"), "no-store");
            let (header, claims) = world.signed_claims(answer.text()).await;
            assert_eq!(
                (header.typ.as_deref(), format!("{:?}", header.alg).as_str()),
                (Some("token-introspection+jwt"), expected)
            );
            let plain = ask(&agency, token).await.json();
            let all = json!({ "iss": ISSUER, "aud": name, "iat": world.now().seconds(), "token_introspection": plain });
            assert_eq!(claims, all);
            // RFC 9701 §8.1: it is no access token.
            assert_eq!(agency.userinfo(answer.text()).await.error(), "invalid_token");
        }
    }
}

async fn every_way_to_ask_wrongly_is_told_apart(world: &World) {
    let tax = world.agency("tax").await;
    let long = "a".repeat(16 * 1024 + 1);
    for form in [
        vec![],
        vec![("token", "")],
        vec![("token", "a"), ("token", "a")],
        vec![("token", "a"), ("token_type_hint", "x"), ("token_type_hint", "y")],
        vec![("token", long.as_str())],
    ] {
        let answer = tax.post("/introspect", &form).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (400, "invalid_request"));
    }
    inactive(&tax.post("/introspect", &[("token", "a"), ("token_type_hint", "saml"), ("unknown", "x")]).await);
}
