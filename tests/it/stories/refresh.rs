//! Refresh tokens: each works once and is replaced; reuse ends the grant (RFC 6749 §6, RFC 9700 §4.14.2).

use crate::world::tokens::Tokens;
use crate::world::{World, on_both_backends};
use panjereh::oidc::client::{GrantType, TokenEndpointAuthMethod};
use std::time::Duration;

on_both_backends! {
    a_refresh_token_is_replaced_with_every_use,
    rfc9700_4_14_2_a_second_use_ends_the_grant_and_all_its_tokens,
    rfc6749_6_a_refresh_may_ask_for_less_and_never_for_more,
    rfc6749_6_a_refresh_token_of_another_client_is_refused_and_not_used_up,
    a_refresh_token_lives_thirty_days_from_its_last_use,
    oidc_core_11_without_offline_access_there_is_no_refresh_token,
    a_public_client_refreshes_by_rotation_alone,
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
    for name in ["iss", "sub", "aud", "auth_time", "nonce", "acr", "sid"] {
        assert_eq!(claims[name], at_first[name], "{name}");
    }
    assert_eq!(claims["iat"], world.now().seconds());
    assert_eq!(tax.userinfo(&second.access_token).await.status, 200);
}

async fn rfc9700_4_14_2_a_second_use_ends_the_grant_and_all_its_tokens(world: &World) {
    let tax = world.agency("tax").await;
    let (_, _, first) = world.signed_in(&tax, "openid offline_access").await;
    let second = Tokens::of(&tax.refresh(first.refresh()).await);
    assert_eq!(tax.refresh(first.refresh()).await.error(), "invalid_grant");
    assert_eq!(tax.refresh(second.refresh()).await.error(), "invalid_grant");
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
    // Nor can a used one that was stolen end anything.
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
