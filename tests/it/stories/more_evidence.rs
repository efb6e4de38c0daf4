//! People whose number nobody vouches for, and people in whose name an account exists: the ways to show more.

use crate::world::agency::Agency;
use crate::world::browser::Browser;
use crate::world::citizen::Citizen;
use crate::world::{World, on_both_backends};
use panjereh::flows::delivery::run::deliver_all_due;
use panjereh::identity::account::{Account, AccountStatus};
use panjereh::identity::assurance::{EvidenceKind, IdentityAssurance};
use panjereh::records::delivery::DeliveryKind;
use panjereh::records::event::EventKind;
use std::time::Duration;

on_both_backends! {
    the_serial_of_the_card_raises_the_account_and_the_person_goes_on,
    a_letter_goes_to_the_address_of_record_and_its_code_works_weeks_later_on_another_device,
    the_page_says_why_and_where_to_go_in_person,
    a_person_who_does_not_show_more_goes_back_to_the_agency,
    the_serial_of_the_card_decides_whose_an_account_is,
    a_person_with_equal_evidence_waits_and_then_gets_an_account_of_their_own,
    an_account_whose_holder_signs_in_is_not_given_away_by_waiting,
    a_holder_who_signs_in_while_the_claimant_chooses_a_password_keeps_the_account,
}

/// The telephone of the person, which the registry does not know.
pub(crate) const OWN: &str = "+989125557201";
/// Another telephone.
pub(crate) const OTHER: &str = "+989125557202";
pub(crate) const SERIAL: &str = "9G12345678";
const DAY: Duration = Duration::from_hours(24);

/// A person with a card, for whom the registry has no number.
pub(crate) async fn with_card(world: &World) -> Citizen {
    let mut citizen = world
        .citizen_with(|person| {
            person.mobile = None;
            person.card_serial = Some(SERIAL.to_owned());
        })
        .await;
    citizen.password.push_str("-x");
    citizen
}

/// Proves as that person with that telephone.
pub(crate) async fn prove(browser: &mut Browser<'_>, citizen: &Citizen, number: &str) {
    browser.prove_with(citizen.national_id(), &citizen.birth_date, number).await.must(200, "otp-title");
    let code = browser.world.last_code(number);
    browser.enter(&code).await;
}

/// Makes an account of the lowest level in the person's name, at an agency that accepts more only.
pub(crate) async fn low_account<'w>(world: &'w World, tax: &Agency<'_>, citizen: &mut Citizen, number: &str) -> Browser<'w> {
    let mut browser = world.browser();
    browser.open(&tax.ask("openid profile").url()).await;
    prove(&mut browser, citizen, number).await;
    browser.choose_password(citizen).await.must(200, "more-title");
    browser
}

pub(crate) async fn account(world: &World, citizen: &Citizen) -> Account {
    world.app.store.account_by_national_id(&citizen.person.national_id).await.unwrap().expect("an account")
}

pub(crate) async fn account_if_any(world: &World, citizen: &Citizen) -> Option<Account> {
    world.app.store.account_by_national_id(&citizen.person.national_id).await.unwrap()
}

pub(crate) async fn kinds(world: &World, account: &Account) -> Vec<EvidenceKind> {
    world.app.store.evidence_of(account.id).await.unwrap().into_iter().map(|evidence| evidence.kind).collect()
}

pub(crate) async fn enter_serial(browser: &mut Browser<'_>, serial: &str) {
    let form = browser.page.form("/card").fill("serial", serial);
    browser.submit(form).await;
}

/// Asks for a letter; its code, as the process that prints letters reads it.
pub(crate) async fn letter(browser: &mut Browser<'_>, citizen: &Citizen) -> String {
    let form = browser.page.form("/letter");
    browser.submit(form).await;
    codes_of(browser.world, citizen).await.pop().expect("a letter")
}

/// The codes of all letters to a person, in the order in which they were sent. A test whose world sends no letters has none.
pub(crate) async fn codes_of(world: &World, citizen: &Citizen) -> Vec<String> {
    deliver_all_due(&world.app, DeliveryKind::Letter).await.unwrap();
    let folder = &world.app.settings.proofing.letter_folder;
    let mut files: Vec<_> =
        std::fs::read_dir(folder).map(|files| files.map(|file| file.unwrap().path()).collect()).unwrap_or_default();
    files.sort();
    let letters = files.iter().map(|file| serde_json::from_slice::<serde_json::Value>(&std::fs::read(file).unwrap()).unwrap());
    let own = letters.filter(|letter| letter["address"]["street"] == citizen.person.address.street.as_str());
    own.map(|letter| letter["code"].as_str().unwrap().to_owned()).collect()
}

pub(crate) async fn enter_letter_code(browser: &mut Browser<'_>, code: &str) {
    let form = browser.page.form("/letter/code").fill("code", code);
    browser.submit(form).await;
}

/// Signs in again, in a browser of its own, with the code to that telephone.
async fn again<'w>(world: &'w World, tax: &Agency<'_>, citizen: &Citizen, number: &str) -> Browser<'w> {
    let mut browser = world.browser();
    browser.open(&tax.ask("openid profile").url()).await;
    browser.enter_password(citizen).await.must(200, "otp-title");
    let code = world.last_code(number);
    browser.enter(&code).await;
    browser
}

async fn the_serial_of_the_card_raises_the_account_and_the_person_goes_on(world: &World) {
    let tax = world.agency("tax").await;
    let mut citizen = with_card(world).await;
    let mut browser = world.browser();
    let asking = tax.ask("openid profile phone");
    browser.open(&asking.url()).await;
    prove(&mut browser, &citizen, OWN).await;
    browser.choose_password(&mut citizen).await.must(200, "more-title");
    enter_serial(&mut browser, "9G12345679").await;
    browser.page.must(422, "error-card-serial-wrong");
    enter_serial(&mut browser, "9g ۱۲۳۴-۵۶۷۸").await;
    browser.page.must(200, "consent-title");
    assert!(browser.page.html().contains(&citizen.person.latin_name.clone().unwrap().family));
    let (tokens, claims) = tax.sign_in(&asking, &asking.code(browser.allow().await)).await;
    assert_eq!((claims["acr"].as_str(), tokens.scope.as_str()), (Some("urn:panjereh:acr:substantial"), "openid profile phone"));
    let told = tax.userinfo(&tokens.access_token).await.json();
    assert!(told["name"].is_string() && told["phone_number"] == OWN && told.get("phone_number_verified").is_none(), "{told}");
    let account = account(world, &citizen).await;
    assert_eq!(account.assurance, IdentityAssurance::Substantial);
    assert_eq!(kinds(world, &account).await, [EvidenceKind::CardSerial, EvidenceKind::RegistryMatch]);
    let events = world.app.store.events_of(account.id, 50).await.unwrap();
    assert_eq!(events.iter().filter(|event| event.kind == EventKind::EvidenceAdded).count(), 1);
}

async fn a_letter_goes_to_the_address_of_record_and_its_code_works_weeks_later_on_another_device(world: &World) {
    let tax = world.agency("tax").await;
    let mut citizen = with_card(world).await;
    let mut browser = low_account(world, &tax, &mut citizen, OWN).await;
    let code = letter(&mut browser, &citizen).await;
    assert!(browser.page.html().contains("id=\"letter-sent\"") && !browser.page.html().contains("id=\"send-letter\""));
    // Three weeks later, on another device. The page has kept the place.
    world.pass(DAY * 21);
    let mut other = again(world, &tax, &citizen, OWN).await;
    other.page.must(200, "more-title");
    enter_letter_code(&mut other, "AAAAA-AAAAA").await;
    other.page.must(422, "error-letter-code-wrong");
    enter_letter_code(&mut other, &code.to_lowercase().replace('-', " ")).await;
    other.page.must(200, "consent-title");
    let account = account(world, &citizen).await;
    assert_eq!(kinds(world, &account).await, [EvidenceKind::RegistryMatch, EvidenceKind::LetterCode]);

    // A code that is older than it may be works no more.
    let mut late = with_card(world).await;
    let mut browser = low_account(world, &tax, &mut late, OTHER).await;
    let code = letter(&mut browser, &late).await;
    world.pass(DAY * 31);
    let mut browser = again(world, &tax, &late, OTHER).await;
    browser.page.must(200, "more-title");
    assert!(!browser.page.html().contains("id=\"letter-sent\""));
    let form = browser.page.form("/letter");
    browser.submit(form).await;
    enter_letter_code(&mut browser, &code).await;
    browser.page.must(422, "error-letter-code-wrong");
    world.messages();
}

async fn the_page_says_why_and_where_to_go_in_person(world: &World) {
    let tax = world.agency("tax").await;
    let mut citizen = with_card(world).await;
    let browser = low_account(world, &tax, &mut citizen, OWN).await;
    for key in ["more-why", "more-place", "more-card-title", "more-letter-title", "more-desk-title", "more-desk-support"] {
        assert!(browser.page.says(key), "{key}");
    }
    assert!(!browser.page.html().contains(&citizen.person.name.family), "no name of the registry");
    world.messages();
}

async fn a_person_who_does_not_show_more_goes_back_to_the_agency(world: &World) {
    let tax = world.agency("tax").await;
    let mut citizen = with_card(world).await;
    let mut browser = world.browser();
    let asking = tax.ask("openid");
    browser.open(&asking.url()).await;
    prove(&mut browser, &citizen, OWN).await;
    browser.choose_password(&mut citizen).await.must(200, "more-title");
    let form = browser.page.form("/cancel").press("leave");
    assert_eq!(asking.error(browser.submit(form).await), "unmet_authentication_requirements");
    world.messages();
}

async fn the_serial_of_the_card_decides_whose_an_account_is(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = with_card(world).await;
    let mut impostor = citizen.clone();
    low_account(world, &tax, &mut impostor, OTHER).await;
    let before = account(world, &citizen).await;
    let mut owner = citizen.clone();
    "another-one-of-mine".clone_into(&mut owner.password);
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    prove(&mut browser, &owner, OWN).await;
    browser.page.must(409, "refusal-already-registered-title");
    browser.it_is_not_mine().await.must(200, "more-claim-title");
    enter_serial(&mut browser, SERIAL).await;
    browser.page.must(200, "takeover-title");
    browser.choose_password(&mut owner).await.must(200, "consent-title");
    let after = account(world, &owner).await;
    assert!(after.id != before.id && after.assurance == IdentityAssurance::Substantial && after.mobile.e164() == OWN);
    assert_eq!(world.app.store.account(before.id).await.unwrap().unwrap().status, AccountStatus::Closed);
    let mut old = world.browser();
    old.open(&tax.ask("openid").url()).await;
    old.enter_password(&impostor).await.must(422, "error-credentials-wrong");
    world.messages();
}

/// A claimant who waits: their browser, at the page that says until when.
async fn claimant<'w>(world: &'w World, tax: &Agency<'_>, citizen: &Citizen) -> Browser<'w> {
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    prove(&mut browser, citizen, OWN).await;
    browser.page.must(409, "refusal-already-registered-title");
    browser.it_is_not_mine().await.must(200, "more-claim-title");
    let form = browser.page.form("/wait");
    browser.submit(form).await.must(200, "more-claim-title");
    assert!(browser.page.html().contains("id=\"wait-until\""));
    browser
}

async fn a_person_with_equal_evidence_waits_and_then_gets_an_account_of_their_own(world: &World) {
    let tax = world.agency_with("tax", |client| client.min_acr = panjereh::identity::assurance::Acr::Low).await;
    let citizen = with_card(world).await;
    let mut impostor = citizen.clone();
    let mut first = world.browser();
    first.open(&tax.ask("openid").url()).await;
    prove(&mut first, &impostor, OTHER).await;
    first.choose_password(&mut impostor).await.must(200, "consent-title");
    let before = account(world, &citizen).await;
    world.messages();
    claimant(world, &tax, &citizen).await;
    let told: Vec<String> = world.messages().into_iter().filter(|sent| sent.code.is_none()).map(|sent| sent.to).collect();
    assert_eq!(told, [OTHER, OWN], "both numbers are told");

    // A day too early, on another device, and then in time.
    world.pass(DAY * 6);
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    prove(&mut browser, &citizen, OWN).await;
    browser.page.must(200, "more-claim-title");
    world.pass(DAY);
    let mut owner = citizen.clone();
    "another-one-of-mine".clone_into(&mut owner.password);
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    prove(&mut browser, &owner, OWN).await;
    browser.page.must(200, "takeover-title");
    browser.choose_password(&mut owner).await.must(200, "consent-title");
    let after = account(world, &owner).await;
    assert!(after.id != before.id && after.assurance == IdentityAssurance::Low && after.mobile.e164() == OWN);
    assert_eq!(world.app.store.account(before.id).await.unwrap().unwrap().status, AccountStatus::Closed);
    world.messages();
}

async fn an_account_whose_holder_signs_in_is_not_given_away_by_waiting(world: &World) {
    let tax = world.agency_with("tax", |client| client.min_acr = panjereh::identity::assurance::Acr::Low).await;
    let citizen = with_card(world).await;
    let mut holder = citizen.clone();
    let mut first = world.browser();
    first.open(&tax.ask("openid").url()).await;
    prove(&mut first, &holder, OTHER).await;
    first.choose_password(&mut holder).await.must(200, "consent-title");
    let before = account(world, &citizen).await;
    claimant(world, &tax, &citizen).await;
    world.pass(DAY * 3);
    again(world, &tax, &holder, OTHER).await;
    world.pass(DAY * 10);
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    prove(&mut browser, &citizen, OWN).await;
    browser.page.must(200, "more-claim-title");
    assert!(browser.page.html().contains("id=\"wait-objected\""));
    assert_eq!(account(world, &citizen).await, before);
    // Stronger evidence still decides.
    enter_serial(&mut browser, SERIAL).await;
    browser.page.must(200, "takeover-title");
    world.messages();
}

async fn a_holder_who_signs_in_while_the_claimant_chooses_a_password_keeps_the_account(world: &World) {
    let tax = world.agency_with("tax", |client| client.min_acr = panjereh::identity::assurance::Acr::Low).await;
    let citizen = with_card(world).await;
    let mut holder = citizen.clone();
    let mut first = world.browser();
    first.open(&tax.ask("openid").url()).await;
    prove(&mut first, &holder, OTHER).await;
    first.choose_password(&mut holder).await.must(200, "consent-title");
    let before = account(world, &citizen).await;
    claimant(world, &tax, &citizen).await;
    world.pass(DAY * 7);
    let mut owner = citizen.clone();
    "another-one-of-mine".clone_into(&mut owner.password);
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    prove(&mut browser, &owner, OWN).await;
    browser.page.must(200, "takeover-title");
    again(world, &tax, &holder, OTHER).await;
    let form = browser.page.form("/authenticator").fill("password", &owner.password);
    browser.submit(form).await.must(409, "refusal-already-registered-title");
    assert_eq!(account(world, &citizen).await, before, "the account is still the holder's");
    world.messages();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_no_letters_are_sent_the_page_offers_none() {
    let world = World::with(crate::world::Backend::Embedded, |settings| settings.proofing.letter_folder.clear()).await.unwrap();
    let tax = world.agency("tax").await;
    let mut citizen = with_card(&world).await;
    let browser = low_account(&world, &tax, &mut citizen, OWN).await;
    assert!(browser.page.says("more-card-title") && !browser.page.says("more-letter-title"));
    world.messages();
}
