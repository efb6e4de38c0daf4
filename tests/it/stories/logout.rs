//! Signing out, here or everywhere (OpenID Connect RP-Initiated Logout 1.0).

use crate::world::agency::Agency;
use crate::world::browser::Browser;
use crate::world::html::encode;
use crate::world::{World, on_both_backends};
use std::time::Duration;

on_both_backends! {
    signing_out_here_ends_this_browser_s_session_and_its_tokens,
    signing_out_everywhere_ends_every_session_and_every_token,
    rp_initiated_logout_3_the_person_goes_back_to_a_registered_address_with_the_state,
    rp_initiated_logout_2_a_client_id_does_without_a_hint,
    rp_initiated_logout_2_post_works_as_get_does,
    without_an_address_the_person_stays_and_is_told,
    whoever_is_not_signed_in_is_asked_nothing,
    an_expired_id_token_is_still_a_hint,
    the_question_alone_ends_nothing,
}

async fn is_signed_in(agency: &Agency<'_>, browser: &mut Browser<'_>) -> bool {
    let asking = agency.ask("openid").with("prompt", "none");
    asking.answer(browser.open(&asking.url()).await).get("error") != "login_required"
}

fn logout_url(params: &[(&str, &str)]) -> String {
    format!("/logout?{}", encode(params))
}

async fn signing_out_here_ends_this_browser_s_session_and_its_tokens(world: &World) {
    let tax = world.agency("tax").await;
    let (citizen, mut here, tokens) = world.signed_in(&tax, "openid offline_access").await;
    let mut elsewhere = world.browser();
    let (asking, code) = elsewhere.sign_in_at(&tax, &citizen, "openid").await;
    let (other_tokens, _) = tax.sign_in(&asking, &code).await;
    world.pass(Duration::from_secs(1));

    let kept = here.clone().cookies;
    here.sign_out("logout-confirm").await.must(200, "logged-out-here");
    assert_eq!(here.session(), None);
    here.cookies = kept;
    assert!(!is_signed_in(&tax, &mut here).await, "also for whoever kept the cookie");
    assert_eq!(tax.userinfo(&tokens.access_token).await.error(), "invalid_token");
    assert_eq!(tax.refresh(tokens.refresh()).await.error(), "invalid_grant");
    assert!(is_signed_in(&tax, &mut elsewhere).await);
    assert_eq!(tax.userinfo(&other_tokens.access_token).await.status, 200);
}

async fn signing_out_everywhere_ends_every_session_and_every_token(world: &World) {
    let tax = world.agency("tax").await;
    let (citizen, mut lost, tokens) = world.signed_in(&tax, "openid offline_access").await;
    let mut here = world.browser();
    let (asking, code) = here.sign_in_at(&tax, &citizen, "openid").await;
    let (my_tokens, _) = tax.sign_in(&asking, &code).await;
    let (late, late_code) = tax.silently(&mut lost, "openid").await;
    world.pass(Duration::from_secs(1));

    here.sign_out("logout-everywhere").await.must(200, "logged-out-everywhere");
    assert!(!is_signed_in(&tax, &mut here).await);
    assert!(!is_signed_in(&tax, &mut lost).await);
    assert_eq!(tax.userinfo(&my_tokens.access_token).await.error(), "invalid_token");
    assert_eq!(tax.userinfo(&tokens.access_token).await.error(), "invalid_token");
    assert_eq!(tax.refresh(tokens.refresh()).await.error(), "invalid_grant");
    assert_eq!(tax.redeem(&late, &late_code).await.error(), "invalid_grant", "a code that was under way is dead, too");

    // Signing in again begins anew.
    world.pass(Duration::from_secs(1));
    let (asking, code) = here.sign_in_at(&tax, &citizen, "openid").await;
    let (tokens, _) = tax.sign_in(&asking, &code).await;
    assert_eq!(tax.userinfo(&tokens.access_token).await.status, 200);
}

async fn rp_initiated_logout_3_the_person_goes_back_to_a_registered_address_with_the_state(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, tokens) = world.signed_in(&tax, "openid").await;
    let back = ("post_logout_redirect_uri", "https://tax.example/bye");
    let url = logout_url(&[("id_token_hint", &tokens.id_token), back, ("state", "a&b=ü")]);
    browser.open(&url).await.must(200, "logout-title");
    assert!(browser.page.reads("Agency tax"));
    let form = browser.page.form("/logout/confirm").press("logout-confirm");
    let left_for = browser.submit(form).await.left_for().to_owned();
    assert_eq!(left_for, "https://tax.example/bye?state=a%26b%3D%C3%BC");
    assert!(!is_signed_in(&tax, &mut browser).await);
}

async fn rp_initiated_logout_2_a_client_id_does_without_a_hint(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, tokens) = world.signed_in(&tax, "openid").await;
    let back = ("post_logout_redirect_uri", "https://tax.example/bye");
    browser.open(&logout_url(&[("client_id", "tax"), back])).await.must(200, "logout-title");
    let form = browser.page.form("/logout/confirm").press("logout-everywhere");
    // After signing out everywhere one is told so first; the way back is a link.
    browser.submit(form).await.must(200, "logged-out-everywhere");
    assert_eq!(browser.page.link("/bye"), "https://tax.example/bye");

    world.agency("health").await;
    let both = logout_url(&[("client_id", "health"), ("id_token_hint", &tokens.id_token), back]);
    browser.open(&both).await.must(400, "refusal-bad-redirect-title");
}

async fn rp_initiated_logout_2_post_works_as_get_does(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, tokens) = world.signed_in(&tax, "openid").await;
    let back = ("post_logout_redirect_uri", "https://tax.example/bye");
    browser.post("/logout", encode(&[("id_token_hint", tokens.id_token.as_str()), back])).await.must(200, "logout-title");
    let form = browser.page.form("/logout/confirm").press("logout-confirm");
    assert_eq!(browser.submit(form).await.left_for(), "https://tax.example/bye");
}

async fn without_an_address_the_person_stays_and_is_told(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, tokens) = world.signed_in(&tax, "openid").await;
    browser.open(&logout_url(&[("id_token_hint", &tokens.id_token)])).await.must(200, "logout-title");
    let form = browser.page.form("/logout/confirm").press("logout-confirm");
    browser.submit(form).await.must(200, "logged-out-here");
}

async fn whoever_is_not_signed_in_is_asked_nothing(world: &World) {
    world.agency("tax").await;
    let mut browser = world.browser();
    browser.open("/logout").await.must(200, "logged-out-title");
    let url = logout_url(&[("client_id", "tax"), ("post_logout_redirect_uri", "https://tax.example/bye"), ("state", "s")]);
    assert_eq!(browser.open(&url).await.left_for(), "https://tax.example/bye?state=s");
}

async fn an_expired_id_token_is_still_a_hint(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, tokens) = world.signed_in(&tax, "openid").await;
    world.pass(Duration::from_mins(50));
    let back = ("post_logout_redirect_uri", "https://tax.example/bye");
    browser.open(&logout_url(&[("id_token_hint", &tokens.id_token), back])).await.must(200, "logout-title");
}

async fn the_question_alone_ends_nothing(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, tokens) = world.signed_in(&tax, "openid").await;
    // As an image or a link of any page could do.
    browser.open(&logout_url(&[("id_token_hint", &tokens.id_token)])).await.must(200, "logout-title");
    assert!(is_signed_in(&tax, &mut browser).await);
    assert_eq!(tax.userinfo(&tokens.access_token).await.status, 200);
}
