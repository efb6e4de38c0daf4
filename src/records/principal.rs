//! The actor of an event: who did what the event tells of.

use crate::client::words::ClientId;
use crate::identity::id::{AccountId, OfficerId};

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// A person at a browser. Without an account: they have not signed in, and what they typed proves nothing.
    Citizen(Option<AccountId>),
    /// A client (relying party) that authenticated, or a public one that named itself.
    Client(ClientId),
    /// An officer of an agency or of the registry. Named for the desk, which is built later; no event has one yet.
    Officer(OfficerId),
    /// The operator, at the command line of the server. Named for the console, which is built later; no event has one yet.
    Operator,
    /// This program by itself: a job. Named for life events, which are built later; no event has one yet.
    System,
}

impl Principal {
    /// The name in the log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Citizen(_) => "citizen",
            Self::Client(_) => "client",
            Self::Officer(_) => "officer",
            Self::Operator => "operator",
            Self::System => "system",
        }
    }
}
