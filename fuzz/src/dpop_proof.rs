//! DPoP proofs (RFC 9449 §4.3): a whole proof after `R`; otherwise the members of a header and a payload, signed with the key in
//! the header (unless the members bring another key).

use super::{Key, NOW, header_and_payload};
use panjereh::crypto::jose::dpop::verify_proof;
use panjereh::oidc::binding::Jkt;
use panjereh::oidc::dpop::{Proof, ProvedRequest, WINDOW, WINDOW_WITH_NONCE};
use serde_json::Value;
use std::sync::LazyLock;
use std::time::Duration;

static KEY: LazyLock<Key> = LazyLock::new(Key::of_the_client);

/// Reads one proof.
pub fn check(data: &[u8]) {
    if let [b'R', raw @ ..] = data {
        let Ok(jwt) = std::str::from_utf8(raw) else { return };
        return check_proof(jwt);
    }
    let Some((header, payload)) = header_and_payload(data) else { return };
    match serde_json::from_slice::<Value>(header) {
        Ok(Value::Object(mut header)) if !header.contains_key("jwk") => {
            header.insert("jwk".to_owned(), KEY.jwk());
            check_proof(&KEY.signed(Value::Object(header).to_string().as_bytes(), payload));
        }
        _ => check_proof(&KEY.signed(header, payload)),
    }
}

fn check_proof(jwt: &str) {
    let Ok(proof) = verify_proof(jwt) else { return };
    assert!(jwt.len() <= 4096);
    assert!((1..=256).contains(&proof.jti.len()));
    if proof.jkt.as_str() == KEY.thumbprint() {
        assert!(KEY.wrote(jwt), "a proof of this key that the key did not make");
    }
    assert_eq!(Jkt::parse(proof.jkt.as_str()), Some(proof.jkt.clone()));
    for window in [WINDOW, WINDOW_WITH_NONCE] {
        check_use(&proof, window);
    }
}

fn check_use(proof: &Proof, window: Duration) {
    let token = ProvedRequest { method: "POST", uri: "https://id.example/token", access_token_hash: None, alias: None };
    let userinfo =
        ProvedRequest { method: "GET", uri: "https://id.example/userinfo", access_token_hash: Some("hash"), alias: None };
    let (at_token, at_userinfo) = (proof.is_for(&token, window, NOW), proof.is_for(&userinfo, window, NOW));
    assert!(at_token.is_err() || at_userinfo.is_err(), "a proof is for one endpoint");
    if at_token.is_ok() {
        assert!(proof.method == "POST" && proof.issued_at.plus(window) >= NOW && proof.issued_at <= NOW.plus(window));
        let uri = url::Url::parse(&proof.uri).expect("an address");
        assert_eq!((uri.scheme(), uri.host_str(), uri.port_or_known_default()), ("https", Some("id.example"), Some(443)));
        assert!(uri.username().is_empty() && uri.password().is_none());
    }
    if at_userinfo.is_ok() {
        assert_eq!(proof.access_token_hash.as_deref(), Some("hash"));
    }
}
