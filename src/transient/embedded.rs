//! Short-lived state of a single process: decided in memory, and written to SQLite with the next commit of the durable store.
//!
//! Every operation is decided under one lock, so that of several concurrent callers exactly one is first. Its changes are on disk
//! with the next awaited save, at most some milliseconds later. Browser sessions are rows of a table that are written and read
//! one by one ([`super::sessions`]), because there are many and they live long.

use crate::db::Db;
use crate::db::load_memory_rows::{KeyRange, load_memory_rows};
use crate::db::sqlite::SqliteDb;
use crate::db::sqlite::memory_rows::{Row, Rows};
use crate::records::session::Session;
use crate::secret::TokenHash;
use crate::store::Store;
use crate::time::Timestamp;
use crate::transient::table::Table;
use crate::transient::{Bounded, Key, Taken, Transient, TransientError};
use quick_cache::sync::Cache;
use std::sync::Arc;
use std::time::Duration;

/// How many sessions are cached in memory.
const CACHED_SESSIONS: usize = 16_384;
/// The keys of sessions, from the first, inclusive, to the second, exclusive.
const SESSION_KEYS: KeyRange = (b"session:", b"session;");

/// The embedded backend.
#[derive(Clone)]
pub struct Embedded {
    db: Arc<SqliteDb>,
    pub(crate) table: Table,
    pub(crate) sessions: Arc<Cache<TokenHash, Arc<Session>>>,
}

impl Transient {
    /// Short-lived state in the database of the durable store. On SQLite, which one process has to itself, it is decided in
    /// memory.
    pub fn embedded(store: &Store) -> Self {
        let table = Table { db: store.db.clone(), held: Arc::default() };
        match &store.db {
            Db::Sqlite(db) => Self::Embedded(Embedded { db: db.clone(), table, sessions: Arc::new(Cache::new(CACHED_SESSIONS)) }),
            Db::Postgres(_) => Self::Table(table),
        }
    }
}

impl Embedded {
    /// Loads what is on disk, once.
    pub(crate) async fn read(&self) -> Result<(), TransientError> {
        Ok(load_memory_rows(&self.db, SESSION_KEYS).await?)
    }

    /// Runs a decision about the rows under the lock.
    async fn decide<T>(&self, decide: impl FnOnce(&mut Rows) -> T + Send) -> Result<T, TransientError> {
        self.read().await?;
        Ok(self.db.decide(decide))
    }

    /// When this returns, everything that was decided before is on disk.
    pub(crate) async fn save(&self) -> Result<(), TransientError> {
        Ok(self.db.save_decided().await?)
    }

    pub(crate) async fn put(&self, key: &Key, value: &[u8], until: Timestamp) -> Result<(), TransientError> {
        let row = Row { value: Some(value.into()), uses: 0, expires_at: until.millis() };
        self.decide(|rows| rows.set(&key.bytes, row)).await
    }

    /// Replaces the value `old` by `new`, if `old` is stored and was not taken (compare and swap); returns whether it did.
    pub(crate) async fn compare_and_swap(
        &self,
        key: &Key,
        old: &[u8],
        new: &[u8],
        now: Timestamp,
    ) -> Result<bool, TransientError> {
        let compare_and_swap = |rows: &mut Rows| {
            let found = rows.live(&key.bytes, now.millis()).filter(|row| row.uses == 0 && row.value.as_deref() == Some(old));
            let Some(expires_at) = found.map(|row| row.expires_at) else { return false };
            rows.set(&key.bytes, Row { value: Some(new.into()), uses: 0, expires_at });
            true
        };
        self.decide(compare_and_swap).await
    }

    /// Moves the end of a value that exists and was not taken; returns whether it did.
    pub(crate) async fn prolong(&self, key: &Key, until: Timestamp, now: Timestamp) -> Result<bool, TransientError> {
        let prolong = |rows: &mut Rows| {
            let Some(row) = rows.live(&key.bytes, now.millis()).filter(|row| row.uses == 0).cloned() else { return false };
            rows.set(&key.bytes, Row { expires_at: until.millis(), ..row });
            true
        };
        self.decide(prolong).await
    }

    pub(crate) async fn get(&self, key: &Key, now: Timestamp) -> Result<Option<Vec<u8>>, TransientError> {
        let get = |rows: &mut Rows| {
            let row = rows.live(&key.bytes, now.millis()).filter(|row| row.uses == 0)?;
            row.value.clone()
        };
        Ok(self.decide(get).await?.map(|value| value.to_vec()))
    }

    pub(crate) async fn take(&self, key: &Key, now: Timestamp) -> Result<Taken<Vec<u8>>, TransientError> {
        let take = |rows: &mut Rows| {
            let Some(row) = rows.live(&key.bytes, now.millis()).cloned() else { return Taken::Unknown };
            // The value is returned once only.
            rows.set(&key.bytes, Row { value: None, uses: row.uses + 1, ..row });
            if row.uses == 0 { Taken::First(row.value) } else { Taken::Again }
        };
        self.decide(take).await?.try_map(|value| Ok(value.map(|value| value.to_vec()).unwrap_or_default()))
    }

    /// Answers for a value once, whether or not it is still stored.
    pub(crate) async fn claim_over(&self, key: &Key, until: Timestamp, now: Timestamp) -> Result<bool, TransientError> {
        let claim_over = |rows: &mut Rows| {
            let uses = rows.live(&key.bytes, now.millis()).map_or(0, |row| row.uses);
            rows.set(&key.bytes, Row { value: None, uses: uses + 1, expires_at: until.millis() });
            uses == 0
        };
        self.decide(claim_over).await
    }

    /// The bytes of all rows.
    pub(crate) fn held(&self) -> u64 {
        self.db.decided_bytes()
    }

    pub(crate) async fn claim(&self, key: &Key, until: Timestamp, now: Timestamp) -> Result<bool, TransientError> {
        let claim = |rows: &mut Rows| {
            let free = rows.live(&key.bytes, now.millis()).is_none();
            if free {
                rows.set(&key.bytes, Row { value: None, uses: 1, expires_at: until.millis() });
            }
            free
        };
        self.decide(claim).await
    }

    pub(crate) async fn count(&self, key: &Key, window: Duration, now: Timestamp) -> Result<(u64, Timestamp), TransientError> {
        let row = self.decide(|rows| count(rows, &Bounded { key: key.clone(), most: u64::MAX, window, weight: 1 }, now)).await?;
        Ok((uses(&row), Timestamp::from_millis(row.expires_at)))
    }

    /// Counts each of several different keys by its weight, within its own window. If one of them is full, none is counted, and the
    /// result is the latest end of the full windows.
    pub(crate) async fn count_all(&self, keys: &[Bounded], now: Timestamp) -> Result<Option<Timestamp>, TransientError> {
        let count_all = |rows: &mut Rows| {
            let end_if_full = |bounded: &Bounded| {
                let row = rows.live(&bounded.key.bytes, now.millis());
                let full = row.map_or(0, uses).saturating_add(bounded.weight) > bounded.most;
                full.then(|| row.map_or_else(|| now.plus(bounded.window).millis(), |row| row.expires_at))
            };
            let full = keys.iter().filter_map(end_if_full).max();
            if full.is_none() {
                for bounded in keys {
                    count(rows, bounded, now);
                }
            }
            full.map(Timestamp::from_millis)
        };
        self.decide(count_all).await
    }

    /// Refunds one count of each.
    pub(crate) async fn refund(&self, keys: &[Key], now: Timestamp) -> Result<(), TransientError> {
        let refund = |rows: &mut Rows| {
            for key in keys {
                if let Some(row) = rows.live(&key.bytes, now.millis()).filter(|row| row.uses > 0).cloned() {
                    rows.set(&key.bytes, Row { uses: row.uses - 1, ..row });
                }
            }
        };
        self.decide(refund).await
    }

    /// How often each key was counted in its window, and when the window ends. Counts nothing.
    pub(crate) async fn counted(&self, keys: &[Key], now: Timestamp) -> Result<Vec<(u64, Timestamp)>, TransientError> {
        let counted = |rows: &mut Rows| {
            let of = |key: &Key| {
                let row = rows.live(&key.bytes, now.millis());
                row.map_or((0, now), |row| (uses(row), Timestamp::from_millis(row.expires_at)))
            };
            keys.iter().map(of).collect()
        };
        self.decide(counted).await
    }

    pub(crate) async fn forget_all(&self, keys: &[Key]) -> Result<(), TransientError> {
        self.decide(|rows| keys.iter().for_each(|key| rows.remove(&key.bytes))).await
    }
}

/// Counts a key within the current window, or starts a new window.
fn count(rows: &mut Rows, bounded: &Bounded, now: Timestamp) -> Row {
    let weight = i64::try_from(bounded.weight).unwrap_or(i64::MAX);
    let row = match rows.live(&bounded.key.bytes, now.millis()) {
        Some(row) => Row { uses: row.uses.saturating_add(weight), ..row.clone() },
        None => Row { value: None, uses: weight, expires_at: now.plus(bounded.window).millis() },
    };
    rows.set(&bounded.key.bytes, row.clone());
    row
}

fn uses(row: &Row) -> u64 {
    u64::try_from(row.uses).unwrap_or(0)
}
