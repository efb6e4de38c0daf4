//! Removes expired rows in bounded steps: the duration of a statement never depends on how many rows have accumulated.
//!
//! The time stands in each statement twice: on PostgreSQL a row that was found and then locked by another transaction is looked at again by the
//! outer condition alone, and that transaction may have prolonged it.

use crate::db::{sql, statements};
use crate::store::{StoreError, Tx};
use crate::time::Timestamp;

statements! {
    EXPIRE_REFRESH = "DELETE FROM refresh_tokens WHERE token_hash IN \
        (SELECT token_hash FROM refresh_tokens WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2) AND expires_at <= $1 RETURNING expires_at";
    EXPIRE_GRANTS = "DELETE FROM grants WHERE id IN (SELECT id FROM grants WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2) AND expires_at <= $1 RETURNING expires_at";
    EXPIRE_TRANSIENT = "DELETE FROM transient WHERE key IN \
        (SELECT key FROM transient WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2) AND expires_at <= $1 RETURNING expires_at";
}

impl Tx {
    /// Removes refresh tokens, grants, clients of sessions and short-lived state that expired by `now`, at most `limit` of each;
    /// returns how many rows were removed, or looked at in memory. Call it again while the result is not zero, with pauses in
    /// which other transactions can write.
    pub async fn expire(&mut self, now: Timestamp, limit: u32) -> Result<usize, StoreError> {
        let in_memory = self.expire_in_memory(now);
        let changes = self.expire_registry_changes(now, i64::from(limit)).await?;
        let (now, limit) = (now.millis(), i64::from(limit));
        let tokens = sql!(self, EXPIRE_REFRESH, now, limit => fetch_all (i64,))?.len();
        let grants = sql!(self, EXPIRE_GRANTS, now, limit => fetch_all (i64,))?.len();
        let transient = sql!(self, EXPIRE_TRANSIENT, now, limit => fetch_all (i64,))?.len();
        let proofing = self.expire_proofing(now, limit).await?;
        let sessions = self.expire_session_clients(now, limit).await?;
        Ok(in_memory + changes + tokens + grants + transient + proofing + sessions)
    }
}
