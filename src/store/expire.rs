//! Forgetting in bounded steps: never a statement whose length depends on how much has piled up.

use super::db::{Db, sql, statements};
use super::{Store, StoreError};
use crate::time::Timestamp;

statements! {
    EXPIRE_REFRESH = "DELETE FROM refresh_tokens WHERE token_hash IN \
        (SELECT token_hash FROM refresh_tokens WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2) RETURNING expires_at";
    EXPIRE_GRANTS = "DELETE FROM grants WHERE id IN (SELECT id FROM grants WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2) RETURNING expires_at";
    EXPIRE_TRANSIENT = "DELETE FROM transient WHERE key IN \
        (SELECT key FROM transient WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2) RETURNING expires_at";
}

impl Store {
    /// Removes refresh tokens, grants, logouts, pings and short-lived state that expired by `now`, at most `limit` of each, and says how many rows went.
    /// Call it again while the answer is not zero, with pauses in which others can write.
    pub async fn expire(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let (now, limit) = (now.millis(), i64::from(limit));
        if let Db::Sqlite(db) = &self.db {
            db.short_lived.tick(now);
        }
        let mut tx = self.write().await?;
        let tokens = sql!(tx, EXPIRE_REFRESH, now, limit => fetch_all (i64,))?.len();
        let grants = sql!(tx, EXPIRE_GRANTS, now, limit => fetch_all (i64,))?.len();
        let transient = sql!(tx, EXPIRE_TRANSIENT, now, limit => fetch_all (i64,))?.len();
        let logouts = tx.expire_logouts(now, limit).await? + tx.expire_pings(now, limit).await?;
        tx.save_relaxed().await?;
        Ok(u64::try_from(tokens + grants + transient + logouts).unwrap_or(u64::MAX))
    }
}
