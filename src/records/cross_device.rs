//! Cross-device requests (RFC 8628, OpenID Connect CIBA Core): a client's request without a browser, and the decision that a
//! person makes about it in their own browser.

use crate::client::grant_type::GrantType;
use crate::identity::id::{AccountId, ApprovalId};
use crate::oidc::authorization::request::AuthorizationRequest;
use crate::oidc::cross_device::device::UserCode;
use crate::records::grant::Grant;
use crate::secret::TokenHash;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A cross-device request. The client looks it up by one hash, the person by another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrossDeviceRequest {
    /// The hash by which the client looks it up: of `device_code` or `auth_req_id`.
    pub name: TokenHash,
    /// How the person finds it.
    pub way: CrossDeviceWay,
    /// What the client requests.
    pub request: AuthorizationRequest,
    /// When it expires: after this the person cannot decide and the client cannot redeem.
    pub expires_at: Timestamp,
}

/// How a person finds a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CrossDeviceWay {
    /// The person reads this code on a device and types it (RFC 8628 §3.3).
    Device(UserCode),
    /// The person gets a message, or finds the request in their list of open requests (OpenID Connect CIBA Core §7.2).
    #[serde(rename = "Backchannel")]
    Ciba(Box<CibaAsk>),
}

/// A CIBA request to one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CibaAsk {
    /// The id in the link to it.
    pub approval: ApprovalId,
    /// The account of the person. Another account must not decide.
    pub account: AccountId,
    /// Its place on the person's list of waiting requests; `None` if the list was full. Stored under the old name `seat`.
    #[serde(rename = "seat")]
    pub slot: Option<u8>,
    /// `binding_message`.
    pub message: Option<String>,
    /// What the CIBA ping to the client needs: a sealed `Notice`.
    pub notice: Option<String>,
}

/// The hash by which a CIBA request is looked up for the person.
pub(crate) fn approval_handle(approval: ApprovalId) -> TokenHash {
    TokenHash::of(&format!("approval {approval}"))
}

/// The hash by which the code in the person's text message leads to a CIBA request.
pub(crate) fn approval_code_hash(code: &UserCode) -> TokenHash {
    TokenHash::of(&format!("approval code {}", code.letters()))
}

impl CrossDeviceWay {
    /// The grant type with which the client redeems it.
    pub(crate) const fn grant_type(&self) -> GrantType {
        match self {
            Self::Device(_) => GrantType::DeviceCode,
            Self::Ciba(_) => GrantType::Ciba,
        }
    }

    /// The hash by which it is looked up for the person. Taking the request out at this hash gives the right to decide, once.
    pub fn handle(&self) -> TokenHash {
        match self {
            Self::Device(code) => TokenHash::of(&format!("device {}", code.letters())),
            Self::Ciba(asked) => approval_handle(asked.approval),
        }
    }
}

/// A person's decision about a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decision {
    /// Allowed. The grant is stored by the first redemption.
    Allowed(Box<Grant>),
    /// Denied.
    Refused,
}

/// How often the client may poll (`slow_down`, RFC 8628 §3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// A poll before this moment is too early.
    pub not_before: Timestamp,
    /// How many polls were too early.
    pub too_early: u32,
}

/// The cross-device request that an interaction decides. Such an interaction ends without a redirect to the client.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Answering {
    /// The hash by which the client looks the request up.
    pub(crate) name: TokenHash,
    /// How the person found it.
    pub(crate) way: CrossDeviceWay,
    /// Whether the person has confirmed that the code is the one on their device (RFC 8628 §3.3.1).
    pub(crate) compared: Compared,
}

impl Answering {
    /// For a request that a person has just found.
    pub(crate) fn of(cross_device: &CrossDeviceRequest) -> Self {
        let compared = match cross_device.way {
            CrossDeviceWay::Device(_) => Compared::NotYet,
            CrossDeviceWay::Ciba(_) => Compared::Same,
        };
        Self { name: cross_device.name, way: cross_device.way.clone(), compared }
    }

    /// Whether this account may decide. A CIBA request names the account; a device's request can be decided by any account.
    pub(crate) fn is_for(&self, account: AccountId) -> bool {
        match &self.way {
            CrossDeviceWay::Device(_) => true,
            CrossDeviceWay::Ciba(asked) => asked.account == account,
        }
    }

    /// Whether consent is asked each time, whatever was allowed before: a CIBA request is not started by the person.
    pub(crate) const fn asks_each_time(&self) -> bool {
        matches!(self.way, CrossDeviceWay::Ciba(_))
    }
}

/// Whether the person has compared the code on the device with the one on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Compared {
    /// Not yet.
    NotYet,
    /// The person confirmed that the codes are the same.
    Same,
}

/// What a CIBA ping needs. It is stored sealed until the ping is sent.
#[derive(Serialize, Deserialize)]
pub(crate) struct Notice {
    /// `auth_req_id`.
    pub(crate) request: String,
    /// `client_notification_token`.
    pub(crate) token: String,
}
