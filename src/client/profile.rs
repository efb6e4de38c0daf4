//! FAPI 2.0: the Security Profile and Message Signing, as rules for a client.
//!
//! Most of the rules are options of every client's registration (pushed requests, PKCE, bound tokens). `Client::held_to`
//! switches them on, so that no endpoint needs to know the profile. The other rules are the methods here.

use crate::client::words::{SigningAlg, TokenEndpointAuthMethod};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The profile that a client must follow. Each is stricter than the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// No profile: the client's registration alone decides.
    #[default]
    Standard,
    /// FAPI 2.0 Security Profile.
    Fapi2,
    /// FAPI 2.0 Message Signing in addition: signed requests and signed responses.
    Fapi2MessageSigning,
}

/// The longest lifetime of an authorization code (FAPI 2.0 Security Profile §5.3.2.1 item 11).
pub(crate) const CODE_LIFETIME: Duration = Duration::from_mins(1);

impl Profile {
    /// All profiles, the least strict first.
    pub(crate) const ALL: [Self; 3] = [Self::Standard, Self::Fapi2, Self::Fapi2MessageSigning];

    /// The value in settings and in an agency file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Fapi2 => "fapi2",
            Self::Fapi2MessageSigning => "fapi2-message-signing",
        }
    }

    /// Whether the rules of the Security Profile apply.
    pub fn is_fapi2(self) -> bool {
        self >= Self::Fapi2
    }

    /// Whether the rules of Message Signing apply.
    pub(crate) fn signs_messages(self) -> bool {
        self == Self::Fapi2MessageSigning
    }

    /// §5.3.2.1 item 6: mutual TLS or `private_key_jwt`. Secrets and public clients are not allowed.
    pub(crate) fn allows_method(self, method: TokenEndpointAuthMethod) -> bool {
        !self.is_fapi2() || method == TokenEndpointAuthMethod::PrivateKeyJwt || method.needs_certificate()
    }

    /// §5.4.1 item 1: PS256, ES256 or EdDSA.
    pub(crate) fn allows_alg(self, alg: SigningAlg) -> bool {
        !self.is_fapi2() || alg != SigningAlg::RS256
    }

    /// §5.3.2.2 item 8: no redirect without TLS, not even to a loopback address.
    pub(crate) fn allows_redirect(self, uri: &str) -> bool {
        !self.is_fapi2() || uri.starts_with("https://")
    }
}
