//! What the texts say, and what can never be in one; and what nobody else sees of them.

use super::centre::{Centre, Mood};
use super::{Files, deliver, embedded, number, outbox, put, smpp, worlds};
use crate::world::log::CapturedLog;
use crate::world::{World, on_both_backends};
use panjereh::locale::Locale;
use panjereh::text::LocalName;

on_both_backends! {
    the_text_says_what_the_code_is_for_and_for_which_agency_and_to_tell_it_to_no_one,
    the_name_of_an_agency_puts_no_link_no_code_and_no_line_into_a_message,
}

fn sentence(locale: Locale, key: &str, code: &str, agency: &str) -> String {
    locale.t_with(key, &[("code", code.to_owned()), ("agency", agency.to_owned())]).replace(['\u{2068}', '\u{2069}'], "")
}

async fn the_text_says_what_the_code_is_for_and_for_which_agency_and_to_tell_it_to_no_one(world: &World) {
    let tax = world.agency("tax").await;
    let name = tax.client.name.clone();
    let mut citizen = world.citizen().await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    let locale = browser.page.locale();
    let agency = if locale == Locale::Fa { name.fa } else { name.en };
    browser.prove(&citizen).await;
    let first = world.messages().pop().unwrap();
    let code = first.code.clone().unwrap();
    assert_eq!(first.text.lines().next(), Some(sentence(locale, "sms-code-verify", &code, &agency).as_str()));
    browser.enter(&code).await;
    browser.choose_password(&mut citizen).await;
    let mut other = world.browser();
    other.open(&tax.ask("openid").url()).await;
    other.enter_password(&citizen).await.must(200, "otp-title");
    let second = world.messages().pop().unwrap();
    let code = second.code.clone().unwrap();
    assert_eq!(second.text.lines().next(), Some(sentence(locale, "sms-code-sign-in", &code, &agency).as_str()));
    for text in [&first.text, &second.text] {
        assert!(!text.contains("://") && !text.to_lowercase().contains("www"), "{text}");
    }
    // Both languages say that the code is told to no one.
    for key in ["sms-code-verify", "sms-code-sign-in"] {
        assert!(Locale::En.t(key).contains("Never tell it to anyone") && Locale::Fa.t(key).contains("هرگز به هیچ‌کس نگویید"));
    }
}

async fn the_name_of_an_agency_puts_no_link_no_code_and_no_line_into_a_message(world: &World) {
    for (at, name) in ["Go to evil.example now", "Code 987654", "Tax\nOffice: https://evil"].into_iter().enumerate() {
        let agency = world
            .agency_with(&format!("agency-{at}"), |client| client.name = LocalName { fa: name.to_owned(), en: name.to_owned() })
            .await;
        let citizen = world.citizen().await;
        let mut browser = world.browser();
        browser.open(&agency.ask("openid").url()).await;
        let locale = browser.page.locale();
        browser.prove(&citizen).await;
        let sent = world.messages().pop().unwrap();
        let code = sent.code.clone().unwrap();
        let expected = sentence(locale, "sms-code-verify", &code, &locale.t("sms-an-agency"));
        assert_eq!(sent.text.lines().next(), Some(expected.as_str()), "{name}");
    }
}

#[tokio::test]
async fn number_and_text_are_sealed_in_the_outbox() {
    let (files, centre) = (Files::new(), Centre::start(Mood::Refuses(0x08)).await);
    for world in worlds(&files, &[smpp("one", centre.port, "")]).await {
        let id = put(&world.app, &number(4_321), "a private sentence").await;
        put(&world.app, &number(4_321), "a private sentence").await;
        let rows = outbox(&world).await;
        assert_eq!(rows.len(), 2);
        for (recipient, body) in &rows {
            assert!(!body.contains("6004321") && !body.contains("private") && !recipient.contains("6004321"));
        }
        assert_ne!(rows[0].0, rows[1].0, "nothing says that both go to the same person");
        assert_ne!(rows[0].1, rows[1].1);
        assert!(rows.iter().any(|(recipient, _)| *recipient == id.to_string()));
    }
}

#[tokio::test]
async fn no_number_no_text_and_no_password_is_in_the_log_however_a_provider_fails() {
    let centre = Centre::start(Mood::Refuses(0x0B)).await;
    let gone = {
        let gateway = super::gateway::Gateway::start(super::gateway::Says(200, "", "")).await;
        gateway.port
    };
    let url = format!(
        "name = \"gone\"\n[http]\nmethod = \"GET\"\nurl = \"http://127.0.0.1:{gone}/s?to={{to}}&m={{text}}&key=s3cretkey\"\n"
    );
    let log = CapturedLog::begin();
    let world = embedded(&Files::new(), &[smpp("one", centre.port, ""), url]).await;
    for mood in [Mood::Refuses(0x0B), Mood::Refuses(0x08), Mood::HangsUp(1)] {
        centre.set(mood);
        put(&world.app, &number(4_321), "a private sentence").await;
        deliver(&world.app).await;
        world.pass(std::time::Duration::from_mins(3));
    }
    let text = log.text();
    assert!(text.contains("\"provider\":\"one\"") && text.contains("\"provider\":\"gone\""), "{text}");
    for private in ["6004321", "private", "s3cretkey", "\"secret\""] {
        assert!(!text.contains(private), "{private} is in the log:\n{text}");
    }
}
