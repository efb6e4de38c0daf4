//! What the page for the code says of the message, in both languages and without a script.

use super::centre::{Centre, Mood, Receipts, whole};
use super::{Files, deliver, run, smpp, until, worlds};
use crate::world::World;
use crate::world::browser::Browser;
use crate::world::citizen::Citizen;
use panjereh::locale::Locale;
use std::time::Duration;

async fn proving(world: &World) -> (Citizen, Browser<'_>) {
    let tax = world.agency("tax").await;
    let citizen = world.citizen().await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    browser.prove(&citizen).await.must(200, "otp-title");
    (citizen, browser)
}

async fn look_again(browser: &mut Browser<'_>) {
    let path = browser.page.url.clone();
    browser.open(&path).await;
}

#[tokio::test]
async fn a_person_registers_with_the_code_that_a_message_centre_carried() {
    let (files, centre) = (Files::new(), Centre::start(Mood::Good).await);
    for world in worlds(&files, &[smpp("one", centre.port, "")]).await {
        let before = centre.taken().len();
        let _running = run(&world.app);
        let (citizen, mut browser) = proving(&world).await;
        until("the message arrived", async || centre.taken().len() > before).await;
        until("all of it", async || {
            let parts = centre.taken().split_off(before);
            parts[0].header().is_none_or(|(_, total, _)| parts.len() == usize::from(total))
        })
        .await;
        let text = whole(&centre.taken().split_off(before)).pop().unwrap();
        assert_eq!(format!("+{}", centre.taken()[before].to), citizen.mobile());
        let code: String = text.chars().skip_while(|sign| !sign.is_ascii_digit()).take(6).collect();
        browser.enter(&code).await.must(200, "authenticator-title");
    }
}

#[tokio::test]
async fn the_page_says_in_both_languages_that_a_message_was_not_delivered_and_what_to_do() {
    let (files, centre) = (Files::new(), Centre::start(Mood::Good).await);
    centre.send_receipts(Receipts::After("UNDELIV"));
    for world in worlds(&files, &[smpp("one", centre.port, "")]).await {
        let (_, mut browser) = proving(&world).await;
        assert!(!browser.page.html().contains("message-lost"), "not yet");
        let _running = run(&world.app);
        until("the page says so", async || {
            look_again(&mut browser).await;
            browser.page.html().contains("message-lost")
        })
        .await;
        let path = browser.page.url.clone();
        for locale in [Locale::En, Locale::Fa] {
            browser.open(&format!("{path}?lang={}", locale.tag())).await;
            for key in ["otp-lost", "otp-lost-next", "otp-lost-proofing", "otp-check"] {
                assert!(browser.page.reads(&locale.t(key)), "{key}");
            }
        }
        // After a wrong code it is said as well, and a new code is a new message.
        browser.enter("000000").await;
        assert!(browser.page.html().contains("message-lost"));
        centre.send_receipts(Receipts::After("DELIVRD"));
        let form = browser.page.form("/code/again");
        browser.submit(form).await;
        assert!(!browser.page.html().contains("message-lost"));
        centre.send_receipts(Receipts::After("UNDELIV"));
    }
}

#[tokio::test]
async fn a_message_that_no_provider_takes_is_said_to_wait_and_the_button_looks_again() {
    let (files, centre) = (Files::new(), Centre::start(Mood::Refuses(0x08)).await);
    for world in worlds(&files, &[smpp("one", centre.port, "")]).await {
        centre.set(Mood::Refuses(0x08));
        let (_, mut browser) = proving(&world).await;
        deliver(&world.app).await;
        world.pass(Duration::from_secs(10));
        look_again(&mut browser).await;
        assert!(browser.page.reads(&browser.page.locale().t("otp-waiting")));
        let html = browser.page.html();
        let path = browser.page.url.trim_start_matches(crate::world::ISSUER).to_owned();
        assert!(html.contains(&format!("<form method=\"get\" action=\"{path}\">")), "the button is a plain form");
        centre.set(Mood::Good);
        deliver(&world.app).await;
        look_again(&mut browser).await;
        assert!(!browser.page.html().contains("message-waiting"));
    }
}
