//! What our pages show of a client and link to: the window's links, logos, policies and terms (OpenID Connect Core §4,
//! Registration §2).

use crate::world::browser::Page;
use crate::world::{World, on_both_backends};
use panjereh::client::metadata::Client;
use panjereh::client::parts::pages::ClientPages;
use panjereh::text::LocalName;

on_both_backends! {
    oidc_core_4_the_window_opens_a_service_where_a_sign_in_begins,
    the_links_of_the_window_do_not_reveal_a_session,
    oidc_registration_2_logo_policy_and_terms_are_shown_at_sign_in_and_consent,
    a_page_without_a_logo_gets_nothing_from_outside,
    a_logo_opens_the_policy_of_its_page_for_its_own_origin_alone,
}

fn both(fa: &str, en: &str) -> LocalName {
    LocalName { fa: fa.to_owned(), en: en.to_owned() }
}

fn with_pages(client: &mut Client) {
    client.pages = ClientPages {
        initiate_login: Some("https://tax.example/begin?tenant=1".to_owned()),
        logo: Some(both("https://tax.example:8443/fa.png?a=1;b", "https://tax.example:8443/en.png?a=1;b")),
        policy: Some(both("https://tax.example/سیاست", "https://tax.example/policy")),
        terms: Some(both("https://tax.example/fa?\"><b>", "https://tax.example/terms?\"><b>")),
    };
}

fn policy(page: &Page) -> String {
    page.answer.header("content-security-policy").to_owned()
}

const BEGINS: &str =
    "https://tax.example/begin?tenant=1&iss=https%3A%2F%2Fwindow.example&target_link_uri=https%3A%2F%2Ftax.example%2F";

async fn oidc_core_4_the_window_opens_a_service_where_a_sign_in_begins(world: &World) {
    let tax = world.agency_with("tax", with_pages).await;
    world.agency("library").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    browser.open("/?lang=en").await.must(200, "window-arrives-signed-in");
    assert_eq!(browser.page.link(BEGINS), BEGINS);
    assert_eq!(browser.page.link("https://library.example/"), "https://library.example/", "one that has no such address");
    assert!(browser.page.html().contains("id=\"open-tax\""));
    // A service without an address for sign-ins is there, too.
    let only = |client: &mut Client| {
        client.client_uri = None;
        client.pages.initiate_login = Some("https://health.example/begin".to_owned());
    };
    world.agency_with("health", only).await;
    browser.open("/").await.link("https://health.example/begin?iss=https%3A%2F%2Fwindow.example");
}

async fn the_links_of_the_window_do_not_reveal_a_session(world: &World) {
    let tax = world.agency_with("tax", with_pages).await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let mut stranger = world.browser();
    for browser in [&mut browser, &mut stranger] {
        let page = browser.open("/?lang=en").await;
        assert_eq!(page.link(BEGINS), BEGINS);
        assert_eq!(page.answer.header("referrer-policy"), "no-referrer");
        assert!(!page.html().contains("login_hint"));
    }
    assert!(!stranger.page.says("window-arrives-signed-in"));
}

async fn oidc_registration_2_logo_policy_and_terms_are_shown_at_sign_in_and_consent(world: &World) {
    let tax = world.agency_with("tax", with_pages).await;
    let mut citizen = world.citizen().await;
    let mut browser = world.browser();
    let asked = tax.ask("openid profile");
    browser.open(&asked.url()).await.must(200, "sign-in-title");
    shows_everything(&browser.page);
    browser.register(&mut citizen).await.must(200, "consent-title");
    shows_everything(&browser.page);
    let address = browser.page.url.clone();
    let persian = browser.open(&format!("{address}?lang=fa")).await;
    assert!(persian.html().contains("src=\"https://tax.example:8443/fa.png"), "{}", persian.html());
    asked.code(browser.allow().await);
}

#[track_caller]
fn shows_everything(page: &Page) {
    let html = page.html();
    assert!(html.contains("<img class=\"agency-logo\" src=\"https://tax.example:8443/en.png?a=1;b\" alt=\"\""), "{html}");
    assert!(html.contains("referrerpolicy=\"no-referrer\""));
    for id in ["agency-policy", "agency-terms"] {
        let link = html.split("<a ").find(|link| link.contains(id)).unwrap();
        assert!(link.contains("target=\"_blank\" rel=\"noopener noreferrer\""), "{link}");
    }
    page.link("https://tax.example/policy");
    assert!(!html.contains("<b>"), "an address is no markup");
}

async fn a_page_without_a_logo_gets_nothing_from_outside(world: &World) {
    let tax = world.agency("tax").await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await.must(200, "sign-in-title");
    assert!(policy(&browser.page).contains("img-src 'self';") && !browser.page.html().contains("agency-logo"));
    assert!(!browser.page.html().contains("class=\"papers\""));
}

async fn a_logo_opens_the_policy_of_its_page_for_its_own_origin_alone(world: &World) {
    let tax = world.agency_with("tax", with_pages).await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await.must(200, "sign-in-title");
    let with_logo = policy(&browser.page);
    assert!(with_logo.contains("; img-src 'self' https://tax.example:8443; font-src 'self';"), "{with_logo}");
    browser.follow("/prove").await.must(200, "prove-title");
    let without = policy(&browser.page);
    assert_eq!(with_logo.replace(" https://tax.example:8443", ""), without, "on the pages that show it, and not on the next");

    // Registered before such hosts were rejected: it neither ends the directive nor adds one.
    for (name, host) in [("one", "a;script-src-elem"), ("two", "a,b"), ("three", "a'b")] {
        let address = format!("https://{host}/logo");
        let hostile = |client: &mut Client| {
            client.pages.logo = Some(both(&address, &address));
            client.redirect_uris = vec![format!("https://{host}/callback")];
        };
        let agency = world.agency_with(name, hostile).await;
        let mut browser = world.browser();
        browser.open(&agency.ask("openid").url()).await.must(200, "sign-in-title");
        assert_eq!(policy(&browser.page), without.replace("form-action 'self' https:", "form-action 'self'"), "{host}");
    }
}
