//! Protecting responses to a client: encrypted ID tokens and logout tokens, and UserInfo as a JWT. OpenID Connect
//! Core §5.3.2, §10.2.

use crate::app::App;
use crate::app::client_keys::{NoKeys, PAUSE, with_keys};
use crate::app::unavailable::{Unavailable, unavailable_from};
use crate::client::metadata::Client;
use crate::client::parts::protection::Encryption;
use crate::crypto::jose::jwe::{Content, JweError, Recipient, RecipientError};
use crate::crypto::jose::sign::{SignError, sign};
use crate::crypto::keyring::TYP_JWT;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::time::Timestamp;
use serde_json::{Map, Value};

/// The recipient to encrypt for; `None` if the client is not registered for encryption. May fetch the client's keys: never call
/// it with an open transaction.
pub(crate) async fn recipient(app: &App, client: &Client, wanted: Option<Encryption>) -> Result<Option<Recipient>, NoRecipient> {
    let Some(encryption) = wanted else { return Ok(None) };
    // The keys may have been fetched before the client published this one.
    let found = with_keys(app, client, None, |keys| Recipient::of(keys, encryption), |_| true).await?;
    Ok(Some(found?))
}

/// A signed JWT, encrypted if there is a recipient.
pub(crate) fn seal(app: &App, recipient: Option<&Recipient>, jwt: String) -> Result<String, Unavailable> {
    match recipient {
        None => Ok(jwt),
        Some(recipient) => Ok(recipient.encrypt(Content::Jwt(&jwt), &app.random)?),
    }
}

/// The response of UserInfo.
#[derive(Debug)]
pub(crate) enum UserInfo {
    /// Claims.
    Claims(Map<String, Value>),
    /// A JWT: signed, encrypted, or encrypted around a signed one.
    Jwt(String),
}

/// The response of UserInfo in the form that the client registered.
pub(crate) async fn userinfo_for(
    app: &App,
    client: &Client,
    mut claims: Map<String, Value>,
    now: Timestamp,
) -> Result<UserInfo, NoRecipient> {
    let recipient = recipient(app, client, client.protection.userinfo_encryption).await?;
    if let Some(alg) = client.protection.userinfo_signing_alg {
        // §5.3.2: a signed response names its issuer and its audience.
        claims.insert("iss".to_owned(), app.settings.issuer().into());
        claims.insert("aud".to_owned(), client.id.as_str().into());
        let jwt = sign(&app.keyring.load(), alg, TYP_JWT, &claims, now)?;
        return Ok(UserInfo::Jwt(seal(app, recipient.as_ref(), jwt)?));
    }
    let Some(recipient) = recipient else { return Ok(UserInfo::Claims(claims)) };
    let claims = Value::Object(claims).to_string();
    let jwe = recipient.encrypt(Content::Claims(claims.as_bytes()), &app.random)?;
    Ok(UserInfo::Jwt(jwe))
}

/// Why nothing can be encrypted for a client. The client then gets an error: the response is never sent unencrypted instead.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoRecipient {
    /// The client has no keys, or they cannot be fetched.
    #[error("no keys to encrypt for: {0}")]
    Keys(#[from] NoKeys),
    /// None of its keys can be used.
    #[error("no key to encrypt for: {0}")]
    Key(#[from] RecipientError),
    /// A dependency failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

unavailable_from!(NoRecipient: SignError, JweError);

/// The error tells the client's developer where to look.
impl From<&NoRecipient> for OAuthError {
    fn from(error: &NoRecipient) -> Self {
        match error {
            NoRecipient::Keys(keys) if keys.may_pass() => {
                let description =
                    "the answer is to be encrypted, but the client's jwks_uri could not be read; try again in a moment";
                Self::new(OAuthErrorCode::TemporarilyUnavailable, description).unreachable_for(PAUSE)
            }
            NoRecipient::Keys(_) | NoRecipient::Key(_) => Self::invalid_request(
                "the answer is to be encrypted, but the client's jwks or jwks_uri holds no sound public key for the registered \
                 encryption algorithm (use enc or none)",
            ),
            NoRecipient::Unavailable(cause) => cause.into(),
        }
    }
}
