//! The way to an account, counted to its end, and the pages of a sign-in that is over.

use crate::world::{World, on_both_backends};
use panjereh::locale::Locale;
use std::time::Duration;

on_both_backends! {
    the_steps_to_an_account_are_counted_to_the_last_page,
    a_person_who_had_an_account_is_counted_no_steps,
    back_after_arrival_says_that_the_person_is_signed_in_and_leads_on,
    a_form_of_a_sign_in_that_is_over_leads_to_the_same_page,
    back_after_arrival_tells_nothing_to_another_browser_or_after_signing_out,
}

async fn the_steps_to_an_account_are_counted_to_the_last_page(world: &World) {
    let tax = world.agency("tax").await;
    let mut citizen = world.citizen().await;
    let mut browser = world.browser();
    let asking = tax.ask("openid phone");
    browser.open(&asking.url()).await;
    let step = |number: u32| Locale::En.t_with("step-of", &[("step", number), ("steps", 5)]);
    let counted = |browser: &crate::world::browser::Browser<'_>, number| {
        assert!(browser.page.reads(&step(number)), "{number}: {}", browser.page.words());
    };
    browser.follow("/prove").await;
    counted(&browser, 1);
    browser.prove(&citizen).await;
    counted(&browser, 2);
    browser.enter_code(&citizen).await;
    counted(&browser, 3);
    let form = browser.page.form("/authenticator").fill("password", &citizen.password);
    browser.submit(form).await;
    counted(&browser, 4);
    browser.keep_codes(&mut citizen).await.must(200, "consent-title");
    counted(&browser, 5);
    asking.code(browser.allow().await);
}

async fn a_person_who_had_an_account_is_counted_no_steps(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    browser.enter_password(&citizen).await.must(200, "otp-title");
    assert!(!browser.page.html().contains("class=\"step\""));
    browser.enter_code(&citizen).await.must(200, "consent-title");
    assert!(!browser.page.html().contains("class=\"step\""));
}

async fn back_after_arrival_says_that_the_person_is_signed_in_and_leads_on(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let mut browser = world.browser();
    let asking = tax.ask("openid");
    browser.open(&asking.url()).await.must(200, "sign-in-title");
    let pages = browser.history.clone();
    browser.sign_in(&citizen).await.must(200, "consent-title");
    asking.code(browser.allow().await);
    for page in pages.iter().filter(|page| page.starts_with("/interaction/")) {
        browser.open(page).await.must(200, "arrived-title");
        assert!(browser.page.reads(&citizen.person.latin_name.as_ref().unwrap().family), "it says who is signed in");
        let links = crate::world::html::links(browser.page.html());
        assert!(links.iter().any(|link| link.starts_with("https://tax.example")), "{links:?}");
        assert!(links.contains(&"/".to_owned()));
    }
    assert_eq!(browser.page.answer.header("cache-control"), "no-store");
}

async fn a_form_of_a_sign_in_that_is_over_leads_to_the_same_page(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let mut browser = world.browser();
    let asking = tax.ask("openid");
    browser.open(&asking.url()).await;
    browser.enter_password(&citizen).await;
    let code = browser.page.form("/code").fill("code", "123456");
    browser.enter_code(&citizen).await.must(200, "consent-title");
    // The same form a second time, while consent is asked: the person is signed in and goes on.
    browser.submit(code.clone()).await.must(200, "consent-title");
    let consent = browser.page.form("/consent").press("consent-allow");
    asking.code(browser.allow().await);
    for form in [code, consent] {
        browser.submit(form).await.must(200, "arrived-title");
    }
}

async fn back_after_arrival_tells_nothing_to_another_browser_or_after_signing_out(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let mut browser = world.browser();
    let asking = tax.ask("openid");
    browser.open(&asking.url()).await;
    let page = browser.page.url.clone();
    browser.sign_in(&citizen).await;
    asking.code(browser.allow().await);
    let mut stranger = world.browser();
    stranger.open(&page).await.must(410, "refusal-interaction-gone-title");
    let (_, mut other, _) = world.signed_in(&tax, "openid").await;
    other.open(&page).await.must(410, "refusal-interaction-gone-title");
    // A refusal is no arrival.
    let asking = tax.ask("openid phone");
    other.open(&asking.url()).await.must(200, "consent-title");
    let refused = other.page.url.clone();
    assert_eq!(asking.error(other.deny().await), "access_denied");
    other.open(&refused).await.must(410, "refusal-interaction-gone-title");
    let mut left = browser.clone();
    left.sign_out("logout-confirm").await;
    left.open(&page).await.must(410, "refusal-interaction-gone-title");
    world.pass(Duration::from_hours(1));
    browser.open(&page).await.must(410, "refusal-interaction-gone-title");
}
