//! Verifying our own tokens: an access token at UserInfo, an ID token that comes back as `id_token_hint`.
//!
//! The token chooses nothing (RFC 8725 §3.1): its `kid` selects one of our keys, that key has one algorithm, and the header must
//! name the same. The caller reads from the claims whose token it is and which audience it has.

use crate::crypto::jose::jwks::VerifyingKey;
use crate::crypto::jose::jws::{UnverifiedHeader, known_payload};
use crate::crypto::keyring::{Keyring, TYP_JWT};
use crate::time::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::time::Duration;

pub(crate) use crate::crypto::jose::jws::VerifyError;

/// `NumericDate` (RFC 7519 §2): a JSON number; a fraction is dropped. A string is rejected, not converted.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "serde_json::Number")]
pub(crate) struct NumericDate(pub(crate) Timestamp);

impl TryFrom<serde_json::Number> for NumericDate {
    type Error = &'static str;
    fn try_from(number: serde_json::Number) -> Result<Self, Self::Error> {
        // A date beyond the year 9999 is a mistake or an attack, and would overflow in later arithmetic.
        // The number's own text cannot be parsed as seconds: a large fraction is written with an exponent.
        let fraction = || {
            number.as_f64().filter(|seconds| *seconds >= 0.0).and_then(|seconds| format!("{:.0}", seconds.trunc()).parse().ok())
        };
        let whole = number.as_i64().or_else(fraction);
        let within = whole.filter(|seconds| (0..=253_402_300_799).contains(seconds)).ok_or("not a NumericDate")?;
        Ok(Self(Timestamp::from_seconds(within)))
    }
}

/// The `kid` of a token whose signature is not verified. Use it only to choose a key set.
pub fn key_named_by(token: &str) -> Option<String> {
    UnverifiedHeader::read(token).ok()?.kid
}

/// The `alg` of a token whose signature is not verified. Use it only to reject the token.
pub fn alg_named_by(token: &str) -> Option<String> {
    Some(UnverifiedHeader::read(token).ok()?.alg)
}

/// Reads a token of ours that must be valid at `now`: signature, `typ`, `exp`. `T` has the claims that the token must hold.
pub fn verify_own<T: DeserializeOwned>(keyring: &Keyring, token: &str, typ: &str, now: Timestamp) -> Result<T, VerifyError> {
    #[derive(Deserialize)]
    struct Life {
        exp: NumericDate,
    }
    let payload = own_payload(keyring, token, typ, now)?;
    let life: Life = serde_json::from_str(payload.get()).map_err(|_| VerifyError::Claims)?;
    // RFC 7519 §4.1.4: not accepted on or after `exp`. Our own clock wrote `exp`, so no clock skew is allowed.
    if now >= life.exp.0 {
        return Err(VerifyError::Expired);
    }
    serde_json::from_str(payload.get()).map_err(|_| VerifyError::Claims)
}

/// Reads an ID token of ours that comes back as `id_token_hint`: its `exp` may have passed (OpenID Connect RP-Initiated Logout §2,
/// Core §3.1.2.1). The hint names a person but gives no access, so a key that left the key set still verifies it for
/// `after_removal`: an agency keeps an ID token for as long as its own session, which no rotation of ours ends.
pub fn verify_hint<T: DeserializeOwned>(
    keyring: &Keyring,
    token: &str,
    now: Timestamp,
    after_removal: Duration,
) -> Result<T, VerifyError> {
    let payload = payload_by(keyring, token, TYP_JWT, |kid| keyring.hint_key(kid, now, after_removal))?;
    serde_json::from_str(payload.get()).map_err(|_| VerifyError::Claims)
}

fn own_payload(keyring: &Keyring, token: &str, typ: &str, now: Timestamp) -> Result<Box<RawValue>, VerifyError> {
    payload_by(keyring, token, typ, |kid| keyring.verifying_key(kid, now))
}

/// The payload of a token of this type whose signature is that of the key which `key_of` finds.
fn payload_by<'k>(
    keyring: &'k Keyring,
    token: &str,
    typ: &str,
    key_of: impl FnOnce(&str) -> Option<&'k VerifyingKey>,
) -> Result<Box<RawValue>, VerifyError> {
    let header = UnverifiedHeader::read(token)?;
    if header.typ.as_deref() != Some(typ) {
        return Err(VerifyError::WrongType);
    }
    let kid = header.kid.as_deref().ok_or(VerifyError::UnknownKey)?;
    let key = key_of(kid).ok_or(VerifyError::UnknownKey)?;
    if header.alg != key.alg().name() {
        return Err(VerifyError::WrongAlgorithm);
    }
    // A token that this process has signed or verified before, byte for byte, needs no second verification.
    if keyring.is_known_good(token) {
        return known_payload(token);
    }
    let payload = key.payload_of(token)?;
    keyring.remember_good(token);
    Ok(payload)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::words::SigningAlg;
    use crate::crypto::jose::jws::MAX_TOKEN_LEN;
    use crate::crypto::jose::sign::sign;
    use crate::crypto::keyring::{KeyRecord, TYP_ACCESS_TOKEN};
    use crate::crypto::seal::MasterKey;
    use crate::random::Random;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn ring(algs: &[SigningAlg]) -> Keyring {
        let master = MasterKey::from_bytes([7; 32]);
        let record = |alg: &SigningAlg| KeyRecord::generate(*alg, &master, &Random::seeded(1), NOW, NOW).unwrap();
        Keyring::open(&algs.iter().map(record).collect::<Vec<_>>(), &master).unwrap()
    }

    fn claims() -> Value {
        json!({ "sub": "somebody", "exp": NOW.seconds() + 600 })
    }

    fn encoded(json: &Value) -> String {
        URL_SAFE_NO_PAD.encode(json.to_string())
    }

    /// The token with members of its header replaced (null removes one) and its signature kept.
    fn with_header(token: &str, changes: &Value) -> String {
        let (header, rest) = token.split_once('.').unwrap();
        let mut header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
        for (name, value) in changes.as_object().unwrap() {
            header[name] = value.clone();
        }
        header.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        format!("{}.{rest}", encoded(&header))
    }

    fn read(ring: &Keyring, token: &str) -> Result<Value, VerifyError> {
        verify_own(ring, token, TYP_JWT, NOW)
    }

    #[test]
    fn a_token_that_is_known_is_still_refused_with_another_signature_type_or_time() {
        let ring = ring(&[SigningAlg::ES256]);
        let token = sign(&ring, SigningAlg::ES256, TYP_ACCESS_TOKEN, &claims(), NOW).unwrap();
        let read = |token: &str, typ, now| verify_own::<Value>(&ring, token, typ, now).map(|_| ());
        assert!(ring.is_known_good(&token));
        assert_eq!(read(&token, TYP_ACCESS_TOKEN, NOW), Ok(()));
        let (message, signature) = token.rsplit_once('.').unwrap();
        let changed = if signature.starts_with('A') { 'B' } else { 'A' };
        let forged = format!("{message}.{changed}{}", &signature[1..]);
        assert_eq!(read(&forged, TYP_ACCESS_TOKEN, NOW), Err(VerifyError::WrongSignature));
        assert!(!ring.is_known_good(&forged));
        assert_eq!(read(&token, TYP_JWT, NOW), Err(VerifyError::WrongType));
        assert_eq!(read(&token, TYP_ACCESS_TOKEN, NOW.plus(Duration::from_mins(10))), Err(VerifyError::Expired));
    }

    #[test]
    fn what_is_signed_under_each_algorithm_verifies() {
        // A second implementation verifies them as well: tests/it/stories/keys.rs.
        let ring = ring(&SigningAlg::ALL);
        for alg in SigningAlg::ALL {
            for typ in [TYP_ACCESS_TOKEN, TYP_JWT] {
                let token = sign(&ring, alg, typ, &claims(), NOW).unwrap();
                assert_eq!(verify_own::<Value>(&ring, &token, typ, NOW), Ok(claims()), "{alg:?}");
            }
        }
    }

    #[test]
    fn rfc8725_3_11_an_access_token_is_no_id_token_and_the_reverse() {
        let ring = ring(&[SigningAlg::ES256]);
        let access = sign(&ring, SigningAlg::ES256, TYP_ACCESS_TOKEN, &claims(), NOW).unwrap();
        assert_eq!(read(&ring, &access), Err(VerifyError::WrongType));
        let id_token = sign(&ring, SigningAlg::ES256, TYP_JWT, &claims(), NOW).unwrap();
        assert_eq!(verify_own::<Value>(&ring, &id_token, TYP_ACCESS_TOKEN, NOW), Err(VerifyError::WrongType));
        assert_eq!(read(&ring, &with_header(&id_token, &json!({ "typ": null }))), Err(VerifyError::WrongType));
    }

    #[test]
    fn rfc8725_3_1_an_algorithm_other_than_the_keys_is_refused_and_so_is_none() {
        let ring = ring(&[SigningAlg::RS256, SigningAlg::ES256]);
        let token = sign(&ring, SigningAlg::RS256, TYP_JWT, &claims(), NOW).unwrap();
        for alg in ["none", "None", "HS256", "PS256", "ES256", "rs256", ""] {
            let confused = with_header(&token, &json!({ "alg": alg }));
            assert_eq!(read(&ring, &confused), Err(VerifyError::WrongAlgorithm), "{alg}");
        }
        let (message, _) = token.rsplit_once('.').unwrap();
        let unsigned = with_header(&format!("{message}."), &json!({ "alg": "none" }));
        assert_eq!(read(&ring, &unsigned), Err(VerifyError::WrongAlgorithm));
        assert_eq!(read(&ring, &format!("{message}.")), Err(VerifyError::WrongSignature));
    }

    #[test]
    fn an_hmac_made_with_the_public_key_is_refused() {
        let ring = ring(&[SigningAlg::RS256]);
        let token = sign(&ring, SigningAlg::RS256, TYP_JWT, &claims(), NOW).unwrap();
        let forged = with_header(&token, &json!({ "alg": "HS256" }));
        let (message, _) = forged.rsplit_once('.').unwrap();
        let public = ring.jwks_json(NOW)["keys"][0]["n"].as_str().unwrap().to_owned();
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &URL_SAFE_NO_PAD.decode(public).unwrap());
        let mac = URL_SAFE_NO_PAD.encode(aws_lc_rs::hmac::sign(&key, message.as_bytes()));
        assert_eq!(read(&ring, &format!("{message}.{mac}")), Err(VerifyError::WrongAlgorithm));
    }

    #[test]
    fn an_unknown_or_missing_kid_is_refused_and_so_is_a_key_that_the_token_brings() {
        let (ring, stranger) = (ring(&[SigningAlg::ES256]), ring(&[SigningAlg::ES256]));
        let foreign = sign(&stranger, SigningAlg::ES256, TYP_JWT, &claims(), NOW).unwrap();
        assert_eq!(read(&ring, &foreign), Err(VerifyError::UnknownKey));
        let own = sign(&ring, SigningAlg::ES256, TYP_JWT, &claims(), NOW).unwrap();
        assert_eq!(read(&ring, &with_header(&own, &json!({ "kid": null }))), Err(VerifyError::UnknownKey));
        let jwk = stranger.jwks_json(NOW)["keys"][0].clone();
        let kid = ring.jwks_json(NOW)["keys"][0]["kid"].clone();
        let brought = with_header(&foreign, &json!({ "jwk": jwk, "kid": kid }));
        assert_eq!(read(&ring, &brought), Err(VerifyError::WrongSignature));
    }

    #[test]
    fn rfc7519_4_1_4_a_token_is_refused_on_and_after_exp_but_still_hints_at_who_was_meant() {
        let ring = ring(&[SigningAlg::ES256]);
        let token = sign(&ring, SigningAlg::ES256, TYP_JWT, &claims(), NOW).unwrap();
        let at = |seconds| NOW.plus(Duration::from_secs(seconds));
        assert!(verify_own::<Value>(&ring, &token, TYP_JWT, at(599)).is_ok());
        assert_eq!(verify_own::<Value>(&ring, &token, TYP_JWT, at(600)), Err(VerifyError::Expired));
        assert_eq!(verify_hint::<Value>(&ring, &token, at(600), Duration::ZERO), Ok(claims()));
    }

    #[test]
    fn a_key_that_left_the_key_set_verifies_hints_for_a_time_and_nothing_else() {
        let master = MasterKey::from_bytes([7; 32]);
        let mut record = KeyRecord::generate(SigningAlg::ES256, &master, &Random::seeded(1), NOW, NOW).unwrap();
        let before = Keyring::open(std::slice::from_ref(&record), &master).unwrap();
        let signed = |typ| sign(&before, SigningAlg::ES256, typ, &claims(), NOW).unwrap();
        let (id_token, access_token) = (signed(TYP_JWT), signed(TYP_ACCESS_TOKEN));
        (record.retired_at, record.removed_at) = (Some(NOW), Some(NOW));
        let ring = Keyring::open(&[record], &master).unwrap();
        let day = Duration::from_hours(24);
        let hint = |token: &str, at| verify_hint::<Value>(&ring, token, at, day);
        assert_eq!(hint(&id_token, NOW), Ok(claims()));
        assert_eq!(read(&ring, &id_token), Err(VerifyError::UnknownKey), "also after it was seen as a hint");
        assert_eq!(verify_own::<Value>(&ring, &access_token, TYP_ACCESS_TOKEN, NOW), Err(VerifyError::UnknownKey));
        assert_eq!(hint(&access_token, NOW), Err(VerifyError::WrongType));
        assert_eq!(hint(&id_token, NOW.plus(day).minus(Duration::from_millis(1))), Ok(claims()));
        assert_eq!(hint(&id_token, NOW.plus(day)), Err(VerifyError::UnknownKey));
        assert_eq!(ring.jwks_json(NOW), json!({ "keys": [] }));
        assert!(ring.signing_key(SigningAlg::ES256, NOW).is_err());
    }

    #[test]
    fn an_exp_that_is_missing_text_negative_or_endless_is_refused() {
        let ring = ring(&[SigningAlg::ES256]);
        for exp in
            [json!(null), json!("1900000000"), json!(-1), json!(u64::MAX), json!(1e300), json!(1.5e300), json!(true), json!([])]
        {
            let token = sign(&ring, SigningAlg::ES256, TYP_JWT, &json!({ "exp": exp }), NOW).unwrap();
            assert_eq!(read(&ring, &token), Err(VerifyError::Claims), "{exp}");
        }
        let fraction = sign(&ring, SigningAlg::ES256, TYP_JWT, &json!({ "exp": 1_800_000_000.5 }), NOW).unwrap();
        assert_eq!(read(&ring, &fraction), Err(VerifyError::Expired));
    }

    #[test]
    fn any_changed_character_of_a_token_is_noticed() {
        let ring = ring(&[SigningAlg::EdDSA]);
        let token = sign(&ring, SigningAlg::EdDSA, TYP_JWT, &claims(), NOW).unwrap();
        for (i, old) in token.char_indices() {
            for new in ['A', 'Q', '.', '=', ' '].into_iter().filter(|new| *new != old) {
                let changed = format!("{}{new}{}", &token[..i], &token[i + 1..]);
                assert!(read(&ring, &changed).is_err(), "{i} {new}");
            }
        }
    }

    #[test]
    fn rfc7515_4_1_11_a_critical_extension_is_refused() {
        let ring = ring(&[SigningAlg::ES256]);
        let token = sign(&ring, SigningAlg::ES256, TYP_JWT, &claims(), NOW).unwrap();
        for crit in [json!(["b64"]), json!([]), json!("x")] {
            assert_eq!(read(&ring, &with_header(&token, &json!({ "crit": crit }))), Err(VerifyError::Critical));
        }
    }

    #[test]
    fn what_is_no_compact_jws_is_malformed() {
        let ring = ring(&[]);
        let twice = URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256","alg":"none"}"#);
        let long = format!("{}.e30.AA", "A".repeat(MAX_TOKEN_LEN));
        for text in ["", ".", "..", "a.b", "e30.e30.", "پنجره.e30.AA", &format!("{twice}.e30.AA"), &long] {
            assert_eq!(read(&ring, text), Err(VerifyError::Malformed), "{text:.20}");
        }
    }

    proptest! {
        #[test]
        fn no_text_that_we_did_not_sign_is_a_token(
            header in "\\PC{0,60}",
            payload in "\\PC{0,60}",
            signature in prop::collection::vec(any::<u8>(), 0..80),
        ) {
            let ring = ring(&[SigningAlg::EdDSA]);
            let kid = ring.jwks_json(NOW)["keys"][0]["kid"].clone();
            let good = json!({ "alg": "EdDSA", "typ": "JWT", "kid": kid }).to_string();
            for header in [header, good] {
                let parts = [header.as_bytes(), payload.as_bytes(), &signature].map(|part| URL_SAFE_NO_PAD.encode(part));
                prop_assert!(read(&ring, &parts.join(".")).is_err());
                prop_assert!(verify_hint::<Value>(&ring, &parts.join("."), NOW, Duration::MAX).is_err());
            }
        }

        #[test]
        fn rfc7519_2_dates_that_are_no_numbers_are_refused(
            text in "-?[0-9]{1,20}(\\.[0-9]{1,6})?([eE][+-]?[0-9]{1,3})?|\"[0-9]{1,10}\"|true|null|\\[1\\]",
        ) {
            if let Ok(date) = serde_json::from_str::<NumericDate>(&text) {
                // Whole seconds below 2^53 are exact. Adding zero turns -0 into 0.
                let number: f64 = text.parse().unwrap();
                prop_assert!((0.0..253_402_300_800.0).contains(&number), "{}", text);
                prop_assert_eq!(format!("{:.0}", number.trunc() + 0.0), date.0.seconds().to_string(), "{}", text);
            }
        }
    }
}
