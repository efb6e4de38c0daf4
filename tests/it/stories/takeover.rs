//! An account that one person made in another person's name, with a number that the registry does not know, and the other person,
//! who proves more.

use crate::soft_authenticator::SoftAuthenticator;
use crate::world::agency::Agency;
use crate::world::browser::Browser;
use crate::world::citizen::Citizen;
use crate::world::tokens::Tokens;
use crate::world::{ISSUER, World, on_both_backends};
use panjereh::identity::account::{Account, AccountStatus};
use panjereh::identity::assurance::{Acr, EvidenceKind, IdentityAssurance};
use panjereh::identity::mobile::MobileNumber;
use panjereh::locale::Locale;
use panjereh::records::delivery::DeliveryKind;
use panjereh::records::event::EventKind;
use panjereh::records::evidence::Evidence;
use panjereh::registry::local::add_all;
use std::time::Duration;

on_both_backends! {
    a_person_who_proves_their_number_takes_over_an_account_made_without_that_proof,
    oidc_core_2_the_subject_of_an_account_that_was_taken_over_is_never_another_persons,
    nothing_that_the_old_holder_had_works_any_more,
    a_sign_in_of_the_old_holder_that_was_under_way_comes_to_nothing,
    a_passkey_takes_over_as_a_password_does,
    a_person_with_equal_or_weaker_proof_takes_over_nothing,
    of_two_who_take_over_at_once_one_does,
}

const THEIRS: &str = "+989125557001";
const IMPOSTOR_S: &str = "+989125557002";

/// A person whose number the registry does not know, and the account that an impostor made in their name, with what the impostor
/// holds of it.
struct Taken<'w> {
    citizen: Citizen,
    impostor: Citizen,
    browser: Browser<'w>,
    tokens: Tokens,
}

/// An agency that accepts the lowest level, where the impostor can sign in.
async fn low(world: &World) -> Agency<'_> {
    world.agency_with("tax", |client| client.min_acr = Acr::Low).await
}

async fn taken<'w>(world: &'w World, tax: &Agency<'_>) -> Taken<'w> {
    let citizen = world.citizen_with(|person| person.mobile = None).await;
    let mut impostor = citizen.clone();
    let mut browser = world.browser();
    let asking = tax.ask("openid offline_access");
    browser.open(&asking.url()).await;
    prove(&mut browser, &impostor, IMPOSTOR_S).await.page.must(200, "authenticator-title");
    assert!(!browser.page.says("takeover-title"));
    browser.choose_password(&mut impostor).await.must(200, "consent-title");
    browser.allow().await;
    let (tokens, claims) = tax.sign_in(&asking, &asking.code(&browser.page)).await;
    assert_eq!(claims["acr"], "urn:panjereh:acr:low");
    world.pass(Duration::from_mins(1));
    register_number(world, &citizen, Some(THEIRS)).await;
    Taken { citizen, impostor, browser, tokens }
}

async fn register_number(world: &World, citizen: &Citizen, number: Option<&str>) {
    let mut person = citizen.person.clone();
    person.mobile = number.map(|number| MobileNumber::parse(number).unwrap());
    add_all(&world.app.store, [person]).await.unwrap();
}

async fn prove<'b, 'w>(browser: &'b mut Browser<'w>, citizen: &Citizen, number: &str) -> &'b mut Browser<'w> {
    browser.prove_with(citizen.national_id(), &citizen.birth_date, number).await.must(200, "otp-title");
    let code = browser.world.last_code(number);
    browser.enter(&code).await;
    browser
}

async fn account(world: &World, citizen: &Citizen) -> Account {
    world.app.store.account_by_national_id(&citizen.person.national_id).await.unwrap().expect("an account")
}

async fn a_person_who_proves_their_number_takes_over_an_account_made_without_that_proof(world: &World) {
    let tax = low(world).await;
    let Taken { mut citizen, .. } = taken(world, &tax).await;
    let before = account(world, &citizen).await;
    assert_eq!((before.assurance, before.mobile.e164()), (IdentityAssurance::Low, IMPOSTOR_S));

    let mut browser = world.browser();
    let asking = tax.ask("openid");
    browser.open(&asking.url()).await;
    prove(&mut browser, &citizen, THEIRS).await.page.must(200, "takeover-title");
    assert!(browser.page.says("takeover-text") && browser.page.says("takeover-ends"));
    assert_eq!(account(world, &citizen).await, before, "nothing happens before they go on");
    "another-one-of-mine".clone_into(&mut citizen.password);
    browser.choose_password(&mut citizen).await.must(200, "consent-title");
    let (_, claims) = tax.sign_in(&asking, &asking.code(browser.allow().await)).await;
    assert_eq!(claims["acr"], "urn:panjereh:acr:substantial");

    let after = account(world, &citizen).await;
    assert_eq!((after.assurance, after.mobile.e164()), (IdentityAssurance::Substantial, THEIRS));
    let closed = world.app.store.account(before.id).await.unwrap().unwrap();
    assert!(after.id != before.id && closed.status == AccountStatus::Closed);
    for (id, kind) in [(before.id, EventKind::AccountTakenOver), (after.id, EventKind::AccountCreated)] {
        let events = world.app.store.events_of(id, 50).await.unwrap();
        assert_eq!(events.iter().filter(|event| event.kind == kind).count(), 1, "{kind:?}");
    }
    let kinds = |evidence: Vec<Evidence>| evidence.into_iter().map(|evidence| evidence.kind).collect::<Vec<_>>();
    assert_eq!(kinds(world.app.store.evidence_of(before.id).await.unwrap()), [EvidenceKind::RegistryMatch]);
    let own = kinds(world.app.store.evidence_of(after.id).await.unwrap());
    assert_eq!(own, [EvidenceKind::OwnedNumber, EvidenceKind::RegistryMatch]);
    let notice = world.messages().pop().unwrap();
    assert_eq!((notice.to.as_str(), notice.code, notice.text), (IMPOSTOR_S, None, Locale::En.t("sms-account-taken-over")));

    world.pass(Duration::from_secs(1));
    let mut later = world.browser();
    later.open(&tax.ask("openid").url()).await;
    later.enter_password(&citizen).await.must(200, "otp-title");
    let code = world.last_code(THEIRS);
    later.enter(&code).await;
    assert!(later.page.left_for.is_some(), "{}", later.page.words());
}

async fn oidc_core_2_the_subject_of_an_account_that_was_taken_over_is_never_another_persons(world: &World) {
    let told_uri = "http://127.0.0.1:9/logged-out";
    let tax = world
        .agency_with("tax", |client| {
            client.min_acr = Acr::Low;
            client.logout.backchannel = Some(told_uri.to_owned());
        })
        .await;
    let Taken { mut citizen, tokens, .. } = taken(world, &tax).await;
    let (_, old) = world.signed_claims(&tokens.id_token).await;
    assert_eq!(world.app.store.due_deliveries(DeliveryKind::LogoutToken, &[], world.now(), 10).await.unwrap().len(), 0);
    let mut browser = world.browser();
    let asking = tax.ask("openid");
    browser.open(&asking.url()).await;
    prove(&mut browser, &citizen, THEIRS).await;
    browser.choose_password(&mut citizen).await.must(200, "consent-title");
    let (_, new) = tax.sign_in(&asking, &asking.code(browser.allow().await)).await;
    assert_ne!(new["sub"], old["sub"]);
    // The agency is told that the sign-in of the old subject is over.
    let due = world.app.store.due_deliveries(DeliveryKind::LogoutToken, &[], world.now(), 10).await.unwrap();
    assert_eq!(due.len(), 1);
    world.messages();
}

async fn nothing_that_the_old_holder_had_works_any_more(world: &World) {
    let tax = low(world).await;
    let Taken { mut citizen, impostor, browser: mut old, tokens } = taken(world, &tax).await;
    assert_eq!(tax.userinfo(&tokens.access_token).await.status, 200);
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    prove(&mut browser, &citizen, THEIRS).await;
    "another-one-of-mine".clone_into(&mut citizen.password);
    browser.choose_password(&mut citizen).await.must(200, "consent-title");

    let silent = tax.ask("openid").with("prompt", "none");
    assert_eq!(silent.error(old.open(&silent.url()).await), "login_required");
    assert_eq!(tax.userinfo(&tokens.access_token).await.status, 401);
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh())];
    assert_eq!(tax.token(&refresh).await.error(), "invalid_grant");
    old.open(&tax.ask("openid").url()).await;
    old.enter_password(&impostor).await.must(422, "error-credentials-wrong");
    let account = account(world, &citizen).await;
    let left = world.app.store.authenticators(account.id).await.unwrap();
    assert_eq!((left.recovery_codes_left, left.passkeys.len()), (5, 0));
    // Not even a recovery code behind the new password.
    let mut thief = world.browser();
    thief.open(&tax.ask("openid").url()).await;
    thief.enter_password(&citizen).await.must(200, "otp-title");
    thief.enter_recovery_code(&impostor.recovery_codes[0]).await.must(422, "error-recovery-code-wrong");
    world.messages();
}

async fn a_sign_in_of_the_old_holder_that_was_under_way_comes_to_nothing(world: &World) {
    let tax = low(world).await;
    let Taken { mut citizen, impostor, .. } = taken(world, &tax).await;
    let mut under_way = world.browser();
    under_way.open(&tax.ask("openid").url()).await;
    under_way.enter_password(&impostor).await.must(200, "otp-title");
    let code = world.last_code(IMPOSTOR_S);
    world.pass(Duration::from_secs(1));
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    prove(&mut browser, &citizen, THEIRS).await;
    browser.choose_password(&mut citizen).await.must(200, "consent-title");
    under_way.enter(&code).await.must(422, "error-credentials-wrong");
    assert_eq!(under_way.session(), None);
    world.messages();
}

async fn a_passkey_takes_over_as_a_password_does(world: &World) {
    let tax = low(world).await;
    let Taken { mut citizen, impostor, .. } = taken(world, &tax).await;
    let mut passkey = SoftAuthenticator::new("window.example", ISSUER);
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    prove(&mut browser, &citizen, THEIRS).await;
    browser.make_passkey(&mut citizen, &mut passkey).await.must(200, "consent-title");
    world.pass(Duration::from_secs(1));
    let mut later = world.browser();
    later.open(&tax.ask("openid").url()).await;
    later.enter_password(&impostor).await.must(422, "error-credentials-wrong");
    let asking = tax.ask("openid");
    later.open(&asking.url()).await;
    later.use_passkey(&passkey).await.must(200, "consent-title");
    asking.code(later.allow().await);
    world.messages();
}

async fn a_person_with_equal_or_weaker_proof_takes_over_nothing(world: &World) {
    let tax = low(world).await;
    let Taken { mut citizen, .. } = taken(world, &tax).await;
    // Equal proof: two people whose numbers the registry does not know.
    register_number(world, &citizen, None).await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    prove(&mut browser, &citizen, THEIRS).await.page.must(409, "refusal-already-registered-title");
    register_number(world, &citizen, Some(THEIRS)).await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    prove(&mut browser, &citizen, THEIRS).await;
    browser.choose_password(&mut citizen).await.must(200, "consent-title");
    let held = account(world, &citizen).await;
    // Equal proof again, and weaker proof.
    for (registered, number) in [(Some(THEIRS), THEIRS), (None, IMPOSTOR_S)] {
        register_number(world, &citizen, registered).await;
        let mut browser = world.browser();
        browser.open(&tax.ask("openid").url()).await;
        prove(&mut browser, &citizen, number).await.page.must(409, "refusal-already-registered-title");
        assert_eq!(account(world, &citizen).await, held);
    }
}

async fn of_two_who_take_over_at_once_one_does(world: &World) {
    let tax = low(world).await;
    let Taken { citizen, .. } = taken(world, &tax).await;
    let mut both = Vec::new();
    for _ in 0..2 {
        let mut browser = world.browser();
        browser.open(&tax.ask("openid").url()).await;
        prove(&mut browser, &citizen, THEIRS).await.page.must(200, "takeover-title");
        both.push(browser);
    }
    let form = |browser: &Browser<'_>| browser.page.form("/authenticator").fill("password", &citizen.password);
    let [first, second] = [0, 1].map(|at| both[at].request_of(&form(&both[at])));
    let (first, second) = tokio::join!(world.send(first), world.send(second));
    let told = [&first, &second].map(|answer| answer.header("location").ends_with("/stopped"));
    assert!(told[0] != told[1], "one has the account, the other one is told so");
    let signed_in = [first, second].iter().filter(|answer| !answer.cookies().is_empty()).count();
    assert_eq!(signed_in, 1);
    world.messages();
}
