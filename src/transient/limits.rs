//! Rate limits: how often something guessable may be tried within a window that begins with the first try.

use crate::secret::TokenHash;
use crate::time::Timestamp;
use crate::transient::{Bounded, Key, Transient, TransientError};
use std::time::Duration;

/// One limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// What is limited; distinct limits have distinct names.
    pub name: &'static str,
    /// How often it may happen within the window.
    pub max: u64,
    /// How long the window is.
    pub window: Duration,
}

/// Why something may not be tried now.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LimitError {
    /// Too often.
    #[error("tried too often; again in {} s", .retry_after.as_secs())]
    Limited {
        /// When the window ends.
        retry_after: Duration,
    },
    /// It could not be counted.
    #[error(transparent)]
    Transient(#[from] TransientError),
}

fn key(limit: &Limit, who: &str) -> Key {
    // Names of persons and addresses do not become keys.
    Key::new("limit", &TokenHash::of(&format!("{}\0{who}", limit.name)).0)
}

impl Transient {
    /// Counts one more try against each of some limits, all of them different. Where one of them is full, the try is refused until the last
    /// of the full windows has ended, and counted against none: whoever is refused uses up nothing of what others may.
    pub async fn hit(&self, limits: &[(Limit, &str)], now: Timestamp) -> Result<(), LimitError> {
        let bounded = |(limit, who): &(Limit, &str)| Bounded { key: key(limit, who), most: limit.max, window: limit.window };
        let keys: Vec<Bounded> = limits.iter().map(bounded).collect();
        let full = match self {
            Self::Embedded(embedded) => embedded.count_all(&keys, now).await?,
            Self::Table(table) => table.count_all(&keys, now).await?,
            Self::Redis(redis) => redis.count_all(&keys, now).await?,
        };
        match full {
            Some(end) => Err(LimitError::Limited { retry_after: end.since(now) }),
            None => Ok(()),
        }
    }

    /// Gives back one try that was counted against each of some limits. What others tried stays counted.
    pub async fn give_back(&self, limits: &[(Limit, &str)], now: Timestamp) -> Result<(), TransientError> {
        let keys: Vec<Key> = limits.iter().map(|(limit, who)| key(limit, who)).collect();
        match self {
            Self::Embedded(embedded) => embedded.take_back(&keys, now).await,
            Self::Table(table) => table.take_back(&keys, now).await,
            Self::Redis(redis) => redis.take_back(&keys, now).await,
        }
    }

    /// For how long a limit allows nothing more, if it does not, without counting a try.
    pub async fn full_for(&self, (limit, who): (Limit, &str), now: Timestamp) -> Result<Option<Duration>, TransientError> {
        let key = key(&limit, who);
        let (tries, end) = match self {
            Self::Embedded(embedded) => embedded.counted(&key, now).await?,
            Self::Table(table) => table.counted(&key, now).await?,
            Self::Redis(redis) => redis.counted(&key, now).await?,
        };
        Ok((tries >= limit.max).then(|| end.since(now)))
    }

    /// Forgets the tries that were counted against these limits, for instance after one that succeeded.
    pub async fn forget_hits(&self, limits: &[(Limit, &str)]) -> Result<(), TransientError> {
        let keys: Vec<Key> = limits.iter().map(|(limit, who)| key(limit, who)).collect();
        self.forget_all(&keys).await
    }
}
