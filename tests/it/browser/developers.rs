//! The guide for agencies' developers in a browser, and its page about a browser application.

use super::Language;
use super::chromium::Browser;
use super::pages::look_at;
use crate::connect::page::Page;
use crate::connect::stage::Stage;
use crate::demo_process::Demo;
use crate::{node, python};
use std::process::Command;

#[tokio::test]
async fn a_developer_reads_and_searches_the_guide_in_both_frames() {
    let Some(browser) = Browser::start("developers", "en").await else { return };
    let demo = Demo::start().await;
    let guide = format!("{}/developers", demo.issuer());
    for language in [Language::Fa, Language::En] {
        let tag = language.tag();
        browser.open(&format!("{guide}?lang={tag}")).await;
        assert!(browser.text_of(".deployment").await.contains(&format!("{}/token", demo.issuer())));
        look_at(&browser, language, &format!("first-{tag}")).await;

        // From the list of pages to one, and from a library's message to its row.
        browser.press(".pages a[href='/developers/messages']").await;
        browser.see(".pages a[aria-current][href='/developers/messages']").await;
        look_at(&browser, language, &format!("messages-{tag}")).await;
        browser.fill("#q", "panic: oidc: issuer URL provided to client (\"https://id.example/\") did not match").await;
        browser.press(".find button").await;
        let found = browser.text_of(".hits li:first-child").await;
        assert!(found.contains("What my library says") && found.contains("issuer does not match"), "{found}");
        look_at(&browser, language, &format!("found-{tag}")).await;
        browser.press(".hits a").await;
        browser.see("#the-issuer-does-not-match").await;
        assert_eq!(browser.url().await.fragment(), Some("the-issuer-does-not-match"));

        browser.open(&format!("{guide}/oauth2-proxy?lang={tag}")).await;
        look_at(&browser, language, &format!("program-{tag}")).await;
        browser.open(&format!("{guide}?q=xyzzy&lang={tag}")).await;
        look_at(&browser, language, &format!("nothing-{tag}")).await;
    }
    browser.close().await;
}

#[tokio::test]
async fn the_browser_application_signs_people_in_refreshes_and_signs_out() {
    let (Some(packages), Some(python)) = (node::packages(), python::interpreter()) else { return };
    let Some(browser) = Browser::start("browser-application", "en").await else { return };
    let mut stage = Stage::set(&Page::read("browser"), 3000, packages).await;
    let library = packages.join("node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js");
    std::fs::copy(library, stage.folder().join("oidc-client-ts.min.js")).expect("the library");
    let (host, port) = stage.host().split_once(':').expect("a port");
    let mut server = Command::new(python);
    server.args(["-m", "http.server", "--bind", host, port]);
    stage.start(&mut server).await;

    let demo = stage.demo();
    let citizen = demo.person("account", 0);
    browser.open(&stage.origin()).await;
    browser.press("#sign-in:not([hidden])").await;
    browser.fill("#national-id", &citizen.national_id).await;
    browser.fill("#password", citizen.password.as_deref().expect("a password")).await;
    let seen = demo.messages_to(&citizen.mobile);
    browser.press("form:has(#password) #submit").await;
    browser.see("#otp").await;
    browser.fill("#otp", &demo.code_after(&citizen.mobile, seen).await).await;
    browser.press("#submit").await;
    browser.press("#consent-allow").await;

    browser.see("#sign-out:not([hidden])").await;
    let person = browser.text_of("#person").await;
    let level = "adult: true, level urn:panjereh:acr:substantial";
    assert!(person.contains(&citizen.national_id) && person.contains(level), "{person}");
    assert_eq!(browser.url().await.query(), None, "the code is gone from the address");
    browser.press("#refresh").await;
    browser.see("body[data-refreshed]").await;
    browser.press("#sign-out").await;
    browser.press("#logout-confirm").await;
    browser.see("#sign-in:not([hidden])").await;
    assert!(browser.url().await.as_str().starts_with(&stage.origin()), "back at the application");
    browser.close().await;
}
