//! Short-lived state in one table of the durable store's database: all of it on PostgreSQL, where other processes share it, and
//! the browser sessions on SQLite.
//!
//! Every operation is one conditional statement that returns its outcome, and is on disk on return. The exception is the time
//! when a session on SQLite was last seen, which is on disk with the next save.

use crate::db::{Db, sql, statements};
use crate::store::{StoreError, Tx};
use crate::time::Timestamp;
use crate::transient::limits::held::Held;
use crate::transient::{Bounded, Key, Taken, Transient, TransientError};
use std::sync::Arc;
use std::time::Duration;

statements! {
    PUT = "INSERT INTO transient (key, value, uses, expires_at) VALUES ($1, $2, 0, $3) \
        ON CONFLICT (key) DO UPDATE SET value = excluded.value, uses = 0, expires_at = excluded.expires_at";
    REPLACE = "UPDATE transient SET value = $2 WHERE key = $1 AND expires_at > $3 AND uses = 0 RETURNING uses";
    COMPARE_AND_SWAP = "UPDATE transient SET value = $3 WHERE key = $1 AND expires_at > $2 AND uses = 0 AND value = $4 \
        RETURNING expires_at";
    PROLONG = "UPDATE transient SET expires_at = $3 WHERE key = $1 AND expires_at > $2 AND uses = 0 RETURNING uses";
    GET = "SELECT value FROM transient WHERE key = $1 AND expires_at > $2 AND uses = 0";
    TAKE = "UPDATE transient SET uses = uses + 1 WHERE key = $1 AND expires_at > $2 RETURNING uses, value, expires_at";
    CLAIM = "INSERT INTO transient (key, uses, expires_at) VALUES ($1, 1, $2) \
        ON CONFLICT (key) DO UPDATE SET uses = 1, expires_at = excluded.expires_at WHERE transient.expires_at <= $3 RETURNING uses";
    CLAIM_OVER = "INSERT INTO transient (key, uses, expires_at) VALUES ($1, 1, $2) ON CONFLICT (key) DO UPDATE SET \
        uses = CASE WHEN transient.expires_at <= $3 THEN 1 ELSE transient.uses + 1 END, value = NULL, expires_at = excluded.expires_at \
        RETURNING uses";
    COUNT = "INSERT INTO transient (key, uses, expires_at) VALUES ($1, 1, $2) ON CONFLICT (key) DO UPDATE SET \
        uses = CASE WHEN transient.expires_at <= $3 THEN 1 ELSE transient.uses + 1 END, \
        expires_at = CASE WHEN transient.expires_at <= $3 THEN excluded.expires_at ELSE transient.expires_at END \
        RETURNING uses, expires_at";
    COUNT_ONE = "INSERT INTO transient (key, uses, expires_at) VALUES ($2, $3, $4) ON CONFLICT (key) DO UPDATE SET \
        uses = CASE WHEN transient.expires_at <= $1 THEN excluded.uses ELSE transient.uses + excluded.uses END, \
        expires_at = CASE WHEN transient.expires_at <= $1 THEN excluded.expires_at ELSE transient.expires_at END \
        RETURNING key, uses, expires_at";
    COUNT_TWO = "INSERT INTO transient (key, uses, expires_at) VALUES ($2, $3, $4), ($5, $6, $7) ON CONFLICT (key) DO UPDATE SET \
        uses = CASE WHEN transient.expires_at <= $1 THEN excluded.uses ELSE transient.uses + excluded.uses END, \
        expires_at = CASE WHEN transient.expires_at <= $1 THEN excluded.expires_at ELSE transient.expires_at END \
        RETURNING key, uses, expires_at";
    COUNT_THREE = "INSERT INTO transient (key, uses, expires_at) VALUES ($2, $3, $4), ($5, $6, $7), ($8, $9, $10) \
        ON CONFLICT (key) DO UPDATE SET \
        uses = CASE WHEN transient.expires_at <= $1 THEN excluded.uses ELSE transient.uses + excluded.uses END, \
        expires_at = CASE WHEN transient.expires_at <= $1 THEN excluded.expires_at ELSE transient.expires_at END \
        RETURNING key, uses, expires_at";
    REFUND = "UPDATE transient SET uses = uses - 1 WHERE key = $1 AND expires_at > $2 AND uses > 0";
    COUNTED = "SELECT key, uses, expires_at FROM transient WHERE key IN ($2, $3, $4, $5) AND expires_at > $1";
    FORGET = "DELETE FROM transient WHERE key = $1";
}

/// The table.
#[derive(Clone)]
pub struct Table {
    pub(crate) db: Db,
    /// What this instance put there.
    pub(crate) held: Arc<Held>,
}

impl Transient {
    /// Prepares every statement of this room; returns how many there are, or the first one that the database rejects. Redis has
    /// none.
    pub async fn check_statements(&self) -> Result<usize, (&'static str, StoreError)> {
        let table = match self {
            Self::Embedded(embedded) => &embedded.table,
            Self::Table(table) => table,
            Self::Redis(_) => return Ok(0),
        };
        for statement in STATEMENTS {
            table.db.prepare(statement).await.map_err(|error| (statement.name, error))?;
        }
        Ok(STATEMENTS.len())
    }
}

impl From<StoreError> for TransientError {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(Arc::new(error))
    }
}

impl Table {
    pub(crate) async fn put(&self, key: &Key, value: &[u8], until: Timestamp) -> Result<(), TransientError> {
        let mut tx = self.db.write_one().await?;
        sql!(tx, PUT, key.bytes.as_slice(), value, until.millis() => later)?;
        Ok(tx.save().await?)
    }

    /// The same as part of a transaction of the durable store, in whose database this table is.
    pub(crate) async fn put_in(tx: &mut Tx, key: &Key, value: &[u8], until: Timestamp) -> Result<(), TransientError> {
        Ok(sql!(tx, PUT, key.bytes.as_slice(), value, until.millis() => later)?)
    }

    /// Replaces a value that still exists, and returns whether it does. On SQLite it is on disk with the next save.
    pub(crate) async fn replace(&self, key: &Key, value: &[u8], now: Timestamp) -> Result<bool, TransientError> {
        let mut tx = self.db.write_one().await?;
        let row = sql!(tx, REPLACE, key.bytes.as_slice(), value, now.millis() => fetch_optional (i64,))?;
        tx.save_relaxed().await?;
        Ok(row.is_some())
    }

    /// Replaces the value `old` by `new`, if `old` is stored and was not taken (compare and swap); returns whether it did.
    pub(crate) async fn compare_and_swap(
        &self,
        key: &Key,
        old: &[u8],
        new: &[u8],
        now: Timestamp,
    ) -> Result<Option<Timestamp>, TransientError> {
        let mut tx = self.db.write_one().await?;
        let row = sql!(tx, COMPARE_AND_SWAP, key.bytes.as_slice(), now.millis(), new, old => fetch_optional (i64,))?;
        tx.save().await?;
        Ok(row.map(|(until,)| Timestamp::from_millis(until)))
    }

    /// Moves the end of a value that exists and was not taken; returns whether it did.
    pub(crate) async fn prolong(&self, key: &Key, until: Timestamp, now: Timestamp) -> Result<bool, TransientError> {
        let mut tx = self.db.write_one().await?;
        let row = sql!(tx, PROLONG, key.bytes.as_slice(), now.millis(), until.millis() => fetch_optional (i64,))?;
        tx.save().await?;
        Ok(row.is_some())
    }

    pub(crate) async fn get(&self, key: &Key, now: Timestamp) -> Result<Option<Vec<u8>>, TransientError> {
        let row = sql!(self.db, GET, key.bytes.as_slice(), now.millis() => fetch_optional (Option<Vec<u8>>,))?;
        Ok(row.and_then(|(value,)| value))
    }

    pub(crate) async fn take(&self, key: &Key, now: Timestamp) -> Result<Taken<(Vec<u8>, Timestamp)>, TransientError> {
        let mut tx = self.db.write_one().await?;
        let row = sql!(tx, TAKE, key.bytes.as_slice(), now.millis() => fetch_optional (i64, Option<Vec<u8>>, i64))?;
        tx.save().await?;
        Ok(match row {
            None => Taken::Unknown,
            Some((1, value, until)) => Taken::First((value.unwrap_or_default(), Timestamp::from_millis(until))),
            Some(_) => Taken::Again,
        })
    }

    pub(crate) async fn claim(&self, key: &Key, until: Timestamp, now: Timestamp) -> Result<bool, TransientError> {
        let mut tx = self.db.write_one().await?;
        let row = sql!(tx, CLAIM, key.bytes.as_slice(), until.millis(), now.millis() => fetch_optional (i64,))?;
        tx.save().await?;
        Ok(row.is_some())
    }

    /// Answers for a value once, whether or not it is still stored.
    pub(crate) async fn claim_over(&self, key: &Key, until: Timestamp, now: Timestamp) -> Result<bool, TransientError> {
        let mut tx = self.db.write_one().await?;
        let (uses,) = sql!(tx, CLAIM_OVER, key.bytes.as_slice(), until.millis(), now.millis() => fetch_one (i64,))?;
        tx.save().await?;
        Ok(uses == 1)
    }

    pub(crate) async fn count(&self, key: &Key, window: Duration, now: Timestamp) -> Result<(u64, Timestamp), TransientError> {
        let mut tx = self.db.write_one().await?;
        let end = now.plus(window).millis();
        let (uses, end) = sql!(tx, COUNT, key.bytes.as_slice(), end, now.millis() => fetch_one (i64, i64))?;
        tx.save().await?;
        Ok((u64::try_from(uses).unwrap_or(0), Timestamp::from_millis(end)))
    }

    /// Counts each of several different keys by its weight, within its own window, with one statement for up to three keys. If one of
    /// them is full, the transaction is dropped and none is counted, also if the caller is cancelled. Callers that count keys of
    /// the same kinds pass them in the same order, so that no two transactions wait for each other.
    pub(crate) async fn count_all(&self, keys: &[Bounded], now: Timestamp) -> Result<Option<Timestamp>, TransientError> {
        let mut tx = self.db.write().await?;
        let mut full = None;
        for some in keys.chunks(3) {
            let end = |at: usize| now.plus(some[at].window).millis();
            let key = |at: usize| some[at].key.bytes.as_slice();
            let by = |at: usize| i64::try_from(some[at].weight).unwrap_or(i64::MAX / 2);
            let now = now.millis();
            let rows = match some.len() {
                3 => sql!(tx, COUNT_THREE, now, key(0), by(0), end(0), key(1), by(1), end(1), key(2), by(2), end(2)
                        => fetch_all (Vec<u8>, i64, i64))?,
                2 => sql!(tx, COUNT_TWO, now, key(0), by(0), end(0), key(1), by(1), end(1) => fetch_all (Vec<u8>, i64, i64))?,
                _ => sql!(tx, COUNT_ONE, now, key(0), by(0), end(0) => fetch_all (Vec<u8>, i64, i64))?,
            };
            for wanted in some {
                let row = rows.iter().find(|(key, ..)| *key == wanted.key.bytes);
                // The statement returns one row per key. A key without a row is treated as full.
                let (uses, until) = row.map_or((i64::MAX, now), |(_, uses, until)| (*uses, *until));
                if u64::try_from(uses).unwrap_or(u64::MAX) > wanted.most {
                    full = full.max(Some(Timestamp::from_millis(until)));
                }
            }
        }
        if full.is_none() {
            tx.save().await?;
        }
        Ok(full)
    }

    /// Refunds one count of each, in the order in which [`Self::count_all`] counts them.
    pub(crate) async fn refund(&self, keys: &[Key], now: Timestamp) -> Result<(), TransientError> {
        let mut tx = self.db.write().await?;
        for key in keys {
            sql!(tx, REFUND, key.bytes.as_slice(), now.millis() => later)?;
        }
        Ok(tx.save().await?)
    }

    /// How often each key was counted in its window, and when that ends, with one statement for up to four keys; nothing is counted.
    pub(crate) async fn counted(&self, keys: &[Key], now: Timestamp) -> Result<Vec<(u64, Timestamp)>, TransientError> {
        let mut counted = Vec::with_capacity(keys.len());
        for some in keys.chunks(4) {
            // A place that is left over asks for the last key again.
            let key = |at: usize| some[at.min(some.len() - 1)].bytes.as_slice();
            let rows = sql!(self.db, COUNTED, now.millis(), key(0), key(1), key(2), key(3) => fetch_all (Vec<u8>, i64, i64))?;
            counted.extend(some.iter().map(|key| {
                let row = rows.iter().find(|(found, ..)| *found == key.bytes);
                row.map_or((0, now), |(_, uses, end)| (u64::try_from(*uses).unwrap_or(0), Timestamp::from_millis(*end)))
            }));
        }
        Ok(counted)
    }

    /// Removes several values, in the order in which [`Self::count_all`] counts them.
    pub(crate) async fn forget_all(&self, keys: &[Key]) -> Result<(), TransientError> {
        let mut tx = self.db.write().await?;
        for key in keys {
            sql!(tx, FORGET, key.bytes.as_slice() => later)?;
        }
        Ok(tx.save().await?)
    }

    pub(crate) async fn forget(&self, key: &Key) -> Result<(), TransientError> {
        let mut tx = self.db.write_one().await?;
        sql!(tx, FORGET, key.bytes.as_slice() => later)?;
        Ok(tx.save().await?)
    }
}
