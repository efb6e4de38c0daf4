//! A resource asks for a stronger or fresher sign-in, and the person gives it (RFC 9470).

use crate::soft_authenticator::SoftAuthenticator;
use crate::world::agency::Agency;
use crate::world::browser::Browser;
use crate::world::dpop::Prover;
use crate::world::tokens::Tokens;
use crate::world::{Answer, ISSUER, World, on_both_backends};
use panjereh::client::metadata::Client;
use panjereh::client::resource::ResourceUri;
use panjereh::client::step_up::StepUp;
use panjereh::identity::assurance::{Acr, AuthenticationMethod};
use panjereh::records::session::Session;
use panjereh::secret::TokenHash;
use std::time::Duration;

on_both_backends! {
    rfc9470_4_a_resource_refuses_the_client_asks_for_more_and_the_new_token_passes,
    rfc9470_3_the_challenge_of_a_bound_token_is_of_its_scheme,
    rfc9470_4_a_weak_session_is_raised_by_a_code_or_a_passkey_and_gets_a_new_cookie,
    rfc9470_5_a_level_that_is_not_met_is_an_error_where_a_resource_may_have_demanded_it,
    rfc9470_6_access_tokens_and_introspection_say_how_and_when_the_person_signed_in,
    a_step_up_asks_for_the_password_and_not_for_the_national_id_again,
    another_person_cannot_replace_the_person_who_was_to_step_up,
    another_person_cannot_replace_them_by_signing_in_on_other_pages_or_later,
    another_person_signs_the_first_one_out_before_signing_in,
}

const SUBSTANTIAL: &str = "urn:panjereh:acr:substantial";
const HEALTH: &str = "https://api.health.example";

/// UserInfo requires this of the client's tokens.
fn demanding(acr: Acr, max_age: Option<u32>) -> impl FnOnce(&mut Client) {
    move |client| {
        // The weak sessions of these tests come from agencies that accept them.
        client.min_acr = Acr::Low;
        client.token_policy.userinfo = StepUp { acr: Some(acr), max_age };
    }
}

/// The browser's session becomes one that a password alone began.
async fn weaken(browser: &Browser<'_>) {
    let (world, key) = (browser.world, TokenHash::of(&browser.session().unwrap()));
    let session = world.app.transient.session(&key, world.now()).await.unwrap().unwrap();
    let weak = Session { methods: vec![AuthenticationMethod::Password], ..Session::clone(&session) };
    let tx = world.app.transient.put_session(&world.app.store, &key, &weak, world.now()).await.unwrap();
    tx.save().await.unwrap();
}

async fn silent_tokens(agency: &Agency<'_>, browser: &mut Browser<'_>) -> Tokens {
    let (asking, code) = agency.silently(browser, "openid").await;
    agency.sign_in(&asking, &code).await.0
}

/// A parameter of a challenge.
fn param<'a>(challenge: &'a str, name: &str) -> &'a str {
    challenge.split_once(&format!(r#", {name}=""#)).map_or("", |(_, rest)| rest.split('"').next().unwrap())
}

#[track_caller]
fn challenge(answer: &Answer) -> &str {
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (401, "insufficient_user_authentication"));
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.header("www-authenticate")
}

async fn rfc9470_4_a_resource_refuses_the_client_asks_for_more_and_the_new_token_passes(world: &World) {
    let tax = world.agency_with("tax", demanding(Acr::Substantial, Some(120))).await;
    let (citizen, mut browser, tokens) = world.signed_in(&tax, "openid").await;
    assert_eq!(tax.userinfo(&tokens.access_token).await.status, 200);
    let sid = tax.verified(&tokens).await["sid"].clone();
    weaken(&browser).await;
    let weak = silent_tokens(&tax, &mut browser).await;

    // Section 3: the resource says what it requires, in full.
    let answer = tax.userinfo(&weak.access_token).await;
    let told = "a stronger or fresher sign-in is needed: send the person to sign in with these acr_values and max_age";
    let expected = format!(
        r#"Bearer realm="{ISSUER}", error="insufficient_user_authentication", error_description="{told}", acr_values="{SUBSTANTIAL} urn:panjereh:acr:high", max_age="120""#
    );
    assert_eq!(challenge(&answer), expected);

    // Section 4: the client passes it on, and the person signs in once more.
    let asked = |challenge: &str| {
        tax.ask("openid").with("acr_values", param(challenge, "acr_values")).with("max_age", param(challenge, "max_age"))
    };
    world.pass(Duration::from_secs(10));
    let asking = asked(&expected);
    browser.open(&asking.url()).await.must(200, "sign-in-title");
    let code = asking.code(browser.sign_in(&citizen).await);
    let (strong, claims) = tax.sign_in(&asking, &code).await;
    assert_eq!((&claims["acr"], &claims["sid"]), (&SUBSTANTIAL.into(), &sid));
    assert_eq!(claims["auth_time"], world.now().seconds());
    assert_eq!(tax.userinfo(&strong.access_token).await.status, 200);

    // Later the sign-in is as strong as before and too old.
    world.pass(Duration::from_secs(121));
    let answer = tax.userinfo(&strong.access_token).await;
    let asking = asked(challenge(&answer));
    browser.open(&asking.url()).await.must(200, "sign-in-title");
    let code = asking.code(browser.sign_in(&citizen).await);
    let (fresh, _) = tax.sign_in(&asking, &code).await;
    assert_eq!(tax.userinfo(&fresh.access_token).await.status, 200);
    // A requirement that is met already is answered without a page.
    let asking = asked(challenge(&answer));
    asking.code(browser.open(&asking.url()).await);
}

async fn rfc9470_3_the_challenge_of_a_bound_token_is_of_its_scheme(world: &World) {
    let (tax, key) = (world.agency_with("tax", demanding(Acr::High, None)).await, Prover::new());
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let (asking, code) = tax.silently(&mut browser, "openid").await;
    let form = crate::world::agency::code_form(&asking, &code);
    let token = Tokens::of(&tax.token_with(&form, &key.for_token(world)).await).access_token;
    let proof = key.sign(&Prover::claims_for(&token, world));
    let answer = tax.userinfo_with("DPoP", &token, &[&proof]).await;
    let challenge = challenge(&answer);
    assert!(challenge.starts_with(&format!(r#"DPoP realm="{ISSUER}", error="insufficient_user_authentication""#)), "{challenge}");
    assert_eq!((param(challenge, "acr_values"), param(challenge, "max_age")), ("urn:panjereh:acr:high", ""));
    assert_eq!(param(challenge, "algs"), "ES256 PS256 EdDSA");
    // A client without a right to the token learns of no other error.
    assert_eq!(tax.userinfo(&token).await.error(), "invalid_token");
}

async fn rfc9470_4_a_weak_session_is_raised_by_a_code_or_a_passkey_and_gets_a_new_cookie(world: &World) {
    let tax = world.agency_with("tax", |client| client.min_acr = Acr::Low).await;
    let mut citizen = world.citizen().await;
    let (mut browser, mut passkey) = (world.browser(), SoftAuthenticator::new("window.example", ISSUER));
    browser.open(&tax.ask("openid").url()).await;
    browser.prove(&citizen).await;
    browser.enter_code(&citizen).await;
    browser.make_passkey(&mut citizen, &mut passkey).await;
    browser.allow().await;
    let (by_password, mut other, _) = world.signed_in(&tax, "openid").await;

    for (browser, raise_by_passkey) in [(&mut browser, true), (&mut other, false)] {
        world.pass(Duration::from_secs(1));
        weaken(browser).await;
        let weak_cookie = browser.session().unwrap();
        let weak = silent_tokens(&tax, browser).await;
        let before = tax.verified(&weak).await;
        assert_eq!(before["acr"], "urn:panjereh:acr:low");
        let asking = tax.ask("openid").with("acr_values", SUBSTANTIAL);
        browser.open(&asking.url()).await.must(200, "sign-in-title");
        if raise_by_passkey {
            browser.use_passkey(&passkey).await;
        } else {
            browser.sign_in(&by_password).await;
        }
        let (_, after) = tax.sign_in(&asking, &asking.code(&browser.page)).await;
        assert_eq!((&after["acr"], &after["sub"], &after["sid"]), (&SUBSTANTIAL.into(), &before["sub"], &before["sid"]));
        assert_ne!(browser.session().unwrap(), weak_cookie, "a cookie that was seen before is worth nothing now");
        let mut old = world.browser();
        old.cookies.insert(crate::world::browser::SESSION.to_owned(), weak_cookie);
        let silent = tax.ask("openid").with("prompt", "none");
        assert_eq!(silent.error(old.open(&silent.url()).await), "login_required");
        // The session itself was raised: the next request is answered at once.
        let asking = tax.ask("openid").with("acr_values", SUBSTANTIAL).with("prompt", "none");
        asking.code(browser.open(&asking.url()).await);
    }
}

async fn rfc9470_5_a_level_that_is_not_met_is_an_error_where_a_resource_may_have_demanded_it(world: &World) {
    let plain = world.agency("plain").await;
    let tax = world.agency_with("tax", demanding(Acr::High, None)).await;
    let health = world
        .agency_with("health", |client| client.token_policy.resources = ResourceUri::parse(HEALTH).into_iter().collect())
        .await;
    let (citizen, mut browser, _) = world.signed_in(&plain, "openid").await;
    let high = "urn:panjereh:acr:high";
    let requests = [
        (tax.ask("openid").with("acr_values", high), "unmet_authentication_requirements"),
        (health.ask("openid").with("acr_values", high).with("resource", HEALTH), "unmet_authentication_requirements"),
    ];
    for (asking, error) in requests {
        browser.open(&asking.url()).await.must(200, "sign-in-title");
        assert_eq!(asking.error(browser.sign_in(&citizen).await), error);
        let unknown = asking.with("acr_values", "urn:example:gold");
        assert_eq!(
            unknown.error(browser.open(&unknown.url()).await),
            error,
            "no person is asked for a level that cannot be reached"
        );
    }
    // One of several is enough, and for a sign-in alone a level is voluntary (OpenID Connect Core 3.1.2.1).
    let either = health.ask("openid").with("acr_values", &format!("{high} {SUBSTANTIAL}")).with("resource", HEALTH);
    browser.open(&either.url()).await.must(200, "consent-title");
    let (_, claims) = health.sign_in(&either, &either.code(browser.allow().await)).await;
    assert_eq!(claims["acr"], SUBSTANTIAL);
    let wish = plain.ask("openid").with("acr_values", high);
    browser.open(&wish.url()).await.must(200, "sign-in-title");
    wish.code(browser.sign_in(&citizen).await);
}

async fn rfc9470_6_access_tokens_and_introspection_say_how_and_when_the_person_signed_in(world: &World) {
    let tax = world.agency("tax").await;
    let (_, _, tokens) = world.signed_in(&tax, "openid offline_access").await;
    let signed_in_at = world.now().seconds();
    world.pass(Duration::from_mins(10));
    let later = Tokens::of(&tax.refresh(tokens.refresh()).await);
    for token in [&tokens.access_token, &later.access_token] {
        let (_, claims) = world.signed_claims(token).await;
        assert_eq!((&claims["acr"], &claims["auth_time"]), (&SUBSTANTIAL.into(), &signed_in_at.into()), "section 6.1");
    }
    for token in [&later.access_token, later.refresh()] {
        let told = tax.post("/introspect", &[("token", token)]).await.json();
        assert_eq!((&told["acr"], &told["auth_time"]), (&SUBSTANTIAL.into(), &signed_in_at.into()), "section 6.2");
    }
}

async fn a_step_up_asks_for_the_password_and_not_for_the_national_id_again(world: &World) {
    let tax = world.agency("tax").await;
    let (me, mut browser, _) = world.signed_in(&tax, "openid").await;
    world.pass(Duration::from_secs(61));
    let asking = tax.ask("openid").with("max_age", "60");
    browser.open(&asking.url()).await.must(200, "sign-in-title");
    let form = browser.page.form("/sign-in");
    assert!(!form.has("national_id"), "WCAG 2.2 §3.3.7");
    assert!(!browser.page.html().contains(me.national_id()), "the page does not hold what it does not ask for");
    browser.submit(form.fill("password", "not-the-password")).await.must(422, "error-password-wrong");
    let form = browser.page.form("/sign-in").fill("password", &me.password);
    browser.submit(form).await.must(200, "otp-title");
    asking.code(browser.enter_code(&me).await);
    world.pass(Duration::from_secs(1));
    // Any person may answer `prompt=login`: there the national ID says which one.
    let asking = tax.ask("openid").with("prompt", "login");
    browser.open(&asking.url()).await.must(200, "sign-in-title");
    assert!(browser.page.form("/sign-in").has("national_id"));
}

async fn another_person_cannot_replace_the_person_who_was_to_step_up(world: &World) {
    let tax = world.agency("tax").await;
    let (me, mut browser, _) = world.signed_in(&tax, "openid").await;
    let (mut other, mut passkey) = (world.citizen().await, SoftAuthenticator::new("window.example", ISSUER));
    let mut elsewhere = world.browser();
    elsewhere.open(&tax.ask("openid").url()).await;
    elsewhere.prove(&other).await;
    elsewhere.enter_code(&other).await;
    elsewhere.make_passkey(&mut other, &mut passkey).await;
    world.pass(Duration::from_secs(61));
    let asking = tax.ask("openid").with("max_age", "60");
    browser.open(&asking.url()).await.must(200, "sign-in-title");
    assert!(browser.page.reads(&me.person.latin_name.as_ref().unwrap().family), "the page says who is meant");
    // The page has no field for another person's national ID, and one that is sent in spite of that does not count.
    let third = world.registered(&tax).await;
    let form = browser.page.form("/sign-in").with("national_id", third.national_id()).fill("password", &third.password);
    browser.submit(form).await.must(422, "error-password-wrong");
    let answer = asking.answer(browser.use_passkey(&passkey).await);
    assert_eq!((answer.get("error"), answer.get("code")), ("login_required", ""));
    assert_eq!(answer.get("error_description"), "the person who signed in is not the one that the request is about");

    // From then on the other person is signed in here, for requests of their own.
    let asking = tax.ask("openid").with("max_age", "60");
    browser.open(&asking.url()).await.must(200, "consent-title");
    asking.code(browser.allow().await);
    // A new account is another person as well.
    world.pass(Duration::from_secs(61));
    let mut third = world.citizen().await;
    let asking = tax.ask("openid").with("max_age", "60");
    browser.open(&asking.url()).await.must(200, "sign-in-title");
    assert!(!browser.page.says("ways-new"), "a signed-in person has an account");
    let prove = format!("{}/prove", browser.page.url);
    browser.open(&prove).await;
    assert_eq!(asking.error(browser.register(&mut third).await), "login_required");
    // prompt=login accepts any person, as before.
    world.pass(Duration::from_secs(1));
    let asking = tax.ask("openid").with("prompt", "login");
    browser.open(&asking.url()).await.must(200, "sign-in-title");
    assert!(!browser.page.reads(&third.person.latin_name.as_ref().unwrap().family));
    asking.code(browser.sign_in(&me).await);
}

async fn another_person_cannot_replace_them_by_signing_in_on_other_pages_or_later(world: &World) {
    let tax = world.agency("tax").await;
    let (other, _, _) = world.signed_in(&tax, "openid").await;
    let (me, mut browser, _) = world.signed_in(&tax, "openid").await;
    world.pass(Duration::from_secs(61));
    // In another tab.
    let asking = tax.ask("openid").with("max_age", "60");
    browser.open(&asking.url()).await.must(200, "sign-in-title");
    let interaction = browser.page.url.clone();
    let login = tax.ask("openid").with("prompt", "login");
    browser.open(&login.url()).await;
    login.code(browser.sign_in(&other).await);
    assert_eq!(asking.error(browser.open(&interaction).await), "login_required");

    // On these pages, after the right person has signed in and before they decided.
    world.pass(Duration::from_secs(61));
    let asking = tax.ask("openid phone").with("max_age", "60");
    browser.open(&asking.url()).await.must(200, "sign-in-title");
    let first_page = browser.page.clone();
    browser.sign_in(&other).await.must(200, "consent-title");
    let form = first_page.form("/sign-in").with("national_id", me.national_id()).fill("password", &me.password);
    browser.submit(form).await;
    if browser.page.says("otp-title") {
        browser.enter_code(&me).await;
    }
    assert_eq!(asking.error(&browser.page), "login_required");
}

async fn another_person_signs_the_first_one_out_before_signing_in(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let other = world.registered(&tax).await;
    world.pass(Duration::from_secs(61));
    let asking = tax.ask("openid").with("max_age", "60");
    browser.open(&asking.url()).await.must(200, "sign-in-title");
    let interaction = browser.page.url.clone();
    browser.follow("/logout").await.must(200, "logout-title");
    let form = browser.page.form("/logout/confirm").press("logout-confirm");
    browser.submit(form).await;
    browser.open(&interaction).await.must(200, "sign-in-title");
    browser.sign_in(&other).await;
    asking.code(browser.allow().await);
}
