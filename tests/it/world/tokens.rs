//! Verifying tokens as an agency does: with the published keys and a library that shares no code with the provider.

use super::agency::{Agency, Asking};
use super::{Answer, ISSUER, World};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::JsonWebKey as _;
use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm};
use serde_json::Value;

/// The tokens of a successful answer.
#[derive(Debug, Clone)]
pub struct Tokens {
    pub access_token: String,
    pub id_token: String,
    pub refresh_token: Option<String>,
    pub scope: String,
}

impl Tokens {
    #[track_caller]
    pub fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.text());
        let json = answer.json();
        let text = |name: &str| json[name].as_str().map(str::to_owned);
        let bound = decoded(json["access_token"].as_str().unwrap())["cnf"]["jkt"].is_string();
        assert_eq!(json["token_type"], if bound { "DPoP" } else { "Bearer" });
        Self {
            access_token: text("access_token").unwrap(),
            id_token: text("id_token").unwrap_or_default(),
            refresh_token: text("refresh_token"),
            scope: text("scope").unwrap_or_default(),
        }
    }

    /// The refresh token, which must be there.
    pub fn refresh(&self) -> &str {
        self.refresh_token.as_deref().expect("a refresh token was issued")
    }
}

/// The claims of a token, without checking its signature.
fn decoded(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

/// The claims of a token whose signature fits the key of this set that it names. `openidconnect` verifies it, with other
/// implementations of the algorithms than the provider's. Neither times nor audience are checked.
pub fn claims_signed_by(jwks: &Value, token: &str) -> Value {
    let (message, signature) = token.rsplit_once('.').unwrap();
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(message.split('.').next().unwrap()).unwrap()).unwrap();
    let jwk = jwks["keys"].as_array().unwrap().iter().find(|jwk| jwk["kid"] == header["kid"]).expect("the key is published");
    // The key says which algorithm it is for; the token can only agree.
    assert_eq!(header["alg"], jwk["alg"]);
    let alg: CoreJwsSigningAlgorithm = serde_json::from_value(jwk["alg"].clone()).expect("a key names its algorithm");
    let key: CoreJsonWebKey = serde_json::from_value(jwk.clone()).unwrap();
    key.verify_signature(&alg, message.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    decoded(token)
}

impl World {
    /// The header and the claims of a token that [`claims_signed_by`] finds signed by a key which is published now.
    pub async fn signed_claims(&self, token: &str) -> (jsonwebtoken::Header, Value) {
        let claims = claims_signed_by(&self.get("/jwks").await.json(), token);
        (jsonwebtoken::decode_header(token).unwrap(), claims)
    }
}

impl Agency<'_> {
    /// Redeems a code and verifies everything in the answer (OpenID Connect Core §3.1.3.7); returns the tokens, and the claims of
    /// the ID token.
    pub async fn sign_in(&self, asking: &Asking, code: &str) -> (Tokens, Value) {
        let tokens = Tokens::of(&self.redeem(asking, code).await);
        let claims = self.verified(&tokens).await;
        assert_eq!(claims["nonce"], asking.nonce.as_str());
        (tokens, claims)
    }

    /// The claims of an ID token that is for this agency, currently valid, and belongs to the access token beside it.
    pub async fn verified(&self, tokens: &Tokens) -> Value {
        let (header, claims) = self.world.signed_claims(&tokens.id_token).await;
        assert_eq!(format!("{:?}", header.alg), self.client.signing_alg.name());
        assert_eq!((&claims["iss"], &claims["aud"]), (&ISSUER.into(), &self.id().into()));
        let now = self.world.now().seconds();
        let number = |name: &str| claims[name].as_i64().unwrap();
        assert!(number("iat") <= now && now < number("exp") && number("auth_time") <= number("iat"), "{claims}");
        let hash = match header.alg {
            jsonwebtoken::Algorithm::EdDSA => &aws_lc_rs::digest::SHA512,
            _ => &aws_lc_rs::digest::SHA256,
        };
        let hash = aws_lc_rs::digest::digest(hash, tokens.access_token.as_bytes());
        let half = &hash.as_ref()[..hash.as_ref().len() / 2];
        assert_eq!(claims["at_hash"], URL_SAFE_NO_PAD.encode(half), "OpenID Connect Core §3.1.3.6");
        claims
    }
}
