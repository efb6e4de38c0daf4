//! What the service says about itself: privacy, accessibility, passwords.

use crate::world::{Backend, World, html};
use panjereh::locale::Locale;

#[tokio::test]
async fn every_page_leads_to_the_privacy_notice_and_the_accessibility_statement() {
    let world = World::new(Backend::Embedded).await.unwrap();
    let tax = world.agency("tax").await;
    let mut browser = world.browser();
    for path in [tax.ask("openid").url(), "/".to_owned(), "/no/such/page".to_owned(), "/privacy".to_owned()] {
        browser.open(&path).await;
        let links = html::links(browser.page.html());
        assert!(["/privacy", "/accessibility"].iter().all(|link| links.iter().any(|found| found == link)), "{path}: {links:?}");
    }
    for language in ["fa", "en"] {
        browser.accept_language = language;
        for (path, title) in
            [("/privacy", "privacy-title"), ("/accessibility", "accessibility-title"), ("/password", "password-title")]
        {
            browser.open(path).await.must(200, title);
            assert_eq!(browser.page.locale(), Locale::from_tag(language).unwrap());
        }
    }
}

#[tokio::test]
async fn the_notices_name_support_as_the_operator_set_it() {
    let world = World::with(Backend::Embedded, |settings| "021 777".clone_into(&mut settings.support.phone.en)).await.unwrap();
    let mut browser = world.browser();
    for path in ["/privacy", "/accessibility", "/password"] {
        assert!(browser.open(path).await.reads("021 777"), "{path}");
    }
}

#[tokio::test]
async fn the_well_known_address_for_changing_a_password_leads_to_the_page_about_it() {
    let world = World::new(Backend::Embedded).await.unwrap();
    let answer = world.get("/.well-known/change-password").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/password"), "§3");
    let missing = world.get("/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200").await;
    assert_eq!(missing.status.as_u16(), 404, "the check for a reliable status");
    let mut browser = world.browser();
    browser.open("/.well-known/change-password").await.must(200, "password-title");
    assert!(html::links(browser.page.html()).iter().any(|link| link == "/logout"));
}
