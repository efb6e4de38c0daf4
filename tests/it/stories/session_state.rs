//! Session management (OpenID Connect Session Management 1.0): what a client's page and our frame compare.

use crate::world::agency::Agency;
use crate::world::browser::Browser;
use crate::world::{World, on_both_backends};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::time::Duration;

on_both_backends! {
    session_management_2_an_answer_carries_what_the_frame_will_find_in_the_browser,
    session_management_3_2_signing_out_and_signing_in_again_change_the_state,
    session_management_3_3_the_frame_may_stand_in_any_page_and_nothing_else_of_ours_may,
    an_error_carries_no_state,
}

const STATE: &str = "__Host-panjereh_state";

/// What `check-session.js` answers in this browser, computed as it does.
fn frame_says(browser: &Browser<'_>, agency: &Agency<'_>, session_state: &str) -> &'static str {
    let salt = session_state.split('.').nth(1).unwrap();
    let kept = browser.cookies.get(STATE).map_or("", String::as_str);
    let text = format!("{} https://{}.example {kept} {salt}", agency.id(), agency.id());
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    let expected = format!("{}.{salt}", URL_SAFE_NO_PAD.encode(hash.as_ref()));
    if expected == session_state { "unchanged" } else { "changed" }
}

async fn silent_state(browser: &mut Browser<'_>, agency: &Agency<'_>) -> String {
    let asking = agency.ask("openid").with("prompt", "none");
    asking.answer(browser.open(&asking.url()).await).get("session_state").to_owned()
}

async fn session_management_2_an_answer_carries_what_the_frame_will_find_in_the_browser(world: &World) {
    let tax = world.agency("tax").await;
    let mut citizen = world.citizen().await;
    let mut browser = world.browser();
    let asking = tax.ask("openid");
    browser.open(&asking.url()).await;
    browser.register(&mut citizen).await;
    browser.allow().await;
    // Also the answer at the end of the pages, in which the session began.
    let first = asking.answer(&browser.page).get("session_state").to_owned();
    let (second, third) = (silent_state(&mut browser, &tax).await, silent_state(&mut browser, &tax).await);
    for state in [&first, &second, &third] {
        assert_eq!(frame_says(&browser, &tax, state), "unchanged");
    }
    assert_ne!(second, third, "two answers cannot be compared");
    world.pass(Duration::from_mins(30));
    assert_eq!(frame_says(&browser, &tax, &first), "unchanged");
}

async fn session_management_3_2_signing_out_and_signing_in_again_change_the_state(world: &World) {
    let tax = world.agency("tax").await;
    let (citizen, mut browser, _) = world.signed_in(&tax, "openid").await;
    let before = silent_state(&mut browser, &tax).await;
    browser.sign_out("logout-confirm").await.must(200, "logged-out-here");
    assert_eq!(browser.cookies.get(STATE).map_or("", String::as_str), "");
    assert_eq!(frame_says(&browser, &tax, &before), "changed");
    world.pass(Duration::from_secs(1));
    browser.sign_in_at(&tax, &citizen, "openid").await;
    assert_eq!(frame_says(&browser, &tax, &before), "changed");
    let after = silent_state(&mut browser, &tax).await;
    assert_eq!(frame_says(&browser, &tax, &after), "unchanged");
}

async fn session_management_3_3_the_frame_may_stand_in_any_page_and_nothing_else_of_ours_may(world: &World) {
    let document = world.get("/.well-known/openid-configuration").await.json();
    assert_eq!(document["check_session_iframe"], "https://window.example/session/check");
    let frame = world.get("/session/check").await;
    assert_eq!((frame.status.as_u16(), frame.header("x-frame-options")), (200, ""));
    assert!(frame.header("content-security-policy").ends_with("frame-ancestors *"));
    let script = frame.text().split("src=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(world.get(script).await.status, 200);
    let page = world.get("/").await;
    assert_eq!(page.header("x-frame-options"), "DENY");
    assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"));
}

async fn an_error_carries_no_state(world: &World) {
    let tax = world.agency("tax").await;
    let mut browser = world.browser();
    let asking = tax.ask("openid").with("prompt", "none");
    let answer = asking.answer(browser.open(&asking.url()).await);
    assert_eq!((answer.get("error"), answer.get("session_state")), ("login_required", ""));
}
