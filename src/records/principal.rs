//! The actor of an event.

use crate::client::words::ClientId;
use crate::identity::id::{AccountId, OfficerId};

/// The role that acts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Principal {
    /// A person at a browser. No account means that they are not signed in: what they typed proves nothing.
    Citizen(Option<AccountId>),
    /// A client (relying party) that authenticated, or a public client that sent its `client_id`.
    Client(ClientId),
    /// An officer of an agency or of the registry. Reserved for the officers' desk, which is built later; no event has it yet.
    Officer(OfficerId),
    /// The operator, at the command line of the server.
    Operator,
    /// This program by itself: a job.
    System,
}

impl Principal {
    /// The name in the log.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Citizen(_) => "citizen",
            Self::Client(_) => "client",
            Self::Officer(_) => "officer",
            Self::Operator => "operator",
            Self::System => "system",
        }
    }
}
