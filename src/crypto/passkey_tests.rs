//! Ceremonies against a software authenticator.

use super::super::soft_authenticator::SoftAuthenticator;
use super::*;

const SOMEBODY: AccountId = AccountId::from_bytes([1; 16]);

fn passkeys(rp_id: &str, origin: &str) -> Passkeys {
    Passkeys::new(rp_id, &Url::parse(origin).unwrap(), "Panjereh").unwrap()
}

fn ours() -> Passkeys {
    passkeys("example.gov", "https://example.gov")
}

fn device() -> SoftAuthenticator {
    SoftAuthenticator::new("example.gov", "https://example.gov")
}

fn register(passkeys: &Passkeys, device: &mut SoftAuthenticator) -> Result<NewPasskey, PasskeyError> {
    let (options, state) = passkeys.start_registration(SOMEBODY, "0012345679", "آزمون", &[])?;
    passkeys.finish_registration(&device.create(&options), &state)
}

fn sign_in(passkeys: &Passkeys, device: &SoftAuthenticator, made: &NewPasskey) -> Result<Used, PasskeyError> {
    let (options, state) = passkeys.start_authentication()?;
    passkeys.finish_authentication(&device.get(&options), &state, &made.credential)
}

#[test]
fn a_passkey_is_made_and_signs_in_without_a_name() {
    let (passkeys, mut device) = (ours(), device());
    let made = register(&passkeys, &mut device).unwrap();
    assert_eq!(made.credential_id, device.credential_id);

    let (options, state) = passkeys.start_authentication().unwrap();
    let response = device.get(&options);
    assert_eq!(passkeys.read_response(&response), Ok((Some(SOMEBODY), device.credential_id.clone())));
    assert_eq!(
        passkeys.finish_authentication(&response, &state, &made.credential),
        Ok(Used { credential: None, method: AuthenticationMethod::Passkey })
    );
}

#[test]
fn a_passkey_that_may_leave_its_device_is_told_from_one_that_stays() {
    let (passkeys, mut synced) = (ours(), device());
    synced.is_synced = true;
    let made = register(&passkeys, &mut synced).unwrap();
    assert_eq!(made.method, AuthenticationMethod::SyncedPasskey);
    assert_eq!(sign_in(&passkeys, &synced, &made).unwrap().method, AuthenticationMethod::SyncedPasskey);
    let mut stays = device();
    let made = register(&passkeys, &mut stays).unwrap();
    assert_eq!(made.method, AuthenticationMethod::Passkey);
    assert_eq!(sign_in(&passkeys, &stays, &made).unwrap().method, AuthenticationMethod::Passkey);
}

#[test]
fn what_the_browser_is_asked_for_is_discoverable_and_verifies_the_user() {
    let existing = vec![1, 2, 3];
    let (creation, _) = ours().start_registration(SOMEBODY, "0012345679", "آزمون", &[existing]).unwrap();
    let creation = &creation["publicKey"];
    assert_eq!(creation["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(creation["authenticatorSelection"]["requireResidentKey"], true);
    assert_eq!(creation["authenticatorSelection"]["userVerification"], "required");
    assert_eq!(creation["excludeCredentials"][0]["id"], "AQID");
    assert_eq!((&creation["rp"]["id"], &creation["rp"]["name"]), (&json!("example.gov"), &json!("Panjereh")));
    assert_eq!(creation["attestation"], "none");

    let (request, _) = ours().start_authentication().unwrap();
    assert_eq!(request["publicKey"]["userVerification"], "required");
    assert_eq!(request["publicKey"]["rpId"], "example.gov");
    assert_eq!(request["publicKey"]["allowCredentials"], json!([]));
    assert_eq!(request.as_object().unwrap().len(), 1);
}

#[test]
fn an_origin_that_only_looks_like_ours_is_refused_when_making_and_when_using() {
    let (passkeys, mut good) = (ours(), device());
    let made = register(&passkeys, &mut good).unwrap();
    for origin in [
        "https://evil-example.gov",
        "https://evilexample.gov",
        "https://example.gov.evil.example",
        "https://login.example.gov",
        "https://example.gov:8443",
        "http://example.gov",
        "https://example.com",
    ] {
        let mut phished = SoftAuthenticator::new("example.gov", origin);
        assert_eq!(register(&passkeys, &mut phished), Err(PasskeyError::WrongOrigin), "{origin}");
        origin.clone_into(&mut good.origin);
        assert_eq!(sign_in(&passkeys, &good, &made), Err(PasskeyError::WrongOrigin), "{origin}");
    }
    "https://example.gov".clone_into(&mut good.origin);
    assert!(sign_in(&passkeys, &good, &made).is_ok());
}

#[test]
fn localhost_works_over_http_at_its_own_port_and_no_other() {
    let passkeys = passkeys("localhost", "http://localhost:8080");
    let mut device = SoftAuthenticator::new("localhost", "http://localhost:8080");
    let made = register(&passkeys, &mut device).unwrap();
    assert!(sign_in(&passkeys, &device, &made).is_ok());
    for origin in ["http://localhost:8081", "http://localhost", "https://localhost:8080", "http://127.0.0.1:8080"] {
        origin.clone_into(&mut device.origin);
        assert_eq!(sign_in(&passkeys, &device, &made), Err(PasskeyError::WrongOrigin), "{origin}");
    }
}

#[test]
fn an_origin_without_passkeys_or_a_foreign_rp_id_is_a_configuration_error() {
    for (rp_id, origin) in [
        ("example.gov", "http://example.gov"),
        ("127.0.0.1", "http://127.0.0.1:8080"),
        ("example.gov", "https://evil-example.gov"),
        ("login.example.gov", "https://example.gov"),
    ] {
        let refused = Passkeys::new(rp_id, &Url::parse(origin).unwrap(), "Panjereh").unwrap_err();
        assert_eq!(refused, PasskeyError::Configuration, "{rp_id} {origin}");
    }
    assert!(Passkeys::new("example.gov", &Url::parse("https://window.example.gov").unwrap(), "Panjereh").is_ok());
}

#[test]
fn a_user_who_was_not_verified_neither_makes_nor_uses_a_passkey() {
    let (passkeys, mut device) = (ours(), device());
    let made = register(&passkeys, &mut device).unwrap();
    device.verifies_user = false;
    assert_eq!(register(&passkeys, &mut device), Err(PasskeyError::UserNotVerified));
    assert_eq!(sign_in(&passkeys, &device, &made), Err(PasskeyError::UserNotVerified));
}

#[test]
fn a_response_to_another_challenge_is_refused() {
    let (passkeys, mut device) = (ours(), device());
    let made = register(&passkeys, &mut device).unwrap();
    let (old_options, _) = passkeys.start_authentication().unwrap();
    let (_, state) = passkeys.start_authentication().unwrap();
    let replayed = passkeys.finish_authentication(&device.get(&old_options), &state, &made.credential);
    assert_eq!(replayed, Err(PasskeyError::WrongChallenge));

    let (old_options, _) = passkeys.start_registration(SOMEBODY, "n", "n", &[]).unwrap();
    let (_, state) = passkeys.start_registration(SOMEBODY, "n", "n", &[]).unwrap();
    assert_eq!(passkeys.finish_registration(&device.create(&old_options), &state), Err(PasskeyError::WrongChallenge));
}

#[test]
fn a_passkey_of_another_rp_id_and_a_signature_by_another_key_are_refused() {
    let (passkeys, mut good) = (ours(), device());
    let made = register(&passkeys, &mut good).unwrap();
    let mut thief = device();
    thief.credential_id.clone_from(&good.credential_id);
    assert!(matches!(sign_in(&passkeys, &thief, &made), Err(PasskeyError::Refused(_))));
    assert!(matches!(sign_in(&passkeys, &device(), &made), Err(PasskeyError::Refused(_))));
    "example.com".clone_into(&mut good.rp_id);
    assert!(matches!(sign_in(&passkeys, &good, &made), Err(PasskeyError::Refused(_))));
}

#[test]
fn a_counter_that_moves_is_kept_and_one_that_turns_back_is_noticed() {
    let (passkeys, mut device) = (ours(), device());
    let mut made = register(&passkeys, &mut device).unwrap();
    device.counter = 5;
    made.credential = sign_in(&passkeys, &device, &made).unwrap().credential.expect("the counter moved");
    for counter in [5, 4, 0] {
        device.counter = counter;
        assert_eq!(sign_in(&passkeys, &device, &made), Err(PasskeyError::PerhapsCopied), "{counter}");
    }
    device.counter = 6;
    assert!(sign_in(&passkeys, &device, &made).is_ok());
}

#[test]
fn a_passkey_that_the_account_has_already_is_refused() {
    let (passkeys, mut device) = (ours(), device());
    let existing = [device.credential_id.clone()];
    let (options, state) = passkeys.start_registration(SOMEBODY, "n", "n", &existing).unwrap();
    // A browser would have asked for another device before it came to this.
    assert!(matches!(passkeys.finish_registration(&device.create(&options), &state), Err(PasskeyError::Refused(_))));
}

#[test]
fn a_passkey_that_is_not_discoverable_is_refused() {
    let (passkeys, mut device) = (ours(), device());
    let (options, state) = passkeys.start_registration(SOMEBODY, "n", "n", &[]).unwrap();
    let response = device.create(&options).replace(r#""rk":true"#, r#""rk":false"#);
    assert_eq!(passkeys.finish_registration(&response, &state), Err(PasskeyError::NotDiscoverable));
}

#[test]
fn a_response_without_or_with_a_strange_user_handle_is_read_as_such() {
    let (passkeys, mut device) = (ours(), device());
    register(&passkeys, &mut device).unwrap();
    let (options, _) = passkeys.start_authentication().unwrap();
    let mut response: Value = serde_json::from_str(&device.get(&options)).unwrap();
    response["response"]["userHandle"] = json!(null);
    assert_eq!(passkeys.read_response(&response.to_string()), Ok((None, device.credential_id.clone())));
    response["response"]["userHandle"] = json!("AQID");
    assert_eq!(passkeys.read_response(&response.to_string()), Err(PasskeyError::Unreadable("user handle")));
}

#[test]
fn senseless_input_is_unreadable() {
    let passkeys = ours();
    for text in ["", "{}", "[]", "پنجره", r#"{"id":1}"#] {
        assert_eq!(passkeys.read_response(text), Err(PasskeyError::Unreadable("response")), "{text}");
        assert_eq!(passkeys.finish_registration(text, "{}"), Err(PasskeyError::Unreadable("response")), "{text}");
        assert_eq!(passkeys.finish_authentication(text, "", ""), Err(PasskeyError::Unreadable("response")), "{text}");
    }
}
