//! The language of the pages: the agency's `ui_locales`, then the person's choice, then the browser's preference.

use crate::world::{World, on_both_backends};
use panjereh::locale::Locale;

on_both_backends! {
    the_agency_s_ui_locales_come_before_the_browser_s_wish,
    a_switch_is_the_person_s_own_and_lasts,
    without_any_preference_the_pages_are_persian,
    the_message_is_written_in_the_reader_s_language,
}

async fn the_agency_s_ui_locales_come_before_the_browser_s_wish(world: &World) {
    let tax = world.agency("tax").await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    assert_eq!(browser.page.locale(), Locale::En);
    browser.open(&tax.ask("openid").with("ui_locales", "de fa-IR en").url()).await.must(200, "sign-in-title");
    assert_eq!(browser.page.locale(), Locale::Fa);
    assert!(browser.page.html().contains("dir=\"rtl\""));
}

async fn a_switch_is_the_person_s_own_and_lasts(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.citizen().await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").with("ui_locales", "fa").url()).await;
    browser.follow("?lang=en").await.must(200, "sign-in-title");
    assert_eq!(browser.page.locale(), Locale::En);
    browser.prove(&citizen).await.must(200, "otp-title");
    assert_eq!(browser.page.locale(), Locale::En, "and on the next page, too");
    world.messages();

    browser.accept_language = "fa";
    browser.open(&tax.ask("openid").url()).await;
    assert_eq!(browser.page.locale(), Locale::En, "and the next day");
    browser.open("/?lang=fa").await;
    browser.open("/").await;
    assert_eq!(browser.page.locale(), Locale::Fa);
}

async fn without_any_preference_the_pages_are_persian(world: &World) {
    let mut browser = world.browser();
    browser.accept_language = "";
    browser.open("/").await.must(200, "window-title");
    assert_eq!(browser.page.locale(), Locale::Fa);
    browser.open("/no/such/page").await.must(404, "refusal-not-found-title");
}

async fn the_message_is_written_in_the_reader_s_language(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.citizen().await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").with("ui_locales", "fa").url()).await;
    browser.prove(&citizen).await;
    let message = world.messages().pop().unwrap();
    assert!(message.text.contains("پنجره") || message.text.contains("کد"), "{}", message.text);
}
