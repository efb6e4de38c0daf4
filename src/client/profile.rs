//! FAPI 2.0: the Security Profile and Message Signing, as rules that a client is held to.
//!
//! Most of them are rules that any client may be registered for (pushed requests, PKCE, bound tokens); [`Client::held_to`] switches those on,
//! so that no endpoint has to know the profile. What is left is asked here by name.

use crate::client::words::{SigningAlg, TokenEndpointAuthMethod};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What a client is held to; each is stricter than the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// What it is registered for.
    #[default]
    Standard,
    /// FAPI 2.0 Security Profile.
    Fapi2,
    /// FAPI 2.0 Message Signing above it: signed requests and signed answers.
    Fapi2MessageSigning,
}

/// FAPI 2.0 Security Profile §5.3.2.1 item 11: a code lives no longer.
pub const CODE_LIFETIME: Duration = Duration::from_mins(1);

impl Profile {
    /// All.
    pub const ALL: [Self; 3] = [Self::Standard, Self::Fapi2, Self::Fapi2MessageSigning];

    /// The value in settings and in an agency file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Fapi2 => "fapi2",
            Self::Fapi2MessageSigning => "fapi2-message-signing",
        }
    }

    /// Whether the Security Profile holds.
    pub fn is_fapi2(self) -> bool {
        self >= Self::Fapi2
    }

    /// Whether Message Signing holds.
    pub fn signs_messages(self) -> bool {
        self == Self::Fapi2MessageSigning
    }

    /// §5.3.2.1 item 6: mutual TLS or `private_key_jwt`; no secrets, and no client that cannot authenticate.
    pub fn allows_method(self, method: TokenEndpointAuthMethod) -> bool {
        !self.is_fapi2() || method == TokenEndpointAuthMethod::PrivateKeyJwt || method.needs_certificate()
    }

    /// §5.4.1 item 1: PS256, ES256 or EdDSA.
    pub fn allows_alg(self, alg: SigningAlg) -> bool {
        !self.is_fapi2() || alg != SigningAlg::RS256
    }

    /// §5.3.2.2 item 8: no unencrypted redirect, not even to one's own machine.
    pub fn allows_redirect(self, uri: &str) -> bool {
        !self.is_fapi2() || uri.starts_with("https://")
    }
}
