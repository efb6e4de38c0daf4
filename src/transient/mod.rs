//! Room `transient/` (floor 3): short-lived state behind five verbs (put, get, take, claim, count), `take_back` and `forget`.
//!
//! [`Transient`] keeps it beside the durable store ([`Transient::embedded`]: in memory in front of SQLite, in a table of PostgreSQL) or in
//! Redis ([`Transient::redis`]). The verbs are
//! private to this room: each kind of value has a file of its own that decides which of them it has, so that nobody outside can write
//! "get, then delete". Single use is one atomic operation in every backend. Time is passed in, also to Redis, whose own clock only sweeps up.
//!
//! Start with `replay.rs`, the smallest; `embedded.rs`, `table.rs` and `redis.rs` are the three sides.

pub mod ceremonies;
pub mod cross_device;
pub mod embedded;
pub mod ended;
pub mod interactions;
pub mod limits;
pub mod otp;
pub mod parked;
pub mod pushed;
pub mod redis;
pub mod replay;
pub mod revoked;
pub mod sessions;
pub mod table;

pub use crate::transient::cross_device::RightToDecide;
pub use crate::transient::interactions::Version;
pub use crate::transient::limits::{Limit, LimitError};

use crate::time::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// Why short-lived state could not be kept or found.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TransientError {
    /// The backend does not answer.
    #[error("the short-lived state is not available: {0}")]
    Unavailable(#[source] Arc<dyn Error + Send + Sync>),
    /// A kept value cannot be read: another version of the program wrote it.
    #[error("a kept {kind} cannot be read")]
    Corrupt {
        /// Which kind of value.
        kind: &'static str,
    },
}

/// Short-lived state; cheap to clone.
#[derive(Clone)]
pub enum Transient {
    /// In memory, and beside the durable store on SQLite.
    Embedded(embedded::Embedded),
    /// Beside the durable store on PostgreSQL.
    Table(table::Table),
    /// In Redis.
    Redis(redis::Redis),
}

/// The answer to taking a value that may be taken once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken<T> {
    /// It is ours alone.
    First(T),
    /// Somebody took it before.
    Again,
    /// Never kept, or expired.
    Unknown,
}

impl<T> Taken<T> {
    /// The same answer about what the value means.
    fn try_map<U, E>(self, read: impl FnOnce(T) -> Result<U, E>) -> Result<Taken<U>, E> {
        Ok(match self {
            Self::First(value) => Taken::First(read(value)?),
            Self::Again => Taken::Again,
            Self::Unknown => Taken::Unknown,
        })
    }
}

/// Under which name a value is kept: what kind it is, and its name within the kind.
pub(crate) struct Key {
    kind: &'static str,
    bytes: Vec<u8>,
}

impl Key {
    fn new(kind: &'static str, name: &[u8]) -> Self {
        Self { kind, bytes: [kind.as_bytes(), b":", name].concat() }
    }
}

/// A key that is counted up to `most` times within a window.
pub(crate) struct Bounded {
    key: Key,
    most: u64,
    window: Duration,
}

impl Transient {
    /// Keeps it in Redis, at `redis://…`, under the prefix `panjereh:`.
    pub async fn redis(url: &str) -> Result<Self, TransientError> {
        Self::redis_with_prefix(url, "panjereh:").await
    }

    /// As [`Transient::redis`], under another prefix.
    pub async fn redis_with_prefix(url: &str, prefix: &str) -> Result<Self, TransientError> {
        redis::Redis::connect(url, prefix).await.map(Self::Redis)
    }

    /// Reads what has to be read before anything can be decided. Otherwise the first question does.
    pub async fn ready(&self) -> Result<(), TransientError> {
        match self {
            Self::Embedded(embedded) => embedded.read().await,
            Self::Table(_) | Self::Redis(_) => Ok(()),
        }
    }

    /// Whether the backend answers.
    pub async fn ping(&self) -> Result<(), TransientError> {
        match self {
            Self::Embedded(embedded) => embedded.table.ping().await,
            Self::Table(table) => table.ping().await,
            Self::Redis(redis) => redis.ping().await,
        }
    }

    /// Keeps a value until `until`, in the place of an earlier one.
    async fn put(&self, key: &Key, value: &[u8], until: Timestamp, now: Timestamp) -> Result<(), TransientError> {
        match self {
            Self::Embedded(embedded) => embedded.put(key, value, until).await,
            Self::Table(table) => table.put(key, value, until).await,
            Self::Redis(redis) => redis.put(key, value, until, now).await,
        }
    }

    /// The same, on disk on return.
    async fn put_and_save(&self, key: &Key, value: &[u8], until: Timestamp, now: Timestamp) -> Result<(), TransientError> {
        self.put(key, value, until, now).await?;
        self.save().await
    }

    /// On return, what was changed before is on disk. In Redis that is its own setting (`appendonly`).
    async fn save(&self) -> Result<(), TransientError> {
        match self {
            Self::Embedded(embedded) => embedded.save().await,
            Self::Table(_) | Self::Redis(_) => Ok(()),
        }
    }

    /// A kept value that nobody has taken.
    async fn get(&self, key: &Key, now: Timestamp) -> Result<Option<Vec<u8>>, TransientError> {
        match self {
            Self::Embedded(embedded) => embedded.get(key, now).await,
            Self::Table(table) => table.get(key, now).await,
            Self::Redis(redis) => redis.get(key, now).await,
        }
    }

    /// Takes a kept value: of any number who try, one is first.
    async fn take(&self, key: &Key, now: Timestamp) -> Result<Taken<Vec<u8>>, TransientError> {
        match self {
            Self::Embedded(embedded) => embedded.take(key, now).await,
            Self::Table(table) => table.take(key, now).await,
            Self::Redis(redis) => redis.take(key, now).await,
        }
    }

    /// Claims a name until `until`: of any number who try, one is told `true`.
    async fn claim(&self, key: &Key, until: Timestamp, now: Timestamp) -> Result<bool, TransientError> {
        match self {
            Self::Embedded(embedded) => embedded.claim(key, until, now).await,
            Self::Table(table) => table.claim(key, until, now).await,
            Self::Redis(redis) => redis.claim(key, until, now).await,
        }
    }

    /// Counts one more within a window that began with the first; says how many there are and when the window ends.
    async fn count(&self, key: &Key, window: Duration, now: Timestamp) -> Result<(u64, Timestamp), TransientError> {
        match self {
            Self::Embedded(embedded) => embedded.count(key, window, now).await,
            Self::Table(table) => table.count(key, window, now).await,
            Self::Redis(redis) => redis.count(key, window, now).await,
        }
    }

    /// Forgets several values.
    async fn forget_all(&self, keys: &[Key]) -> Result<(), TransientError> {
        match self {
            Self::Embedded(embedded) => embedded.forget_all(keys).await,
            Self::Table(table) => table.forget_all(keys).await,
            Self::Redis(redis) => redis.forget_all(keys).await,
        }
    }
}

fn to_json<T: Serialize>(value: &T) -> Result<Vec<u8>, TransientError> {
    serde_json::to_vec(value).map_err(|error| TransientError::Unavailable(Arc::new(error)))
}

fn from_json<T: DeserializeOwned>(key: &Key, bytes: &[u8]) -> Result<T, TransientError> {
    serde_json::from_slice(bytes).map_err(|_| TransientError::Corrupt { kind: key.kind })
}
