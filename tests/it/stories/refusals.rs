//! Rejected proofings and what the pages say. None of them leads to a message, a session or an account.

use crate::world::browser::Browser;
use crate::world::citizen::{Citizen, national_id, unreachable};
use crate::world::{World, on_both_backends};
use panjereh::identity::birth_date::BirthDate;
use panjereh::identity::person::Vital;
use std::time::Duration;

on_both_backends! {
    a_person_under_age_is_told_the_first_possible_day,
    the_evening_before_the_eighteenth_birthday_is_too_early_and_the_day_itself_is_not,
    a_person_recorded_as_deceased_is_refused,
    a_wrong_check_digit_is_told_before_anything_is_asked,
    an_unknown_national_id_and_a_wrong_birth_date_get_the_same_answer,
    a_number_of_another_person_is_refused,
    wcag_3_3_7_what_was_typed_is_not_asked_again,
    each_fault_has_its_sentence_its_next_step_and_a_number,
    a_registry_that_does_not_answer_is_not_the_citizens_mistake,
    a_person_with_an_account_is_told_so_only_after_the_code,
}

/// A browser that has just sent this citizen's details.
async fn proving<'w>(world: &'w World, citizen: &Citizen) -> Browser<'w> {
    let mut browser = world.browser();
    let tax = world.agency("tax").await;
    browser.open(&tax.ask("openid").url()).await;
    browser.prove(citizen).await;
    browser
}

async fn nothing_came_of_it(world: &World, browser: &Browser<'_>, citizen: &Citizen) {
    assert!(world.messages().is_empty());
    assert_eq!(browser.session(), None);
    let account = world.app.store.account_by_national_id(&citizen.person.national_id).await.unwrap();
    assert!(account.is_none());
}

async fn a_person_under_age_is_told_the_first_possible_day(world: &World) {
    let citizen = world.citizen_with(|person| person.birth_date = BirthDate::parse("1390/01/01").unwrap()).await;
    let browser = proving(world, &citizen).await;
    browser.page.must(403, "refusal-under-age-title");
    assert!(browser.page.reads("20 March 2029") && browser.page.reads("1 Farvardin 1408"), "{}", browser.page.html());
    assert!(!browser.page.answer.header("x-request-id").is_empty());
    assert!(browser.page.reads(browser.page.answer.header("x-request-id")), "the reference number is shown");
    nothing_came_of_it(world, &browser, &citizen).await;
}

async fn the_evening_before_the_eighteenth_birthday_is_too_early_and_the_day_itself_is_not(world: &World) {
    let citizen = world.citizen_with(|person| person.birth_date = BirthDate::parse("1387/09/02").unwrap()).await;
    // One second before midnight in Tehran, which is 20:30 UTC.
    world.pass(Duration::from_secs(57_000 - 1));
    let browser = proving(world, &citizen).await;
    browser.page.must(403, "refusal-under-age-title");
    assert!(browser.page.reads("23 November 2026") && browser.page.reads("2 Azar 1405"));
    nothing_came_of_it(world, &browser, &citizen).await;

    world.pass(Duration::from_secs(1));
    let mut browser = proving(world, &citizen).await;
    browser.enter_code(&citizen).await.must(200, "authenticator-title");
}

async fn a_person_recorded_as_deceased_is_refused(world: &World) {
    let died = BirthDate::parse("1399/11/12").unwrap();
    let citizen = world.citizen_with(|person| person.vital = Vital::Deceased(died)).await;
    let browser = proving(world, &citizen).await;
    browser.page.must(403, "refusal-deceased-title");
    nothing_came_of_it(world, &browser, &citizen).await;
}

async fn a_wrong_check_digit_is_told_before_anything_is_asked(world: &World) {
    let citizen = world.citizen().await;
    let mut browser = proving(world, &world.citizen_with(|person| person.national_id = unreachable()).await).await;
    browser.follow("/prove").await;
    let (nine, check) = citizen.national_id().split_at(9);
    let wrong = format!("{nine}{}", (check.parse::<u8>().unwrap() + 1) % 10);
    browser.prove_with(&wrong, &citizen.birth_date, citizen.mobile()).await.must(422, "error-national-id-check-digit");
    nothing_came_of_it(world, &browser, &citizen).await;
}

async fn an_unknown_national_id_and_a_wrong_birth_date_get_the_same_answer(world: &World) {
    let citizen = world.citizen().await;
    let mut one = proving(world, &Citizen { birth_date: "1365/07/13".to_owned(), ..citizen.clone() }).await;
    one.page.must(422, "error-mismatch");
    let mut stranger = citizen.clone();
    stranger.person.national_id = national_id(777_777);
    let other = proving(world, &stranger).await;
    assert_eq!(one.page.words(), other.page.words());
    nothing_came_of_it(world, &one, &citizen).await;

    // The person can correct it on the form itself.
    one.prove(&citizen).await.must(200, "otp-title");
    world.messages();
}

async fn a_number_of_another_person_is_refused(world: &World) {
    let (citizen, other) = (world.citizen().await, world.citizen().await);
    let mut confused = citizen.clone();
    confused.person.mobile.clone_from(&other.person.mobile);
    let browser = proving(world, &confused).await;
    browser.page.must(422, "error-number-not-yours");
    nothing_came_of_it(world, &browser, &citizen).await;
}

async fn wcag_3_3_7_what_was_typed_is_not_asked_again(world: &World) {
    let (citizen, other) = (world.citizen().await, world.citizen().await);
    let mut browser = world.browser();
    browser.open(&world.agency("tax").await.ask("openid").url()).await;
    let typed = |browser: &Browser<'_>| {
        let form = browser.page.form("/prove");
        ["national_id", "birth_date", "mobile"].map(|field| form.value(field).to_owned())
    };
    // After a fault, and in the other language.
    browser.prove_with(citizen.national_id(), "12 mehr", other.mobile()).await.must(422, "error-birth-date-unreadable");
    let entered = [citizen.national_id(), "12 mehr", other.mobile()].map(str::to_owned);
    assert_eq!(typed(&browser), entered);
    browser.follow("/prove?lang=fa").await.must(422, "error-birth-date-unreadable");
    assert_eq!(typed(&browser), entered);
    assert!(browser.history.iter().all(|url| !url.contains(citizen.national_id())), "and no address tells of it");
    browser.follow("/prove?lang=en").await;
    // On the page for another number, and on the sign-in page.
    browser.prove(&citizen).await.must(200, "otp-title");
    browser.follow("/prove").await;
    assert_eq!(typed(&browser), [citizen.national_id(), &citizen.birth_date, citizen.mobile()].map(str::to_owned));
    browser.follow("/sign-in").await.must(200, "sign-in-title");
    assert_eq!(browser.page.form("/sign-in").value("national_id"), citizen.national_id());
    assert_eq!(browser.page.form("/sign-in").value("password"), "");
    world.messages();
}

async fn each_fault_has_its_sentence_its_next_step_and_a_number(world: &World) {
    let (citizen, other) = (world.citizen().await, world.citizen().await);
    let mut browser = world.browser();
    browser.open(&world.agency("tax").await.ask("openid").url()).await;
    let told = |browser: &Browser<'_>, fault: &str, next: &str| {
        browser.page.must(422, fault);
        assert!(browser.page.says(next), "{next}: {}", browser.page.words());
        let summary = browser.page.html().split("class=\"errors\"").nth(1).unwrap().split("</div>").next().unwrap().to_owned();
        assert!(summary.contains(browser.page.answer.header("x-request-id")), "{summary}");
    };
    browser.prove_with("0012345678", &citizen.birth_date, citizen.mobile()).await;
    told(&browser, "error-national-id-check-digit", "next-national-id-check-digit");
    browser.prove_with(citizen.national_id(), "1365/07/13", citizen.mobile()).await;
    told(&browser, "error-mismatch", "next-mismatch");
    browser.prove_with(citizen.national_id(), &citizen.birth_date, other.mobile()).await;
    told(&browser, "error-number-not-yours", "next-number-not-yours");
    browser.prove(&citizen).await;
    let wrong = if world.last_code(citizen.mobile()) == "123456" { "654321" } else { "123456" };
    browser.enter(wrong).await;
    assert!(browser.page.says("next-code-wrong"), "{}", browser.page.words());
    world.pass(Duration::from_mins(5));
    browser.enter(wrong).await;
    told(&browser, "error-code-expired", "next-code-expired");
}

async fn a_registry_that_does_not_answer_is_not_the_citizens_mistake(world: &World) {
    let citizen = world.citizen_with(|person| person.national_id = unreachable()).await;
    let mut browser = proving(world, &citizen).await;
    browser.page.must(503, "refusal-registry-unavailable-title");
    nothing_came_of_it(world, &browser, &citizen).await;
    browser.follow("/prove").await.must(200, "prove-title");
}

async fn a_person_with_an_account_is_told_so_only_after_the_code(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let newcomer = proving(world, &world.citizen().await).await;
    let mut browser = proving(world, &citizen).await;
    let shown = |browser: &Browser<'_>| browser.page.words().split("to this number:").next().unwrap().to_owned();
    assert_eq!(shown(&browser), shown(&newcomer), "no other person can find out");
    browser.enter_code(&citizen).await.must(409, "refusal-already-registered-title");
    assert_eq!(browser.session(), None, "a code alone starts no session");
    // From there they can sign in.
    browser.follow("/sign-in").await.must(200, "sign-in-title");
    browser.sign_in(&citizen).await.must(200, "consent-title");
}
