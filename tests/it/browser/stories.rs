//! The stories themselves.

use super::Language;
use super::chromium::Thumb;
use super::story::Story;
use crate::demo_process::Person;

#[tokio::test]
async fn a_citizen_makes_an_account_with_a_passkey_and_uses_it_the_next_day_in_persian() {
    passkey_story(Language::Fa).await;
}

#[tokio::test]
async fn a_citizen_makes_an_account_with_a_passkey_and_uses_it_the_next_day_in_english() {
    passkey_story(Language::En).await;
}

#[tokio::test]
async fn a_citizen_makes_an_account_with_a_password_and_uses_it_with_a_code_the_next_day_in_persian() {
    password_story(Language::Fa).await;
}

#[tokio::test]
async fn a_citizen_makes_an_account_with_a_password_and_uses_it_with_a_code_the_next_day_in_english() {
    password_story(Language::En).await;
}

#[tokio::test]
async fn a_citizen_opens_agencies_from_the_window_in_one_click_in_persian() {
    window_story(Language::Fa).await;
}

#[tokio::test]
async fn a_citizen_opens_agencies_from_the_window_in_one_click_in_english() {
    window_story(Language::En).await;
}

#[tokio::test]
async fn a_refused_person_is_told_why_and_what_to_do_in_persian() {
    refusals(Language::Fa).await;
}

#[tokio::test]
async fn a_refused_person_is_told_why_and_what_to_do_in_english() {
    refusals(Language::En).await;
}

#[tokio::test]
async fn an_impatient_citizen_arrives_all_the_same_in_persian() {
    impatience(Language::Fa).await;
}

#[tokio::test]
async fn an_impatient_citizen_arrives_all_the_same_in_english() {
    impatience(Language::En).await;
}

/// From the tax office through proofing to the page where an authenticator is set up.
async fn prove(story: &mut Story, person: &Person) {
    let tax = story.demo.tax_office();
    story.open(&tax).await;
    story.look("tax-office").await;
    story.go_to_sign_in(&tax).await;
    story.look("sign-in").await;
    story.browser.press("#prove").await;
    story.browser.see("#birth-date").await;
    story.look("prove").await;
    let seen = story.demo.messages_to(&person.mobile);
    story.say_who(person).await;
    story.browser.see("#otp").await;
    story.look("code").await;
    story.type_code(person, seen).await;
    story.browser.see("#create-passkey").await;
    story.look("authenticator").await;
}

/// The recovery codes, the consent, and home to the tax office.
async fn arrive(story: &mut Story, person: &Person) {
    let tax = story.demo.tax_office();
    story.browser.see(".codes").await;
    let codes = story.browser.script("return document.querySelectorAll('.codes li').length").await;
    assert_eq!(codes.as_u64(), Some(5), "five recovery codes");
    story.look("recovery-codes").await;
    // Copied, or the page says what to do where the browser does not allow it.
    story.browser.press("#copy").await;
    story.browser.see("#copy-status:not(:empty)").await;
    story.browser.press("#submit").await;
    story.browser.see("#consent-allow").await;
    story.look("consent").await;
    story.browser.press("#consent-allow").await;
    story.is_signed_in_at(&tax).await;
    assert_eq!(story.claim("national_id").await, person.national_id, "the tax office learns the national ID");
    story.look("tax-office-signed-in").await;
}

/// The health service: a consent page the first time, no page the second time.
async fn visit_health_service(story: &mut Story) {
    let health = story.demo.health_service();
    story.open(&health).await;
    story.look("health-service").await;
    story.browser.press("#sign-in").await;
    story.browser.see("#consent-allow").await;
    assert!(!story.browser.sees("input:not([type=hidden])").await, "no form but a consent");
    story.look("health-consent").await;
    story.browser.press("#consent-allow").await;
    story.is_signed_in_at(&health).await;
    assert!(!story.browser.sees("#claims [data-claim='national_id']").await, "the health service does not learn the national ID");
    story.look("health-service-signed-in").await;

    story.browser.forget_cookie("health_visit").await;
    story.open(&health).await;
    story.browser.press("#sign-in").await;
    story.is_signed_in_at(&health).await;
}

/// Signs out at the tax office, everywhere.
async fn sign_out_everywhere(story: &mut Story) {
    let tax = story.demo.tax_office();
    story.open(&tax).await;
    story.browser.press("#sign-out").await;
    story.browser.see("#logout-confirm").await;
    story.look("log-out").await;
    story.browser.press("#logout-everywhere").await;
    // Either the page that confirms it, with the way back, or the agency itself.
    if story.browser.see_one_of(&["#sign-in", "#back"]).await == "#back" {
        story.look("logged-out").await;
        story.browser.press("#back").await;
    }
    story.browser.see("#sign-in").await;
    assert!(story.browser.url().await.as_str().starts_with(&tax), "back at the tax office");
    // A passkey on the device would sign in at once.
    story.browser.thumb(Thumb::Off).await;
    // The health service learns of it by the back channel, and its own session ends.
    let health = story.demo.health_service();
    story.is_signed_out_at(&health).await;
    story.go_to_sign_in(&health).await;
    story.browser.thumb(Thumb::On).await;
}

async fn passkey_story(language: Language) {
    let Some(mut story) = Story::begin("passkey", language).await else { return };
    let person = story.demo.person("new", 0);
    prove(&mut story, &person).await;
    story.browser.press("#create-passkey").await;
    arrive(&mut story, &person).await;
    let passkeys = story.browser.passkeys().await;
    assert_eq!(passkeys.len(), 1, "one passkey on the device");
    assert_eq!(passkeys[0]["isResidentCredential"].as_bool(), Some(true), "it is discoverable: no name has to be typed");
    visit_health_service(&mut story).await;
    sign_out_everywhere(&mut story).await;

    // The next day: no session is left, and the consent is remembered.
    story.browser.forget_cookies().await;
    let tax = story.demo.tax_office();
    story.browser.thumb(Thumb::Off).await;
    story.go_to_sign_in(&tax).await;
    story.browser.thumb(Thumb::On).await;
    story.browser.press_unless_it_left("#sign-in-passkey").await;
    story.is_signed_in_at(&tax).await;

    // The day after, by the browser's autofill. A virtual device may answer it at once, as a thumb would a moment later.
    story.browser.forget_cookies().await;
    story.open(&tax).await;
    story.browser.press("#sign-in").await;
    if !story.browser.sees_soon("#sign-out").await {
        story.browser.press_unless_it_left("#sign-in-passkey").await;
    }
    story.is_signed_in_at(&tax).await;
    story.end().await;
}

async fn password_story(language: Language) {
    let Some(mut story) = Story::begin("password", language).await else { return };
    let person = story.demo.person("new", 1);
    prove(&mut story, &person).await;
    story.browser.fill("#password", "12345678").await;
    story.browser.press("#submit").await;
    story.is_told("password-too-common", &["error-password-too-common"]).await;
    story.browser.fill("#password", "باران-sabz-نارنج").await;
    story.browser.press("#submit").await;
    arrive(&mut story, &person).await;
    sign_out_everywhere(&mut story).await;

    story.browser.forget_cookies().await;
    let tax = story.demo.tax_office();
    story.go_to_sign_in(&tax).await;
    story.type_password(&person, "not-the-password").await;
    story.is_told("wrong-password", &["error-credentials-wrong"]).await;
    let seen = story.demo.messages_to(&person.mobile);
    story.type_password(&person, "باران-sabz-نارنج").await;
    story.browser.see("#otp").await;
    story.look("sign-in-code").await;
    story.type_wrong_code(&person, seen).await;
    story.is_told("wrong-code", &["error-code-wrong", "refusal-code-wrong-title"]).await;
    story.type_code(&person, seen).await;
    story.is_signed_in_at(&tax).await;
    story.end().await;
}

/// The window, and from it to an agency: the first time through the consent page, after that in one click.
async fn window_story(language: Language) {
    let Some(mut story) = Story::begin("window", language).await else { return };
    let (tax, health) = (story.demo.tax_office(), story.demo.health_service());
    let person = story.demo.person("account", 0);
    let window = format!("{}/?lang={}", story.demo.issuer(), language.tag());
    story.browser.open(&window).await;
    story.look("window").await;
    story.go_to_sign_in(&tax).await;
    story.look("sign-in-with-logo").await;
    let seen = story.demo.messages_to(&person.mobile);
    let password = person.password.clone().expect("an account has a password");
    story.type_password(&person, &password).await;
    story.type_code(&person, seen).await;
    story.browser.see("#consent-allow").await;
    let loaded = "const logo = document.querySelector('.agency-logo'); return logo.complete && logo.naturalWidth > 0";
    assert_eq!(story.browser.script(loaded).await.as_bool(), Some(true), "the policy of the page lets the logo in");
    story.look("consent-with-logo").await;
    story.browser.press("#consent-allow").await;
    story.is_signed_in_at(&tax).await;

    story.browser.open(&window).await;
    story.look("window-signed-in").await;
    story.browser.press("#open-health-service").await;
    story.browser.see("#consent-allow").await;
    story.browser.press("#consent-allow").await;
    story.is_signed_in_at(&health).await;
    for (agency, link) in [(&tax, "#open-tax-office"), (&health, "#open-health-service")] {
        story.browser.open(&window).await;
        story.browser.press(link).await;
        story.is_signed_in_at(agency).await;
    }
    story.end().await;
}

async fn refusals(language: Language) {
    let Some(mut story) = Story::begin("refused", language).await else { return };
    let tax = story.demo.tax_office();
    let new = story.demo.person("new", 2);

    let mut wrong_digit = new.clone();
    let last = wrong_digit.national_id.pop().and_then(|digit| digit.to_digit(10)).expect("a digit");
    wrong_digit.national_id.push_str(&((last + 1) % 10).to_string());
    let mut mismatch = new.clone();
    mismatch.birth_date = story.demo.person("new", 3).birth_date;
    let mut unknown = story.demo.person("new", 4);
    "0499999991".clone_into(&mut unknown.national_id);

    let cases = [
        ("wrong-check-digit", wrong_digit, "error-national-id-check-digit"),
        ("mismatch", mismatch, "error-mismatch"),
        // The same sentence: a stranger must not learn which of the two was wrong.
        ("not-found", unknown, "error-mismatch"),
        ("under-age", story.demo.person("minor", 0), "refusal-under-age-text"),
        ("deceased", story.demo.person("deceased", 0), "refusal-deceased-text"),
        ("registry-silent", story.demo.unanswered(), "refusal-registry-unavailable-text"),
    ];
    for (name, person, key) in cases {
        story.go_to_prove(&tax).await;
        story.say_who(&person).await;
        story.is_told(name, &[key]).await;
    }

    too_many_tries(&mut story, &new).await;
    deny(&mut story).await;
    story.end().await;
}

/// Five wrong codes; after them the right one is rejected, too.
async fn too_many_tries(story: &mut Story, person: &Person) {
    let tax = story.demo.tax_office();
    story.go_to_prove(&tax).await;
    let seen = story.demo.messages_to(&person.mobile);
    story.say_who(person).await;
    story.browser.see("#otp").await;
    for _ in 0..5 {
        if !story.browser.sees("#otp").await {
            break;
        }
        story.browser.mark_page().await;
        story.type_wrong_code(person, seen).await;
        story.browser.see_on_next_page(".refusal, .errors").await;
    }
    if story.browser.sees("#otp").await {
        story.browser.mark_page().await;
        story.type_code(person, seen).await;
        story.browser.see_on_next_page(".refusal, .errors").await;
    }
    story.is_told("too-many-tries", &["refusal-too-many-tries-title", "error-code-expired"]).await;
}

/// A person with an account signs in and denies: the agency learns nothing, and says so politely.
async fn deny(story: &mut Story) {
    let person = story.demo.person("account", 0);
    let health = story.demo.health_service();
    story.go_to_sign_in(&health).await;
    let seen = story.demo.messages_to(&person.mobile);
    story.type_password(&person, person.password.as_deref().expect("a password")).await;
    story.browser.see("#otp").await;
    story.type_code(&person, seen).await;
    story.browser.press("#consent-deny").await;
    assert_eq!(story.browser.text_of("#error-code").await, "access_denied");
    story.look("denied").await;
}

/// Language switches, the back button, a reload after a form, double presses, a second tab that ends, deleted cookies.
async fn impatience(language: Language) {
    let Some(mut story) = Story::begin("impatient", language).await else { return };
    let person = story.demo.person("account", 1);
    let password = person.password.clone().expect("a password");
    let tax = story.demo.tax_office();
    story.go_to_sign_in(&tax).await;
    let interaction = story.browser.url().await;
    for _ in 0..2 {
        story.browser.press(".switch").await;
        story.browser.see("#national-id").await;
    }

    // A language chosen on any page holds on the pages after it.
    story.browser.press("#prove").await;
    for _ in 0..2 {
        story.browser.see("#birth-date").await;
        story.browser.press(".switch").await;
    }
    story.browser.see("#birth-date").await;
    story.browser.press(".switch").await;
    story.browser.press("#submit").await;
    story.browser.see(".errors").await;
    let other = if language == Language::Fa { "en" } else { "fa" };
    assert_eq!(story.browser.script("return document.documentElement.lang").await.as_str(), Some(other));
    story.browser.press(".switch").await;
    story.browser.press("#way-sign-in").await;

    story.browser.see("#password").await;
    story.type_password(&person, "not-the-password").await;
    story.browser.see(".errors").await;
    story.browser.mark_page().await;
    story.browser.reload().await;
    story.browser.see_on_next_page(".errors").await;
    let seen = story.demo.messages_to(&person.mobile);
    story.type_password(&person, &password).await;
    story.browser.see("#otp").await;
    story.browser.back().await;
    story.browser.open(interaction.as_str()).await;
    story.look("code-after-back").await;
    let code = story.demo.code_after(&person.mobile, seen).await;
    story.browser.fill("#otp", &code).await;
    story.browser.press_twice("#submit").await;
    story.browser.press_twice("#consent-allow").await;
    story.is_signed_in_at(&tax).await;
    story.browser.reload().await;
    story.is_signed_in_at(&tax).await;

    story.browser.open(interaction.as_str()).await;
    story.browser.see("#onward").await;
    story.look("over").await;
    story.open(&story.demo.health_service()).await;
    story.browser.press("#sign-in").await;
    story.browser.see("#consent-allow").await;
    story.browser.forget_cookie("panjereh_interaction").await;
    story.browser.press("#consent-allow").await;
    story.is_told("cookies-gone", &["refusal-interaction-gone-title"]).await;
    story.browser.open(&format!("{}/demo/outbox", story.demo.issuer())).await;
    story.look("outbox").await;
    story.end().await;
}
