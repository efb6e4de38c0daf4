//! A person's first visit: proofing, a first authenticator, recovery codes, consent; then single sign-on.

use crate::soft_authenticator::SoftAuthenticator;
use crate::world::{ISSUER, World, on_both_backends};
use panjereh::identity::assurance::Acr;
use panjereh::identity::mobile::MobileNumber;
use panjereh::records::event::EventKind;
use panjereh::text::persian_digits;
use serde_json::json;

on_both_backends! {
    a_citizen_comes_for_the_first_time_and_arrives_signed_in,
    the_second_agency_asks_for_consent_alone_and_the_next_time_for_nothing,
    a_citizen_begins_with_a_passkey,
    recovery_codes_are_downloaded_with_service_reference_and_date_and_nothing_about_the_person,
    details_are_understood_in_either_calendar_and_in_any_digits,
    a_person_whose_number_is_not_registered_gets_a_lower_assurance,
    what_is_unreadable_is_told_field_by_field_and_nothing_is_sent,
    a_password_that_is_short_or_common_is_refused_and_another_one_taken,
    of_two_browsers_that_enrol_one_person_the_first_wins,
}

async fn a_citizen_comes_for_the_first_time_and_arrives_signed_in(world: &World) {
    let tax = world.agency("tax").await;
    let mut citizen = world.citizen().await;
    let mut browser = world.browser();
    let asking = tax.ask("openid profile phone national_id");

    browser.open(&asking.url()).await.must(200, "sign-in-title");
    browser.prove(&citizen).await.must(200, "otp-title");
    browser.enter_code(&citizen).await.must(200, "authenticator-title");
    browser.choose_password(&mut citizen).await.must(200, "scope-national-id");
    assert_eq!(citizen.recovery_codes.len(), 5);
    let code = asking.code(browser.allow().await);

    let (tokens, claims) = tax.sign_in(&asking, &code).await;
    assert_eq!(claims["acr"], "urn:panjereh:acr:substantial");
    assert_eq!(claims["amr"], json!(["pwd", "sms", "otp", "mfa"]));
    let person = tax.userinfo(&tokens.access_token).await.json();
    assert_eq!((&person["sub"], &person["national_id"]), (&claims["sub"], &citizen.national_id().into()));
    assert_eq!((&person["phone_number"], &person["birthdate"]), (&citizen.mobile().into(), &"1986-10-04".into()));

    let account = world.app.store.account_by_national_id(&citizen.person.national_id).await.unwrap().unwrap();
    let events = world.app.store.events_of(account.id, 20).await.unwrap();
    let mut kinds: Vec<_> = events.iter().map(|event| event.kind.name()).collect();
    kinds.sort_unstable();
    let expected = [
        EventKind::AccountCreated,
        EventKind::ConsentGiven,
        EventKind::PasswordSet,
        EventKind::SignedIn,
        EventKind::TokensIssued,
    ];
    assert_eq!(kinds, expected.map(EventKind::name));
}

async fn recovery_codes_are_downloaded_with_service_reference_and_date_and_nothing_about_the_person(world: &World) {
    let tax = world.agency("tax").await;
    let mut citizen = world.citizen().await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    browser.prove(&citizen).await;
    browser.enter_code(&citizen).await;
    let form = browser.page.form("/authenticator").fill("password", &citizen.password);
    browser.submit(form).await.must(200, "recovery-codes-title");
    let file = browser.page.link("/recovery-codes");
    let answer = browser.fetch(&file).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "text/plain; charset=utf-8"));
    assert!(answer.header("content-disposition").starts_with("attachment; filename="));
    assert_eq!(answer.header("cache-control"), "no-store");
    let text = answer.text().to_owned();
    let codes = crate::world::steps::recovery_codes(browser.page.html());
    assert!(codes.len() == 5 && codes.iter().all(|code| text.contains(code)), "{text}");
    assert!(text.contains(ISSUER) && text.contains("22 November 2026"), "{text}");
    let reference = text.lines().find_map(|line| line.strip_prefix("Reference of your account: ")).unwrap().to_owned();
    assert!(browser.page.reads(&reference), "the page shows the same");
    let person = &citizen.person;
    let latin = person.latin_name.as_ref().unwrap();
    for personal in [citizen.national_id(), citizen.mobile(), &person.name.family, &latin.family, &latin.given, "1365", "1986"] {
        assert!(!text.contains(personal), "{personal}: a file that is found says nothing about its owner: {text}");
    }
    // A screen reader spells a code in its groups of four.
    let spelled = codes[0].split('-').map(|four| four.chars().map(String::from).collect::<Vec<_>>().join(" "));
    assert!(browser.page.reads(&spelled.collect::<Vec<_>>().join(", ")), "{}", browser.page.words());

    // It is of this browser, and ends with the page.
    let mut thief = world.browser();
    thief.open(&file).await.must(410, "refusal-interaction-gone-title");
    browser.keep_codes(&mut citizen).await.must(200, "consent-title");
    browser.open(&file).await.must(200, "consent-title");
    assert!(!codes.iter().any(|code| browser.page.html().contains(code)));

    // The page for a recovery code says which sheet is meant.
    let mut later = world.browser();
    later.open(&tax.ask("openid").url()).await;
    later.enter_password(&citizen).await.must(200, "otp-title");
    later.follow("/recovery").await.must(200, "recovery-code-title");
    assert!(later.page.reads(&reference), "{}", later.page.words());
    world.messages();
}

async fn the_second_agency_asks_for_consent_alone_and_the_next_time_for_nothing(world: &World) {
    let (tax, health) = (world.agency("tax").await, world.agency("health").await);
    let (_, mut browser, tokens) = world.signed_in(&tax, "openid").await;
    let at_tax = tax.verified(&tokens).await;

    let asking = health.ask("openid age_over_18");
    browser.open(&asking.url()).await.must(200, "scope-age-over-18");
    assert!(!browser.page.says("sign-in-title"));
    let code = asking.code(browser.allow().await);
    let (tokens, at_health) = health.sign_in(&asking, &code).await;
    let person = health.userinfo(&tokens.access_token).await.json();
    assert_eq!(person, json!({ "sub": at_health["sub"], "age_over_18": true }), "and no more than was asked for");

    let (asking, code) = health.silently(&mut browser, "openid age_over_18").await;
    let (_, again) = health.sign_in(&asking, &code).await;
    assert_eq!(again["sub"], at_health["sub"], "an agency recognises its people");
    assert_ne!(at_tax["sub"], at_health["sub"], "OpenID Connect Core §8.1: two agencies cannot compare theirs");
    assert_ne!(at_tax["sid"], at_health["sid"]);
}

async fn a_citizen_begins_with_a_passkey(world: &World) {
    let tax = world.agency("tax").await;
    let mut citizen = world.citizen().await;
    let mut passkey = SoftAuthenticator::new("window.example", ISSUER);
    let mut browser = world.browser();
    let asking = tax.ask("openid");
    browser.open(&asking.url()).await;
    browser.prove(&citizen).await;
    browser.enter_code(&citizen).await;
    browser.make_passkey(&mut citizen, &mut passkey).await.must(200, "consent-title");
    let (_, claims) = tax.sign_in(&asking, &asking.code(browser.allow().await)).await;
    assert_eq!(claims["amr"], json!(["hwk", "user", "sms", "otp", "mfa"]));

    world.pass(std::time::Duration::from_hours(25));
    let asking = tax.ask("openid");
    browser.open(&asking.url()).await.must(200, "sign-in-title");
    let code = asking.code(browser.use_passkey(&passkey).await);
    let (_, claims) = tax.sign_in(&asking, &code).await;
    assert_eq!(claims["amr"], json!(["hwk", "user", "mfa"]));
    assert_eq!(claims["auth_time"], world.now().seconds());
}

async fn details_are_understood_in_either_calendar_and_in_any_digits(world: &World) {
    let tax = world.agency("tax").await;
    for (birth_date, to_digits) in [
        ("1365/07/12", persian_digits as fn(&str) -> String),
        ("1986-10-04", str::to_owned),
        ("12 7 1365", |text| text.replace('1', "١").replace('7', "٧")),
    ] {
        let citizen = world.citizen().await;
        let mut browser = world.browser();
        browser.open(&tax.ask("openid").url()).await;
        let mobile = citizen.mobile().replace("+98", "0");
        let typed = [citizen.national_id(), birth_date, &mobile].map(to_digits);
        browser.prove_with(&typed[0], &typed[1], &typed[2]).await.must(200, "otp-title");
        let code = persian_digits(&world.last_code(citizen.mobile()));
        browser.enter(&format!(" {code} ")).await.must(200, "authenticator-title");
    }
}

async fn a_person_whose_number_is_not_registered_gets_a_lower_assurance(world: &World) {
    let tax = world.agency_with("tax", |client| client.min_acr = Acr::Low).await;
    let mut citizen = world.citizen_with(|person| person.mobile = None).await;
    let mut browser = world.browser();
    let asking = tax.ask("openid");
    browser.open(&asking.url()).await;
    let abroad = MobileNumber::parse("+4915112345678").unwrap();
    browser.prove_with(citizen.national_id(), &citizen.birth_date, abroad.e164()).await.must(200, "otp-title");
    citizen.person.mobile = Some(abroad);
    browser.enter_code(&citizen).await;
    browser.choose_password(&mut citizen).await;
    let (_, claims) = tax.sign_in(&asking, &asking.code(browser.allow().await)).await;
    assert_eq!(claims["acr"], "urn:panjereh:acr:low");
}

async fn what_is_unreadable_is_told_field_by_field_and_nothing_is_sent(world: &World) {
    let tax = world.agency("tax").await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    browser.prove_with("123", "1365/13/40", "021-88").await.must(422, "error-national-id-shape");
    assert!(browser.page.says("error-birth-date-unreadable") && browser.page.says("error-mobile-unreadable"));
    browser.prove_with("1234567890", "1450/01/01", "09121234567").await.must(422, "error-national-id-check-digit");
    assert!(browser.page.says("error-birth-date-ahead"));
    assert!(world.messages().is_empty());
}

async fn a_password_that_is_short_or_common_is_refused_and_another_one_taken(world: &World) {
    let tax = world.agency("tax").await;
    let mut citizen = world.citizen().await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    browser.prove(&citizen).await;
    browser.enter_code(&citizen).await;
    let (long, fault) = ("ا".repeat(129), "error-password-too-long");
    for (password, fault) in
        [("1234567", "error-password-too-short"), ("password123", "error-password-too-common"), (long.as_str(), fault)]
    {
        let form = browser.page.form("/authenticator").fill("password", password);
        browser.submit(form).await.must(422, fault);
    }
    browser.choose_password(&mut citizen).await.must(200, "consent-title");
}

async fn of_two_browsers_that_enrol_one_person_the_first_wins(world: &World) {
    let tax = world.agency("tax").await;
    let mut citizen = world.citizen().await;
    let mut browsers = [world.browser(), world.browser()];
    for browser in &mut browsers {
        browser.open(&tax.ask("openid").url()).await;
        browser.prove(&citizen).await;
        browser.enter_code(&citizen).await.must(200, "authenticator-title");
    }
    let [first, second] = &mut browsers;
    first.choose_password(&mut citizen).await.must(200, "consent-title");
    let form = second.page.form("/authenticator").fill("password", "another-password-1");
    second.submit(form).await.must(409, "refusal-already-registered-title");
    assert_eq!(second.session(), None);
}
