//! Which clients changed since an instance last looked, and registrations that nobody used.
//!
//! Each change of a client is recorded under the revision that it moved to. The revision is a row that stays locked until the
//! transaction ends, so the numbers are in the order of the commits. A revision without a record changed something else.

use crate::client::words::ClientId;
use crate::db::{sql, statements};
use crate::store::{Store, StoreError, Tx};
use crate::time::Timestamp;

statements! {
    RECORD_CHANGE = "INSERT INTO client_changes (number, client) SELECT value, CAST($1 AS TEXT) FROM revision WHERE id = 1";
    CHANGES = "SELECT number, client FROM client_changes WHERE number > $1 AND number <= $2 ORDER BY number LIMIT $3";
    TRIM_CHANGES = "DELETE FROM client_changes WHERE number IN \
        (SELECT number FROM client_changes WHERE number <= $1 ORDER BY number LIMIT $2) RETURNING number";
    UNUSED = "SELECT id FROM clients WHERE expires_at IS NOT NULL";
    EXPIRES_UNUSED = "UPDATE clients SET expires_at = $2 WHERE id = $1";
    USED = "UPDATE clients SET expires_at = NULL WHERE id = $1 AND expires_at IS NOT NULL RETURNING id";
    EXPIRE_UNUSED = "DELETE FROM clients WHERE id IN (SELECT id FROM clients WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2) \
        AND expires_at <= $1 RETURNING id";
}

/// Beyond so many changes, reading all clients is cheaper than reading each of them.
const MOST_CHANGES: u8 = 100;
/// How many changes are kept. An instance looks every few seconds.
const KEPT: i64 = 10_000;

impl Store {
    /// The clients that changed after revision `after`, up to revision `until`; `None` if something else changed as well, or too much.
    pub async fn changed_clients(&self, after: i64, until: i64) -> Result<Option<Vec<ClientId>>, StoreError> {
        let most = i64::from(MOST_CHANGES) + 1;
        let rows = sql!(self.db, CHANGES, after, until, most => fetch_all (i64, String))?;
        let complete = i64::try_from(rows.len()).is_ok_and(|rows| rows < most && rows == until - after);
        if !complete {
            return Ok(None);
        }
        let mut changed: Vec<ClientId> = rows.iter().filter_map(|(_, id)| ClientId::parse(id)).collect();
        changed.sort();
        changed.dedup();
        Ok(Some(changed))
    }

    /// The clients whose registration expires because they were never used.
    pub(crate) async fn unused_clients(&self) -> Result<Vec<ClientId>, StoreError> {
        let rows = sql!(self.db, UNUSED => fetch_all (String,))?;
        Ok(rows.iter().filter_map(|(id,)| ClientId::parse(id)).collect())
    }
}

impl Tx {
    /// Moves the revision because this client changed.
    pub(crate) async fn record_change(&mut self, client: &ClientId) -> Result<(), StoreError> {
        self.move_revision().await?;
        sql!(self, RECORD_CHANGE, client.as_str() => execute)
    }

    /// Lets the registration of a client expire at `at` unless it is used before.
    pub async fn expires_unused(&mut self, client: &ClientId, at: Timestamp) -> Result<(), StoreError> {
        sql!(self, EXPIRES_UNUSED, client.as_str(), at.millis() => execute)
    }

    /// Keeps the registration of a client that was used for the first time; returns whether it was the first time.
    pub async fn client_used(&mut self, client: &ClientId) -> Result<bool, StoreError> {
        let first = sql!(self, USED, client.as_str() => fetch_optional (String,))?.is_some();
        if first {
            self.record_change(client).await?;
        }
        Ok(first)
    }

    /// Removes clients that were never used and expired by `now`, at most `limit`; returns them.
    pub async fn expire_unused_clients(&mut self, now: Timestamp, limit: u32) -> Result<Vec<ClientId>, StoreError> {
        let rows = sql!(self, EXPIRE_UNUSED, now.millis(), i64::from(limit) => fetch_all (String,))?;
        let removed: Vec<ClientId> = rows.iter().filter_map(|(id,)| ClientId::parse(id)).collect();
        for client in &removed {
            self.record_change(client).await?;
        }
        Ok(removed)
    }

    /// Removes records of changes that every instance has read, at most `limit`; returns how many.
    pub(crate) async fn trim_changes(&mut self, revision: i64, limit: u32) -> Result<usize, StoreError> {
        Ok(sql!(self, TRIM_CHANGES, revision - KEPT, i64::from(limit) => fetch_all (i64,))?.len())
    }
}
