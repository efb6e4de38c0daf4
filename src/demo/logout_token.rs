//! What a relying party does with a logout token (OpenID Connect Back-Channel Logout 1.0 §2.6), on the provider's published keys.

use crate::demo::relying_party::{RelyingError, RelyingParty, untrusted};
use crate::time::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::JsonWebKey as _;
use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm};
use serde_json::Value;

/// The member of `events` that makes a token a logout token.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// How far the provider's clock may be from ours, in seconds.
const SKEW: i64 = 60;

impl RelyingParty {
    /// Checks a logout token and returns the `sid` of the session that ended. The keys are fetched if that was not done before.
    pub(crate) async fn session_ended(&self, token: &str, now: Timestamp) -> Result<String, RelyingError> {
        let kept = self.provider().await?;
        let found = match read(token, kept.jwks().keys()) {
            // The provider may have changed its keys since they were fetched.
            Err(Unread::UnknownKey) => read(token, self.discover().await?.jwks().keys()),
            read => read,
        };
        let claims = found.map_err(|_| untrusted("the logout token is not signed by our provider"))?;
        self.meant_for_us(&claims, now).map_err(untrusted)
    }

    /// §2.6, points 4 to 10.
    fn meant_for_us(&self, claims: &Value, now: Timestamp) -> Result<String, &'static str> {
        let ours = self.registration();
        let seconds = |name: &str| claims[name].as_i64();
        if claims["iss"] != ours.issuer.as_str() || claims["aud"] != ours.client_id.as_str() {
            return Err("the logout token is of another issuer or for another client");
        }
        if seconds("exp").is_none_or(|exp| exp + SKEW <= now.seconds())
            || seconds("iat").is_none_or(|iat| iat > now.seconds() + SKEW)
        {
            return Err("the logout token is not valid now");
        }
        if !claims["events"][EVENT].is_object() || claims.get("nonce").is_some() {
            return Err("the token is no logout token");
        }
        claims["sid"].as_str().map(str::to_owned).ok_or("the logout token names no session")
    }
}

/// Why a token was not accepted.
enum Unread {
    /// Its key is not among the provider's known keys.
    UnknownKey,
    /// Anything else.
    Untrusted,
}

/// The claims, if the signature is valid. Logout tokens are signed as the client's ID tokens are: ES256 (§2.4).
fn read(token: &str, keys: &[CoreJsonWebKey]) -> Result<Value, Unread> {
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| Unread::Untrusted);
    let json = |part: &str| serde_json::from_slice::<Value>(&decode(part)?).map_err(|_| Unread::Untrusted);
    let (message, signature) = token.rsplit_once('.').ok_or(Unread::Untrusted)?;
    let (header, payload) = message.split_once('.').ok_or(Unread::Untrusted)?;
    let header = json(header)?;
    if header["alg"] != "ES256" || header["typ"] != "logout+jwt" {
        return Err(Unread::Untrusted);
    }
    let named = |key: &&CoreJsonWebKey| key.key_id().is_some_and(|kid| header["kid"] == kid.as_str());
    let key = keys.iter().find(named).ok_or(Unread::UnknownKey)?;
    let alg = CoreJwsSigningAlgorithm::EcdsaP256Sha256;
    key.verify_signature(&alg, message.as_bytes(), &decode(signature)?).map_err(|_| Unread::Untrusted)?;
    json(payload)
}
