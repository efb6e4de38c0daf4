//! A client's DPoP key and the proofs that it makes (RFC 9449 §4), signed by `jsonwebtoken::encode`, which the provider does not use.

use super::agency::Agency;
use super::{Answer, ISSUER, World};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use axum::body::Body;
use axum::http::{HeaderValue, Request};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

/// A P-256 key that makes proofs.
pub struct Prover {
    key: EncodingKey,
    jwk: Value,
}

impl Prover {
    pub fn new() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let pkcs8 = pair.to_pkcs8v1().unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let jwk = json!({ "kty": "EC", "crv": "P-256", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y) });
        Self { key: EncodingKey::from_ec_der(pkcs8.as_ref()), jwk }
    }

    /// The thumbprint (RFC 7638 §3).
    pub fn jkt(&self) -> String {
        let text = format!(r#"{{"crv":"P-256","kty":"EC","x":{},"y":{}}}"#, self.jwk["x"], self.jwk["y"]);
        URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()))
    }

    /// The claims of a valid proof.
    pub fn claims(method: &str, path: &str, world: &World) -> Value {
        json!({ "jti": format!("proof-{}", world.next_number()), "htm": method, "htu": format!("{ISSUER}{path}"), "iat": world.now().seconds() })
    }

    pub fn sign(&self, claims: &Value) -> String {
        let jwk = serde_json::from_value(self.jwk.clone()).unwrap();
        let header = Header { typ: Some("dpop+jwt".to_owned()), jwk: Some(jwk), ..Header::new(Algorithm::ES256) };
        jsonwebtoken::encode(&header, claims, &self.key).unwrap()
    }

    /// A valid proof for the token endpoint.
    pub fn for_token(&self, world: &World) -> String {
        self.sign(&Self::claims("POST", "/token", world))
    }

    /// The claims of a valid proof for UserInfo.
    pub fn claims_for(token: &str, world: &World) -> Value {
        let mut claims = Self::claims("GET", "/userinfo", world);
        claims["ath"] = json!(URL_SAFE_NO_PAD.encode(digest(&SHA256, token.as_bytes())));
        claims
    }
}

impl Agency<'_> {
    /// A form for the token endpoint, with this proof.
    pub async fn token_with(&self, form: &[(&str, &str)], proof: &str) -> Answer {
        let mut request = self.token_request(form);
        request.headers_mut().insert("dpop", HeaderValue::from_str(proof).unwrap());
        self.world.send(request).await
    }

    /// UserInfo with this scheme and these proofs.
    pub async fn userinfo_with(&self, scheme: &str, token: &str, proofs: &[&str]) -> Answer {
        let mut request = Request::get("/userinfo").header("authorization", format!("{scheme} {token}"));
        for proof in proofs {
            request = request.header("dpop", *proof);
        }
        self.world.send(request.body(Body::empty()).unwrap()).await
    }
}
