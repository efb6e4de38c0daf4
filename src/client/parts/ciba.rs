//! How a client asks for people through CIBA, as it is registered (OpenID Connect CIBA Core §4).

use crate::client::words::SigningAlg;
use serde::{Deserialize, Serialize};

/// `backchannel_token_delivery_mode` (§4). Push is not offered: it would send tokens where nobody authenticates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryMode {
    /// The client asks until there is an answer.
    #[default]
    Poll,
    /// It is told when there is one.
    Ping,
}

impl DeliveryMode {
    /// Both, in the order in which discovery lists them.
    pub const ALL: [Self; 2] = [Self::Poll, Self::Ping];

    /// The value in metadata.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Poll => "poll",
            Self::Ping => "ping",
        }
    }
}

/// How a client asks at the back, as it is registered (§4).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Backchannel {
    /// `backchannel_token_delivery_mode`.
    pub delivery: DeliveryMode,
    /// `backchannel_client_notification_endpoint`.
    pub notification_endpoint: Option<String>,
    /// `backchannel_authentication_request_signing_alg`: its requests are signed, with this algorithm.
    pub request_alg: Option<SigningAlg>,
}
