//! Personal data stays where it belongs: not in a log line, not in a URL, not in what an agency did not ask for.

use crate::soft_authenticator::SoftAuthenticator;
use crate::world::citizen::Citizen;
use crate::world::log::CapturedLog;
use crate::world::{Backend, ISSUER, World};

/// Data that only the person, the registry and an agency that was allowed to may read.
fn private(citizen: &Citizen) -> Vec<String> {
    let person = &citizen.person;
    let latin = person.latin_name.as_ref().unwrap();
    let mut words = vec![
        citizen.national_id().to_owned(),
        citizen.mobile()[3..].to_owned(),
        citizen.password.clone(),
        citizen.birth_date.clone(),
        "1986-10-04".to_owned(),
        person.name.given.clone(),
        person.name.family.clone(),
        latin.given.clone(),
        latin.family.clone(),
        person.address.street.clone(),
        person.address.postal_code.clone(),
    ];
    words.extend(citizen.recovery_codes.clone());
    words
}

/// A whole story: proofing with its mistakes, registration, consent, tokens, a second sign-in with mistakes, refresh, signing
/// out.
async fn a_whole_story(world: &World) -> (Vec<String>, Vec<String>) {
    let tax = world.agency("tax").await;
    let mut citizen = world.citizen().await;
    let mut browser = world.browser();
    let scope = "openid profile phone address national_id offline_access";
    let asking = tax.ask(scope);
    browser.open(&asking.url()).await;
    let mobile = citizen.mobile().to_owned();
    browser.prove_with(citizen.national_id(), "1365/07/13", &mobile).await.must(422, "error-mismatch");
    browser.prove_with(citizen.national_id(), &citizen.birth_date, "+989125550000").await.must(422, "error-number-not-yours");
    browser.prove(&citizen).await;
    browser.enter("000000").await;
    browser.enter_code(&citizen).await;
    browser.choose_password(&mut citizen).await;
    let code = asking.code(browser.allow().await);
    let (tokens, _) = tax.sign_in(&asking, &code).await;
    tax.userinfo(&tokens.access_token).await;
    let refreshed = crate::world::tokens::Tokens::of(&tax.refresh(tokens.refresh()).await);
    tax.refresh(tokens.refresh()).await;
    tax.redeem(&asking, &code).await;

    let mut again = world.browser();
    again.open(&tax.ask(scope).url()).await;
    again.use_passkey(&SoftAuthenticator::new("window.example", ISSUER)).await.must(422, "error-passkey-failed");
    again.enter_credentials(citizen.national_id(), "mistyped-secret-9").await;
    again.enter_password(&citizen).await;
    again.enter_recovery_code(&citizen.recovery_codes[0]).await;
    let session = again.session().unwrap();
    let binding = again.cookies[crate::world::browser::BINDING].clone();
    again.open(&format!("/logout?id_token_hint={}", refreshed.id_token)).await;
    let form = again.page.form("/logout/confirm").press("logout-everywhere");
    again.submit(form).await;

    let mut secrets = private(&citizen);
    secrets.extend(world.messages().into_iter().filter_map(|message| message.code));
    secrets.extend(["mistyped-secret-9".to_owned(), session, binding, tax.secret.clone(), asking.verifier.clone()]);
    // Our own redirect puts the code into a URL of the agency, as the standard requires; our log never holds it.
    let mut only_for_the_log = vec![code];
    for token in [tokens, refreshed] {
        only_for_the_log.extend([token.access_token, token.id_token, token.refresh_token.unwrap()]);
    }
    let own = |url: &String| !url.contains("id_token_hint") && !url.starts_with("https://tax.example");
    let urls = browser.history.into_iter().chain(again.history).filter(own).collect::<Vec<_>>().join("\n");
    for secret in secrets.iter().chain(&only_for_the_log) {
        assert!(!urls.contains(secret.as_str()), "{secret} is in a URL");
    }
    secrets.extend(only_for_the_log);
    (secrets, vec![urls])
}

async fn is_silent_about_people(backend: Backend) {
    let Some(world) = World::new(backend).await else { return };
    let log = CapturedLog::begin();
    let (secrets, urls) = a_whole_story(&world).await;
    let text = log.text();
    assert!(text.contains("proofing rejected") && text.contains("answered"), "the story was logged");
    assert!(urls[0].contains("/interaction/"));
    let lines = |secret: &str| text.lines().find(|line| line.contains(secret)).map(str::to_owned);
    for secret in &secrets {
        assert_eq!(lines(secret), None, "{secret} is in the log");
    }
}

// One thread each, because the log is captured by thread.
#[tokio::test]
async fn no_log_line_and_no_url_holds_personal_data_or_a_secret_embedded() {
    is_silent_about_people(Backend::Embedded).await;
}

#[tokio::test]
async fn no_log_line_and_no_url_holds_personal_data_or_a_secret_servers() {
    is_silent_about_people(Backend::Servers).await;
}
