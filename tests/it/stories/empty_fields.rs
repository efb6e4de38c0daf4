//! An empty field is a slip: the page asks to fill it in, and no limit counts it.

use crate::soft_authenticator::SoftAuthenticator;
use crate::world::{ISSUER, World, on_both_backends};
use panjereh::locale::Locale;
use panjereh::web::layout::Field;

on_both_backends! {
    an_empty_password_or_national_id_is_no_try,
    empty_details_are_each_asked_for_and_are_no_try,
    an_empty_one_time_code_costs_none_of_its_tries,
    an_empty_new_password_is_asked_for,
    an_empty_recovery_code_is_no_try,
    an_empty_code_of_a_device_is_no_try,
    an_empty_answer_of_a_passkey_is_no_try_and_the_challenge_stays,
}

/// What a person or a browser leaves in a field that is meant to be empty.
const BLANKS: [&str; 6] = ["", " ", "\u{200f}", "\u{200c} ", "- -", "\u{feff}"];
/// More than any limit of tries allows.
const MANY: usize = 42;

async fn an_empty_password_or_national_id_is_no_try(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    for _ in 0..MANY {
        browser.enter_credentials(citizen.national_id(), "").await.must(422, "error-password-empty");
        assert!(!browser.page.says("error-credentials-wrong"));
    }
    for blank in BLANKS {
        browser.enter_credentials(blank, "").await.must(422, "error-national-id-empty");
        assert!(browser.page.says("error-password-empty"), "both are asked for at once");
        browser.enter_credentials(blank, &citizen.password).await.must(422, "error-national-id-empty");
        assert!(!browser.page.says("error-password-empty"));
    }
    // A password is hashed only after its try was counted: what counts no try hashes nothing.
    browser.sign_in(&citizen).await.must(200, "consent-title");
}

async fn empty_details_are_each_asked_for_and_are_no_try(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.citizen().await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    let keys = ["error-national-id-empty", "error-birth-date-empty", "error-mobile-empty"];
    for at in 0..MANY {
        let blank = BLANKS[at % BLANKS.len()];
        let page = browser.prove_with(blank, blank, blank).await;
        for key in keys {
            page.must(422, key);
        }
    }
    let right = [citizen.national_id(), "1986-10-04", citizen.mobile()];
    for (at, key) in keys.iter().enumerate() {
        let mut typed = right;
        typed[at] = "";
        let page = browser.prove_with(typed[0], typed[1], typed[2]).await;
        page.must(422, key);
        assert!(keys.iter().filter(|other| other != &key).all(|other| !page.says(other)), "only {key}");
    }
    assert!(world.messages().is_empty());
    browser.prove(&citizen).await.must(200, "otp-title");
    world.messages();
}

async fn an_empty_one_time_code_costs_none_of_its_tries(world: &World) {
    let tax = world.agency("tax").await;
    let (citizen, newcomer) = (world.registered(&tax).await, world.citizen().await);
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    browser.enter_password(&citizen).await;
    for blank in BLANKS {
        browser.enter(blank).await.must(422, "error-code-empty");
    }
    browser.enter_code(&citizen).await.must(200, "consent-title");

    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    browser.prove(&newcomer).await;
    for blank in BLANKS {
        browser.enter(blank).await.must(422, "error-code-empty");
    }
    browser.enter_code(&newcomer).await.must(200, "authenticator-title");
}

async fn an_empty_new_password_is_asked_for(world: &World) {
    let tax = world.agency("tax").await;
    let mut citizen = world.citizen().await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    browser.prove(&citizen).await;
    browser.enter_code(&citizen).await;
    let form = browser.page.form("/authenticator").fill("password", "");
    browser.submit(form).await.must(422, "error-new-password-empty");
    browser.choose_password(&mut citizen).await.must(200, "consent-title");
}

async fn an_empty_recovery_code_is_no_try(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    browser.enter_password(&citizen).await;
    for at in 0..MANY {
        browser.enter_recovery_code(BLANKS[at % BLANKS.len()]).await.must(422, "error-recovery-code-empty");
    }
    browser.enter_recovery_code(&citizen.recovery_codes[0]).await.must(200, "recovery-used-title");
    world.messages();
}

async fn an_empty_code_of_a_device_is_no_try(world: &World) {
    let tax = world.agency_with_devices("tax").await;
    let codes = tax.device("openid").await;
    let mut browser = world.browser();
    for at in 0..MANY {
        browser.type_code(BLANKS[at % BLANKS.len()]).await.must(422, "error-user-code-empty");
    }
    browser.open("/device?user_code=").await.must(200, "device-title");
    assert!(!browser.page.says("error-user-code-empty"), "no person has typed anything yet");
    browser.type_code(&codes.user_code).await.must(200, "compare-title");
}

async fn an_empty_answer_of_a_passkey_is_no_try_and_the_challenge_stays(world: &World) {
    let tax = world.agency("tax").await;
    let mut citizen = world.citizen().await;
    let mut passkey = SoftAuthenticator::new("window.example", ISSUER);
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    browser.prove(&citizen).await;
    browser.enter_code(&citizen).await;
    browser.make_passkey(&mut citizen, &mut passkey).await;

    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    let form = browser.page.form("/passkey");
    let options = browser.fetch(&format!("{}/options", form.action)).await.json();
    for _ in 0..MANY {
        browser.submit(form.clone().fill("response", "")).await.must(422, "error-passkey-failed");
    }
    browser.submit(form.fill("response", &passkey.get(&options))).await.must(200, "consent-title");
}

#[test]
fn every_field_has_a_sentence_that_asks_to_fill_it_in() {
    for locale in Locale::ALL {
        let mut sentences: Vec<_> = Field::ALL.iter().map(|field| field.asked(locale)).collect();
        let begin = if locale == Locale::En { "Enter " } else { "" };
        assert!(sentences.iter().all(|sentence| sentence.starts_with(begin) && !sentence.contains('⟦')), "{sentences:?}");
        sentences.sort();
        sentences.dedup();
        assert_eq!(sentences.len(), Field::ALL.len(), "each its own");
    }
}
