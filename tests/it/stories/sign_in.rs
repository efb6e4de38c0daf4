//! Signing in with a password and a second factor, or with a passkey.

use crate::soft_authenticator::SoftAuthenticator;
use crate::world::citizen::national_id;
use crate::world::{ISSUER, World, on_both_backends};
use panjereh::locale::Locale;
use serde_json::json;

on_both_backends! {
    a_citizen_signs_in_with_password_and_code,
    a_wrong_password_and_an_unknown_person_get_the_same_answer,
    a_password_alone_starts_no_session,
    a_recovery_code_stands_in_for_the_phone_and_works_once,
    a_recovery_code_is_its_owners_alone,
    a_recovery_code_is_accepted_as_a_line_of_its_file,
    a_passkey_of_another_site_or_without_its_user_is_refused,
    webauthn_7_1_a_passkey_registered_on_a_challenge_to_sign_in_is_plainly_refused,
    webauthn_7_2_a_sign_in_on_a_challenge_to_register_is_plainly_refused,
    a_challenge_answers_one_try,
    a_passkey_that_is_copied_from_device_to_device_says_so,
}

async fn a_citizen_signs_in_with_password_and_code(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let mut browser = world.browser();
    let asking = tax.ask("openid");
    browser.open(&asking.url()).await.must(200, "sign-in-title");
    browser.enter_password(&citizen).await.must(200, "otp-title");
    browser.enter_code(&citizen).await.must(200, "consent-title");
    let code = asking.code(browser.allow().await);
    let (_, claims) = tax.sign_in(&asking, &code).await;
    assert_eq!(claims["auth_time"], world.now().seconds());
    assert_eq!(claims["amr"], json!(["pwd", "sms", "otp", "mfa"]));
}

async fn a_wrong_password_and_an_unknown_person_get_the_same_answer(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let without_account = world.citizen().await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    browser.enter_credentials(citizen.national_id(), "wrong-password").await.must(422, "error-credentials-wrong");
    let known = browser.page.words();
    for id in [without_account.national_id(), national_id(888_888).as_str()] {
        browser.enter_credentials(id, "wrong-password").await;
        assert_eq!(browser.page.words(), known);
    }
    assert_eq!(world.messages().len(), 1, "the one from the registration");
}

async fn a_password_alone_starts_no_session(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let mut browser = world.browser();
    let asking = tax.ask("openid");
    browser.open(&asking.url()).await;
    browser.enter_password(&citizen).await;
    assert_eq!(browser.session(), None);
    // Neither the dispatcher nor a new start gets past the code.
    let interaction = browser.page.url.clone();
    browser.open(&interaction).await.must(200, "otp-title");
    browser.open(&tax.ask("openid").url()).await.must(200, "sign-in-title");
    world.messages();
}

async fn a_recovery_code_stands_in_for_the_phone_and_works_once(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    // As a person copies it from paper.
    let typed = citizen.recovery_codes[3].to_uppercase().replace('-', " ");
    let mut browser = world.browser();
    let asking = tax.ask("openid");
    browser.open(&asking.url()).await;
    browser.enter_password(&citizen).await;
    browser.enter_recovery_code("2222-2222-2222-2222").await.must(422, "error-recovery-code-wrong");
    world.messages();
    browser.enter_recovery_code(&typed).await.must(200, "recovery-used-title");
    assert!(browser.page.reads(&Locale::En.t_with("recovery-used-left", &[("left", 4)])), "{}", browser.page.words());
    // NIST SP 800-63B-4 §4.2: the owner is notified.
    let notice = world.messages().pop().unwrap();
    assert_eq!((notice.to.as_str(), notice.code), (citizen.mobile(), None));
    assert_eq!(notice.text, Locale::En.t("sms-recovery-code-used"));
    assert!(!notice.text.contains(citizen.national_id()) && !notice.text.contains(&citizen.recovery_codes[3]));
    let form = browser.page.form("/codes-kept");
    browser.submit(form).await.must(200, "consent-title");
    let (_, claims) = tax.sign_in(&asking, &asking.code(browser.allow().await)).await;
    assert_eq!(claims["amr"], json!(["pwd", "otp", "mfa"]));

    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    browser.enter_password(&citizen).await;
    browser.enter_recovery_code(&typed).await.must(422, "error-recovery-code-wrong");
    browser.enter_recovery_code(&citizen.recovery_codes[4]).await;
    assert!(browser.session().is_some(), "the others still work");
    world.messages();
}

async fn a_recovery_code_is_accepted_as_a_line_of_its_file(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    browser.enter_password(&citizen).await;
    let line = format!("۲. {}", citizen.recovery_codes[1].to_uppercase().replace('-', "\u{2011}"));
    browser.enter_recovery_code(&line).await.must(200, "recovery-used-title");
    world.messages();
}

async fn a_recovery_code_is_its_owners_alone(world: &World) {
    let tax = world.agency("tax").await;
    let (mine, theirs) = (world.registered(&tax).await, world.registered(&tax).await);
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    browser.enter_password(&theirs).await;
    browser.enter_recovery_code(&mine.recovery_codes[0]).await.must(422, "error-recovery-code-wrong");
    world.messages();
}

async fn a_passkey_of_another_site_or_without_its_user_is_refused(world: &World) {
    let tax = world.agency("tax").await;
    let mut citizen = world.citizen().await;
    let mut passkey = SoftAuthenticator::new("window.example", ISSUER);
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    browser.prove(&citizen).await;
    browser.enter_code(&citizen).await;
    browser.make_passkey(&mut citizen, &mut passkey).await;

    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    "https://window-example.evil.example".clone_into(&mut passkey.origin);
    browser.use_passkey(&passkey).await.must(422, "error-passkey-failed");
    ISSUER.clone_into(&mut passkey.origin);
    passkey.verifies_user = false;
    browser.use_passkey(&passkey).await.must(422, "error-passkey-failed");
    passkey.verifies_user = true;
    let stranger = SoftAuthenticator::new("window.example", ISSUER);
    browser.use_passkey(&stranger).await.must(422, "error-passkey-failed");
    assert_eq!(browser.session(), None);
    browser.use_passkey(&passkey).await.must(200, "consent-title");
}

async fn webauthn_7_1_a_passkey_registered_on_a_challenge_to_sign_in_is_plainly_refused(world: &World) {
    let tax = world.agency("tax").await;
    let mut citizen = world.citizen().await;
    let mut passkey = SoftAuthenticator::new("window.example", ISSUER);
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    let sign_in = format!("{}/options", browser.page.form("/passkey").action);
    browser.prove(&citizen).await;
    browser.enter_code(&citizen).await;
    let registration = browser.page.form("/passkey/new");
    let answer = passkey.create(&browser.fetch(&registration.action).await.json());
    // The sign-in page in another tab has taken the place of the challenge.
    assert_eq!(browser.fetch(&sign_in).await.status, 200);
    browser.submit(registration.fill("response", &answer)).await.must(422, "error-passkey-failed");
    // And any answer to that challenge, of either kind.
    for answer in [answer.as_str(), "{}", "[1]", "{\n}"] {
        browser.fetch(&sign_in).await;
        let form = browser.page.form("/passkey/new").fill("response", answer);
        browser.submit(form).await.must(422, "error-passkey-failed");
    }
    browser.make_passkey(&mut citizen, &mut passkey).await.must(200, "consent-title");
}

async fn webauthn_7_2_a_sign_in_on_a_challenge_to_register_is_plainly_refused(world: &World) {
    let tax = world.agency("tax").await;
    let mut citizen = world.citizen().await;
    let mut passkey = SoftAuthenticator::new("window.example", ISSUER);
    let mut first = world.browser();
    first.open(&tax.ask("openid").url()).await;
    first.prove(&citizen).await;
    first.enter_code(&citizen).await;
    first.make_passkey(&mut citizen, &mut passkey).await;
    // Another person registers; in the sign-in page that is still open in another tab the passkey answers that challenge.
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    let sign_in = browser.page.form("/passkey");
    let options = browser.fetch(&format!("{}/options", sign_in.action)).await.json();
    let answer = passkey.get(&options);
    let other = world.citizen().await;
    browser.prove(&other).await;
    browser.enter_code(&other).await;
    let registration = browser.page.form("/passkey/new").action;
    for answer in [answer.as_str(), "{}"] {
        assert_eq!(browser.fetch(&registration).await.status, 200);
        browser.submit(sign_in.clone().fill("response", answer)).await;
        assert!(browser.page.status().as_u16() < 500 && browser.session().is_none(), "{}", browser.page.html());
    }
}

async fn a_challenge_answers_one_try(world: &World) {
    let tax = world.agency("tax").await;
    let mut citizen = world.citizen().await;
    let mut passkey = SoftAuthenticator::new("window.example", ISSUER);
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    browser.prove(&citizen).await;
    browser.enter_code(&citizen).await;
    browser.make_passkey(&mut citizen, &mut passkey).await;

    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    let form = browser.page.form("/passkey");
    let options = browser.fetch(&format!("{}/options", form.action)).await.json();
    let answer = passkey.get(&options);
    let broken = form.clone().fill("response", &answer.replace("\"type\"", "\"kind\""));
    browser.submit(broken).await.must(422, "error-passkey-failed");
    // The same challenge, now answered correctly: it has been used up.
    browser.submit(form.fill("response", &answer)).await.must(422, "error-passkey-failed");
    browser.use_passkey(&passkey).await.must(200, "consent-title");
}

async fn a_passkey_that_is_copied_from_device_to_device_says_so(world: &World) {
    let tax = world.agency("tax").await;
    let mut citizen = world.citizen().await;
    let mut passkey = SoftAuthenticator::new("window.example", ISSUER);
    passkey.is_synced = true;
    let mut browser = world.browser();
    let asking = tax.ask("openid");
    browser.open(&asking.url()).await;
    browser.prove(&citizen).await;
    browser.enter_code(&citizen).await;
    browser.make_passkey(&mut citizen, &mut passkey).await;
    let (_, claims) = tax.sign_in(&asking, &asking.code(browser.allow().await)).await;
    assert_eq!(claims["amr"], json!(["swk", "user", "sms", "otp", "mfa"]));
    let mut browser = world.browser();
    let asking = tax.ask("openid");
    browser.open(&asking.url()).await;
    let (_, claims) = tax.sign_in(&asking, &asking.code(browser.use_passkey(&passkey).await)).await;
    assert_eq!((&claims["amr"], &claims["acr"]), (&json!(["swk", "user", "mfa"]), &json!("urn:panjereh:acr:substantial")));
}
