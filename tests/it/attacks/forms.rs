//! Forms that another site sends, and interactions of another browser: the form of each step is tried without its CSRF token.

use crate::soft_authenticator::SoftAuthenticator;
use crate::world::browser::{BINDING, Browser};
use crate::world::citizen::Citizen;
use crate::world::{ISSUER, World, on_both_backends};

on_both_backends! {
    no_form_of_a_step_is_accepted_without_its_csrf_token,
    the_csrf_token_of_another_interaction_is_rejected,
    an_interaction_works_in_its_own_browser_only,
    a_sign_out_page_ends_the_session_that_it_was_shown_to_and_no_other,
    an_address_that_is_no_interaction_is_refused,
}

/// Sends the page's form with a forged token, then without one, and asserts that nothing changed.
async fn forged(browser: &Browser<'_>, action: &str, fill: &[(&str, &str)]) {
    for forged in ["forged", "", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let mut twin = browser.clone();
        let form = twin.page.form(action).fill("csrf", forged);
        let form = fill.iter().fold(form, |form, (name, value)| form.fill(name, value));
        twin.submit(form).await.must(400, "refusal-bad-request-title");
        assert_eq!(twin.session(), browser.session(), "{action}");
    }
}

async fn no_form_of_a_step_is_accepted_without_its_csrf_token(world: &World) {
    let tax = world.agency("tax").await;
    let mut citizen = world.citizen().await;
    let mut browser = world.browser();
    let asking = tax.ask("openid");
    browser.open(&asking.url()).await;
    forged(&browser, "/sign-in", &[("national_id", citizen.national_id()), ("password", "wrong-password")]).await;
    forged(&browser, "/passkey", &[("response", "{}")]).await;
    forged(&browser, "/longer", &[]).await;
    browser.follow("/prove").await;
    let details = [("national_id", citizen.national_id()), ("birth_date", &citizen.birth_date), ("mobile", citizen.mobile())];
    forged(&browser, "/prove", &details).await;
    assert!(world.messages().is_empty(), "no message was sent");

    browser.prove(&citizen).await.must(200, "otp-title");
    let code = world.last_code(citizen.mobile());
    forged(&browser, "/code", &[("code", &code)]).await;
    forged(&browser, "/code/again", &[]).await;
    assert_eq!(world.messages().len(), 1);
    browser.enter(&code).await.must(200, "authenticator-title");
    forged(&browser, "/authenticator", &[("password", "chenar-baran-99")]).await;
    forged(&browser, "/passkey/new", &[("response", "{}")]).await;
    assert!(world.app.store.account_by_national_id(&citizen.person.national_id).await.unwrap().is_none());

    let form = browser.page.form("/authenticator").fill("password", &citizen.password);
    browser.submit(form).await.must(200, "recovery-codes-title");
    forged(&browser, "/codes-kept", &[]).await;
    browser.keep_codes(&mut citizen).await.must(200, "consent-title");
    forged(&browser, "/consent", &[]).await;
    asking.code(browser.allow().await);

    let mut again = world.browser();
    again.open(&tax.ask("openid").url()).await;
    again.enter_password(&citizen).await;
    again.follow("/recovery").await;
    forged(&again, "/recovery", &[("code", &citizen.recovery_codes[0])]).await;
    again.enter_recovery_code(&citizen.recovery_codes[0]).await;
    assert!(again.session().is_some(), "the code was not used up");
    again.open("/logout").await;
    forged(&again, "/logout/confirm", &[]).await;
    tax.silently(&mut again, "openid").await;
    world.messages();
}

async fn the_csrf_token_of_another_interaction_is_rejected(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    let first = browser.page.form("/sign-in");
    browser.open(&tax.ask("openid").url()).await;
    let second = browser.page.form("/sign-in");
    assert_ne!(first.action, second.action, "two tabs do not collide");
    let mixed = first.clone().fill("csrf", second.value("csrf")).fill("national_id", citizen.national_id());
    browser.submit(mixed.fill("password", &citizen.password)).await.must(400, "refusal-bad-request-title");
    // The first tab continues where it was.
    let form = first.fill("national_id", citizen.national_id()).fill("password", &citizen.password);
    browser.submit(form).await.must(200, "otp-title");
    world.messages();
}

/// An attacker who has everything of another browser's interaction except its cookie.
async fn looks_over_the_shoulder(world: &World, browser: &Browser<'_>, action: &str) {
    for cookie in [None, Some("guessed")] {
        let mut thief = world.browser();
        if let Some(cookie) = cookie {
            thief.cookies.insert(BINDING.to_owned(), cookie.to_owned());
        }
        thief.page = browser.page.clone();
        let interaction = browser.page.url.clone();
        thief.submit(browser.page.form(action)).await.must(410, "refusal-interaction-gone-title");
        thief.open(&interaction).await.must(410, "refusal-interaction-gone-title");
        assert_eq!(thief.session(), None);
    }
}

async fn an_interaction_works_in_its_own_browser_only(world: &World) {
    let tax = world.agency("tax").await;
    let mut citizen: Citizen = world.citizen().await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    looks_over_the_shoulder(world, &browser, "/sign-in").await;
    browser.prove(&citizen).await;
    looks_over_the_shoulder(world, &browser, "/code").await;
    browser.enter_code(&citizen).await;
    looks_over_the_shoulder(world, &browser, "/authenticator").await;
    let options = browser.page.form("/passkey/new").action;
    assert_eq!(world.get(&options).await.status, 410, "no challenge for strangers");
    browser.make_passkey(&mut citizen, &mut SoftAuthenticator::new("window.example", ISSUER)).await;
    looks_over_the_shoulder(world, &browser, "/consent").await;

    // A session of its own does not help the attacker: it cannot consent to the request of another person.
    let (_, mut other, _) = world.signed_in(&tax, "openid").await;
    let form = browser.page.form("/consent").press("consent-allow");
    other.submit(form).await.must(410, "refusal-interaction-gone-title");
}

async fn a_sign_out_page_ends_the_session_that_it_was_shown_to_and_no_other(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut attacker, _) = world.signed_in(&tax, "openid").await;
    let (_, mut victim, _) = world.signed_in(&tax, "openid").await;
    attacker.open("/logout").await;
    let form = attacker.page.form("/logout/confirm").press("logout-everywhere");
    victim.submit(form).await.must(400, "refusal-bad-request-title");
    tax.silently(&mut victim, "openid").await;
    tax.silently(&mut attacker, "openid").await;
    // The form expires.
    attacker.open("/logout").await;
    let form = attacker.page.form("/logout/confirm").press("logout-confirm");
    world.pass(std::time::Duration::from_mins(30));
    attacker.submit(form).await.must(400, "refusal-bad-request-title");
}

async fn an_address_that_is_no_interaction_is_refused(world: &World) {
    let mut browser = world.browser();
    browser.cookies.insert(BINDING.to_owned(), "x".to_owned());
    for id in ["0", "00000000000000000000000000", "..", "%00", "' OR 1=1 --", "ااااااا"] {
        let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
        browser.open(&format!("/interaction/{}", id.replace('+', "%20"))).await;
        assert!([404, 410].contains(&browser.page.status().as_u16()), "{id}: {}", browser.page.status());
    }
}
