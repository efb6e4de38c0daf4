//! A client's key and the assertions that it signs (RFC 7523 §2.2) by `jsonwebtoken::encode`, which the provider does not use.

use super::{ISSUER, World};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

/// A P-256 key pair of a client.
pub struct Signer {
    key: EncodingKey,
    public: Value,
    kid: String,
}

impl Signer {
    pub fn new() -> Self {
        Self::named("client-key")
    }

    /// A key pair whose key has this id.
    pub fn named(kid: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let pkcs8 = pair.to_pkcs8v1().unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let public = json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid,
            "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
        });
        Self { key: EncodingKey::from_ec_der(pkcs8.as_ref()), public, kid: kid.to_owned() }
    }

    /// The public key as it is registered.
    pub fn jwks(&self) -> Value {
        json!({ "keys": [self.public] })
    }

    /// The claims of a valid assertion.
    pub fn claims(client: &str, world: &World) -> Value {
        let now = world.now().seconds();
        json!({
            "iss": client, "sub": client, "aud": ISSUER, "iat": now, "exp": now + 120,
            "jti": format!("jti-{}", world.next_number()),
        })
    }

    pub fn sign(&self, claims: &Value) -> String {
        let header = Header { kid: Some(self.kid.clone()), ..Header::new(Algorithm::ES256) };
        jsonwebtoken::encode(&header, claims, &self.key).unwrap()
    }

    /// Signed, with the public key in the header, which a server must ignore (RFC 8725 §3.10).
    pub fn sign_bringing_its_key(&self, claims: &Value) -> String {
        let jwk = serde_json::from_value(self.public.clone()).unwrap();
        let header = Header { jwk: Some(jwk), kid: Some(self.kid.clone()), ..Header::new(Algorithm::ES256) };
        jsonwebtoken::encode(&header, claims, &self.key).unwrap()
    }

    /// Signed under another header.
    pub fn sign_under(&self, change: impl FnOnce(&mut Header), claims: &Value) -> String {
        let mut header = Header { kid: Some(self.kid.clone()), ..Header::new(Algorithm::ES256) };
        change(&mut header);
        jsonwebtoken::encode(&header, claims, &self.key).unwrap()
    }

    /// Signs a payload exactly as written, with its repeated members.
    pub fn sign_text(&self, header: &Value, payload: &str) -> String {
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(payload));
        format!("{message}.{}", jsonwebtoken::crypto::sign(message.as_bytes(), &self.key, Algorithm::ES256).unwrap())
    }

    /// A valid assertion.
    pub fn assertion(&self, client: &str, world: &World) -> String {
        self.sign(&Self::claims(client, world))
    }
}

/// A JWS in compact form with this header and payload, and any signature.
pub fn compact(header: &Value, payload: &Value, signature: &[u8]) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{}", encode(header), encode(payload), URL_SAFE_NO_PAD.encode(signature))
}
