//! Revoking tokens (RFC 7009).

use crate::world::agency::Agency;
use crate::world::tokens::Tokens;
use crate::world::{Answer, World, on_both_backends};
use axum::body::Body;
use axum::http::Request;
use panjereh::client::grant_type::GrantType;
use panjereh::client::words::TokenEndpointAuthMethod;
use panjereh::records::event::EventKind;
use std::time::Duration;

on_both_backends! {
    rfc7009_2_1_a_refresh_token_given_back_ends_its_grant_and_every_token_of_it,
    rfc7009_2_1_an_access_token_given_back_ends_its_grant_too,
    rfc7009_2_1_a_token_of_another_client_is_not_revoked_and_the_answer_hides_that,
    rfc7009_2_2_what_is_no_token_is_answered_like_one,
    rfc7009_2_1_the_client_authenticates_as_at_the_token_endpoint,
    every_way_to_ask_wrongly_is_told_apart,
}

async fn revoke(agency: &Agency<'_>, token: &str) -> Answer {
    agency.post("/revoke", &[("token", token)]).await
}

#[track_caller]
fn done(answer: &Answer) {
    assert_eq!((answer.status.as_u16(), answer.text(), answer.header("cache-control")), (200, "", "no-store"));
}

async fn rfc7009_2_1_a_refresh_token_given_back_ends_its_grant_and_every_token_of_it(world: &World) {
    let tax = world.agency("tax").await;
    let (citizen, _, first) = world.signed_in(&tax, "openid offline_access").await;
    let second = Tokens::of(&tax.refresh(first.refresh()).await);
    world.pass(Duration::from_secs(1));
    done(&revoke(&tax, second.refresh()).await);
    assert_eq!(tax.refresh(second.refresh()).await.error(), "invalid_grant");
    for tokens in [&first, &second] {
        assert_eq!(tax.userinfo(&tokens.access_token).await.error(), "invalid_token");
    }
    let account = world.app.store.account_by_national_id(&citizen.person.national_id).await.unwrap().unwrap();
    let event = world.app.store.events_of(account.id, 1).await.unwrap().remove(0);
    assert_eq!((event.kind, event.client.as_ref()), (EventKind::TokenRevoked, Some(&tax.client.id)));

    // A second revocation changes nothing, and there is one event.
    done(&revoke(&tax, second.refresh()).await);
    assert_eq!(world.app.store.events_of(account.id, 1).await.unwrap(), [event]);
}

async fn rfc7009_2_1_an_access_token_given_back_ends_its_grant_too(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, tokens) = world.signed_in(&tax, "openid offline_access").await;
    done(&tax.post("/revoke", &[("token", &tokens.access_token), ("token_type_hint", "refresh_token")]).await);
    assert_eq!(tax.userinfo(&tokens.access_token).await.error(), "invalid_token");
    assert_eq!(tax.refresh(tokens.refresh()).await.error(), "invalid_grant");
    // The session belongs to the person; a client cannot end it.
    let (asking, code) = tax.silently(&mut browser, "openid").await;
    tax.sign_in(&asking, &code).await;
}

async fn rfc7009_2_1_a_token_of_another_client_is_not_revoked_and_the_answer_hides_that(world: &World) {
    let (tax, thief) = (world.agency("tax").await, world.agency("thief").await);
    let (_, _, tokens) = world.signed_in(&tax, "openid offline_access").await;
    for token in [tokens.access_token.as_str(), tokens.refresh()] {
        done(&revoke(&thief, token).await);
    }
    assert_eq!(tax.userinfo(&tokens.access_token).await.status, 200);
    Tokens::of(&tax.refresh(tokens.refresh()).await);
}

async fn rfc7009_2_2_what_is_no_token_is_answered_like_one(world: &World) {
    let tax = world.agency("tax").await;
    let (_, _, tokens) = world.signed_in(&tax, "openid offline_access").await;
    for token in ["unknown", "a.b.c", "....", tokens.id_token.as_str(), &tokens.access_token[1..]] {
        done(&revoke(&tax, token).await);
    }
    assert_eq!(tax.userinfo(&tokens.access_token).await.status, 200);
    world.pass(Duration::from_hours(31 * 24));
    for token in [tokens.access_token.as_str(), tokens.refresh()] {
        done(&revoke(&tax, token).await);
    }
}

async fn rfc7009_2_1_the_client_authenticates_as_at_the_token_endpoint(world: &World) {
    for method in TokenEndpointAuthMethod::ALL.into_iter().filter(|method| !method.needs_certificate()) {
        let agency = world.agency_with(method.name(), |client| client.auth_method = method).await;
        let (_, _, tokens) = world.signed_in(&agency, "openid").await;
        done(&revoke(&agency, &tokens.access_token).await);
        assert_eq!(agency.userinfo(&tokens.access_token).await.error(), "invalid_token", "{}", method.name());
    }
    let robot = world.agency_with("robot", |client| client.grant_types.push(GrantType::ClientCredentials)).await;
    let own = Tokens::of(&robot.token(&[("grant_type", "client_credentials")]).await);
    done(&revoke(&robot, &own.access_token).await);
}

async fn every_way_to_ask_wrongly_is_told_apart(world: &World) {
    let tax = world.agency("tax").await;
    let long = "a".repeat(16 * 1024 + 1);
    for (form, error) in [
        (vec![], "invalid_request"),
        (vec![("token", "")], "invalid_request"),
        (vec![("token", "a"), ("token", "a")], "invalid_request"),
        (vec![("token", "a"), ("token_type_hint", "x"), ("token_type_hint", "y")], "invalid_request"),
        (vec![("token", long.as_str())], "invalid_request"),
    ] {
        let answer = tax.post("/revoke", &form).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (400, error));
    }
    // Unknown parameters and hints are ignored.
    done(&tax.post("/revoke", &[("token", "a"), ("token_type_hint", "saml"), ("unknown", "x")]).await);

    let mut guessing = tax.clone();
    "guess".clone_into(&mut guessing.secret);
    let answer = revoke(&guessing, "a").await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (401, "invalid_client"));
    assert!(answer.header("www-authenticate").starts_with("Basic "));
    let json = Request::post("/revoke").header("content-type", "application/json").body(Body::from("{}")).unwrap();
    assert_eq!(world.send(json).await.error(), "invalid_request");
    let get = world.get("/revoke?token=a").await;
    assert_eq!((get.status.as_u16(), get.header("allow")), (405, "POST"));
}
