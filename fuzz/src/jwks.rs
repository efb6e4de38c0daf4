//! Key sets of clients (RFC 7517), and encrypting for the clients that published them (RFC 7516).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use panjereh::client::parts::protection::{ContentEncryption, Encryption, KeyManagement};
use panjereh::client::words::SigningAlg;
use panjereh::crypto::jose::jwe::{Content, Recipient};
use panjereh::crypto::jose::jwks::{VerifyingKey, check_client_jwks, thumbprint};
use panjereh::random::Random;
use serde_json::{Value, json};

const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Reads one set.
pub fn check(data: &[u8]) {
    let Ok(jwks) = serde_json::from_slice::<Value>(data) else { return };
    let keys = jwks.get("keys").and_then(Value::as_array).cloned().unwrap_or_default();
    if check_client_jwks(&jwks).is_ok() {
        assert!(!keys.is_empty());
        assert!(keys.iter().all(|key| PRIVATE.iter().all(|name| key.get(name).is_none())), "a private key was registered");
    }
    keys.iter().take(8).for_each(check_key);
    check_encryption(&jwks);
}

fn check_key(key: &Value) {
    let fits: Vec<_> = SigningAlg::ALL.into_iter().filter(|alg| VerifyingKey::from_jwk(key, *alg).is_ok()).collect();
    // One key is valid for the algorithms of at most one type (RFC 8725 §3.1).
    let rsa = [SigningAlg::RS256, SigningAlg::PS256];
    assert!(fits.len() <= 1 || fits == rsa, "{fits:?}");
    for alg in fits {
        let verifying = VerifyingKey::from_jwk(key, alg).expect("it fits");
        assert!(!verifying.verify(b"message", &[0; 64]) && !verifying.verify(b"message", &[]));
        // RFC 7638 §3: a thumbprint covers the required members only.
        let own = thumbprint(key).expect("a key has a thumbprint");
        let mut dressed = key.clone();
        (dressed["kid"], dressed["use"], dressed["zz"]) = (json!("x"), json!("sig"), json!(1));
        assert_eq!(thumbprint(&dressed), Ok(own.clone()));
        assert_eq!(own.len(), 43);
    }
}

fn check_encryption(jwks: &Value) {
    for alg in KeyManagement::ALL {
        for enc in ContentEncryption::ALL {
            let Ok(recipient) = Recipient::of(jwks, Encryption { alg, enc }) else { continue };
            let Ok(jwe) = recipient.encrypt(Content::Jwt("a.b.c"), &Random::seeded(3)) else { continue };
            let parts: Vec<_> = jwe.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).expect("base64url")).collect();
            let [header, key, vector, text, tag] = parts.as_slice() else { panic!("five parts (RFC 7516 §7.1)") };
            let header: Value = serde_json::from_slice(header).expect("JSON");
            assert!(header["alg"] == alg.name() && header["enc"] == enc.name() && header["cty"] == "JWT");
            assert_eq!(key.is_empty(), alg == KeyManagement::EcdhEs);
            assert_eq!(header.get("epk").is_some(), alg != KeyManagement::RsaOaep256);
            assert!(header["epk"].get("d").is_none());
            assert!(matches!((vector.len(), tag.len(), text.len()), (12, 16, 5) | (16, 16 | 32, 16)));
        }
    }
}
