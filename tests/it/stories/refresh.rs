//! Refresh tokens: a client that authenticates keeps its own (FAPI 2.0 §5.3.2.1); a public client's works once and is replaced, and reuse
//! ends the grant (RFC 6749 §6, RFC 9700 §4.14.2).

use crate::world::agency::Agency;
use crate::world::dpop::Prover;
use crate::world::html::encode;
use crate::world::tokens::Tokens;
use crate::world::{Answer, Backend, World, on_both_backends, send};
use axum::body::Body;
use axum::http::Request;
use panjereh::client::grant_type::GrantType;
use panjereh::client::metadata::Client;
use panjereh::client::words::TokenEndpointAuthMethod;
use panjereh::secret::TokenHash;
use std::collections::HashSet;
use std::time::Duration;

on_both_backends! {
    fapi2_5_3_2_1_a_client_that_authenticates_keeps_its_refresh_token_by_whatever_method,
    twenty_refreshes_at_once_of_a_client_that_authenticates_lose_no_sign_in,
    a_refresh_gives_new_tokens_of_the_same_person_and_authentication,
    a_kept_refresh_token_is_written_once_a_day_and_never_twice_for_nothing,
    rfc9700_4_14_2_a_token_used_up_by_a_public_client_ends_the_grant_also_when_the_client_authenticates_now,
    rfc9700_4_14_2_a_public_client_s_refresh_token_is_replaced_with_every_use,
    rfc9700_4_14_2_a_second_use_ends_the_grant_and_all_its_tokens,
    rfc6749_6_a_refresh_may_ask_for_less_and_never_for_more,
    rfc6749_6_a_refresh_token_of_another_client_is_refused_and_not_used_up,
    a_refresh_token_lives_thirty_days_from_its_last_use,
    oidc_core_11_without_offline_access_there_is_no_refresh_token,
    a_public_client_refreshes_by_rotation_alone,
    a_client_whose_answer_was_lost_asks_again_and_gets_the_same_refresh_token,
    a_lost_answer_is_repeated_for_a_minute_and_no_longer,
    a_thief_gains_nothing_by_the_minute_in_which_an_answer_is_repeated,
    rfc9449_5_a_public_client_that_proves_its_key_may_retry_and_no_other_may,
    of_sixteen_refreshes_at_once_comes_one_new_refresh_token,
}

fn public(client: &mut Client) {
    client.auth_method = TokenEndpointAuthMethod::None;
}

async fn fapi2_5_3_2_1_a_client_that_authenticates_keeps_its_refresh_token_by_whatever_method(world: &World) {
    use TokenEndpointAuthMethod::{ClientSecretBasic, ClientSecretPost, PrivateKeyJwt};
    for (name, method) in [("basic", ClientSecretBasic), ("post", ClientSecretPost), ("key", PrivateKeyJwt)] {
        let tax = world.agency_with(name, |client| client.auth_method = method).await;
        let (_, _, first) = world.signed_in(&tax, "openid offline_access").await;
        for _ in 0..3 {
            // The answer has it again: some libraries keep what an answer has, and nothing where it has none.
            let next = Tokens::of(&tax.refresh(first.refresh()).await);
            assert_eq!(next.refresh(), first.refresh(), "{name}");
            assert_ne!(next.access_token, first.access_token);
            assert_eq!(tax.userinfo(&next.access_token).await.status, 200);
            world.pass(Duration::from_mins(2));
        }
        assert_eq!(tax.userinfo(&first.access_token).await.status, 401, "expired, and the grant goes on");
        Tokens::of(&tax.refresh(first.refresh()).await);
    }
}

/// As oauth2-proxy, Auth.js and express-openid-connect do when a page loads many things at once with an expired access token.
async fn twenty_refreshes_at_once_of_a_client_that_authenticates_lose_no_sign_in(world: &World) {
    let tax = world.agency("tax").await;
    let other = world.another_instance().await;
    let (_, _, first) = world.signed_in(&tax, "openid offline_access").await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", first.refresh())];
    for _ in 0..2 {
        world.pass(Duration::from_hours(25));
        let mut sending = tokio::task::JoinSet::new();
        for number in 0..20 {
            let router = if number % 2 == 0 { world.router() } else { other.clone() };
            sending.spawn(send(router, tax.token_request(&form)));
        }
        let answers = sending.join_all().await;
        for answer in &answers {
            let tokens = Tokens::of(answer);
            assert_eq!(tokens.refresh(), first.refresh());
            assert_eq!(tax.userinfo(&tokens.access_token).await.status, 200);
        }
    }
}

async fn a_refresh_gives_new_tokens_of_the_same_person_and_authentication(world: &World) {
    let tax = world.agency("tax").await;
    let (_, _, first) = world.signed_in(&tax, "openid phone offline_access").await;
    let at_first = tax.verified(&first).await;
    world.pass(Duration::from_mins(20));
    let second = Tokens::of(&tax.refresh(first.refresh()).await);
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

async fn a_kept_refresh_token_is_written_once_a_day_and_never_twice_for_nothing(world: &World) {
    let tax = world.agency("tax").await;
    let (_, _, tokens) = world.signed_in(&tax, "openid offline_access").await;
    let stored = async || world.app.store.refresh_token(&TokenHash::of(tokens.refresh())).await.unwrap().unwrap();
    let first = stored().await;
    let month = Duration::from_hours(30 * 24);
    assert_eq!(first.expires_at, world.now().plus(month));
    for (passes, prolonged) in [(1, false), (22, false), (1, true), (23, false), (2, true), (24, true)] {
        world.pass(Duration::from_hours(passes));
        let before = stored().await;
        Tokens::of(&tax.refresh(tokens.refresh()).await);
        let after = stored().await;
        assert_eq!(after.expires_at == world.now().plus(month), prolonged, "{passes} hours later");
        assert_eq!(after != before, prolonged, "{passes} hours later");
        assert_eq!(after.used_at, None, "it is not used up");
    }
}

async fn rfc9700_4_14_2_a_token_used_up_by_a_public_client_ends_the_grant_also_when_the_client_authenticates_now(world: &World) {
    let app = world.agency_with("app", public).await;
    let (_, _, first) = world.signed_in(&app, "openid offline_access").await;
    let second = Tokens::of(&app.refresh(first.refresh()).await);
    let app = world.agency("app").await;
    // The last one goes on, and is kept from now on.
    let third = Tokens::of(&app.refresh(second.refresh()).await);
    assert_eq!(third.refresh(), second.refresh());
    assert_eq!(app.refresh(first.refresh()).await.error(), "invalid_grant");
    assert_eq!(app.refresh(second.refresh()).await.error(), "invalid_grant", "one of the two has stolen it");
    assert_eq!(app.userinfo(&third.access_token).await.status, 401);
}

async fn rfc9700_4_14_2_a_public_client_s_refresh_token_is_replaced_with_every_use(world: &World) {
    let app = world.agency_with("app", public).await;
    let (_, _, first) = world.signed_in(&app, "openid offline_access").await;
    let second = Tokens::of(&app.refresh(first.refresh()).await);
    let third = Tokens::of(&app.refresh(second.refresh()).await);
    assert_eq!(HashSet::from([first.refresh(), second.refresh(), third.refresh()]).len(), 3);
    assert_eq!(app.userinfo(&third.access_token).await.status, 200);
}

async fn rfc9700_4_14_2_a_second_use_ends_the_grant_and_all_its_tokens(world: &World) {
    let app = world.agency_with("app", public).await;
    let (_, _, first) = world.signed_in(&app, "openid offline_access").await;
    let second = Tokens::of(&app.refresh(first.refresh()).await);
    let third = Tokens::of(&app.refresh(second.refresh()).await);
    assert_eq!(app.refresh(first.refresh()).await.error(), "invalid_grant");
    assert_eq!(app.refresh(third.refresh()).await.error(), "invalid_grant");
    assert_eq!(app.userinfo(&third.access_token).await.status, 401);
    assert_eq!(app.userinfo(&second.access_token).await.status, 401);
    assert_eq!(app.userinfo(&first.access_token).await.status, 401);
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
    let (tax, app, thief) = (world.agency("tax").await, world.agency_with("app", public).await, world.agency("thief").await);
    for victim in [&tax, &app] {
        let (_, _, tokens) = world.signed_in(victim, "openid offline_access").await;
        assert_eq!(thief.refresh(tokens.refresh()).await.error(), "invalid_grant");
        assert_eq!(victim.userinfo(&tokens.access_token).await.status, 200);
        let second = Tokens::of(&victim.refresh(tokens.refresh()).await);
        // One that its client has used cannot revoke anything either.
        assert_eq!(thief.refresh(tokens.refresh()).await.error(), "invalid_grant");
        assert_eq!(victim.userinfo(&second.access_token).await.status, 200);
    }
}

async fn a_refresh_token_lives_thirty_days_from_its_last_use(world: &World) {
    for agency in [world.agency("tax").await, world.agency_with("app", public).await] {
        let (_, _, mut tokens) = world.signed_in(&agency, "openid offline_access").await;
        for _ in 0..2 {
            world.pass(Duration::from_hours(30 * 24) - Duration::from_secs(1));
            tokens = Tokens::of(&agency.refresh(tokens.refresh()).await);
        }
        world.pass(Duration::from_hours(30 * 24));
        assert_eq!(agency.refresh(tokens.refresh()).await.error(), "invalid_grant");
    }
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
    let app = world.agency_with("app", public).await;
    let (_, _, tokens) = world.signed_in(&app, "openid offline_access").await;
    let second = Tokens::of(&app.refresh(tokens.refresh()).await);
    assert_eq!(app.refresh(tokens.refresh()).await.error(), "invalid_grant");
    assert_eq!(app.refresh(second.refresh()).await.error(), "invalid_grant");
}

/// An application whose refresh tokens are bound to its key: an attacker who sees one of its requests cannot make another.
struct ByKey<'w> {
    app: Agency<'w>,
    key: Prover,
    first: String,
}

impl<'w> ByKey<'w> {
    async fn signed_in(world: &'w World) -> Self {
        let app = world.agency_with("app", public).await;
        let (_, _, tokens) = world.signed_in(&app, "openid offline_access").await;
        let begun = Self { app, key: Prover::new(), first: tokens.refresh().to_owned() };
        // The first use with a proof binds the tokens that follow (RFC 9449 §5).
        let bound = Tokens::of(&begun.refresh(&begun.first).await);
        Self { first: bound.refresh().to_owned(), ..begun }
    }

    async fn refresh(&self, token: &str) -> Answer {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.app.token_with(&form, &self.key.for_token(self.app.world)).await
    }
}

async fn a_client_whose_answer_was_lost_asks_again_and_gets_the_same_refresh_token(world: &World) {
    let client = ByKey::signed_in(world).await;
    let lost = Tokens::of(&client.refresh(&client.first).await);
    world.pass(Duration::from_secs(30));
    let second = Tokens::of(&client.refresh(&client.first).await);
    assert_eq!(second.refresh(), lost.refresh());
    assert_ne!(second.access_token, lost.access_token);
    // Both sides go on from there, and the old token is rejected as before.
    let third = Tokens::of(&client.refresh(second.refresh()).await);
    assert_eq!(client.refresh(&client.first).await.error(), "invalid_grant");
    assert_eq!(client.refresh(third.refresh()).await.error(), "invalid_grant");
}

async fn a_lost_answer_is_repeated_for_a_minute_and_no_longer(world: &World) {
    let client = ByKey::signed_in(world).await;
    let lost = Tokens::of(&client.refresh(&client.first).await);
    world.pass(Duration::from_mins(1));
    assert_eq!(client.refresh(&client.first).await.error(), "invalid_grant");
    assert_eq!(client.refresh(lost.refresh()).await.error(), "invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_is_never_repeated_where_the_operator_says_so() {
    let strict = World::with(Backend::Embedded, |settings| settings.tokens.refresh_retry = Duration::ZERO).await.unwrap();
    let client = ByKey::signed_in(&strict).await;
    Tokens::of(&client.refresh(&client.first).await);
    assert_eq!(client.refresh(&client.first).await.error(), "invalid_grant");
}

async fn a_thief_gains_nothing_by_the_minute_in_which_an_answer_is_repeated(world: &World) {
    let (client, thief) = (ByKey::signed_in(world).await, world.agency("thief").await);
    Tokens::of(&client.refresh(&client.first).await);
    // The token with another client's credentials, and with a method that the client does not have.
    assert_eq!(thief.refresh(&client.first).await.error(), "invalid_grant");
    let bare =
        [("grant_type", "refresh_token"), ("refresh_token", &client.first), ("client_id", "app"), ("client_secret", "guess")];
    let request = Request::post("/token").header("content-type", "application/x-www-form-urlencoded");
    let answer = world.send(request.body(Body::from(encode(&bare))).unwrap()).await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (401, "invalid_client"));
    // The client itself is still served.
    let second = Tokens::of(&client.refresh(&client.first).await);
    // The token alone: whoever sends it has no key, and one of the two has stolen it.
    assert_eq!(client.app.refresh(&client.first).await.error(), "invalid_grant");
    assert_eq!(client.refresh(second.refresh()).await.error(), "invalid_grant");
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
    let client = ByKey::signed_in(world).await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", client.first.as_str())];
    let mut sending = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let mut request = client.app.token_request(&form);
        request.headers_mut().insert("dpop", client.key.for_token(world).parse().unwrap());
        sending.spawn(send(world.router(), request));
    }
    let answers = sending.join_all().await;
    let next: HashSet<_> = answers.iter().map(|answer| Tokens::of(answer).refresh().to_owned()).collect();
    assert_eq!(next.len(), 1);
    Tokens::of(&client.refresh(next.iter().next().unwrap()).await);
}
