//! How a client shows who it is, on the wire (RFC 6749 §2.3, RFC 7521 §4.2). Whether it is true, the flow finds out.

use super::client::{ClientId, ClientSecret, TokenEndpointAuthMethod};
use super::error::OAuthError;
use super::params::{self, Params};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// `client_assertion_type` of a JWT (RFC 7523 §2.2).
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Longest client assertion, in bytes.
const LONGEST_ASSERTION: usize = 8192;
/// Longest secret, in bytes.
const LONGEST_SECRET: usize = 512;
/// Longest `Authorization` header, in bytes: both halves percent-encoded, then base64.
const LONGEST_HEADER: usize = 4096;

/// What a request brings to show which client makes it: one way, never two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PresentedCredentials {
    /// `client_secret_basic` (RFC 6749 §2.3.1).
    Basic {
        /// Who it says it is.
        client_id: ClientId,
        /// Its secret.
        secret: ClientSecret,
    },
    /// `client_secret_post` (RFC 6749 §2.3.1).
    Post {
        /// Who it says it is.
        client_id: ClientId,
        /// Its secret.
        secret: ClientSecret,
    },
    /// `private_key_jwt` (RFC 7523 §2.2).
    Assertion {
        /// Who it says it is: `client_id`, or the assertion's `sub`, which nobody has verified yet.
        client_id: ClientId,
        /// The signed assertion.
        jwt: ClientSecret,
    },
    /// A public client (RFC 6749 §3.2.1).
    None {
        /// Who it says it is.
        client_id: ClientId,
    },
}

impl PresentedCredentials {
    /// Reads the `Authorization` header, if there is one, and the form. More than one way is `invalid_request` (RFC 6749 §2.3);
    /// a way that cannot be read is `invalid_client`.
    pub fn parse(authorization: Option<&str>, form: &Params) -> Result<Self, OAuthError> {
        let named = match form.at_most("client_id", 128)? {
            Some(text) => Some(ClientId::parse(text).ok_or_else(unknown_client)?),
            None => None,
        };
        let (secret, assertion) = (form.get("client_secret"), form.get("client_assertion"));
        if [authorization.is_some(), secret.is_some(), assertion.is_some()].into_iter().filter(|used| *used).count() > 1 {
            return Err(OAuthError::invalid_request("the client must authenticate in one way, not in several"));
        }
        if assertion.is_some() != form.get("client_assertion_type").is_some() {
            return Err(OAuthError::invalid_request("client_assertion and client_assertion_type belong together"));
        }
        if let Some(header) = authorization {
            return basic(header, named.as_ref());
        }
        if let Some(jwt) = assertion {
            return Self::from_assertion(jwt, named, form);
        }
        let client_id = named.ok_or_else(|| OAuthError::invalid_client("the request does not say which client makes it"))?;
        match secret {
            Some(secret) if secret.len() > LONGEST_SECRET => Err(OAuthError::invalid_client("client_secret is too long")),
            Some(secret) => Ok(Self::Post { client_id, secret: ClientSecret::new(secret.to_owned()) }),
            None => Ok(Self::None { client_id }),
        }
    }

    /// Who it says it is.
    pub const fn client_id(&self) -> &ClientId {
        match self {
            Self::Basic { client_id, .. }
            | Self::Post { client_id, .. }
            | Self::Assertion { client_id, .. }
            | Self::None { client_id } => client_id,
        }
    }

    /// The method that was used; it has to be the registered one (OpenID Connect Core §9).
    pub const fn method(&self) -> TokenEndpointAuthMethod {
        match self {
            Self::Basic { .. } => TokenEndpointAuthMethod::ClientSecretBasic,
            Self::Post { .. } => TokenEndpointAuthMethod::ClientSecretPost,
            Self::Assertion { .. } => TokenEndpointAuthMethod::PrivateKeyJwt,
            Self::None { .. } => TokenEndpointAuthMethod::None,
        }
    }

    /// RFC 7521 §4.2: `client_id` may be left out, and must name the assertion's subject where it is not.
    fn from_assertion(jwt: &str, named: Option<ClientId>, form: &Params) -> Result<Self, OAuthError> {
        if form.get("client_assertion_type") != Some(JWT_BEARER) {
            return Err(OAuthError::invalid_client("client_assertion_type must be that of a JWT, as RFC 7523 names it"));
        }
        if jwt.len() > LONGEST_ASSERTION {
            return Err(OAuthError::invalid_client("client_assertion is too long"));
        }
        let subject =
            unverified_subject(jwt).ok_or_else(|| OAuthError::invalid_client("client_assertion names no client as sub"))?;
        if named.is_some_and(|named| named != subject) {
            return Err(OAuthError::invalid_client("client_id and the sub of client_assertion differ"));
        }
        Ok(Self::Assertion { client_id: subject, jwt: ClientSecret::new(jwt.to_owned()) })
    }
}

fn unknown_client() -> OAuthError {
    OAuthError::invalid_client("the client is not known")
}

/// RFC 6749 §2.3.1: both halves are form-encoded before they become a user name and a password (RFC 7617).
fn basic(header: &str, named: Option<&ClientId>) -> Result<PresentedCredentials, OAuthError> {
    let unreadable = || OAuthError::invalid_client("the Authorization header holds no Basic credentials");
    let (scheme, credentials) = header.split_once(' ').filter(|_| header.len() <= LONGEST_HEADER).ok_or_else(unreadable)?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return Err(unreadable());
    }
    let decoded = STANDARD.decode(credentials.trim()).map_err(|_| unreadable())?;
    let colon = decoded.iter().position(|byte| *byte == b':').ok_or_else(unreadable)?;
    let id = params::decode(&decoded[..colon]).ok_or_else(unreadable)?;
    let secret = params::decode(&decoded[colon + 1..]).map(ClientSecret::new).ok_or_else(unreadable)?;
    let client_id = ClientId::parse(&id).ok_or_else(unknown_client)?;
    if named.is_some_and(|named| *named != client_id) {
        return Err(OAuthError::invalid_request("client_id and the Authorization header name different clients"));
    }
    if secret.expose().len() > LONGEST_SECRET {
        return Err(OAuthError::invalid_client("the client secret is too long"));
    }
    Ok(PresentedCredentials::Basic { client_id, secret })
}

/// The `sub` of a JWT whose signature nobody has looked at: good for finding the key to verify it with, for nothing else.
fn unverified_subject(jwt: &str) -> Option<ClientId> {
    let mut parts = jwt.split('.');
    let payload = parts.nth(1).filter(|_| parts.next().is_some() && parts.next().is_none())?;
    let claims: serde_json::Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    ClientId::parse(claims.get("sub")?.as_str()?)
}
