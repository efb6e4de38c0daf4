//! A client's id, and the closed sets of values in its registration (RFC 7591 §2, OpenID Connect Registration §2).

use serde::{Deserialize, Serialize};
use std::fmt;

/// A client's identifier (RFC 6749 §2.2): 1 to 128 visible ASCII characters. It is public.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientId(String);

impl ClientId {
    /// Reads 1 to 128 characters out of `A-Z a-z 0-9 - . _ ~ :`.
    pub fn parse(text: &str) -> Option<Self> {
        let known = |b: u8| b.is_ascii_alphanumeric() || b"-._~:".contains(&b);
        ((1..=128).contains(&text.len()) && text.bytes().all(known)).then(|| Self(text.to_owned()))
    }

    /// The identifier as a text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a client authenticates at the token endpoint (OpenID Connect Core §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenEndpointAuthMethod {
    /// Secret in the `Authorization` header.
    ClientSecretBasic,
    /// Secret in the form.
    ClientSecretPost,
    /// A signed assertion (RFC 7523 §2.2).
    PrivateKeyJwt,
    /// A certificate that an authority issued (RFC 8705 §2.1).
    TlsClientAuth,
    /// A self-signed certificate that the client registered (RFC 8705 §2.2).
    SelfSignedTlsClientAuth,
    /// A public client.
    None,
}

impl TokenEndpointAuthMethod {
    /// All, in the order in which discovery lists them.
    pub const ALL: [Self; 6] = [
        Self::ClientSecretBasic,
        Self::ClientSecretPost,
        Self::PrivateKeyJwt,
        Self::TlsClientAuth,
        Self::SelfSignedTlsClientAuth,
        Self::None,
    ];

    /// The value on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::TlsClientAuth => "tls_client_auth",
            Self::SelfSignedTlsClientAuth => "self_signed_tls_client_auth",
            Self::None => "none",
        }
    }

    /// Whether the client authenticates with a shared secret.
    pub const fn needs_secret(self) -> bool {
        matches!(self, Self::ClientSecretBasic | Self::ClientSecretPost)
    }
}

/// By which methods a client may present its secret (RFC 6749 §2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretMethods {
    /// By the one that its entry names. Entries from before this distinction count as such.
    #[default]
    Named,
    /// In the header or in the form: its entry names no method. Many libraries try one after the other, or know one of them only.
    Either,
}

/// The supported signature algorithms (RFC 7518 §3.1, RFC 8037).
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
    /// Runs on a server. Redirect URIs are compared exactly.
    Web,
    /// Runs on the person's device. The port of a loopback redirect URI may vary (RFC 8252 §7.3).
    Native,
}

impl ApplicationType {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Web, Self::Native];

    /// The value in metadata.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Native => "native",
        }
    }
}

/// `subject_type` (OpenID Connect Core §8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectType {
    /// Each sector sees another identifier of a person.
    Pairwise,
    /// Every client with this value sees the same identifier of a person.
    Public,
}

impl SubjectType {
    /// Both, in the order in which discovery lists them.
    pub(crate) const ALL: [Self; 2] = [Self::Pairwise, Self::Public];

    /// The value in metadata.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Pairwise => "pairwise",
            Self::Public => "public",
        }
    }
}

/// Whether a client must use PKCE (RFC 7636, RFC 9700 §2.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pkce {
    /// Every authorization request needs an S256 code challenge.
    Required,
    /// A confidential client may omit it.
    Optional,
}

impl Pkce {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Required, Self::Optional];

    /// The value in an agency file.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Optional => "optional",
        }
    }
}

/// Whether a client's DPoP proofs need a nonce from this server (RFC 9449 §8, §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NonceRule {
    /// A nonce is checked if the proof has one.
    #[default]
    Optional,
    /// A proof without a nonce is rejected.
    Required,
}

impl NonceRule {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Optional, Self::Required];

    /// The value in files.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Optional => "optional",
            Self::Required => "required",
        }
    }
}
