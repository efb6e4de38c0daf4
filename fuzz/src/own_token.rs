//! Our own tokens that are sent back to us (RFC 7515, RFC 7519, RFC 8725). The first byte says what the rest is: `R` a whole
//! token, `S` a header line and a payload that our key signs, anything else damage to a valid token.

use super::{Key, NOW, damaged, header_and_payload, keyring};
use panjereh::client::words::SigningAlg;
use panjereh::crypto::jose::sign::sign;
use panjereh::crypto::jose::verify::{alg_named_by, key_named_by, verify_hint, verify_own};
use panjereh::crypto::keyring::{Keyring, TYP_ACCESS_TOKEN, TYP_JWT};
use serde_json::{Value, json};
use std::sync::LazyLock;
use std::time::Duration;

static RING: LazyLock<Keyring> = LazyLock::new(keyring);
static KEY: LazyLock<Key> = LazyLock::new(Key::ours);
static GOOD: LazyLock<[String; 2]> = LazyLock::new(|| {
    let claims = json!({ "iss": "https://id.example", "sub": "somebody", "aud": "tax-web", "exp": NOW.seconds() + 600 });
    [TYP_JWT, TYP_ACCESS_TOKEN].map(|typ| sign(&RING, SigningAlg::EdDSA, typ, &claims, NOW).expect("a token"))
});

/// Reads one token.
pub fn check(data: &[u8]) {
    match data {
        [b'R', raw @ ..] => {
            if let Ok(token) = std::str::from_utf8(raw) {
                check_token(token);
            }
        }
        [b'S', rest @ ..] => {
            if let Some((header, payload)) = header_and_payload(rest) {
                check_token(&KEY.signed(header, payload));
            }
        }
        [which, rest @ ..] => {
            let good = &GOOD[usize::from(which % 2)];
            if let Some(token) = damaged(good, rest) {
                check_token(&token);
                assert!(token == *good || verify_own::<Value>(&RING, &token, TYP_JWT, NOW).is_err() || KEY.wrote(&token));
            }
        }
        [] => {}
    }
}

fn check_token(token: &str) {
    for typ in [TYP_JWT, TYP_ACCESS_TOKEN] {
        let read = verify_own::<Value>(&RING, token, typ, NOW);
        // Twice: the second time the signature may be cached.
        assert_eq!(verify_own::<Value>(&RING, token, typ, NOW), read);
        let hint = verify_hint::<Value>(&RING, token, NOW, Duration::ZERO);
        if let Ok(claims) = &read {
            assert!(typ == TYP_ACCESS_TOKEN || hint.as_ref() == Ok(claims));
            let exp = claims["exp"].as_f64().expect("a number");
            assert!((1_800_000_000.0..253_402_300_800.0).contains(&exp), "it is not over, and lies in this age");
        }
        if read.is_ok() || hint.is_ok() {
            assert!(KEY.wrote(token), "a signature that our key did not make was believed");
            assert!(token.len() <= 16 * 1024);
            assert_eq!(alg_named_by(token).as_deref(), Some("EdDSA"));
            assert_eq!(key_named_by(token), Some(KEY.thumbprint()));
            assert!(!has_critical(token));
        }
    }
}

fn has_critical(token: &str) -> bool {
    use base64::Engine as _;
    let header = token.split('.').next().unwrap_or_default();
    let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header).unwrap_or_default();
    serde_json::from_slice::<Value>(&header).is_ok_and(|header| header.get("crit").is_some())
}
