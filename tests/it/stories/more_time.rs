//! The time that a person has for the pages of a sign-in: a warning before it ends, and more of it by one press (WCAG 2.2 §2.2.1).

use crate::world::browser::Browser;
use crate::world::html;
use crate::world::{START, World, on_both_backends};
use std::time::Duration;

on_both_backends! {
    wcag_2_2_1_each_page_says_when_it_ends_and_gives_more_time_by_one_press,
    wcag_2_2_1_the_time_is_extended_at_least_ten_times_and_not_for_ever,
    a_pushed_request_lives_as_long_as_its_pages,
    more_time_leaves_the_page_as_it_is,
    a_page_of_another_site_gives_no_more_time,
}

/// How many seconds the page says that it can be used.
fn seconds_left(browser: &Browser<'_>) -> u64 {
    let tag = browser.page.html().split("<div ").find(|tag| tag.contains("id=\"time\"")).expect("the page says when it ends");
    html::attribute(tag.split('>').next().unwrap(), "data-left").unwrap().parse().unwrap()
}

async fn more_time(browser: &mut Browser<'_>) {
    let form = browser.page.form("/longer");
    browser.submit(form).await;
}

async fn wcag_2_2_1_each_page_says_when_it_ends_and_gives_more_time_by_one_press(world: &World) {
    let tax = world.agency("tax").await;
    let mut citizen = world.citizen().await;
    let mut browser = world.browser();
    let asking = tax.ask("openid");
    browser.open(&asking.url()).await;
    let extend = async |browser: &mut Browser<'_>, title: &'static str| {
        world.pass(Duration::from_mins(50));
        let again = browser.page.url.clone();
        browser.open(&again).await.must(200, title);
        assert_eq!(seconds_left(browser), 600, "{title}");
        // The static form, for a browser without scripts, and the one for the script.
        assert_eq!(html::forms(browser.page.html()).iter().filter(|form| form.action.ends_with("/longer")).count(), 2, "{title}");
        more_time(browser).await;
        browser.page.must(200, title);
        assert!(browser.page.url.starts_with(&again), "{}: the same page", browser.page.url);
        assert_eq!(seconds_left(browser), 3600, "{title}");
    };
    extend(&mut browser, "sign-in-title").await;
    browser.follow("/prove").await;
    extend(&mut browser, "prove-title").await;
    browser.prove(&citizen).await;
    let code = world.last_code(citizen.mobile());
    browser.enter(&code).await;
    extend(&mut browser, "authenticator-title").await;
    let form = browser.page.form("/authenticator").fill("password", &citizen.password);
    browser.submit(form).await;
    extend(&mut browser, "recovery-codes-title").await;
    browser.keep_codes(&mut citizen).await;
    extend(&mut browser, "consent-title").await;
    // More than four hours after it began.
    asking.code(browser.allow().await);
    assert!(world.now().since(START) > Duration::from_hours(4));
}

async fn wcag_2_2_1_the_time_is_extended_at_least_ten_times_and_not_for_ever(world: &World) {
    let tax = world.agency("tax").await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    let page = browser.page.url.clone();
    let mut times = 0;
    loop {
        world.pass(Duration::from_mins(59));
        if browser.open(&page).await.status() == 410 {
            break;
        }
        more_time(&mut browser).await;
        times += 1;
        assert!(times < 20, "for ever");
    }
    assert!(times >= 10, "{times}");
    assert!(world.now().since(START) >= Duration::from_hours(11));
}

async fn a_pushed_request_lives_as_long_as_its_pages(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let mut browser = world.browser();
    let asking = tax.ask("openid");
    let url = tax.pushed(&asking).await;
    browser.open(&url).await.must(200, "sign-in-title");
    let page = browser.page.url.clone();
    for _ in 0..3 {
        world.pass(Duration::from_mins(55));
        browser.open(&page).await.must(200, "sign-in-title");
        more_time(&mut browser).await;
    }
    browser.sign_in(&citizen).await.must(200, "consent-title");
    asking.code(browser.allow().await);
}

async fn more_time_leaves_the_page_as_it_is(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    browser.enter_credentials(citizen.national_id(), "wrong-password").await.must(422, "error-credentials-wrong");
    more_time(&mut browser).await;
    browser.page.must(422, "error-credentials-wrong");
    assert_eq!(browser.page.form("/sign-in").value("national_id"), citizen.national_id());
    // A script gets the new end, and its page is not loaded.
    world.pass(Duration::from_mins(30));
    let form = browser.page.form("/longer").with("by", "script");
    let answer = world.send(browser.request_of(&form)).await.json();
    assert_eq!((answer["left"].as_u64(), answer["ends"].as_str()), (Some(3600), Some("09:40")));
    // Only a page of these steps is gone back to.
    for page in ["https://evil.example/", "//evil.example", "/logout", "/interaction/00000000000000000000000000"] {
        let mut form = browser.page.form("/longer");
        form.fields.retain(|(name, _)| name != "page");
        browser.submit(form.with("page", page)).await;
        assert!(browser.page.left_for.is_none() && browser.page.url.starts_with("/interaction/"), "{page}");
        assert!(!browser.page.url.contains("0000000000"), "{page}");
    }
}

async fn a_page_of_another_site_gives_no_more_time(world: &World) {
    let tax = world.agency("tax").await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    let page = browser.page.url.clone();
    let action = browser.page.form("/longer").action;
    world.pass(Duration::from_mins(30));
    browser.post(&action, "csrf=guessed".to_owned()).await.must(400, "refusal-bad-request-title");
    browser.open(&page).await;
    assert_eq!(seconds_left(&browser), 1800);
}
