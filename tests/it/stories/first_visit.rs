//! Somebody who was never here before: proofing, a first authenticator, recovery codes, consent; then single sign-on.

use crate::world::{World, on_both_backends};
use panjereh::identity::event::EventKind;

on_both_backends! {
    a_citizen_comes_for_the_first_time_and_arrives_signed_in,
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
    assert_eq!(citizen.recovery_codes.len(), 10);
    let code = asking.code(browser.allow().await);

    let (tokens, claims) = tax.sign_in(&asking, &code).await;
    assert_eq!(claims["acr"], "urn:panjereh:acr:substantial");
    assert_eq!(claims["amr"], serde_json::json!(["pwd", "sms", "otp", "mfa"]));
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
