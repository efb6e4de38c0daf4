//! The words of a client's registration: its id, and the closed sets of RFC 7591 §2 and OpenID Connect Registration §2.

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
    /// A certificate that an authority issued (RFC 8705 §2.1).
    TlsClientAuth,
    /// A certificate of the client's own making, which it registered (RFC 8705 §2.2).
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

    /// Whether it is done with a secret that both sides know.
    pub const fn needs_secret(self) -> bool {
        matches!(self, Self::ClientSecretBasic | Self::ClientSecretPost)
    }
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

impl ApplicationType {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Web, Self::Native];

    /// The value in metadata.
    pub const fn name(self) -> &'static str {
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
    /// Each sector sees its own identifier.
    Pairwise,
    /// Every client with this setting sees the same identifier.
    Public,
}

impl SubjectType {
    /// Both, in the order in which discovery lists them.
    pub const ALL: [Self; 2] = [Self::Pairwise, Self::Public];

    /// The value in metadata.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pairwise => "pairwise",
            Self::Public => "public",
        }
    }
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

impl Pkce {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Required, Self::Optional];

    /// The value in an agency file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Optional => "optional",
        }
    }
}

/// Whether a client's proofs need a nonce of ours (RFC 9449 §8, §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NonceRule {
    /// One is checked where it is given.
    #[default]
    Optional,
    /// Every proof has one.
    Required,
}

impl NonceRule {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Optional, Self::Required];

    /// The value in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Optional => "optional",
            Self::Required => "required",
        }
    }
}
