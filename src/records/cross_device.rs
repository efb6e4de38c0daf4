//! A request that a client made at the back, and what a person decided about it in a browser of their own (RFC 8628,
//! OpenID Connect CIBA Core).

use crate::client::grant_type::GrantType;
use crate::identity::id::{AccountId, ApprovalId};
use crate::oidc::authorization::request::AuthorizationRequest;
use crate::oidc::cross_device::device::UserCode;
use crate::records::grant::Grant;
use crate::secret::TokenHash;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A request that waits for a person and for its client, each of whom knows it under another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decoupled {
    /// Under which hash the client finds it: of `device_code` or `auth_req_id`.
    pub name: TokenHash,
    /// How a person finds it.
    pub way: Way,
    /// What is asked for.
    pub request: AuthorizationRequest,
    /// When nobody can decide or redeem it any more.
    pub expires_at: Timestamp,
}

/// How a person finds a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Way {
    /// They read this code on a device and type it (RFC 8628 §3.3).
    Device(UserCode),
    /// They are told, or find it when they come (OpenID Connect CIBA Core §7.2).
    Backchannel(Box<Asked>),
}

/// What an agency asks of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Its name in the link.
    pub approval: ApprovalId,
    /// Who is asked: nobody else may answer.
    pub account: AccountId,
    /// Where it stands on their list, if there was a place.
    pub seat: Option<u8>,
    /// `binding_message`.
    pub message: Option<String>,
    /// What its client is told with when there is an answer, sealed.
    pub notice: Option<String>,
}

/// Under which hash a person finds what an agency asks of them.
pub fn approval_handle(approval: ApprovalId) -> TokenHash {
    TokenHash::of(&format!("approval {approval}"))
}

impl Way {
    /// How its client comes for the tokens.
    pub const fn grant_type(&self) -> GrantType {
        match self {
            Self::Device(_) => GrantType::DeviceCode,
            Self::Backchannel(_) => GrantType::Ciba,
        }
    }

    /// Under which hash a person finds it. Whoever takes it from there decides, once.
    pub fn handle(&self) -> TokenHash {
        match self {
            Self::Device(code) => TokenHash::of(&format!("device {}", code.letters())),
            Self::Backchannel(asked) => approval_handle(asked.approval),
        }
    }
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decision {
    /// Allowed. The grant is added by whoever redeems it first.
    Allowed(Box<Grant>),
    /// Not allowed.
    Refused,
}

/// How often its client may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// Before this it is too early.
    pub not_before: Timestamp,
    /// How often it was too early.
    pub too_early: u32,
}

/// Which request an interaction answers in the place of a redirect.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Answering {
    /// The hash under which its client finds it.
    pub name: TokenHash,
    /// How the person found it.
    pub way: Way,
    /// Whether they have compared the code and say that it is theirs (RFC 8628 §3.3.1).
    pub compared: Compared,
}

impl Answering {
    /// Of a request that a person has just found.
    pub fn of(decoupled: &Decoupled) -> Self {
        let compared = match decoupled.way {
            Way::Device(_) => Compared::NotYet,
            Way::Backchannel(_) => Compared::Same,
        };
        Self { name: decoupled.name, way: decoupled.way.clone(), compared }
    }

    /// Whether this person may answer it: whoever is asked by name, nobody else.
    pub fn is_for(&self, account: AccountId) -> bool {
        match &self.way {
            Way::Device(_) => true,
            Way::Backchannel(asked) => asked.account == account,
        }
    }

    /// Whether it is asked each time, whatever was allowed before: somebody else than the person began it.
    pub const fn asks_each_time(&self) -> bool {
        matches!(self.way, Way::Backchannel(_))
    }
}

/// Whether somebody has compared the code of a device with the one on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Compared {
    /// Not yet.
    NotYet,
    /// They say that it is the one that their device shows.
    Same,
}

/// What a client is told with, sealed until it is.
#[derive(Serialize, Deserialize)]
pub(crate) struct Notice {
    /// `auth_req_id`.
    pub request: String,
    /// `client_notification_token`.
    pub token: String,
}
