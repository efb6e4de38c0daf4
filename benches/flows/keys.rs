//! A client's key: the assertions and DPoP proofs that it signs.

use crate::Failure;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use panjereh::random::Random;
use panjereh::time::Clock;
use serde_json::{Value, json};

/// A P-256 key pair.
pub struct Key {
    pair: EcdsaKeyPair,
    random: SystemRandom,
    jwk: Value,
}

impl Key {
    pub fn new() -> Result<Self, Failure> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let jwk = json!({ "kty": "EC", "crv": "P-256", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y) });
        Ok(Self { pair, random: SystemRandom::new(), jwk })
    }

    /// What a client registers.
    pub fn jwks(&self) -> Value {
        json!({ "keys": [self.jwk] })
    }

    /// An assertion of a client (RFC 7523 §2.2).
    pub fn assertion(&self, client: &str, issuer: &str) -> Result<String, Failure> {
        let now = Clock::System.now().seconds();
        let claims = json!({ "iss": client, "sub": client, "aud": issuer, "iat": now, "exp": now + 60, "jti": unique() });
        self.sign(&json!({ "alg": "ES256" }), &claims)
    }

    /// A DPoP proof (RFC 9449 §4.2), for an access token if there is one already.
    pub fn proof(&self, method: &str, url: &str, access_token: Option<&str>) -> Result<String, Failure> {
        let mut claims = json!({ "jti": unique(), "htm": method, "htu": url, "iat": Clock::System.now().seconds() });
        if let Some(token) = access_token {
            claims["ath"] = json!(URL_SAFE_NO_PAD.encode(digest(&SHA256, token.as_bytes())));
        }
        self.sign(&json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk }), &claims)
    }

    fn sign(&self, header: &Value, claims: &Value) -> Result<String, Failure> {
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encode(header), encode(claims));
        let signature = self.pair.sign(&self.random, signed.as_bytes())?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

fn unique() -> String {
    Random::Os.token().expose().clone()
}
