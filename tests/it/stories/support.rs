//! How citizens reach support: on pages and in text messages.

use crate::world::{Backend, World};
use panjereh::locale::Locale;
use panjereh::text::LocalName;

async fn with_support() -> World {
    let world = World::with(Backend::Embedded, |settings| {
        let text = |fa: &str, en: &str| LocalName { fa: fa.to_owned(), en: en.to_owned() };
        settings.support.phone = text("۰۲۱ ۱۲۳۴", "+98 21 1234");
        settings.support.hours = text("شنبه تا چهارشنبه", "Saturday to Wednesday");
    });
    world.await.unwrap()
}

#[tokio::test]
async fn a_page_of_any_kind_has_the_number_of_support() {
    let world = with_support().await;
    let tax = world.agency("tax").await;
    let mut browser = world.browser();
    // A page of an interaction, of an endpoint, of a fault that no handler saw, and a refusal.
    for path in
        [tax.ask("openid").url(), "/".to_owned(), "/device".to_owned(), "/no/such/page".to_owned(), "/authorize".to_owned()]
    {
        browser.accept_language = "en";
        browser.open(&path).await;
        assert!(
            browser.page.reads("+98 21 1234") && browser.page.reads("Saturday to Wednesday"),
            "{path}: {}",
            browser.page.words()
        );
        browser.accept_language = "fa";
        browser.open(&path).await;
        assert!(browser.page.reads("۰۲۱ ۱۲۳۴"), "{path}: {}", browser.page.words());
    }
    browser.post("/no/such/page", String::new()).await;
    assert!(browser.page.reads("۰۲۱ ۱۲۳۴"), "{}", browser.page.words());
}

#[tokio::test]
async fn a_message_that_says_contact_support_has_its_number() {
    for (world, number) in [(with_support().await, " Support: +98 21 1234"), (World::new(Backend::Embedded).await.unwrap(), "")] {
        let tax = world.agency("tax").await;
        let citizen = world.registered(&tax).await;
        let mut browser = world.browser();
        browser.open(&tax.ask("openid").url()).await;
        browser.enter_password(&citizen).await;
        browser.enter_recovery_code(&citizen.recovery_codes[0]).await.must(200, "recovery-used-title");
        let notice = world.messages().pop().unwrap();
        assert_eq!(notice.text, format!("{}{number}", Locale::En.t("sms-recovery-code-used")));
    }
}
