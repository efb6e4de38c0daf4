//! Rows of the outbox: notifications to other servers that are not delivered yet.

pub mod message;

use crate::client::words::ClientId;
use crate::identity::id::{AccountId, DeliveryId, SessionId};
use serde::{Deserialize, Serialize};

/// The kind of a delivery. Each kind has a loop of its own, so that no kind waits for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryKind {
    /// A CIBA ping to a client (OpenID Connect CIBA Core §10.2).
    Ping,
    /// A logout token to a client (OpenID Connect Back-Channel Logout 1.0 §2.5).
    LogoutToken,
    /// A text message to a person.
    Message,
    /// A letter with a code to an address of record.
    Letter,
}

impl DeliveryKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Ping, Self::LogoutToken, Self::Message, Self::Letter];

    /// The name in the outbox.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ping => "ping",
            Self::LogoutToken => "logout_token",
            Self::Letter => "letter",
            Self::Message => "message",
        }
    }
}

/// The recipient of a delivery. One recipient can use only its share of the concurrent deliveries of a kind. The text has no
/// white space, because the outbox separates recipients by it. It is stored in clear: a kind that goes to a person seals the
/// mobile number into the body.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Recipient(String);

impl Recipient {
    /// A client.
    pub fn client(id: &ClientId) -> Self {
        Self(id.as_str().to_owned())
    }

    /// The recipient of one text message: nothing in the outbox says which messages go to the same person.
    pub(crate) fn message(id: DeliveryId) -> Self {
        Self(id.to_string())
    }

    /// The process that prints and posts letters.
    pub(crate) fn of_letters() -> Self {
        Self("letters".to_owned())
    }

    /// Reads a recipient's text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        (!text.is_empty() && !text.contains(char::is_whitespace)).then(|| Self(text.to_owned()))
    }

    /// The recipient's text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The client, for kinds that go to clients.
    pub(crate) fn as_client(&self) -> Option<ClientId> {
        ClientId::parse(&self.0)
    }
}

/// The content of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryBody {
    /// Sealed with a key of the delivery's kind: code for another kind cannot open it.
    Sealed(String),
    /// A logout token that was pending when migration 0015 created the outbox: its ids are in columns.
    LogoutBeforeOutbox {
        /// The session that ended.
        session: SessionId,
        /// The account of that session.
        account: AccountId,
    },
}

/// One row of the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// Its kind.
    pub kind: DeliveryKind,
    /// Its recipient.
    pub recipient: Recipient,
    /// Its content.
    pub body: DeliveryBody,
    /// The number of this attempt, from one; zero before the first.
    pub attempt: u32,
}

/// A row of the outbox that is due, with its recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueDelivery {
    /// Its id.
    pub id: DeliveryId,
    /// Its recipient.
    pub recipient: Recipient,
}
