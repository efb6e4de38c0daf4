//! Room `transient/` (floor *world*): short-lived state, behind a few verbs (put, get, take, claim, count, replace, forget).
//!
//! Here: interactions, one-time codes, limits, replay markers, pushed requests, browser sessions. [`Transient`] keeps them beside the
//! durable store ([`Transient::embedded`]: in memory in front of SQLite, in a table of PostgreSQL) or in Redis ([`Transient::redis`]).
//! Single use is one atomic operation in every backend. Time is passed in, also to Redis, whose own clock only removes what expired.
//!
//! The verbs are private to this room: each kind of value has a file of its own that decides which of them it has, so that no caller
//! can write "get, then delete". Not here: what a value means; that is `records/` and `flows/`.
//!
//! Start with `replay.rs`, the smallest kind; `embedded.rs`, `table.rs` and `redis.rs` are the three backends.

pub(crate) mod ceremonies;
pub(crate) mod cross_device;
pub(crate) mod embedded;
pub(crate) mod ended;
pub(crate) mod interactions;
pub(crate) mod limits;
pub(crate) mod otp;
pub(crate) mod pushed;
pub(crate) mod redis;
pub(crate) mod replay;
pub(crate) mod revoked;
pub(crate) mod sessions;
pub(crate) mod set_aside_form;
pub(crate) mod table;

pub(crate) use crate::transient::interactions::Version;
pub use crate::transient::limits::budget::{Budget, Paid};
pub use crate::transient::limits::{Limit, LimitError};

use crate::settings::ServerTls;
use crate::store::StoreError;
use crate::time::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// Why short-lived state could not be stored or read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TransientError {
    /// The backend does not answer.
    #[error("the short-lived state is not available: {0}")]
    Unavailable(#[source] Arc<dyn Error + Send + Sync>),
    /// A stored value cannot be read: another version of the program wrote it.
    #[error("a stored {kind} cannot be read")]
    Corrupt {
        /// Which kind of value.
        kind: &'static str,
    },
}

impl TransientError {
    /// Whether the same request may succeed in a moment.
    pub(crate) const fn may_pass(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    /// What is wrong, in words for an operator that tell a stranger neither address nor name.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Corrupt { .. } => "a stored value cannot be read",
            Self::Unavailable(cause) => match cause.downcast_ref::<StoreError>() {
                Some(error) => error.reason(),
                None => redis::reason_of(&**cause).unwrap_or("it does not answer"),
            },
        }
    }
}

/// Short-lived state; cheap to clone.
#[derive(Clone)]
pub enum Transient {
    /// In memory, backed by SQLite beside the durable store.
    Embedded(embedded::Embedded),
    /// In PostgreSQL beside the durable store.
    Table(table::Table),
    /// In Redis.
    Redis(redis::Redis),
}

/// The result of taking a value that may be taken once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken<T> {
    /// This caller is the first.
    First(T),
    /// It was taken before.
    Again,
    /// Never stored, or expired.
    Unknown,
}

impl<T> Taken<T> {
    /// The same result with the value parsed.
    fn try_map<U, E>(self, read: impl FnOnce(T) -> Result<U, E>) -> Result<Taken<U>, E> {
        Ok(match self {
            Self::First(value) => Taken::First(read(value)?),
            Self::Again => Taken::Again,
            Self::Unknown => Taken::Unknown,
        })
    }
}

/// The name of a stored value: its kind, and its name within the kind.
#[derive(Clone)]
pub(crate) struct Key {
    kind: &'static str,
    bytes: Vec<u8>,
}

impl Key {
    fn new(kind: &'static str, name: &[u8]) -> Self {
        Self { kind, bytes: [kind.as_bytes(), b":", name].concat() }
    }
}

/// A key that is counted within a window, up to `most`, by `weight` each time.
pub(crate) struct Bounded {
    key: Key,
    most: u64,
    window: Duration,
    weight: u64,
}

impl Transient {
    /// Short-lived state in Redis, at `redis://…` or `rediss://…`, under the prefix `panjereh:`.
    pub(crate) async fn redis(url: &str, tls: &ServerTls) -> Result<Self, TransientError> {
        redis::Redis::connect(url, "panjereh:", tls).await.map(Self::Redis)
    }

    /// Whether the address of a Redis can be used as the settings want it. Connects to nothing.
    pub(crate) fn check_address(url: &str, tls: &ServerTls) -> Result<(), TransientError> {
        redis::check_address(url, tls)
    }

    /// As [`Transient::redis`], under another prefix.
    pub async fn redis_with_prefix(url: &str, prefix: &str) -> Result<Self, TransientError> {
        redis::Redis::connect(url, prefix, &ServerTls::default()).await.map(Self::Redis)
    }

    /// As [`Transient::redis`], with TLS as the settings say.
    pub async fn redis_with_tls(url: &str, tls: &ServerTls) -> Result<Self, TransientError> {
        Self::redis(url, tls).await
    }

    /// Loads what has to be in memory before anything can be decided. Otherwise the first operation does.
    pub async fn ready(&self) -> Result<(), TransientError> {
        match self {
            Self::Embedded(embedded) => embedded.read().await,
            Self::Table(_) | Self::Redis(_) => Ok(()),
        }
    }

    /// Writes what a sign-in would write. State beside the durable store is where [`Store::prove_writable`] looks.
    ///
    /// [`Store::prove_writable`]: crate::store::Store::prove_writable
    pub async fn prove_writable(&self, instance: &[u8], now: Timestamp) -> Result<(), TransientError> {
        match self {
            Self::Embedded(_) | Self::Table(_) => Ok(()),
            Self::Redis(redis) => redis.prove_writable(instance, now).await,
        }
    }

    /// Stores a value until `until`, in place of an earlier one.
    async fn put(&self, key: &Key, value: &[u8], until: Timestamp, now: Timestamp) -> Result<(), TransientError> {
        match self {
            Self::Embedded(embedded) => embedded.put(key, value, until).await,
            Self::Table(table) => table.put(key, value, until).await,
            Self::Redis(redis) => redis.put(key, value, until, now).await,
        }?;
        self.account(signed(cost(key, value.len())), until);
        Ok(())
    }

    /// Moves the end of a value that exists and was not taken; returns whether it did.
    async fn prolong(&self, key: &Key, until: Timestamp, now: Timestamp) -> Result<bool, TransientError> {
        match self {
            Self::Embedded(embedded) => embedded.prolong(key, until, now).await,
            Self::Table(table) => table.prolong(key, until, now).await,
            Self::Redis(redis) => redis.prolong(key, until, now).await,
        }
    }

    /// The same, and on disk on return.
    async fn put_and_save(&self, key: &Key, value: &[u8], until: Timestamp, now: Timestamp) -> Result<(), TransientError> {
        self.put(key, value, until, now).await?;
        self.save().await
    }

    /// When this returns, earlier changes are on disk. For Redis, its own setting (`appendonly`) decides.
    async fn save(&self) -> Result<(), TransientError> {
        match self {
            Self::Embedded(embedded) => embedded.save().await,
            Self::Table(_) | Self::Redis(_) => Ok(()),
        }
    }

    /// A stored value that was not taken.
    async fn get(&self, key: &Key, now: Timestamp) -> Result<Option<Vec<u8>>, TransientError> {
        match self {
            Self::Embedded(embedded) => embedded.get(key, now).await,
            Self::Table(table) => table.get(key, now).await,
            Self::Redis(redis) => redis.get(key, now).await,
        }
    }

    /// Takes a stored value: of several concurrent callers, exactly one is first.
    async fn take(&self, key: &Key, now: Timestamp) -> Result<Taken<Vec<u8>>, TransientError> {
        let taken = match self {
            Self::Embedded(embedded) => return embedded.take(key, now).await,
            Self::Table(table) => table.take(key, now).await,
            Self::Redis(redis) => redis.take(key, now).await,
        }?;
        taken.try_map(|(value, until)| {
            self.account(-signed(size(&value)), until);
            Ok(value)
        })
    }

    /// Answers for a value once, whether or not it is still stored: of several concurrent callers, exactly one gets `true`. The value is
    /// gone then, and the mark that it was answered stays until `until`.
    async fn claim_over(&self, key: &Key, until: Timestamp, now: Timestamp) -> Result<bool, TransientError> {
        match self {
            Self::Embedded(embedded) => embedded.claim_over(key, until, now).await,
            Self::Table(table) => table.claim_over(key, until, now).await,
            Self::Redis(redis) => redis.claim_over(key, until, now).await,
        }
    }

    /// Claims a name until `until`: of several concurrent callers, exactly one gets `true`.
    async fn claim(&self, key: &Key, until: Timestamp, now: Timestamp) -> Result<bool, TransientError> {
        let won = match self {
            Self::Embedded(embedded) => embedded.claim(key, until, now).await,
            Self::Table(table) => table.claim(key, until, now).await,
            Self::Redis(redis) => redis.claim(key, until, now).await,
        }?;
        if won {
            self.account(signed(cost(key, 0)), until);
        }
        Ok(won)
    }

    /// Counts one use within a window that began with the first use; returns the count and the end of the window.
    async fn count(&self, key: &Key, window: Duration, now: Timestamp) -> Result<(u64, Timestamp), TransientError> {
        match self {
            Self::Embedded(embedded) => embedded.count(key, window, now).await,
            Self::Table(table) => table.count(key, window, now).await,
            Self::Redis(redis) => redis.count(key, window, now).await,
        }
    }

    /// Removes several values.
    async fn forget_all(&self, keys: &[Key]) -> Result<(), TransientError> {
        match self {
            Self::Embedded(embedded) => embedded.forget_all(keys).await,
            Self::Table(table) => table.forget_all(keys).await,
            Self::Redis(redis) => redis.forget_all(keys).await,
        }
    }
}

/// What a row costs beside its key and value: its places in the maps in memory and in the journal, or the row's head and its index.
const ROW: u64 = 200;

/// The bytes that a row costs.
pub(crate) fn cost(key: &Key, value: usize) -> u64 {
    ROW + u64::try_from(key.bytes.len() + value).unwrap_or(u64::MAX / 2)
}

/// Bytes as a number that can be added and subtracted.
fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

fn size(value: &[u8]) -> u64 {
    u64::try_from(value.len()).unwrap_or(u64::MAX)
}

fn to_json<T: Serialize>(value: &T) -> Result<Vec<u8>, TransientError> {
    serde_json::to_vec(value).map_err(|error| TransientError::Unavailable(Arc::new(error)))
}

fn from_json<T: DeserializeOwned>(key: &Key, bytes: &[u8]) -> Result<T, TransientError> {
    serde_json::from_slice(bytes).map_err(|_| TransientError::Corrupt { kind: key.kind })
}
