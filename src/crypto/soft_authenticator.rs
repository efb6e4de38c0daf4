//! A passkey provider in software, for tests: browser and authenticator in one, ES256, attestation `none`. A test can make it do
//! what no real one would: name another origin, skip user verification, turn its counter back.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const ATTESTED_CREDENTIAL: u8 = 0x40;

/// One passkey and how it behaves.
pub(crate) struct SoftAuthenticator {
    /// What the browser says the page's origin is.
    pub(crate) origin: String,
    /// The RP ID whose hash is signed.
    pub(crate) rp_id: String,
    /// Whether it verifies its user.
    pub(crate) verifies_user: bool,
    /// Whether its provider copies it from device to device.
    pub(crate) is_synced: bool,
    /// The signature counter of the next response.
    pub(crate) counter: u32,
    /// Its credential id.
    pub(crate) credential_id: Vec<u8>,
    key: EcdsaKeyPair,
    user_handle: Option<Value>,
}

impl SoftAuthenticator {
    /// One that follows the rules, on a page of `origin`.
    pub(crate) fn new(rp_id: &str, origin: &str) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key");
        let credential_id = digest(&SHA256, key.public_key().as_ref()).as_ref().to_vec();
        let (origin, rp_id) = (origin.to_owned(), rp_id.to_owned());
        Self { origin, rp_id, verifies_user: true, is_synced: false, counter: 0, credential_id, key, user_handle: None }
    }

    /// `navigator.credentials.create()`: the response as JSON.
    pub(crate) fn create(&mut self, options: &Value) -> String {
        let options = &options["publicKey"];
        self.user_handle = Some(options["user"]["id"].clone());
        let client_data = self.client_data("webauthn.create", options);
        let mut auth_data = self.auth_data(ATTESTED_CREDENTIAL);
        auth_data.extend([0; 16]); // AAGUID
        auth_data.extend(u16::try_from(self.credential_id.len()).expect("short").to_be_bytes());
        auth_data.extend(&self.credential_id);
        auth_data.extend(self.cose_key());
        // CBOR: { "fmt": "none", "attStmt": {}, "authData": bytes of a 16-bit length }
        let mut attestation = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59".to_vec();
        attestation.extend(u16::try_from(auth_data.len()).expect("short").to_be_bytes());
        attestation.extend(auth_data);
        let response = json!({ "clientDataJSON": encoded(client_data), "attestationObject": encoded(attestation) });
        self.credential(&response, &json!({ "credProps": { "rk": true } }))
    }

    /// `navigator.credentials.get()`: the response as JSON.
    pub(crate) fn get(&self, options: &Value) -> String {
        let client_data = self.client_data("webauthn.get", &options["publicKey"]);
        let auth_data = self.auth_data(0);
        let message = [auth_data.as_slice(), digest(&SHA256, client_data.as_bytes()).as_ref()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &message).expect("a signature");
        let response = json!({
            "clientDataJSON": encoded(client_data), "authenticatorData": encoded(auth_data),
            "signature": encoded(signature), "userHandle": self.user_handle,
        });
        self.credential(&response, &json!({}))
    }

    fn credential(&self, response: &Value, extensions: &Value) -> String {
        let id = encoded(&self.credential_id);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": extensions })
            .to_string()
    }

    fn client_data(&self, kind: &str, options: &Value) -> String {
        json!({ "type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false }).to_string()
    }

    fn auth_data(&self, flags: u8) -> Vec<u8> {
        let verified = if self.verifies_user { USER_VERIFIED } else { 0 };
        let synced = if self.is_synced { BACKUP_ELIGIBLE | BACKED_UP } else { 0 };
        let mut data = digest(&SHA256, self.rp_id.as_bytes()).as_ref().to_vec();
        data.push(flags | USER_PRESENT | verified | synced);
        data.extend(self.counter.to_be_bytes());
        data
    }

    /// CBOR: { 1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y }
    fn cose_key(&self) -> Vec<u8> {
        let (x, y) = self.key.public_key().as_ref()[1..].split_at(32);
        [b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20".as_slice(), x, b"\x22\x58\x20", y].concat()
    }
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
