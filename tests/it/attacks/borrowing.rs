//! Becoming a person by what others know about them.

use crate::soft_authenticator::SoftAuthenticator;
use crate::stories::more_evidence::{
    OTHER, OWN, SERIAL, account, codes_of, enter_letter_code, enter_serial, kinds, letter, low_account, prove, with_card,
};
use crate::world::browser::Browser;
use crate::world::citizen::Citizen;
use crate::world::{ISSUER, World, on_both_backends};
use panjereh::identity::assurance::{Acr, EvidenceKind, IdentityAssurance};
use std::time::Duration;

on_both_backends! {
    knowing_the_national_id_and_birth_date_of_a_person_without_a_number_is_not_enough_to_become_that_person,
    where_an_agency_accepts_the_lowest_level_a_stranger_learns_nothing_of_the_registry,
    single_claims_get_no_more_out_of_the_lowest_level_than_scopes,
    wrong_serials_are_counted_until_a_right_one_and_a_stranger_uses_up_no_holder_s_tries,
    a_code_of_a_letter_works_once_and_not_for_another_person,
    a_stranger_who_asks_for_letters_causes_one_a_week_and_keeps_none_from_the_person,
}

/// The telephone of the attacker.
const ATTACKERS: &str = "+989125557099";
const EVERYTHING: &str = "openid profile phone address national_id age_over_18";

/// A person for whom the registry has no number, and all that an attacker knows of them.
async fn without_a_number(world: &World) -> Citizen {
    world.citizen_with(|person| person.mobile = None).await
}

/// What nobody but the registry and the person knows: nothing of it may be on a page or in a claim.
fn secrets(citizen: &Citizen) -> Vec<String> {
    let person = &citizen.person;
    let latin = person.latin_name.clone().unwrap();
    let address = person.address.clone();
    vec![
        person.name.family.clone(),
        person.name.given.clone(),
        latin.family,
        latin.given,
        address.street,
        address.postal_code,
        address.locality,
    ]
}

async fn knowing_the_national_id_and_birth_date_of_a_person_without_a_number_is_not_enough_to_become_that_person(world: &World) {
    let tax = world.agency("tax").await;
    let mut victim = without_a_number(world).await;
    let mut attacker = world.browser();
    let asking = tax.ask(EVERYTHING);
    attacker.open(&asking.url()).await;
    prove(&mut attacker, &victim, ATTACKERS).await;
    attacker.choose_password(&mut victim).await;
    assert_no_code(&attacker);
    // Neither by another request, nor by signing in again.
    let silent = tax.ask("openid").with("prompt", "none");
    assert_ne!(silent.error(attacker.open(&silent.url()).await), "");
    attacker.open(&tax.ask("openid").url()).await;
    attacker.enter_password(&victim).await.must(200, "otp-title");
    let code = world.last_code(ATTACKERS);
    attacker.enter(&code).await;
    assert_no_code(&attacker);
    let account = world.app.store.account_by_national_id(&victim.person.national_id).await.unwrap().unwrap();
    assert_eq!(account.assurance, IdentityAssurance::Low);
    world.messages();
}

#[track_caller]
fn assert_no_code(browser: &Browser<'_>) {
    let left_for = browser.page.left_for.clone().unwrap_or_default();
    assert!(!left_for.contains("code="), "{left_for}");
}

async fn where_an_agency_accepts_the_lowest_level_a_stranger_learns_nothing_of_the_registry(world: &World) {
    let library = world.agency_with("library", |client| client.min_acr = Acr::Low).await;
    let mut victim = without_a_number(world).await;
    let mut attacker = world.browser();
    let asking = library.ask(EVERYTHING);
    attacker.open(&asking.url()).await;
    prove(&mut attacker, &victim, ATTACKERS).await;
    let options = attacker.page.form("/passkey/new").action;
    let options = attacker.fetch(&options).await;
    let mut shown = vec![options.text().to_owned()];
    attacker.choose_password(&mut victim).await.must(200, "consent-title");
    assert!(attacker.page.html().contains("id=\"consent-withheld\""));
    shown.push(attacker.page.html().to_owned());
    let (tokens, claims) = library.sign_in(&asking, &asking.code(attacker.allow().await)).await;
    assert_eq!((claims["acr"].as_str(), tokens.scope.as_str()), (Some("urn:panjereh:acr:low"), "openid phone"));
    let told = library.userinfo(&tokens.access_token).await.json();
    let names: Vec<&String> = told.as_object().unwrap().keys().collect();
    assert_eq!(names, ["phone_number", "sub"], "{told}");
    attacker.open(&format!("{ISSUER}/")).await;
    shown.push(attacker.page.html().to_owned());
    attacker.open(&library.ask("openid").with("prompt", "login").url()).await;
    shown.push(attacker.page.html().to_owned());
    shown.extend([claims.to_string(), told.to_string()]);
    for secret in secrets(&victim) {
        for (at, text) in shown.iter().enumerate() {
            assert!(!text.contains(&secret), "{secret} is told in place {at}");
        }
    }
    world.messages();
}

async fn single_claims_get_no_more_out_of_the_lowest_level_than_scopes(world: &World) {
    let library = world.agency_with("library", |client| client.min_acr = Acr::Low).await;
    let mut victim = without_a_number(world).await;
    let wanted = r#"{"name":null,"name#en":null,"address":{"essential":true},"national_id":null,"phone_number_verified":null,"phone_number":null,"age_over_18":null}"#;
    let asking = library.ask("openid").with("claims", &format!(r#"{{"userinfo":{wanted},"id_token":{wanted}}}"#));
    let mut attacker = world.browser();
    attacker.open(&asking.url()).await;
    prove(&mut attacker, &victim, ATTACKERS).await;
    let mut passkey = SoftAuthenticator::new("window.example", ISSUER);
    attacker.make_passkey(&mut victim, &mut passkey).await.must(200, "consent-title");
    let (tokens, claims) = library.sign_in(&asking, &asking.code(attacker.allow().await)).await;
    let told = library.userinfo(&tokens.access_token).await.json();
    assert_eq!((&told["phone_number"], &claims["phone_number"]), (&ATTACKERS.into(), &ATTACKERS.into()));
    for name in ["name", "name#en", "address", "national_id", "phone_number_verified", "age_over_18"] {
        assert!(told.get(name).is_none() && claims.get(name).is_none(), "{name}");
    }
    world.messages();
}

async fn wrong_serials_are_counted_until_a_right_one_and_a_stranger_uses_up_no_holder_s_tries(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = with_card(world).await;
    let mut holder = citizen.clone();
    let mut own = low_account(world, &tax, &mut holder, OWN).await;
    // Strangers who claim the account: thirty wrong serials in a row over all of them, on however many days.
    let mut answers = Vec::new();
    for stranger in 0..4 {
        let number = format!("+98912555{:04}", 8000 + stranger);
        let mut browser = world.browser();
        browser.open(&tax.ask("openid").url()).await;
        prove(&mut browser, &citizen, &number).await;
        browser.it_is_not_mine().await;
        for guess in 0..10 {
            let form = browser.page.form("/card").fill("serial", &format!("8H{guess}000000{stranger}"));
            browser.submit(form).await;
            answers.push(browser.page.says("error-card-serial-closed"));
        }
        world.pass(Duration::from_hours(24));
    }
    assert_eq!(answers.iter().filter(|closed| !**closed).count(), 30, "{answers:?}");
    assert!(answers[30..].iter().all(|closed| *closed), "{answers:?}");
    // None of them is the holder's.
    own.open(&tax.ask("openid").url()).await;
    own.enter_password(&holder).await.must(200, "otp-title");
    let code = world.last_code(OWN);
    own.enter(&code).await.must(200, "more-title");
    enter_serial(&mut own, "8H99999999").await;
    own.page.must(422, "error-card-serial-wrong");
    enter_serial(&mut own, SERIAL).await;
    own.page.must(200, "consent-title");
    world.messages();
}

async fn a_code_of_a_letter_works_once_and_not_for_another_person(world: &World) {
    let tax = world.agency("tax").await;
    let (mut one, mut another) = (with_card(world).await, with_card(world).await);
    let mut browser = low_account(world, &tax, &mut one, OWN).await;
    let code = letter(&mut browser, &one).await;
    let mut attacker = low_account(world, &tax, &mut another, OTHER).await;
    let own = letter(&mut attacker, &another).await;
    assert_ne!(own, code);
    enter_letter_code(&mut attacker, &code).await;
    attacker.page.must(422, "error-letter-code-wrong");
    // The same form from two tabs at once: the code is used by one of them.
    let form = browser.page.form("/letter/code").fill("code", &code);
    let [first, second] = [0, 1].map(|_| browser.request_of(&form));
    let (first, second) = tokio::join!(world.send(first), world.send(second));
    assert!(first.status == 303 && second.status == 303);
    let account = account(world, &one).await;
    assert_eq!(kinds(world, &account).await, [EvidenceKind::LetterCode, EvidenceKind::RegistryMatch]);
    assert!(world.app.store.letters_to(&one.person.national_id, world.now()).await.unwrap().is_empty());
    world.messages();
}

async fn a_stranger_who_asks_for_letters_causes_one_a_week_and_keeps_none_from_the_person(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = with_card(world).await;
    let mut impostor = citizen.clone();
    let mut theirs = low_account(world, &tax, &mut impostor, OTHER).await;
    let asked = theirs.page.form("/letter");
    for _ in 0..5 {
        theirs.submit(asked.clone()).await;
    }
    let codes = codes_of(world, &citizen).await;
    assert_eq!(codes.len(), 1, "one letter");
    // The person at the address claims the account with the code of the letter that the stranger asked for.
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    prove(&mut browser, &citizen, OWN).await;
    browser.page.must(200, "more-claim-title");
    enter_letter_code(&mut browser, &codes[0]).await;
    browser.page.must(200, "takeover-title");
    world.messages();
}
