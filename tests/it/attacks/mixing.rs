//! Flows that an attacker manipulates: a response that another provider could have sent, and a request that changes after it was
//! read.

use crate::world::html::encode;
use crate::world::{ISSUER, World, on_both_backends};
use url::Url;

on_both_backends! {
    rfc9207_2_every_answer_says_which_provider_gave_it,
    the_request_cannot_be_changed_in_a_later_step,
    names_that_hold_markup_are_shown_as_text,
}

async fn rfc9207_2_every_answer_says_which_provider_gave_it(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let mut stranger = world.browser();
    // Codes and errors, at once and after the pages, in the query and in a form.
    for prompt in ["none", "consent"] {
        for browser in [&mut browser, &mut stranger] {
            let asking = tax.ask("openid").with("prompt", prompt).with("response_mode", "form_post");
            browser.open(&asking.url()).await;
            if browser.page.says("sign-in-title") {
                continue;
            }
            if browser.page.says("consent-title") {
                browser.deny().await;
            }
            assert_eq!(browser.page.form("/callback").value("iss"), ISSUER, "{prompt}");
            let asking = tax.ask("openid").with("prompt", prompt);
            browser.open(&asking.url()).await;
            if browser.page.left_for.is_none() {
                browser.allow().await;
            }
            let left_for = Url::parse(browser.page.left_for()).unwrap();
            let issuers: Vec<_> =
                left_for.query_pairs().filter(|(name, _)| name == "iss").map(|(_, iss)| iss.into_owned()).collect();
            assert_eq!(issuers, [ISSUER], "{prompt}");
        }
    }
}

async fn the_request_cannot_be_changed_in_a_later_step(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let mut browser = world.browser();
    let asking = tax.ask("openid");
    browser.open(&asking.url()).await;
    let more = [
        ("response_type", "token id_token"),
        ("response_mode", "fragment"),
        ("redirect_uri", "https://evil.example/"),
        ("scope", "openid national_id"),
        ("client_id", "other"),
        ("prompt", "none"),
        ("state", "other"),
    ];
    // As parameters of a step's URL, as a language switch or the back button would send them, and in its form.
    let page = browser.page.url.split('?').next().unwrap().to_owned();
    browser.open(&format!("{page}?lang=fa&{}", encode(&more))).await;
    browser.open(&format!("{page}?lang=en&{}", encode(&more))).await;
    let smuggling = |mut form: crate::world::html::Form| {
        form.fields.extend(more.map(|(name, value)| (name.to_owned(), value.to_owned())));
        form
    };
    let form = browser.page.form("/sign-in").fill("national_id", citizen.national_id()).fill("password", &citizen.password);
    browser.submit(smuggling(form)).await;
    let form = browser.page.form("/code").fill("code", &world.last_code(citizen.mobile()));
    browser.submit(smuggling(form)).await;
    if browser.page.left_for.is_none() {
        let form = browser.page.form("/consent").press("consent-allow");
        browser.submit(smuggling(form)).await;
    }
    let left_for = browser.page.left_for().to_owned();
    assert!(!left_for.contains('#') && !left_for.contains("token="), "{left_for}");
    let code = asking.code(&browser.page);
    let (tokens, _) = tax.sign_in(&asking, &code).await;
    assert_eq!(tokens.scope, "openid");
}

async fn names_that_hold_markup_are_shown_as_text(world: &World) {
    let markup = "<img src=x onerror=alert(1)>\"'&";
    let tax = world.agency_with("tax", |client| (client.name.fa, client.name.en) = (markup.to_owned(), markup.to_owned())).await;
    let mut citizen = world.citizen().await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    assert!(!browser.page.html().contains("<img src=x"));
    browser.register(&mut citizen).await.must(200, "consent-title");
    assert!(!browser.page.html().contains("<img src=x") && browser.page.reads("onerror=alert(1)"), "it is shown as it is");
}
