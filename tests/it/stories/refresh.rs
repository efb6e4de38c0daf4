//! Refresh tokens: each works once and is replaced; reuse ends the grant (RFC 6749 §6, RFC 9700 §4.14.2).

use crate::world::agency::Agency;
use crate::world::dpop::Prover;
use crate::world::html::encode;
use crate::world::tokens::Tokens;
use crate::world::{Backend, World, on_both_backends, send};
use axum::body::Body;
use axum::http::Request;
use panjereh::client::grant_type::GrantType;
use panjereh::client::words::TokenEndpointAuthMethod;
use std::collections::HashSet;
use std::time::Duration;

on_both_backends! {
    a_refresh_token_is_replaced_with_every_use,
    rfc9700_4_14_2_a_second_use_ends_the_grant_and_all_its_tokens,
    rfc6749_6_a_refresh_may_ask_for_less_and_never_for_more,
    rfc6749_6_a_refresh_token_of_another_client_is_refused_and_not_used_up,
    a_refresh_token_lives_thirty_days_from_its_last_use,
    oidc_core_11_without_offline_access_there_is_no_refresh_token,
    a_public_client_refreshes_by_rotation_alone,
    a_client_whose_answer_was_lost_asks_again_and_gets_the_same_refresh_token,
    a_lost_answer_is_repeated_for_a_minute_and_no_longer,
    a_thief_gains_nothing_by_the_minute_in_which_an_answer_is_repeated,
    a_client_with_a_secret_gets_no_repeated_answer,
    rfc9449_5_a_public_client_that_proves_its_key_may_retry_and_no_other_may,
    of_sixteen_refreshes_at_once_comes_one_new_refresh_token,
}

async fn a_refresh_token_is_replaced_with_every_use(world: &World) {
    let tax = world.agency("tax").await;
    let (_, _, first) = world.signed_in(&tax, "openid phone offline_access").await;
    let at_first = tax.verified(&first).await;
    world.pass(Duration::from_mins(20));
    let second = Tokens::of(&tax.refresh(first.refresh()).await);
    assert_ne!(first.refresh(), second.refresh());
    assert_eq!(second.scope, "openid phone offline_access");

    // OpenID Connect Core §12.2: the same person, the same authentication.
    let claims = tax.verified(&second).await;
    for name in ["iss", "sub", "aud", "auth_time", "acr", "sid"] {
        assert_eq!(claims[name], at_first[name], "{name}");
    }
    assert!(at_first.get("nonce").is_some() && claims.get("nonce").is_none(), "the nonce answered the first request alone");
    assert_eq!(claims["iat"], world.now().seconds());
    assert_eq!(tax.userinfo(&second.access_token).await.status, 200);
}

async fn rfc9700_4_14_2_a_second_use_ends_the_grant_and_all_its_tokens(world: &World) {
    let tax = world.agency("tax").await;
    let (_, _, first) = world.signed_in(&tax, "openid offline_access").await;
    let second = Tokens::of(&tax.refresh(first.refresh()).await);
    let third = Tokens::of(&tax.refresh(second.refresh()).await);
    assert_eq!(tax.refresh(first.refresh()).await.error(), "invalid_grant");
    assert_eq!(tax.refresh(third.refresh()).await.error(), "invalid_grant");
    assert_eq!(tax.userinfo(&third.access_token).await.status, 401);
    assert_eq!(tax.userinfo(&second.access_token).await.status, 401);
    assert_eq!(tax.userinfo(&first.access_token).await.status, 401);
}

async fn rfc6749_6_a_refresh_may_ask_for_less_and_never_for_more(world: &World) {
    let tax = world.agency("tax").await;
    let (_, _, first) = world.signed_in(&tax, "openid phone offline_access").await;
    let refresh = async |token: &str, scope: &str| {
        tax.token(&[("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)]).await
    };
    assert_eq!(refresh(first.refresh(), "openid phone address").await.error(), "invalid_scope");
    assert_eq!(refresh(first.refresh(), "openid everything").await.error(), "invalid_scope");
    let less = Tokens::of(&refresh(first.refresh(), "openid").await);
    let person = tax.userinfo(&less.access_token).await.json();
    assert_eq!(person.as_object().unwrap().keys().collect::<Vec<_>>(), ["sub"]);
    // The new refresh token has the scope of the old one.
    let all = Tokens::of(&tax.refresh(less.refresh()).await);
    assert!(tax.userinfo(&all.access_token).await.json()["phone_number"].is_string());
}

async fn rfc6749_6_a_refresh_token_of_another_client_is_refused_and_not_used_up(world: &World) {
    let (tax, thief) = (world.agency("tax").await, world.agency("thief").await);
    let (_, _, tokens) = world.signed_in(&tax, "openid offline_access").await;
    assert_eq!(thief.refresh(tokens.refresh()).await.error(), "invalid_grant");
    assert_eq!(tax.userinfo(&tokens.access_token).await.status, 200);
    let second = Tokens::of(&tax.refresh(tokens.refresh()).await);
    // A used one that was stolen cannot revoke anything either.
    assert_eq!(thief.refresh(tokens.refresh()).await.error(), "invalid_grant");
    assert_eq!(tax.userinfo(&second.access_token).await.status, 200);
}

async fn a_refresh_token_lives_thirty_days_from_its_last_use(world: &World) {
    let tax = world.agency("tax").await;
    let (_, _, mut tokens) = world.signed_in(&tax, "openid offline_access").await;
    for _ in 0..2 {
        world.pass(Duration::from_hours(30 * 24) - Duration::from_secs(1));
        tokens = Tokens::of(&tax.refresh(tokens.refresh()).await);
    }
    world.pass(Duration::from_hours(30 * 24));
    assert_eq!(tax.refresh(tokens.refresh()).await.error(), "invalid_grant");
}

async fn oidc_core_11_without_offline_access_there_is_no_refresh_token(world: &World) {
    let tax = world.agency("tax").await;
    let (_, _, tokens) = world.signed_in(&tax, "openid").await;
    assert_eq!(tokens.refresh_token, None);
    let short = world.agency_with("short", |client| client.grant_types = vec![GrantType::AuthorizationCode]).await;
    let (_, _, tokens) = world.signed_in(&short, "openid offline_access").await;
    assert_eq!((tokens.refresh_token, tokens.scope.as_str()), (None, "openid"));
}

async fn a_public_client_refreshes_by_rotation_alone(world: &World) {
    let app = world.agency_with("app", |client| client.auth_method = TokenEndpointAuthMethod::None).await;
    let (_, _, tokens) = world.signed_in(&app, "openid offline_access").await;
    let second = Tokens::of(&app.refresh(tokens.refresh()).await);
    assert_eq!(app.refresh(tokens.refresh()).await.error(), "invalid_grant");
    assert_eq!(app.refresh(second.refresh()).await.error(), "invalid_grant");
}

/// A client that signs its requests: an attacker who sees one cannot make another.
async fn by_key(world: &World) -> Agency<'_> {
    world.agency_with("tax", |client| client.auth_method = TokenEndpointAuthMethod::PrivateKeyJwt).await
}

async fn a_client_whose_answer_was_lost_asks_again_and_gets_the_same_refresh_token(world: &World) {
    let tax = by_key(world).await;
    let (_, _, first) = world.signed_in(&tax, "openid offline_access").await;
    let lost = Tokens::of(&tax.refresh(first.refresh()).await);
    world.pass(Duration::from_secs(30));
    let second = Tokens::of(&tax.refresh(first.refresh()).await);
    assert_eq!(second.refresh(), lost.refresh());
    assert_ne!(second.access_token, lost.access_token);
    // Both sides go on from there, and the old token is rejected as before.
    let third = Tokens::of(&tax.refresh(second.refresh()).await);
    assert_eq!(tax.userinfo(&third.access_token).await.status, 200);
    assert_eq!(tax.refresh(first.refresh()).await.error(), "invalid_grant");
    assert_eq!(tax.refresh(third.refresh()).await.error(), "invalid_grant");
}

async fn a_lost_answer_is_repeated_for_a_minute_and_no_longer(world: &World) {
    let tax = by_key(world).await;
    let (_, _, first) = world.signed_in(&tax, "openid offline_access").await;
    let lost = Tokens::of(&tax.refresh(first.refresh()).await);
    world.pass(Duration::from_mins(1));
    assert_eq!(tax.refresh(first.refresh()).await.error(), "invalid_grant");
    assert_eq!(tax.userinfo(&lost.access_token).await.status, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_is_never_repeated_where_the_operator_says_so() {
    let strict = World::with(Backend::Embedded, |settings| settings.tokens.refresh_retry = Duration::ZERO).await.unwrap();
    let tax = by_key(&strict).await;
    let (_, _, first) = strict.signed_in(&tax, "openid offline_access").await;
    Tokens::of(&tax.refresh(first.refresh()).await);
    assert_eq!(tax.refresh(first.refresh()).await.error(), "invalid_grant");
}

async fn a_thief_gains_nothing_by_the_minute_in_which_an_answer_is_repeated(world: &World) {
    let (tax, thief) = (by_key(world).await, world.agency("thief").await);
    let (_, _, first) = world.signed_in(&tax, "openid offline_access").await;
    Tokens::of(&tax.refresh(first.refresh()).await);
    // The token alone, and the token with another client's credentials.
    let bare = [("grant_type", "refresh_token"), ("refresh_token", first.refresh()), ("client_id", "tax")];
    let request = Request::post("/token").header("content-type", "application/x-www-form-urlencoded");
    let answer = world.send(request.body(Body::from(encode(&bare))).unwrap()).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.error(), "invalid_client");
    assert_eq!(thief.refresh(first.refresh()).await.error(), "invalid_grant");
    // The client itself is still served.
    let second = Tokens::of(&tax.refresh(first.refresh()).await);
    assert_eq!(tax.userinfo(&second.access_token).await.status, 200);
}

async fn a_client_with_a_secret_gets_no_repeated_answer(world: &World) {
    for method in [TokenEndpointAuthMethod::ClientSecretBasic, TokenEndpointAuthMethod::ClientSecretPost] {
        let tax = world.agency_with("tax", |client| client.auth_method = method).await;
        let (_, _, first) = world.signed_in(&tax, "openid offline_access").await;
        let second = Tokens::of(&tax.refresh(first.refresh()).await);
        assert_eq!(tax.refresh(first.refresh()).await.error(), "invalid_grant");
        assert_eq!(tax.refresh(second.refresh()).await.error(), "invalid_grant");
    }
}

async fn rfc9449_5_a_public_client_that_proves_its_key_may_retry_and_no_other_may(world: &World) {
    let (key, thief) = (Prover::new(), Prover::new());
    let app = world.agency_with("app", |client| client.auth_method = TokenEndpointAuthMethod::None).await;
    let (_, _, first) = world.signed_in(&app, "openid offline_access").await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", first.refresh())];
    let lost = Tokens::of(&app.token_with(&form, &key.for_token(world)).await);
    let second = Tokens::of(&app.token_with(&form, &key.for_token(world)).await);
    assert_eq!(second.refresh(), lost.refresh());

    assert_eq!(app.token_with(&form, &thief.for_token(world)).await.error(), "invalid_grant");
    // Some client has used a stolen token: every token of this sign-in is revoked.
    assert_eq!(app.token_with(&form, &key.for_token(world)).await.error(), "invalid_grant");
    let form = [("grant_type", "refresh_token"), ("refresh_token", second.refresh())];
    assert_eq!(app.token_with(&form, &key.for_token(world)).await.error(), "invalid_grant");
}

async fn of_sixteen_refreshes_at_once_comes_one_new_refresh_token(world: &World) {
    let tax = by_key(world).await;
    let (_, _, first) = world.signed_in(&tax, "openid offline_access").await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", first.refresh())];
    let mut sending = tokio::task::JoinSet::new();
    for _ in 0..16 {
        sending.spawn(send(world.router(), tax.token_request(&form)));
    }
    let answers = sending.join_all().await;
    let next: HashSet<_> = answers.iter().map(|answer| Tokens::of(answer).refresh().to_owned()).collect();
    assert_eq!(next.len(), 1);
    Tokens::of(&tax.refresh(next.iter().next().unwrap()).await);
}
