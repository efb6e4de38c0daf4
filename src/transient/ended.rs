//! Sessions that ended a moment ago: an authorization code of such a session that was not redeemed yet is rejected (RFC 6749
//! §10.5). A mark outlives every such code.

use crate::identity::id::SessionId;
use crate::time::Timestamp;
use crate::transient::{Key, Transient, TransientError};

fn key(session: SessionId) -> Key {
    Key::new("ended-session", &session.bytes())
}

impl Transient {
    /// Marks a session as ended until `until`. On return, every code of it that is redeemed from then on is rejected. The mark is
    /// on disk with the next save, which is that of the transaction that ends the session.
    pub async fn mark_ended(&self, session: SessionId, until: Timestamp, now: Timestamp) -> Result<(), TransientError> {
        self.put(&key(session), b"ended", until, now).await
    }

    /// Whether a session is marked as ended.
    pub async fn has_ended(&self, session: SessionId, now: Timestamp) -> Result<bool, TransientError> {
        Ok(self.get(&key(session), now).await?.is_some())
    }
}
