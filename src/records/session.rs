//! A browser's session: the account that authenticated, by which methods and when.

use crate::client::words::ClientId;
use crate::identity::assurance::AuthenticationMethod;
use crate::identity::id::{AccountId, SessionId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The longest lifetime of a session (NIST SP 800-63B-4 §2.2.3: 24 hours at AAL2).
pub(crate) const SESSION_LIFETIME: Duration = Duration::from_hours(24);
/// How long a session stays valid without use (NIST SP 800-63B-4 §2.2.3: 1 hour at AAL2).
pub(crate) const SESSION_IDLE: Duration = Duration::from_hours(1);

/// A signed-in browser. Its cookie has a secret. The session is stored under the hash of that secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The id from which `sid` in tokens is derived. It stays the same when the person authenticates again.
    pub id: SessionId,
    /// The account that authenticated.
    pub account: AccountId,
    /// The methods of the last authentication.
    pub methods: Vec<AuthenticationMethod>,
    /// When the person last authenticated (`auth_time`).
    pub auth_time: Timestamp,
    /// When the session began.
    pub began_at: Timestamp,
    /// When it was last used, to within a few minutes.
    pub seen_at: Timestamp,
}

impl Session {
    /// Whether it is valid at `now`, for an account whose sessions are valid from `valid_from`.
    pub(crate) fn is_live(&self, valid_from: Timestamp, now: Timestamp) -> bool {
        self.began_at >= valid_from && now.since(self.began_at) < SESSION_LIFETIME && now.since(self.seen_at) < SESSION_IDLE
    }
}

/// A client to which a person signed in with a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionClient {
    /// The session.
    pub session: SessionId,
    /// The client.
    pub client: ClientId,
    /// The account of the session.
    pub account: AccountId,
}
