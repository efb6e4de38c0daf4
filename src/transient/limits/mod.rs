//! Rate limits: how often something that can be guessed may be tried within a window that begins with the first attempt.

pub(crate) mod budget;
pub(crate) mod held;

use crate::secret::TokenHash;
use crate::time::Timestamp;
use crate::transient::{Bounded, Key, Transient, TransientError};
use std::time::Duration;

/// One limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// What is limited; each limit has its own name.
    pub name: &'static str,
    /// The maximum number of attempts within the window.
    pub max: u64,
    /// The length of the window.
    pub window: Duration,
}

/// Why an attempt is not allowed now.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LimitError {
    /// Too many attempts.
    #[error("too many attempts; try again in {} s", .retry_after.as_secs())]
    Limited {
        /// How long until the window ends.
        retry_after: Duration,
    },
    /// As much short-lived state is held as may be.
    #[error("as much short-lived state is held as may be")]
    Full,
    /// The attempt could not be counted.
    #[error(transparent)]
    Transient(#[from] TransientError),
}

fn key(limit: &Limit, who: &str) -> Key {
    // Hashed, because national IDs and addresses must not become keys.
    Key::new("limit", &TokenHash::of(&format!("{}\0{who}", limit.name)).0)
}

fn keys<W: AsRef<str>>(limits: &[(Limit, W)]) -> Vec<Key> {
    limits.iter().map(|(limit, who)| key(limit, who.as_ref())).collect()
}

impl Transient {
    /// Counts one attempt against each of several different limits. If one of them is full, the attempt is rejected until the
    /// last full window ends, and is not counted against any limit: a rejected attempt uses up nothing of what others may try.
    pub async fn hit<W: AsRef<str> + Sync>(&self, limits: &[(Limit, W)], now: Timestamp) -> Result<(), LimitError> {
        let bounded = |(limit, who): &(Limit, W)| Bounded {
            key: key(limit, who.as_ref()),
            most: limit.max,
            window: limit.window,
            weight: 1,
        };
        let keys: Vec<Bounded> = limits.iter().map(bounded).collect();
        self.count_all(&keys, now).await
    }

    /// Counts each key by its weight, or none of them if one is full.
    async fn count_all(&self, keys: &[Bounded], now: Timestamp) -> Result<(), LimitError> {
        let full = match self {
            Self::Embedded(embedded) => embedded.count_all(keys, now).await?,
            Self::Table(table) => table.count_all(keys, now).await?,
            Self::Redis(redis) => redis.count_all(keys, now).await?,
        };
        match full {
            Some(end) => Err(LimitError::Limited { retry_after: end.since(now) }),
            None => Ok(()),
        }
    }

    /// Refunds one attempt that was counted against each of these limits. The attempts of others stay counted.
    pub async fn refund<W: AsRef<str> + Sync>(&self, limits: &[(Limit, W)], now: Timestamp) -> Result<(), TransientError> {
        let keys = keys(limits);
        match self {
            Self::Embedded(embedded) => embedded.refund(&keys, now).await,
            Self::Table(table) => table.refund(&keys, now).await,
            Self::Redis(redis) => redis.refund(&keys, now).await,
        }
    }

    /// How long a limit will stay full, if it is full. Counts nothing.
    pub async fn full_for(&self, limit: Limit, who: &str, now: Timestamp) -> Result<Option<Duration>, TransientError> {
        Ok(self.full_for_each(&[(limit, who)], now).await?.into_iter().next().flatten())
    }

    /// The same for each of several limits, with one look-up.
    pub async fn full_for_each<W: AsRef<str> + Sync>(
        &self,
        limits: &[(Limit, W)],
        now: Timestamp,
    ) -> Result<Vec<Option<Duration>>, TransientError> {
        let keys = keys(limits);
        let counted = match self {
            Self::Embedded(embedded) => embedded.counted(&keys, now).await?,
            Self::Table(table) => table.counted(&keys, now).await?,
            Self::Redis(redis) => redis.counted(&keys, now).await?,
        };
        let full = |((limit, _), (tries, end)): (&(Limit, W), (u64, Timestamp))| (tries >= limit.max).then(|| end.since(now));
        Ok(limits.iter().zip(counted).map(full).collect())
    }

    /// Resets these limits, for instance after a successful attempt.
    pub async fn forget_hits<W: AsRef<str> + Sync>(&self, limits: &[(Limit, W)]) -> Result<(), TransientError> {
        self.forget_all(&keys(limits)).await
    }
}
