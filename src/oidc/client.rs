//! A client: an agency's registered application, as the standards describe it (RFC 7591 §2, OpenID Connect Registration §2).

use super::scope::Scope;
use crate::identity::assurance::Acr;
use crate::secret::Secret;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A client's public name on the wire (RFC 6749 §2.2): 1 to 128 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientId(String);

impl ClientId {
    /// Takes 1 to 128 characters out of `A-Z a-z 0-9 - . _ ~ :`.
    pub fn parse(text: &str) -> Option<Self> {
        let known = |b: u8| b.is_ascii_alphanumeric() || b"-._~:".contains(&b);
        ((1..=128).contains(&text.len()) && text.bytes().all(known)).then(|| Self(text.to_owned()))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a client shows who it is at the token endpoint (OpenID Connect Core §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenEndpointAuthMethod {
    /// Secret in the `Authorization` header.
    ClientSecretBasic,
    /// Secret in the form.
    ClientSecretPost,
    /// A signed assertion (RFC 7523 §2.2).
    PrivateKeyJwt,
    /// A public client.
    None,
}

/// Signature algorithms that are offered (RFC 7518 §3.1, RFC 8037).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SigningAlg {
    /// ECDSA, P-256, SHA-256.
    ES256,
    /// RSA PKCS#1 v1.5, SHA-256.
    RS256,
    /// RSA-PSS, SHA-256.
    PS256,
    /// Ed25519.
    EdDSA,
}

impl SigningAlg {
    /// All, in the order in which discovery lists them.
    pub const ALL: [Self; 4] = [Self::ES256, Self::RS256, Self::PS256, Self::EdDSA];

    /// The JOSE name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ES256 => "ES256",
            Self::RS256 => "RS256",
            Self::PS256 => "PS256",
            Self::EdDSA => "EdDSA",
        }
    }
}

/// `application_type` (OpenID Connect Registration §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ApplicationType {
    /// Runs on a server; redirect URIs match exactly.
    Web,
    /// Runs on a device; the port of a loopback redirect URI may vary (RFC 8252 §7.3).
    Native,
}

/// `subject_type` (OpenID Connect Core §8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectType {
    /// Each sector sees its own identifier.
    Pairwise,
    /// Every client with this setting sees the same identifier.
    Public,
}

/// `grant_types` that a client may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// RFC 6749 §4.1.
    AuthorizationCode,
    /// RFC 6749 §6.
    RefreshToken,
    /// RFC 6749 §4.4.
    ClientCredentials,
}

/// Whether PKCE is demanded of a client (RFC 7636, RFC 9700 §2.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pkce {
    /// S256 in every authorization request.
    Required,
    /// A confidential client registered so may leave it out.
    Optional,
}

/// Names and texts in both languages of the pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalName {
    /// Persian.
    pub fa: String,
    /// English.
    pub en: String,
}

/// A registered client. Redirect URIs are compared as the strings they were registered as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// `client_id`.
    pub id: ClientId,
    /// The agency that owns it (its slug).
    pub agency: String,
    /// `client_name`, shown on pages.
    pub name: LocalName,
    /// Secret of the two `client_secret_*` methods, as SHA-256 (the secrets are 256 random bits, so a slow hash adds nothing).
    pub secret_hash: Option<crate::identity::account::TokenHash>,
    /// `token_endpoint_auth_method`.
    pub auth_method: TokenEndpointAuthMethod,
    /// `jwks`: public keys for `private_key_jwt`, as registered JSON.
    pub jwks: Option<serde_json::Value>,
    /// `application_type`.
    pub application_type: ApplicationType,
    /// `redirect_uris`.
    pub redirect_uris: Vec<String>,
    /// `post_logout_redirect_uris`.
    pub post_logout_redirect_uris: Vec<String>,
    /// `grant_types`.
    pub grant_types: Vec<GrantType>,
    /// Scopes it may ask for.
    pub scopes: Vec<Scope>,
    /// `subject_type`.
    pub subject_type: SubjectType,
    /// The sector of pairwise identifiers: host of its redirect URIs, or as registered.
    pub sector: String,
    /// `id_token_signed_response_alg`; access tokens are signed with it too.
    pub signing_alg: SigningAlg,
    /// PKCE.
    pub pkce: Pkce,
    /// Least level at which it lets somebody in.
    pub min_acr: Acr,
    /// The agency's page, for the window and the "back to" links.
    pub client_uri: Option<String>,
}

/// A client's secret as it arrived or as it is handed out.
pub type ClientSecret = Secret<String>;
