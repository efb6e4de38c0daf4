//! What a form that does not lead on is answered with: a redirect to a page that says what happened and what helps.

use crate::world::browser::{BINDING, Browser};
use crate::world::citizen::Citizen;
use crate::world::html::{self, Form};
use crate::world::{START, World, on_both_backends};
use panjereh::locale::Locale;
use panjereh::records::origin::RequestOrigin;
use std::time::Duration;

on_both_backends! {
    rfc9110_15_4_4_every_form_that_is_refused_is_answered_by_a_redirect_and_a_reload_sends_nothing,
    a_reload_after_a_wrong_code_costs_no_attempt,
    a_reload_after_a_wrong_code_of_a_device_costs_no_attempt,
    a_fault_ends_with_the_next_form_and_is_shown_on_no_other_page,
    a_fault_is_shown_in_the_language_that_is_switched_to,
    a_refused_form_does_not_overtake_the_right_one,
    while_it_is_closed_the_page_names_the_time_and_no_button_leads_back_to_the_form,
    where_the_wait_outlasts_the_day_the_date_is_named_too,
    five_wrong_codes_lead_to_a_new_code_by_one_press,
    where_no_new_code_is_sent_the_page_leads_to_the_code_that_arrived_and_to_the_recovery_codes,
}

/// A person at the sign-in page.
async fn at_sign_in(world: &World) -> (Citizen, Browser<'_>) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await.must(200, "sign-in-title");
    (citizen, browser)
}

/// Sends a form that is refused: the answer is a redirect, and its page stays the same however often it is loaded.
async fn refused(browser: &mut Browser<'_>, form: Form) {
    let messages = browser.world.messages().len();
    let before = browser.history.len();
    browser.submit(form.clone()).await;
    let asked = &browser.history[before..];
    assert!(asked.len() > 1, "{}: the form itself was answered with a page", form.action);
    assert!(browser.page.status().is_client_error() || browser.page.status().is_server_error(), "{}", browser.page.status());
    let (url, status, words) = (browser.page.url.clone(), browser.page.status(), browser.page.words());
    for _ in 0..3 {
        browser.open(&url).await;
        assert_eq!((browser.page.status(), browser.page.words()), (status, words.clone()), "{}: a reload", form.action);
    }
    assert_eq!(browser.world.messages().len(), messages, "{}: a reload sends no message", form.action);
}

async fn rfc9110_15_4_4_every_form_that_is_refused_is_answered_by_a_redirect_and_a_reload_sends_nothing(world: &World) {
    let (citizen, mut browser) = at_sign_in(world).await;
    let id = citizen.national_id().to_owned();
    let form = browser.page.form("/sign-in").fill("national_id", "12");
    refused(&mut browser, form).await;
    let form = browser.page.form("/sign-in").fill("national_id", &id).fill("password", "wrong-password");
    refused(&mut browser, form).await;
    assert_eq!(browser.page.form("/sign-in").value("national_id"), id, "what was typed is there (WCAG 2.2 §3.3.7)");
    let form = browser.page.form("/passkey").fill("response", "{}");
    refused(&mut browser, form).await;
    browser.enter_password(&citizen).await.must(200, "otp-title");
    for typed in ["12", "abc", "000000"] {
        let form = browser.page.form("/code").fill("code", typed);
        refused(&mut browser, form).await;
    }
    browser.follow("/recovery").await;
    let form = browser.page.form("/recovery").fill("code", "2222-2222-2222-2222");
    refused(&mut browser, form).await;

    let mut newcomer = world.citizen().await;
    let mut browser = world.browser();
    browser.open(&world.agency("health").await.ask("openid").url()).await;
    browser.follow("/prove").await;
    let prove = browser.page.form("/prove");
    refused(&mut browser, prove.clone().fill("national_id", "1").fill("birth_date", "x").fill("mobile", "y")).await;
    let wrong_date = prove.fill("national_id", newcomer.national_id()).fill("birth_date", "1350/01/01");
    refused(&mut browser, wrong_date.fill("mobile", newcomer.mobile())).await;
    browser.prove(&newcomer).await.must(200, "otp-title");
    browser.enter_code(&newcomer).await.must(200, "authenticator-title");
    let form = browser.page.form("/authenticator").fill("password", "short");
    refused(&mut browser, form).await;
    browser.choose_password(&mut newcomer).await.must(200, "consent-title");

    // Pages of their own.
    let twin = world.citizen_with(|person| person.national_id = crate::world::citizen::unreachable()).await;
    let mut browser = world.browser();
    browser.open(&world.agency("land").await.ask("openid").url()).await;
    browser.follow("/prove").await;
    let form = browser.page.form("/prove").fill("national_id", twin.national_id()).fill("birth_date", &twin.birth_date);
    refused(&mut browser, form.fill("mobile", twin.mobile())).await;
    browser.page.must(503, "refusal-registry-unavailable-title");
}

async fn a_reload_after_a_wrong_code_costs_no_attempt(world: &World) {
    let (citizen, mut browser) = at_sign_in(world).await;
    browser.enter_password(&citizen).await;
    let wrong = if world.last_code(citizen.mobile()) == "123456" { "654321" } else { "123456" };
    let form = browser.page.form("/code").fill("code", wrong);
    refused(&mut browser, form).await;
    let told = Locale::En.t_with("error-code-wrong", &[("tries", 4)]);
    assert!(browser.page.reads(&told), "{}", browser.page.words());
    for _ in 0..5 {
        let url = browser.page.url.clone();
        browser.open(&url).await;
    }
    browser.enter(wrong).await;
    assert!(browser.page.reads(&Locale::En.t_with("error-code-wrong", &[("tries", 3)])), "{}", browser.page.words());
    browser.enter_code(&citizen).await.must(200, "consent-title");
}

async fn a_reload_after_a_wrong_code_of_a_device_costs_no_attempt(world: &World) {
    let mut browser = world.browser();
    browser.open("/device").await;
    let form = browser.page.form("/device").fill("user_code", "BCDF-GHJK");
    refused(&mut browser, form).await;
    browser.page.must(422, "error-user-code-wrong");
    assert_eq!(browser.page.form("/device").value("user_code"), "BCDF-GHJK");
    // A link with the code in it is a `GET`, and is sent on as well.
    browser.open("/device?user_code=BCDF-GHJK").await.must(422, "error-user-code-wrong");
    assert!(!browser.page.url.contains("user_code"), "{}: a reload would be an attempt", browser.page.url);
    browser.open("/device?user_code=0012345679").await;
    assert!(!browser.page.url.contains("00123"), "{}: only letters go into a URL", browser.page.url);
}

async fn a_fault_ends_with_the_next_form_and_is_shown_on_no_other_page(world: &World) {
    let (citizen, mut browser) = at_sign_in(world).await;
    browser.enter_credentials(citizen.national_id(), "wrong-password").await.must(422, "error-credentials-wrong");
    let sign_in = browser.page.url.clone();
    browser.follow("/prove").await.must(200, "prove-title");
    assert!(!browser.page.says("errors-title"));
    browser.open(&sign_in).await.must(422, "error-credentials-wrong");
    browser.enter_password(&citizen).await.must(200, "otp-title");
    assert!(!browser.page.says("errors-title"));
    browser.follow("/sign-in").await.must(200, "sign-in-title");
    assert!(!browser.page.says("errors-title"), "the fault went with the next form");
    world.messages();
}

async fn a_fault_is_shown_in_the_language_that_is_switched_to(world: &World) {
    let (citizen, mut browser) = at_sign_in(world).await;
    browser.enter_credentials(citizen.national_id(), "wrong-password").await.must(422, "error-credentials-wrong");
    browser.follow("lang=fa").await;
    assert_eq!(browser.page.locale(), Locale::Fa);
    browser.page.must(422, "error-credentials-wrong");
}

async fn a_refused_form_does_not_overtake_the_right_one(world: &World) {
    let (citizen, mut browser) = at_sign_in(world).await;
    let id = browser.page.form("/sign-in").action.split('/').nth(2).unwrap().parse().unwrap();
    let binding = browser.cookies[BINDING].clone();
    let open = panjereh::flows::interaction::open::open(&world.app, id, Some(&binding), RequestOrigin::default(), world.now());
    let mut right = open.await.unwrap();
    browser.enter_credentials(citizen.national_id(), "wrong-password").await.must(422, "error-credentials-wrong");
    assert!(right.keep(&world.app, world.now()).await.is_ok(), "the right form was read before the wrong one was refused");
}

/// The time of day in Iran.
fn in_iran(after: Duration) -> String {
    let at = START.plus(after).seconds() + 210 * 60;
    format!("{:02}:{:02}", at.rem_euclid(86_400) / 3600, at.rem_euclid(3600) / 60)
}

async fn while_it_is_closed_the_page_names_the_time_and_no_button_leads_back_to_the_form(world: &World) {
    let (citizen, mut browser) = at_sign_in(world).await;
    for _ in 0..10 {
        browser.enter_credentials(citizen.national_id(), "wrong-password").await;
    }
    browser.enter_credentials(citizen.national_id(), "wrong-password").await.must(429, "refusal-too-many-tries-title");
    let end = in_iran(Duration::from_mins(15));
    assert!(browser.page.words().contains(&end), "{end}: {}", browser.page.words());
    let forms = html::forms(browser.page.html());
    assert!(!browser.page.says("try-again") && forms.iter().all(|form| form.action.ends_with("/longer")), "{forms:?}");
    // A passkey is not closed; its button needs a script, and so does a passkey.
    let passkey = browser.page.html().split("<a ").find(|tag| tag.contains("id=\"sign-in-passkey\"")).unwrap();
    assert!(passkey.contains("needs-script"));
    // Five minutes later it is the same time, and when that has come, the page leads on.
    let closed = browser.page.url.clone();
    world.pass(Duration::from_mins(5));
    browser.open(&closed).await.must(429, "refusal-too-many-tries-title");
    assert!(browser.page.words().contains(&end), "{end}: {}", browser.page.words());
    world.pass(Duration::from_mins(10));
    browser.open(&closed).await.must(200, "sign-in-title");
    browser.sign_in(&citizen).await.must(200, "consent-title");
}

async fn where_the_wait_outlasts_the_day_the_date_is_named_too(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let (mut browser, url) = (world.browser(), tax.ask("openid").url());
    browser.open(&url).await;
    for _ in 0..4 {
        for _ in 0..10 {
            browser.enter_credentials(citizen.national_id(), "wrong-password").await;
        }
        world.pass(Duration::from_mins(15));
        browser.open(&url).await;
    }
    browser.enter_credentials(citizen.national_id(), "wrong-password").await.must(429, "refusal-too-many-tries-title");
    let words = browser.page.words().replace(['\u{2068}', '\u{2069}'], "");
    assert!(words.contains("until 08:10 on 23 November 2026"), "the day is named: {words}");
}

async fn five_wrong_codes_lead_to_a_new_code_by_one_press(world: &World) {
    let (citizen, mut browser) = at_sign_in(world).await;
    browser.enter_password(&citizen).await;
    let wrong = if world.last_code(citizen.mobile()) == "123456" { "654321" } else { "123456" };
    for _ in 0..5 {
        browser.enter(wrong).await;
    }
    browser.page.must(429, "refusal-code-tries-text");
    assert!(!browser.page.says("try-again"));
    assert!(html::links(browser.page.html()).iter().any(|link| link.ends_with("/recovery")));
    let form = browser.page.form("/code/again");
    browser.submit(form).await.must(200, "otp-sent-again");
    browser.enter_code(&citizen).await.must(200, "consent-title");
}

async fn where_no_new_code_is_sent_the_page_leads_to_the_code_that_arrived_and_to_the_recovery_codes(world: &World) {
    let (citizen, mut browser) = at_sign_in(world).await;
    browser.enter_password(&citizen).await;
    for _ in 0..4 {
        let form = browser.page.form("/code/again");
        browser.submit(form).await.must(200, "otp-sent-again");
    }
    let form = browser.page.form("/code/again");
    browser.submit(form).await.must(429, "refusal-no-more-codes-next");
    assert!(browser.page.words().contains(&in_iran(Duration::from_mins(15))), "{}", browser.page.words());
    assert!(browser.page.says("otp-enter") && browser.page.says("otp-recovery") && !browser.page.says("otp-again"));
    browser.follow("/recovery").await.must(200, "recovery-code-title");
    world.messages();
}
