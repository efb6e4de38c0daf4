//! Limits of tries; they do not reveal who has an account.

use crate::soft_authenticator::SoftAuthenticator;
use crate::world::agency::Agency;
use crate::world::citizen::national_id;
use crate::world::{Answer, Backend, ISSUER, World, on_both_backends};
use axum::extract::ConnectInfo;
use panjereh::app::throttle::{TriedFrom, before_sign_in};
use panjereh::client::grant_type::GrantType;
use panjereh::client::metadata::Client;
use panjereh::client::words::TokenEndpointAuthMethod;
use panjereh::identity::national_id::NationalId;
use panjereh::records::address::CountedAddress;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

on_both_backends! {
    ten_passwords_of_one_person_are_checked_in_a_quarter_of_an_hour,
    eight_birth_dates_of_one_person_are_checked_in_a_quarter_of_an_hour,
    an_attacker_with_many_addresses_is_stopped_and_the_person_s_own_browser_is_not,
    the_cookie_of_a_known_browser_gives_it_attempts_of_its_own_and_nothing_else,
    five_codes_go_to_one_number_in_a_quarter_of_an_hour,
    codes_for_proofing_use_up_none_of_what_signing_in_needs,
    where_no_code_can_be_sent_a_recovery_code_still_signs_in,
    a_limit_of_a_day_is_told_with_its_date_and_to_programs_in_seconds,
    a_client_that_fails_too_often_is_told_to_wait_and_the_real_one_is_still_served_elsewhere,
    past_the_limit_not_even_the_right_secret_is_checked,
    a_public_client_is_not_throttled_by_the_failures_of_others,
}

const QUARTER: Duration = Duration::from_mins(15);

async fn ten_passwords_of_one_person_are_checked_in_a_quarter_of_an_hour(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let mut browser = world.browser();
    let asking = tax.ask("openid");
    let mut told = Vec::new();
    for id in [citizen.national_id(), national_id(888_888).as_str()] {
        let mut pages = Vec::new();
        for _ in 0..11 {
            browser.open(&asking.url()).await;
            browser.enter_credentials(id, "wrong-password").await;
            pages.push((browser.page.status(), browser.page.words()));
        }
        told.push(pages);
    }
    assert_eq!(told[0], told[1], "a person with an account is treated like one without");
    browser.page.must(429, "refusal-too-many-tries-title");
    assert!(browser.page.words().contains("08:25"), "it says until when: {}", browser.page.words());
    assert_eq!(browser.page.answer.header("retry-after"), "900", "RFC 6585 §4");

    // There the right password is rejected, too. From another address it is accepted: no attacker locks a person out.
    browser.open(&asking.url()).await;
    browser.enter_password(&citizen).await.must(429, "refusal-too-many-tries-title");
    let mut elsewhere = world.browser();
    elsewhere.address = IpAddr::from([203, 0, 113, 9]);
    elsewhere.open(&asking.url()).await;
    elsewhere.sign_in(&citizen).await.must(200, "consent-title");

    let other = world.registered(&tax).await;
    browser.open(&asking.url()).await;
    browser.enter_password(&other).await.must(200, "otp-title");

    world.pass(QUARTER);
    browser.open(&asking.url()).await;
    browser.sign_in(&citizen).await.must(200, "consent-title");
}

/// Tries in one person's name, ten from each address, all of them counted; no password is hashed for them.
async fn guess(world: &World, id: &str, addresses: std::ops::Range<u8>) {
    let person = NationalId::parse(id).unwrap();
    for host in addresses {
        let address = CountedAddress::of(IpAddr::from([203, 0, 113, host]));
        for _ in 0..10 {
            let from = TriedFrom { address, known: None };
            before_sign_in(&world.app, &person, from, world.now()).await.unwrap();
        }
    }
}

async fn an_attacker_with_many_addresses_is_stopped_and_the_person_s_own_browser_is_not(world: &World) {
    let tax = world.agency("tax").await;
    let (citizen, mut own, _) = world.signed_in(&tax, "openid").await;
    own.sign_out("logout-confirm").await;
    let url = tax.ask("openid").url();
    guess(world, citizen.national_id(), 0..8).await;
    let mut guesser = world.browser();
    for host in [0, 8, 9] {
        guesser.address = IpAddr::from([203, 0, 113, host]);
        guesser.open(&url).await;
        guesser.enter_password(&citizen).await.must(429, "refusal-too-many-tries-title");
    }
    own.open(&url).await;
    own.sign_in(&citizen).await;
    assert!(own.session().is_some(), "{}", own.page.words());

    // No other person is locked out, and after a day this person is not either.
    let other = world.registered(&tax).await;
    guesser.open(&url).await;
    guesser.enter_password(&other).await.must(200, "otp-title");
    world.pass(QUARTER * 96);
    guesser.open(&url).await;
    guesser.enter_password(&citizen).await.must(200, "otp-title");
    world.messages();
}

async fn the_cookie_of_a_known_browser_gives_it_attempts_of_its_own_and_nothing_else(world: &World) {
    let tax = world.agency("tax").await;
    let (citizen, mut own, _) = world.signed_in(&tax, "openid").await;
    own.sign_out("logout-confirm").await;
    let kept = own.cookies["__Host-panjereh_known"].clone();
    for secret in [citizen.national_id(), &citizen.person.name.family, citizen.mobile()] {
        assert!(!kept.contains(secret));
    }
    let url = tax.ask("openid").url();
    let (mut stranger, mut changed) = (world.browser(), kept.clone().into_bytes());
    changed[20] ^= 1;
    let changed = String::from_utf8(changed).unwrap();

    // Ten tries of its own, besides those of its address.
    for _ in 0..10 {
        own.open(&url).await;
        own.enter_credentials(citizen.national_id(), "wrong-password").await.must(422, "error-credentials-wrong");
    }
    own.open(&url).await;
    own.enter_password(&citizen).await.must(429, "refusal-too-many-tries-title");
    stranger.open(&url).await;
    stranger.enter_credentials(citizen.national_id(), "wrong-password").await.must(422, "error-credentials-wrong");

    // It signs no one in, and for another person, or changed, it is worthless.
    let other = world.registered(&tax).await;
    for (cookie, id) in [(&kept, other.national_id()), (&changed, citizen.national_id())] {
        guess(world, id, 40..41).await;
        let mut thief = world.browser();
        thief.address = IpAddr::from([203, 0, 113, 40]);
        thief.cookies.insert("__Host-panjereh_known".to_owned(), cookie.clone());
        thief.open(&url).await.must(200, "sign-in-title");
        thief.enter_credentials(id, "wrong-password").await.must(429, "refusal-too-many-tries-title");
    }
    world.messages();
}

async fn eight_birth_dates_of_one_person_are_checked_in_a_quarter_of_an_hour(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.citizen().await;
    let mut told = Vec::new();
    for id in [citizen.national_id(), national_id(888_888).as_str()] {
        let mut browser = world.browser();
        browser.open(&tax.ask("openid").url()).await;
        let mut pages = Vec::new();
        for day in 1..=9 {
            browser.prove_with(id, &format!("1366/01/0{day}"), citizen.mobile()).await;
            pages.push((browser.page.status(), browser.page.words()));
        }
        browser.page.must(429, "refusal-too-many-tries-title");
        told.push(pages);
    }
    assert_eq!(told[0], told[1]);
    world.pass(QUARTER);
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    browser.prove(&citizen).await.must(200, "otp-title");
    world.messages();
}

async fn five_codes_go_to_one_number_in_a_quarter_of_an_hour(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    browser.enter_password(&citizen).await;
    for _ in 0..4 {
        let form = browser.page.form("/code/again");
        browser.submit(form).await.must(200, "otp-sent-again");
    }
    let form = browser.page.form("/code/again");
    browser.submit(form.clone()).await.must(429, "refusal-no-more-codes-next");
    assert_eq!(browser.page.answer.header("retry-after"), "900", "RFC 6585 §4");
    assert_eq!(world.messages().len(), 6, "the first was the registration's");
    world.pass(QUARTER);
    browser.submit(form).await.must(200, "otp-sent-again");
    browser.enter_code(&citizen).await.must(200, "consent-title");
}

async fn codes_for_proofing_use_up_none_of_what_signing_in_needs(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let mut stranger = world.browser();
    stranger.open(&tax.ask("openid").url()).await;
    // The code of the registration was the first.
    stranger.prove(&citizen).await.must(200, "otp-title");
    for _ in 0..3 {
        let form = stranger.page.form("/code/again");
        stranger.submit(form).await.must(200, "otp-sent-again");
    }
    let form = stranger.page.form("/code/again");
    stranger.submit(form).await.must(429, "refusal-too-many-tries-next");
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    browser.sign_in(&citizen).await.must(200, "consent-title");
}

async fn where_no_code_can_be_sent_a_recovery_code_still_signs_in(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let url = tax.ask("openid").url();
    for _ in 0..5 {
        let mut browser = world.browser();
        browser.open(&url).await;
        browser.enter_password(&citizen).await.must(200, "otp-title");
    }
    let mut browser = world.browser();
    browser.open(&url).await;
    browser.enter_password(&citizen).await.must(429, "refusal-no-more-codes-next");
    browser.follow("/recovery").await.must(200, "recovery-code-instead");
    browser.enter_recovery_code("2222-2222-2222-2222").await.must(422, "error-recovery-code-wrong");
    browser.enter_recovery_code(&citizen.recovery_codes[0]).await.must(200, "recovery-used-title");
    assert!(browser.session().is_some());
    world.messages();
}

async fn a_limit_of_a_day_is_told_with_its_date_and_to_programs_in_seconds(world: &World) {
    let tax = world.agency("tax").await;
    let url = tax.ask("openid").url();
    let mut browser = world.browser();
    browser.address = IpAddr::from([203, 0, 113, 3]);
    let somebody = national_id(888_888);
    for _ in 0..4 {
        guess(world, somebody.as_str(), 3..4).await;
        world.pass(QUARTER);
    }
    browser.open(&url).await;
    browser.enter_credentials(somebody.as_str(), "wrong-password").await;
    browser.page.must(429, "refusal-too-many-tries-title");
    let words = browser.page.words().replace(['\u{2068}', '\u{2069}'], "");
    assert!(words.contains("until 08:10 on 23 November 2026"), "{words}");
    assert_eq!(browser.page.answer.header("retry-after"), (23 * 3600).to_string());
}

async fn a_client_that_fails_too_often_is_told_to_wait_and_the_real_one_is_still_served_elsewhere(world: &World) {
    let tax = world
        .agency_with("tax", |client| client.grant_types.push(panjereh::client::grant_type::GrantType::ClientCredentials))
        .await;
    let mut guessing = tax.clone();
    "guess".clone_into(&mut guessing.secret);
    let form = [("grant_type", "client_credentials")];
    for _ in 0..100 {
        let answer = guessing.token(&form).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (401, "invalid_client"));
    }
    let answer = guessing.token(&form).await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (429, "temporarily_unavailable"));
    assert_eq!(answer.header("retry-after"), "900", "RFC 6585 §4");
    assert_eq!(from(world, &tax, ELSEWHERE, &form).await.status, 200);
    world.pass(QUARTER);
    assert_eq!(guessing.token(&form).await.error(), "invalid_client");
}

const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9));

async fn from(world: &World, agency: &Agency<'_>, address: IpAddr, form: &[(&str, &str)]) -> Answer {
    let mut request = agency.token_request(form);
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address, 50_000)));
    world.send(request).await
}

async fn past_the_limit_not_even_the_right_secret_is_checked(world: &World) {
    let tax = world.agency_with("tax", |client| client.grant_types.push(GrantType::ClientCredentials)).await;
    let mut guessing = tax.clone();
    "guess".clone_into(&mut guessing.secret);
    let form = [("grant_type", "client_credentials")];
    for _ in 0..100 {
        assert_eq!(guessing.token(&form).await.error(), "invalid_client");
    }
    let lucky = tax.token(&form).await;
    assert_eq!((lucky.status.as_u16(), lucky.error().as_str()), (429, "temporarily_unavailable"));
    assert_eq!(lucky.header("retry-after"), "900");
    world.pass(QUARTER);
    assert_eq!(tax.token(&form).await.status, 200);
}

async fn a_public_client_is_not_throttled_by_the_failures_of_others(world: &World) {
    let public = |client: &mut Client| client.auth_method = TokenEndpointAuthMethod::None;
    let app = world.agency_with("app", public).await;
    let mut confused = app.clone();
    confused.client.auth_method = TokenEndpointAuthMethod::ClientSecretBasic;
    for _ in 0..101 {
        confused.token(&[("grant_type", "refresh_token"), ("refresh_token", "x")]).await;
    }
    // Many people share one address of a carrier's network.
    world.signed_in(&app, "openid").await;
}

#[tokio::test]
async fn one_address_has_a_limit_of_tries_and_its_own_header_does_not_change_it() {
    let world = World::with(Backend::Embedded, |settings| settings.limits.per_address = 3).await.unwrap();
    let tax = world.agency("tax").await;
    let mut browser = world.browser();
    for number in 0..3 {
        browser.open(&tax.ask("openid").url()).await;
        browser
            .enter_credentials(national_id(800_000 + number).as_str(), "wrong-password")
            .await
            .must(422, "error-credentials-wrong");
    }
    browser.open(&tax.ask("openid").url()).await;
    browser.enter_credentials(national_id(900_000).as_str(), "wrong-password").await.must(429, "refusal-too-many-tries-title");
    let mut elsewhere = world.browser();
    elsewhere.address = IpAddr::from([203, 0, 113, 9]);
    elsewhere.open(&tax.ask("openid").url()).await;
    elsewhere.enter_credentials(national_id(900_001).as_str(), "wrong-password").await.must(422, "error-credentials-wrong");
}

#[tokio::test]
async fn pages_forms_and_pushed_requests_from_one_address_are_limited() {
    let world = World::with(Backend::Embedded, |settings| settings.limits.per_address = 2).await.unwrap();
    let tax = world.agency("tax").await;
    let app = world.agency_with("app", |client| client.auth_method = TokenEndpointAuthMethod::None).await;
    let url = tax.ask("openid").url().replace(ISSUER, "");
    let body = url.split_once('?').unwrap().1.to_owned();
    for _ in 0..20 {
        assert_eq!(world.get(&url).await.status, 303);
        assert_eq!(world.post("/authorize", &body).await.status, 303);
        assert_eq!(app.push(&app.ask("openid")).await.status, 201);
    }
    for answer in [world.get(&url).await, world.post("/authorize", &body).await, world.post("/logout", "").await] {
        assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (429, "900"));
    }
    let refused = app.push(&app.ask("openid")).await;
    assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (429, "900"), "{}", refused.text());
    assert_eq!(refused.error(), "temporarily_unavailable");
    // A client that has authenticated is not counted, and another address has a limit of its own.
    assert_eq!(tax.push(&tax.ask("openid")).await.status, 201);
    let mut elsewhere = world.browser();
    elsewhere.address = IpAddr::from([203, 0, 113, 9]);
    elsewhere.open(&tax.ask("openid").url()).await.must(200, "sign-in-title");
    world.pass(QUARTER);
    assert_eq!(world.get(&url).await.status, 303);
}

#[tokio::test]
async fn successful_sign_ins_use_up_no_limit_of_their_address_and_reset_none_for_a_guesser() {
    let world = World::with(Backend::Embedded, |settings| settings.limits.per_address = 3).await.unwrap();
    let tax = world.agency("tax").await;
    let url = tax.ask("openid").url();
    let mut passkey = SoftAuthenticator::new("window.example", ISSUER);
    let mut holder = world.citizen().await;
    let mut browser = world.browser();
    browser.open(&url).await;
    browser.prove(&holder).await;
    browser.enter_code(&holder).await;
    browser.make_passkey(&mut holder, &mut passkey).await;
    for _ in 0..4 {
        // A proofing, a password, a recovery code and a passkey, each from an unknown browser.
        let citizen = world.registered(&tax).await;
        let mut browser = world.browser();
        browser.open(&url).await;
        browser.sign_in(&citizen).await.must(200, "consent-title");
        let mut browser = world.browser();
        browser.open(&url).await;
        browser.enter_password(&citizen).await;
        browser.enter_recovery_code(&citizen.recovery_codes[0]).await.must(200, "recovery-used-title");
        let mut browser = world.browser();
        browser.open(&url).await;
        browser.use_passkey(&passkey).await.must(200, "consent-title");
    }
    let citizen = world.registered(&tax).await;
    for number in 0..3 {
        let mut guesser = world.browser();
        guesser.open(&url).await;
        guesser
            .enter_credentials(national_id(800_000 + number).as_str(), "wrong-password")
            .await
            .must(422, "error-credentials-wrong");
        if number < 2 {
            let mut browser = world.browser();
            browser.open(&url).await;
            browser.sign_in(&citizen).await.must(200, "consent-title");
        }
    }
    let mut guesser = world.browser();
    guesser.open(&url).await;
    guesser.enter_credentials(national_id(900_000).as_str(), "wrong-password").await.must(429, "refusal-too-many-tries-title");
    world.messages();
}
