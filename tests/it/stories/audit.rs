//! The audit log says who did what, to whom and from where, and holds no other personal data.

use crate::world::citizen::Citizen;
use crate::world::tokens::Tokens;
use crate::world::{World, on_both_backends};
use panjereh::client::grant_type::{GrantType, TOKEN_EXCHANGE};
use panjereh::client::metadata::Client;
use panjereh::client::resource::ResourceUri;
use panjereh::client::words::TokenEndpointAuthMethod;
use panjereh::identity::assurance::AuthenticationMethod::{Password, SmsCode};
use panjereh::identity::id::AccountId;
use panjereh::oidc::token::exchange::ACCESS_TOKEN;
use panjereh::records::event::{Event, EventKind, What};
use panjereh::records::origin::{AddressPrefix, BrowserFamily, RequestOrigin};
use panjereh::records::principal::Principal;
use std::time::Duration;

on_both_backends! {
    what_a_citizen_does_names_their_account_and_the_network_and_family_of_their_browser,
    what_a_client_does_names_the_client_and_its_network,
    a_session_that_ends_because_another_citizen_signs_in_names_that_citizen_as_the_actor,
    a_failed_sign_in_names_no_account,
    what_concerns_tokens_names_their_grant_and_an_exchange_names_its_target,
    a_first_visit_leaves_each_step_of_proofing_in_the_log_without_naming_the_person,
    wrong_codes_of_a_minute_are_one_event_with_a_count_about_the_account,
    a_client_that_fails_is_named_if_it_is_registered_and_a_reached_limit_names_itself_and_the_network,
    whoever_is_told_about_a_person_is_in_the_log_with_the_grant,
    events_are_kept_as_long_as_the_settings_say_of_their_class,
}

async fn account_of(world: &World, citizen: &Citizen) -> AccountId {
    world.app.store.account_by_national_id(&citizen.person.national_id).await.unwrap().unwrap().id
}

/// The latest event of a kind.
async fn latest(world: &World, account: AccountId, kind: EventKind) -> Event {
    let events = world.app.store.events_of(account, 100).await.unwrap();
    events.into_iter().find(|event| event.kind == kind).unwrap_or_else(|| panic!("no {kind:?}"))
}

/// All events of a kind, with those that were counted until now.
async fn all(world: &World, kind: EventKind) -> Vec<Event> {
    world.pass(Duration::from_mins(1));
    super::jobs::turn(world).await.release(&world.app).await.unwrap();
    let events = world.app.store.events_after(0, 1_000).await.unwrap();
    events.into_iter().map(|placed| placed.event).filter(|event| event.kind == kind).collect()
}

/// The only event of a kind.
async fn one(world: &World, kind: EventKind) -> Event {
    let mut events = all(world, kind).await;
    assert_eq!(events.len(), 1, "{kind:?}: {events:?}");
    events.remove(0)
}

fn home() -> Option<AddressPrefix> {
    "192.0.2.0/24".parse().ok()
}

const fn firefox_at(network: Option<AddressPrefix>) -> RequestOrigin {
    RequestOrigin { network, browser: Some(BrowserFamily::Firefox) }
}

async fn what_a_citizen_does_names_their_account_and_the_network_and_family_of_their_browser(world: &World) {
    let tax = world.agency("tax").await;
    let (citizen, mut browser, _) = world.signed_in(&tax, "openid").await;
    let account = account_of(world, &citizen).await;
    browser.sign_out("logout-confirm").await.must(200, "logged-out-here");
    for kind in
        [EventKind::AccountCreated, EventKind::PasswordSet, EventKind::SignedIn, EventKind::ConsentGiven, EventKind::SignedOut]
    {
        let event = latest(world, account, kind).await;
        assert_eq!(event.actor, Principal::Citizen(Some(account)), "{kind:?}");
        assert_eq!(event.origin, firefox_at(home()), "{kind:?}");
    }
    let signed_in = latest(world, account, EventKind::SignedIn).await;
    assert_eq!(signed_in.what, Some(What::Methods(vec![Password, SmsCode])));

    world.pass(Duration::from_secs(1));
    let mut elsewhere = world.browser();
    elsewhere.address = "2001:db8:7:1::9".parse().unwrap();
    elsewhere.sign_in_at(&tax, &citizen, "openid").await;
    let origin = latest(world, account, EventKind::SignedIn).await.origin;
    assert_eq!(origin, firefox_at("2001:db8:7::/48".parse().ok()));
}

async fn what_a_client_does_names_the_client_and_its_network(world: &World) {
    let tax = world.agency("tax").await;
    let (citizen, _, tokens) = world.signed_in(&tax, "openid offline_access").await;
    let account = account_of(world, &citizen).await;
    assert_eq!(tax.refresh(tokens.refresh()).await.status, 200);
    tax.post("/revoke", &[("token", &tokens.access_token)]).await;
    let client = Principal::Client(tax.client.id.clone());
    for kind in [EventKind::TokensIssued, EventKind::TokensRefreshed, EventKind::TokenRevoked] {
        let event = latest(world, account, kind).await;
        assert_eq!((&event.actor, event.client.as_ref()), (&client, Some(&tax.client.id)), "{kind:?}");
    }
    for kind in [EventKind::TokensRefreshed, EventKind::TokenRevoked] {
        assert_eq!(latest(world, account, kind).await.origin, RequestOrigin { network: home(), browser: None }, "{kind:?}");
    }
    assert!(matches!(latest(world, account, EventKind::TokenRevoked).await.what, Some(What::Grant(_))));
}

async fn a_session_that_ends_because_another_citizen_signs_in_names_that_citizen_as_the_actor(world: &World) {
    let tax = world.agency("tax").await;
    let other = world.registered(&tax).await;
    let (citizen, mut browser, _) = world.signed_in(&tax, "openid").await;
    world.pass(Duration::from_secs(1));
    browser.open(&tax.ask("openid").with("prompt", "login").url()).await.must(200, "sign-in-title");
    browser.sign_in(&other).await;
    let ended = latest(world, account_of(world, &citizen).await, EventKind::SignedOut).await;
    assert_eq!(ended.actor, Principal::Citizen(Some(account_of(world, &other).await)));
    assert_eq!(ended.origin, firefox_at(home()));
}

async fn a_failed_sign_in_names_no_account(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    browser.enter_credentials(citizen.national_id(), "not the right password").await;
    let failed = one(world, EventKind::SignInFailed).await;
    assert_eq!((failed.actor, failed.account), (Principal::Citizen(None), None));
    assert_eq!((failed.client, failed.origin), (Some(tax.client.id.clone()), firefox_at(home())));
}

async fn what_concerns_tokens_names_their_grant_and_an_exchange_names_its_target(world: &World) {
    const HEALTH: &str = "https://api.health.example";
    let resource = || ResourceUri::parse(HEALTH);
    let health = world.agency_with("health", |client: &mut Client| client.token_policy.resource_identifier = resource()).await;
    let calls = |client: &mut Client| {
        client.grant_types.push(GrantType::TokenExchange);
        client.token_policy.resources.extend(resource());
    };
    let tax = world.agency_with("tax", calls).await;
    let (citizen, mut browser, tokens) = world.signed_in(&tax, "openid offline_access").await;
    let app = world.agency_with("app", |client: &mut Client| client.auth_method = TokenEndpointAuthMethod::None).await;
    let account = account_of(world, &citizen).await;
    let form = [("grant_type", TOKEN_EXCHANGE), ("subject_token", &*tokens.access_token), ("subject_token_type", ACCESS_TOKEN)];
    Tokens::of(&tax.token(&[&form[..], &[("resource", HEALTH)]].concat()).await);
    let exchanged = latest(world, account, EventKind::TokenExchanged).await;
    assert_eq!(exchanged.what, Some(What::Target(health.client.id.clone())));

    let issued = latest(world, account, EventKind::TokensIssued).await.what;
    assert!(matches!(issued, Some(What::Grant(_))), "{issued:?}");
    assert_eq!(tax.refresh(tokens.refresh()).await.status, 200);
    assert_eq!(latest(world, account, EventKind::TokensRefreshed).await.what, issued);
    world.pass(Duration::from_secs(1));
    let asking = app.ask("openid offline_access");
    browser.open(&asking.url()).await;
    let code = asking.code(browser.allow().await);
    let (public, _) = app.sign_in(&asking, &code).await;
    let granted = latest(world, account, EventKind::TokensIssued).await.what;
    assert_eq!(app.refresh(public.refresh()).await.status, 200);
    world.pass(Duration::from_mins(5));
    assert_eq!(app.refresh(public.refresh()).await.error(), "invalid_grant");
    assert_eq!(latest(world, account, EventKind::RefreshTokenReplayed).await.what, granted);

    let asking = tax.ask("openid");
    let code = asking.code(browser.open(&asking.url()).await);
    tax.redeem(&asking, &code).await;
    let issued = latest(world, account, EventKind::TokensIssued).await.what;
    assert_eq!(tax.redeem(&asking, &code).await.error(), "invalid_grant");
    assert_eq!(latest(world, account, EventKind::CodeReplayed).await.what, issued);
}

async fn a_first_visit_leaves_each_step_of_proofing_in_the_log_without_naming_the_person(world: &World) {
    let tax = world.agency("tax").await;
    world.signed_in(&tax, "openid profile").await;
    let reasons = |events: Vec<Event>| {
        let mut reasons: Vec<_> = events.into_iter().map(|event| event.reason.unwrap_or_default().into_owned()).collect();
        reasons.sort_unstable();
        reasons
    };
    let asked = all(world, EventKind::RegistryAsked).await;
    assert_eq!(asked.iter().map(|event| (&event.actor, event.account)).collect::<Vec<_>>(), [(&Principal::Citizen(None), None)]);
    assert_eq!((asked[0].client.as_ref(), asked[0].origin), (Some(&tax.client.id), firefox_at(home())));
    assert_eq!(reasons(asked), ["match"]);
    assert_eq!(reasons(all(world, EventKind::ProofingPassed).await), ["substantial"]);
    assert_eq!(reasons(all(world, EventKind::MessageSent).await), ["verify"]);
    let shown = one(world, EventKind::DataShown).await;
    assert!(shown.account.is_some() && shown.client == Some(tax.client.id.clone()));

    let stranger = world.citizen().await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    browser.prove_with(stranger.national_id(), "1350/01/01", stranger.mobile()).await;
    let failed = one(world, EventKind::ProofingFailed).await;
    assert_eq!((failed.actor, failed.account, failed.reason.as_deref()), (Principal::Citizen(None), None, Some("mismatch")));
}

async fn wrong_codes_of_a_minute_are_one_event_with_a_count_about_the_account(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let account = account_of(world, &citizen).await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    browser.enter_password(&citizen).await;
    let right = world.last_code(citizen.mobile());
    let wrong = if right == "000000" { "000001" } else { "000000" };
    for _ in 0..3 {
        browser.enter(wrong).await;
    }
    let event = one(world, EventKind::CodeWrong).await;
    assert_eq!((event.account, event.times, event.reason.as_deref()), (Some(account), 3, Some("wrong_digits")));
    assert_eq!((event.actor, event.origin), (Principal::Citizen(None), firefox_at(home())));
}

async fn a_client_that_fails_is_named_if_it_is_registered_and_a_reached_limit_names_itself_and_the_network(world: &World) {
    let tax = world.agency("tax").await;
    let id = tax.client.id.as_str();
    let from_home = RequestOrigin { network: home(), browser: None };
    for client in [id, "nobody", "nobody-else"] {
        let form = format!("grant_type=client_credentials&client_id={client}&client_secret=wrong");
        assert_eq!(world.post("/token", &form).await.status, 401);
    }
    let mut failed: Vec<_> = all(world, EventKind::ClientFailed).await;
    failed.sort_by_key(|event| event.times);
    let found: Vec<_> =
        failed.iter().map(|event| (event.client.as_ref(), event.reason.as_deref(), event.times, event.origin)).collect();
    let registered = (Some(&tax.client.id), Some("wrong_secret"), 1, from_home);
    assert_eq!(found, [registered, (None, Some("unknown_client"), 2, from_home)]);

    for _ in 0..101 {
        world.post("/token", "grant_type=client_credentials&client_id=nobody&client_secret=wrong").await;
    }
    let limits = all(world, EventKind::LimitReached).await;
    let limit = limits.iter().find(|event| event.reason.as_deref() == Some("unknown_clients")).expect("it is written down");
    assert_eq!(limit.origin, from_home);
}

async fn whoever_is_told_about_a_person_is_in_the_log_with_the_grant(world: &World) {
    let tax = world.agency("tax").await;
    let (citizen, _, tokens) = world.signed_in(&tax, "openid profile").await;
    let account = account_of(world, &citizen).await;
    let grant = latest(world, account, EventKind::TokensIssued).await.what;
    for _ in 0..2 {
        assert_eq!(tax.userinfo(&tokens.access_token).await.status, 200);
    }
    assert_eq!(tax.post("/introspect", &[("token", &*tokens.access_token)]).await.json()["active"], true);
    assert_eq!(tax.post("/introspect", &[("token", "no token")]).await.json()["active"], false);
    for (kind, times) in [(EventKind::ClaimsReleased, 2), (EventKind::TokenIntrospected, 1)] {
        let event = one(world, kind).await;
        assert_eq!((event.account, &event.what, event.times), (Some(account), &grant, times), "{kind:?}");
        assert_eq!(event.actor, Principal::Client(tax.client.id.clone()), "{kind:?}");
    }
}

async fn events_are_kept_as_long_as_the_settings_say_of_their_class(world: &World) {
    let tax = world.agency("tax").await;
    let (citizen, ..) = world.signed_in(&tax, "openid").await;
    let account = account_of(world, &citizen).await;
    let kept = world.app.settings.events.clone();
    assert!(kept.keep_attempts < kept.keep_use && kept.keep_use < kept.keep_identity);
    assert_eq!(all(world, EventKind::RegistryAsked).await.len(), 1);
    for (after, left) in [
        (kept.keep_attempts, [0, 1, 1]),
        (kept.keep_use.saturating_sub(kept.keep_attempts), [0, 0, 1]),
        (kept.keep_identity.saturating_sub(kept.keep_use), [0, 0, 0]),
    ] {
        world.pass(after);
        let kinds = [EventKind::RegistryAsked, EventKind::SignedIn, EventKind::AccountCreated];
        let mut found = [0; 3];
        for (kind, found) in kinds.into_iter().zip(&mut found) {
            *found = all(world, kind).await.len();
        }
        assert_eq!(found, left);
    }
    assert!(world.app.store.account(account).await.unwrap().is_some());
}
