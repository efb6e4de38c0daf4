//! A browser's session: who authenticated here, how and when.

use crate::client::words::ClientId;
use crate::identity::assurance::AuthenticationMethod;
use crate::identity::id::{AccountId, SessionId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a session lasts in all (NIST SP 800-63B-4 §2.2.3: 24 hours at AAL2).
pub const SESSION_LIFETIME: Duration = Duration::from_hours(24);
/// How long it lasts unused (NIST SP 800-63B-4 §2.2.3: 1 hour at AAL2).
pub const SESSION_IDLE: Duration = Duration::from_hours(1);

/// A signed-in browser. Its cookie carries a secret whose hash is the key under which this is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// What `sid` in tokens is made from; it stays when the same person authenticates again.
    pub id: SessionId,
    /// Who.
    pub account: AccountId,
    /// How, since the last authentication.
    pub methods: Vec<AuthenticationMethod>,
    /// When they last authenticated (`auth_time`).
    pub auth_time: Timestamp,
    /// When the session began.
    pub began_at: Timestamp,
    /// When it was last seen, to within a few minutes.
    pub seen_at: Timestamp,
}

impl Session {
    /// Whether it still counts at `now` for an account whose sessions are valid from `valid_from`.
    pub fn is_live(&self, valid_from: Timestamp, now: Timestamp) -> bool {
        self.began_at >= valid_from && now.since(self.began_at) < SESSION_LIFETIME && now.since(self.seen_at) < SESSION_IDLE
    }
}

/// A client that holds a sign-in out of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionClient {
    /// The session.
    pub session: SessionId,
    /// The client.
    pub client: ClientId,
    /// Whose session it is.
    pub account: AccountId,
}
