//! How long a browser stays signed in: an hour unused, a day in all (NIST SP 800-63B-4 §2.2.3).

use crate::world::agency::Agency;
use crate::world::browser::Browser;
use crate::world::{World, on_both_backends};
use std::time::Duration;

on_both_backends! {
    a_session_ends_an_hour_after_it_was_last_used,
    a_session_ends_after_a_day_however_busy_it_is,
    a_closed_account_is_signed_in_nowhere,
    an_interaction_waits_an_hour_and_no_longer,
    the_window_greets_the_signed_in_person,
}

/// The error of a request that may show no page; empty where there is none.
async fn silently(agency: &Agency<'_>, browser: &mut Browser<'_>) -> String {
    let asking = agency.ask("openid").with("prompt", "none");
    asking.answer(browser.open(&asking.url()).await).get("error").to_owned()
}

async fn a_session_ends_an_hour_after_it_was_last_used(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    for _ in 0..3 {
        world.pass(Duration::from_mins(59));
        assert_eq!(silently(&tax, &mut browser).await, "");
    }
    world.pass(Duration::from_hours(1));
    assert_eq!(silently(&tax, &mut browser).await, "login_required");
    browser.open(&tax.ask("openid").url()).await.must(200, "sign-in-title");
}

async fn a_session_ends_after_a_day_however_busy_it_is(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    for _ in 0..47 {
        world.pass(Duration::from_mins(30));
        assert_eq!(silently(&tax, &mut browser).await, "");
    }
    world.pass(Duration::from_mins(30));
    assert_eq!(silently(&tax, &mut browser).await, "login_required");
}

async fn a_closed_account_is_signed_in_nowhere(world: &World) {
    let tax = world.agency("tax").await;
    let (citizen, mut browser, tokens) = world.signed_in(&tax, "openid offline_access").await;
    let (asking, code) = tax.silently(&mut browser, "openid").await;
    world.pass(Duration::from_secs(1));
    let account = world.app.store.account_by_national_id(&citizen.person.national_id).await.unwrap().unwrap();
    let mut tx = world.app.store.write().await.unwrap();
    tx.close_account(account.id, world.now()).await.unwrap();
    tx.save().await.unwrap();

    assert_eq!(silently(&tax, &mut browser).await, "login_required");
    assert_eq!(tax.userinfo(&tokens.access_token).await.error(), "invalid_token");
    assert_eq!(tax.refresh(tokens.refresh()).await.error(), "invalid_grant");
    assert_eq!(tax.redeem(&asking, &code).await.error(), "invalid_grant");
    browser.open(&tax.ask("openid").url()).await;
    browser.enter_password(&citizen).await.must(422, "error-credentials-wrong");
}

async fn an_interaction_waits_an_hour_and_no_longer(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let mut browser = world.browser();
    let asking = tax.ask("openid");
    browser.open(&asking.url()).await;
    world.pass(Duration::from_mins(59));
    browser.enter_password(&citizen).await.must(200, "otp-title");
    world.pass(Duration::from_mins(1));
    browser.enter_code(&citizen).await.must(410, "refusal-interaction-gone-title");
    assert_eq!(browser.session(), None);
}

async fn the_window_greets_the_signed_in_person(world: &World) {
    let tax = world.agency("tax").await;
    let mut stranger = world.browser();
    stranger.open("/").await.must(200, "window-title");
    assert!(stranger.page.reads("Agency tax"));
    let (citizen, mut browser, _) = world.signed_in(&tax, "openid").await;
    browser.open("/").await.must(200, "window-signed-in-lead");
    assert!(browser.page.reads(&citizen.person.latin_name.unwrap().family));
}
