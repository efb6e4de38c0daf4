//! Ceremonies against a software authenticator.

use super::*;
use crate::crypto::soft_authenticator::SoftAuthenticator;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use std::sync::LazyLock;

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
    assert_eq!(Passkeys::read_response(&response), Ok((Some(SOMEBODY), device.credential_id.clone())));
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
    // A browser would ask for another device before it sends this.
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
    assert_eq!(Passkeys::read_response(&response.to_string()), Ok((None, device.credential_id.clone())));
    response["response"]["userHandle"] = json!("AQID");
    assert_eq!(Passkeys::read_response(&response.to_string()), Err(PasskeyError::Unreadable("user handle")));
}

#[test]
fn senseless_input_is_unreadable() {
    let passkeys = ours();
    for text in ["", "{}", "[]", "پنجره", r#"{"id":1}"#] {
        assert_eq!(Passkeys::read_response(text), Err(PasskeyError::Unreadable("response")), "{text}");
        assert_eq!(passkeys.finish_registration(text, "{}"), Err(PasskeyError::Unreadable("response")), "{text}");
        assert_eq!(passkeys.finish_authentication(text, "", ""), Err(PasskeyError::Unreadable("response")), "{text}");
    }
}

/// A response of each kind, as a browser sends it, with the state of its ceremony.
struct Real {
    passkeys: Passkeys,
    /// The response of `navigator.credentials.create()`.
    made: (Value, String),
    /// The response of `navigator.credentials.get()`.
    used: (Value, String),
    credential: String,
}

static REAL: LazyLock<Real> = LazyLock::new(|| {
    let (passkeys, mut device) = (ours(), device());
    let (options, made_state) = passkeys.start_registration(SOMEBODY, "0012345679", "آزمون", &[]).unwrap();
    let made = device.create(&options);
    let credential = passkeys.finish_registration(&made, &made_state).unwrap().credential;
    let (options, used_state) = passkeys.start_authentication().unwrap();
    let (made, used) = (made.parse().unwrap(), device.get(&options).parse().unwrap());
    Real { passkeys, made: (made, made_state), used: (used, used_state), credential }
});

/// A text that no browser sends: if an error contains it, the error repeats its input.
const MARK: &str = "زنبورک-7351";

/// Members of both responses.
const MEMBERS: [&str; 11] = [
    "",
    "/id",
    "/rawId",
    "/type",
    "/response",
    "/response/clientDataJSON",
    "/response/attestationObject",
    "/response/authenticatorData",
    "/response/signature",
    "/response/userHandle",
    "/clientExtensionResults",
];

fn anything() -> impl Strategy<Value = Value> {
    let binary = prop::collection::vec(any::<u8>(), 0..200).prop_map(|bytes| json!(URL_SAFE_NO_PAD.encode(bytes)));
    let leaf = prop_oneof![Just(json!(null)), any::<bool>().prop_map(Value::from), any::<i64>().prop_map(Value::from), binary];
    let mark = prop_oneof![Just(json!(MARK)), Just(json!({ MARK: MARK })), Just(json!(URL_SAFE_NO_PAD.encode(MARK)))];
    prop_oneof![leaf, mark, prop::collection::vec(any::<u8>(), 0..5).prop_map(Value::from)]
}

/// Removes a part of a text and inserts another.
fn damaged(text: &str, at: prop::sample::Index, cut: usize, put: &str) -> String {
    let at = at.index(text.len());
    let until = (at + cut).min(text.len());
    let (head, tail) = (text.get(..at).unwrap_or_default(), text.get(until..).unwrap_or_default());
    format!("{head}{put}{tail}")
}

/// Flips one bit of a binary member; also returns the member's bytes before and after.
fn turned(answer: &Value, member: &str, at: prop::sample::Index, bit: u32) -> (String, Vec<u8>, Vec<u8>) {
    let before = URL_SAFE_NO_PAD.decode(answer.pointer(member).unwrap().as_str().unwrap()).unwrap();
    let (mut after, mut answer) = (before.clone(), answer.clone());
    after[at.index(before.len())] ^= 1 << bit;
    *answer.pointer_mut(member).unwrap() = json!(URL_SAFE_NO_PAD.encode(&after));
    (answer.to_string(), before, after)
}

/// Finishes a sign-in with this response. If it is accepted, its signed parts are those that the passkey sent.
fn sign_in_with(answer: &str) -> Result<Used, PasskeyError> {
    let known = Passkeys::read_response(answer);
    let used = REAL.passkeys.finish_authentication(answer, &REAL.used.1, &REAL.credential);
    let signed = |answer: &str| {
        let read = serde_json::from_str::<PublicKeyCredential>(answer).unwrap();
        (read.raw_id, read.response.authenticator_data, read.response.client_data_json, read.response.signature)
    };
    match &used {
        Ok(_) => assert!(signed(answer) == signed(&REAL.used.0.to_string()), "{answer}"),
        Err(error) => assert_says_nothing_of_what_came(error),
    }
    known.map_or_else(|error| assert_says_nothing_of_what_came(&error), |_| ());
    used
}

/// Finishes a registration with this response. Nothing in it is signed, because the sender makes the key. But it must be for this
/// challenge and this origin.
fn register_with(answer: &str) -> Result<NewPasskey, PasskeyError> {
    let made = REAL.passkeys.finish_registration(answer, &REAL.made.1);
    let told = |answer: &str| {
        let read = serde_json::from_str::<RegisterPublicKeyCredential>(answer).unwrap();
        let told: Value = serde_json::from_slice(&read.response.client_data_json).unwrap();
        // In upper case it is the same host.
        let origin = Url::parse(told["origin"].as_str().unwrap()).unwrap().origin();
        (told["type"].clone(), told["challenge"].clone(), origin)
    };
    match &made {
        Ok(_) => assert_eq!(told(answer), told(&REAL.made.0.to_string())),
        Err(error) => assert_says_nothing_of_what_came(error),
    }
    made
}

fn assert_says_nothing_of_what_came(error: &PasskeyError) {
    let texts = [error.to_string(), format!("{error:?}")];
    let encoded = URL_SAFE_NO_PAD.encode(MARK);
    assert!(texts.iter().all(|text| text.is_ascii() && !text.contains("7351") && !text.contains(&encoded)), "{texts:?}");
}

proptest! {
    #[test]
    fn any_text_in_the_place_of_an_answer_is_refused(text in ".{0,200}", answer in anything()) {
        for text in [text, answer.to_string(), json!({ "id": answer, "rawId": answer, "type": answer, "response": answer }).to_string()] {
            prop_assert_eq!(register_with(&text), Err(PasskeyError::Unreadable("response")));
            prop_assert_eq!(sign_in_with(&text), Err(PasskeyError::Unreadable("response")));
        }
    }

    #[test]
    fn a_real_answer_in_which_something_is_cut_out_or_put_in_is_refused_or_says_the_same(
        at in any::<prop::sample::Index>(), cut in 0_usize..40, put in prop_oneof![Just(MARK.to_owned()), ".{0,4}"]
    ) {
        let _ = register_with(&damaged(&REAL.made.0.to_string(), at, cut, &put));
        let _ = sign_in_with(&damaged(&REAL.used.0.to_string(), at, cut, &put));
    }

    #[test]
    fn a_real_answer_with_a_member_that_is_another_or_missing_is_refused_or_says_the_same(
        member in prop::sample::select(&MEMBERS[..]), value in prop::option::of(anything())
    ) {
        let with = |answer: &Value| {
            let mut answer = answer.clone();
            match (&value, member.rsplit_once('/')) {
                (None, Some((parent, name))) => {
                    answer.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
                }
                _ => {
                    if let Some(there) = answer.pointer_mut(member) {
                        *there = value.clone().unwrap_or_default();
                    }
                }
            }
            answer.to_string()
        };
        let _ = register_with(&with(&REAL.made.0));
        let _ = sign_in_with(&with(&REAL.used.0));
    }

    #[test]
    fn a_sign_in_is_refused_when_one_bit_of_it_is_another(
        member in prop::sample::select(&["/rawId", "/response/authenticatorData", "/response/clientDataJSON", "/response/signature"][..]),
        at in any::<prop::sample::Index>(), bit in 0_u32..8,
    ) {
        prop_assert!(sign_in_with(&turned(&REAL.used.0, member, at, bit).0).is_err());
    }

    #[test]
    fn w3c_webauthn_7_1_a_passkey_with_one_other_bit_is_still_for_our_site_and_its_user_was_verified(
        at in any::<prop::sample::Index>(), bit in 0_u32..8, in_client_data in any::<bool>(),
    ) {
        let member = if in_client_data { "/response/clientDataJSON" } else { "/response/attestationObject" };
        let (answer, before, after) = turned(&REAL.made.0, member, at, bit);
        if register_with(&answer).is_ok() && !in_client_data {
            // 31 bytes come before `authData`. It starts with the hash of the RP ID and the flags (present, verified, with a
            // key), and ends with the key. Between them are counter, model and name, which the authenticator may choose (§6.1,
            // §6.5.1).
            const START: usize = 31;
            const FLAGS: usize = START + 32;
            const KEY: usize = 77;
            prop_assert_eq!(&after[START..FLAGS], &before[START..FLAGS]);
            prop_assert_eq!(after[FLAGS] & 0x45, 0x45);
            prop_assert_eq!(&after[after.len() - KEY..], &before[before.len() - KEY..]);
        }
    }
}
