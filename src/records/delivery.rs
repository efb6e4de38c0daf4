//! What other servers must be told, on its way: rows of the outbox.

use crate::client::words::ClientId;
use crate::identity::id::{AccountId, DeliveryId, SessionId};
use serde::{Deserialize, Serialize};

/// What is delivered. Each kind has a loop of its own, so that none waits for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryKind {
    /// A CIBA ping to a client (OpenID Connect CIBA Core §10.2).
    Ping,
    /// A logout token to a client (OpenID Connect Back-Channel Logout 1.0 §2.5).
    LogoutToken,
}

impl DeliveryKind {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Ping, Self::LogoutToken];

    /// The name in the outbox.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ping => "ping",
            Self::LogoutToken => "logout_token",
        }
    }
}

/// To whom something is delivered. No recipient of a kind takes more than its share of the places. The text holds no white space; the
/// outbox relies on it. It is kept in clear: a kind that goes to a person names them by the account's id, and seals the number into the body.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Recipient(String);

impl Recipient {
    /// A client.
    pub fn client(id: &ClientId) -> Self {
        Self(id.as_str().to_owned())
    }

    /// From its text.
    pub fn parse(text: &str) -> Option<Self> {
        (!text.is_empty() && !text.contains(char::is_whitespace)).then(|| Self(text.to_owned()))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The client that it is, for kinds that go to clients.
    pub fn as_client(&self) -> Option<ClientId> {
        ClientId::parse(&self.0)
    }
}

/// What is delivered with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryBody {
    /// Sealed for its kind, which alone can open it.
    Sealed(String),
    /// A logout token that was on its way when the outbox was made (migration 0015): its ids stand in columns.
    LogoutBeforeOutbox {
        /// The session that ended.
        session: SessionId,
        /// Whose it was.
        account: AccountId,
    },
}

/// One row of the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// What it is.
    pub kind: DeliveryKind,
    /// To whom.
    pub recipient: Recipient,
    /// With what.
    pub body: DeliveryBody,
    /// Which attempt this is, from one; zero before the first.
    pub attempt: u32,
}

/// One row of the outbox that is due, and to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueDelivery {
    /// Its id.
    pub id: DeliveryId,
    /// To whom.
    pub recipient: Recipient,
}
