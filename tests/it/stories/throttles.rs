//! How often one may guess, and that the limit tells nothing about who has an account.

use crate::world::agency::Agency;
use crate::world::citizen::national_id;
use crate::world::{Answer, Backend, World, on_both_backends};
use axum::extract::ConnectInfo;
use panjereh::oidc::client::{Client, GrantType, TokenEndpointAuthMethod};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

on_both_backends! {
    ten_passwords_of_one_person_are_looked_at_in_a_quarter_of_an_hour,
    eight_birth_dates_of_one_person_are_looked_at_in_a_quarter_of_an_hour,
    five_codes_go_to_one_number_in_a_quarter_of_an_hour,
    a_client_that_fails_too_often_is_told_to_wait_and_the_real_one_is_still_served_elsewhere,
    past_the_limit_not_even_the_right_secret_is_looked_at,
    whoever_has_nothing_to_guess_is_not_kept_waiting_by_others,
}

const QUARTER: Duration = Duration::from_mins(15);

async fn ten_passwords_of_one_person_are_looked_at_in_a_quarter_of_an_hour(world: &World) {
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
    assert_eq!(told[0], told[1], "whoever has an account is treated as whoever has none");
    browser.page.must(429, "refusal-too-many-tries-title");
    assert!(browser.page.reads("15"), "it says how long");

    // The right password is not looked at either, from wherever it comes.
    let mut elsewhere = world.browser();
    elsewhere.address = IpAddr::from([203, 0, 113, 9]);
    elsewhere.open(&asking.url()).await;
    elsewhere.enter_password(&citizen).await.must(429, "refusal-too-many-tries-title");

    let other = world.registered(&tax).await;
    elsewhere.open(&asking.url()).await;
    elsewhere.enter_password(&other).await.must(200, "otp-title");

    world.pass(QUARTER);
    browser.open(&asking.url()).await;
    browser.sign_in(&citizen).await.must(200, "consent-title");
}

async fn eight_birth_dates_of_one_person_are_looked_at_in_a_quarter_of_an_hour(world: &World) {
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
    // The registration's was the first, this is the second.
    browser.enter_password(&citizen).await;
    for _ in 0..3 {
        let form = browser.page.form("/code/again");
        browser.submit(form).await.must(200, "otp-sent-again");
    }
    let form = browser.page.form("/code/again");
    browser.submit(form.clone()).await.must(429, "refusal-too-many-tries-title");
    assert_eq!(world.messages().len(), 5);
    world.pass(QUARTER);
    browser.submit(form).await.must(200, "otp-sent-again");
    browser.enter_code(&citizen).await.must(200, "consent-title");
}

async fn a_client_that_fails_too_often_is_told_to_wait_and_the_real_one_is_still_served_elsewhere(world: &World) {
    let tax =
        world.agency_with("tax", |client| client.grant_types.push(panjereh::oidc::client::GrantType::ClientCredentials)).await;
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

async fn past_the_limit_not_even_the_right_secret_is_looked_at(world: &World) {
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

async fn whoever_has_nothing_to_guess_is_not_kept_waiting_by_others(world: &World) {
    let public = |client: &mut Client| client.auth_method = TokenEndpointAuthMethod::None;
    let app = world.agency_with("app", public).await;
    let mut confused = app.clone();
    confused.client.auth_method = TokenEndpointAuthMethod::ClientSecretBasic;
    for _ in 0..101 {
        confused.token(&[("grant_type", "refresh_token"), ("refresh_token", "x")]).await;
    }
    // Many people are behind one address of a carrier's network.
    world.signed_in(&app, "openid").await;
}

#[tokio::test]
async fn one_address_may_try_so_often_and_what_it_says_about_itself_is_not_believed() {
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
