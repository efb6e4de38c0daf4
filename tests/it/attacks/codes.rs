//! Authorization codes and refresh tokens that another client presents, or that two requests present at once.

use crate::world::agency::{Agency, code_form};
use crate::world::tokens::Tokens;
use crate::world::{Answer, World, on_both_backends, send};
use panjereh::client::words::{Pkce, TokenEndpointAuthMethod};
use std::time::Duration;

on_both_backends! {
    a_code_redeemed_by_many_at_once_serves_exactly_one_and_ends_what_it_got,
    rfc6749_4_1_2_a_replayed_code_ends_the_tokens_of_the_first,
    a_refresh_token_used_by_many_at_once_serves_exactly_one_and_ends_the_grant,
    rfc6749_4_1_3_a_code_is_worth_nothing_to_another_client_and_is_not_used_up_by_it,
    rfc6749_4_1_3_a_code_belongs_to_its_redirect_uri,
    rfc7636_4_6_a_code_without_its_verifier_is_worth_nothing,
    rfc9700_2_1_1_an_attacker_cannot_strip_the_challenge,
    rfc7636_4_4_1_plain_challenges_are_rejected,
    a_code_lives_a_minute,
    a_code_changed_in_any_place_is_rejected,
}

/// Sends the same form several times at once.
async fn at_once(agency: &Agency<'_>, form: &[(&str, &str)], times: usize) -> Vec<Answer> {
    let mut sending = tokio::task::JoinSet::new();
    for _ in 0..times {
        sending.spawn(send(agency.world.router(), agency.token_request(form)));
    }
    sending.join_all().await
}

/// The one answer that succeeded; all others were rejected.
fn the_winner(answers: &[Answer]) -> Tokens {
    let (served, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(served.len(), 1, "exactly one is served");
    assert!(refused.iter().all(|answer| answer.error() == "invalid_grant"));
    Tokens::of(served[0])
}

async fn a_code_redeemed_by_many_at_once_serves_exactly_one_and_ends_what_it_got(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid offline_access").await;
    for times in [2, 8, 2, 8, 2, 8] {
        let (asking, code) = tax.silently(&mut browser, "openid offline_access").await;
        let tokens = the_winner(&at_once(&tax, &code_form(&asking, &code), times).await);
        assert_eq!(tax.userinfo(&tokens.access_token).await.status, 401);
        assert_eq!(tax.refresh(tokens.refresh()).await.error(), "invalid_grant");
    }
}

async fn rfc6749_4_1_2_a_replayed_code_ends_the_tokens_of_the_first(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, earlier) = world.signed_in(&tax, "openid offline_access").await;
    let (asking, code) = tax.silently(&mut browser, "openid offline_access").await;
    let (tokens, _) = tax.sign_in(&asking, &code).await;
    assert_eq!(tax.userinfo(&tokens.access_token).await.status, 200);
    // Late, when the code would have expired by itself.
    world.pass(Duration::from_mins(4));
    assert_eq!(tax.redeem(&asking, &code).await.error(), "invalid_grant");
    assert_eq!(tax.userinfo(&tokens.access_token).await.status, 401);
    assert_eq!(tax.refresh(tokens.refresh()).await.error(), "invalid_grant");
    assert_eq!(tax.userinfo(&earlier.access_token).await.status, 200, "an earlier sign-in is not touched");
}

async fn a_refresh_token_used_by_many_at_once_serves_exactly_one_and_ends_the_grant(world: &World) {
    // A public one's: a client that authenticates keeps its own (FAPI 2.0 Security Profile §5.3.2.1 item 10).
    let app = world.agency_with("app", |client| client.auth_method = TokenEndpointAuthMethod::None).await;
    for times in [2, 8, 2, 8] {
        let (_, _, tokens) = world.signed_in(&app, "openid offline_access").await;
        let form = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh())];
        let won = the_winner(&at_once(&app, &form, times).await);
        assert_eq!(app.refresh(won.refresh()).await.error(), "invalid_grant");
        assert_eq!(app.userinfo(&won.access_token).await.status, 401);
    }
}

async fn rfc6749_4_1_3_a_code_is_worth_nothing_to_another_client_and_is_not_used_up_by_it(world: &World) {
    let (tax, thief) = (world.agency("tax").await, world.agency("thief").await);
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let (asking, code) = tax.silently(&mut browser, "openid").await;
    assert_eq!(thief.redeem(&asking, &code).await.error(), "invalid_grant");
    tax.sign_in(&asking, &code).await;
    // A thief who replays it cannot revoke anything either.
    let (asking, code) = tax.silently(&mut browser, "openid").await;
    let (tokens, _) = tax.sign_in(&asking, &code).await;
    assert_eq!(thief.redeem(&asking, &code).await.error(), "invalid_grant");
    assert_eq!(tax.userinfo(&tokens.access_token).await.status, 200);
}

async fn rfc6749_4_1_3_a_code_belongs_to_its_redirect_uri(world: &World) {
    let two = |client: &mut panjereh::client::metadata::Client| client.redirect_uris.push("https://tax.example/other".to_owned());
    let tax = world.agency_with("tax", two).await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let (asking, code) = tax.silently(&mut browser, "openid").await;
    for other in ["https://tax.example/other", "https://tax.example/callback/", "https://tax.example/callback?"] {
        let wrong = asking.clone().with("redirect_uri", other);
        assert_eq!(tax.redeem(&wrong, &code).await.error(), "invalid_grant", "{other}");
    }
    let without = [("grant_type", "authorization_code"), ("code", code.as_str()), ("code_verifier", &asking.verifier)];
    assert_eq!(tax.token(&without).await.error(), "invalid_request");
    tax.sign_in(&asking, &code).await;
}

async fn rfc7636_4_6_a_code_without_its_verifier_is_worth_nothing(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let (asking, code) = tax.silently(&mut browser, "openid").await;
    let form = code_form(&asking, &code);
    assert_eq!(tax.token(&form[..3]).await.error(), "invalid_grant");
    let challenge = asking.get("code_challenge");
    let other = "x".repeat(43);
    for wrong in [other.as_str(), challenge, "", "short"] {
        let form = [form[0], form[1], form[2], ("code_verifier", wrong)];
        assert_eq!(tax.token(&form).await.error(), "invalid_grant", "{wrong}");
    }
    tax.sign_in(&asking, &code).await;
}

async fn rfc9700_2_1_1_an_attacker_cannot_strip_the_challenge(world: &World) {
    let old = world.agency_with("old", |client| client.pkce = Pkce::Optional).await;
    let (_, mut browser, _) = world.signed_in(&old, "openid").await;
    // The agency uses PKCE although it need not; an attacker strips the challenge from its request.
    let asking = old.ask("openid").without("code_challenge").without("code_challenge_method");
    let code = asking.code(browser.open(&asking.url()).await);
    assert_eq!(old.redeem(&asking, &code).await.error(), "invalid_grant");

    let strict = world.agency("strict").await;
    let asking = strict.ask("openid").without("code_challenge").without("code_challenge_method");
    assert_eq!(asking.error(browser.open(&asking.url()).await), "invalid_request");
}

async fn rfc7636_4_4_1_plain_challenges_are_rejected(world: &World) {
    let old = world.agency_with("old", |client| client.pkce = Pkce::Optional).await;
    let mut browser = world.browser();
    let verifier = "v".repeat(43);
    let plain = old.ask("openid").with("code_challenge", &verifier);
    for asking in [plain.clone().with("code_challenge_method", "plain"), plain.without("code_challenge_method")] {
        assert_eq!(asking.error(browser.open(&asking.url()).await), "invalid_request");
    }
}

async fn a_code_lives_a_minute(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let (asking, code) = tax.silently(&mut browser, "openid").await;
    world.pass(Duration::from_secs(59));
    tax.sign_in(&asking, &code).await;
    let (asking, code) = tax.silently(&mut browser, "openid").await;
    world.pass(Duration::from_mins(1));
    assert_eq!(tax.redeem(&asking, &code).await.error(), "invalid_grant");
}

async fn a_code_changed_in_any_place_is_rejected(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let (asking, code) = tax.silently(&mut browser, "openid").await;
    for (place, old) in code.char_indices().step_by(7) {
        let changed = format!("{}{}{}", &code[..place], if old == 'A' { 'B' } else { 'A' }, &code[place + 1..]);
        assert_eq!(tax.redeem(&asking, &changed).await.error(), "invalid_grant", "{place}");
    }
    let none = [("grant_type", "authorization_code"), ("code", "x"), ("redirect_uri", "https://tax.example/callback")];
    assert_eq!(tax.token(&none).await.error(), "invalid_grant");
    tax.sign_in(&asking, &code).await;
}
