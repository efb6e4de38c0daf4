//! A client's registration for CIBA (OpenID Connect CIBA Core §4).

use crate::client::words::SigningAlg;
use serde::{Deserialize, Serialize};

/// `backchannel_token_delivery_mode` (§4). Push is not offered: it sends tokens to a client that has not authenticated for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryMode {
    /// The client polls the token endpoint until the person has decided.
    #[default]
    Poll,
    /// The client is notified when the person has decided, and then asks the token endpoint.
    Ping,
}

impl DeliveryMode {
    /// Both, in the order in which discovery lists them.
    pub const ALL: [Self; 2] = [Self::Poll, Self::Ping];

    /// The value in metadata.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Poll => "poll",
            Self::Ping => "ping",
        }
    }
}

/// A client's registration for CIBA (§4).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CibaRegistration {
    /// `backchannel_token_delivery_mode`.
    pub delivery: DeliveryMode,
    /// `backchannel_client_notification_endpoint`.
    pub notification_endpoint: Option<String>,
    /// `backchannel_authentication_request_signing_alg`: if set, its requests must be signed with this algorithm.
    pub request_alg: Option<SigningAlg>,
}
