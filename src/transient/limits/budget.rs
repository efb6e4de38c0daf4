//! What a stored value costs, and who pays for it: a client, an account or an address has a number of bytes within a window, and all
//! together have a ceiling. A value beyond either is not stored.

use crate::time::Timestamp;
use crate::transient::limits::{Limit, LimitError, key};
use crate::transient::{Bounded, Key, Transient, cost};

/// Who pays for a value.
#[derive(Debug, Clone, Default)]
pub struct Budget {
    /// Limits of how many values may be stored.
    pub values: Vec<(Limit, String)>,
    /// Limits of how many bytes they may have together.
    pub bytes: Vec<(Limit, String)>,
    /// The bytes of all short-lived state at which this payer has to wait.
    pub ceiling: u64,
}

impl Budget {
    /// No limit at all.
    pub const UNLIMITED: Self = Self { values: Vec::new(), bytes: Vec::new(), ceiling: u64::MAX };
}

/// How long a value is stored, and who pays.
#[derive(Debug, Clone, Copy)]
pub struct Paid<'a> {
    /// When it expires.
    pub until: Timestamp,
    /// Whose budget it comes out of.
    pub by: &'a Budget,
}

impl Transient {
    /// The bytes of short-lived state that count for the ceiling: on SQLite all of it, in a shared store what this instance put there.
    pub fn held(&self, now: Timestamp) -> u64 {
        match self {
            Self::Embedded(embedded) => embedded.held(),
            Self::Table(table) => table.held.bytes(now),
            Self::Redis(redis) => redis.held.bytes(now),
        }
    }

    /// Records that bytes were added to a shared store, or removed from it.
    pub(crate) fn account(&self, bytes: i64, until: Timestamp) {
        match self {
            Self::Embedded(_) => {}
            Self::Table(table) => table.held.add(bytes, until),
            Self::Redis(redis) => redis.held.add(bytes, until),
        }
    }

    /// Stores a value, if its payer can pay for it.
    pub(crate) async fn put_paid(&self, key: &Key, value: &[u8], paid: Paid<'_>, now: Timestamp) -> Result<(), LimitError> {
        self.pay(cost(key, value.len()), paid.by, now).await?;
        Ok(self.put(key, value, paid.until, now).await?)
    }

    /// Takes bytes out of a budget.
    pub(crate) async fn pay(&self, bytes: u64, budget: &Budget, now: Timestamp) -> Result<(), LimitError> {
        if self.held(now).saturating_add(bytes) > budget.ceiling {
            return Err(LimitError::Full);
        }
        let bounded = |(limit, who): &(Limit, String), weight| Bounded {
            key: key(limit, who),
            most: limit.max,
            window: limit.window,
            weight,
        };
        let values = budget.values.iter().map(|counted| bounded(counted, 1));
        let keys: Vec<Bounded> = values.chain(budget.bytes.iter().map(|counted| bounded(counted, bytes))).collect();
        if keys.is_empty() { Ok(()) } else { self.count_all(&keys, now).await }
    }

    /// Whether there is room for a row without a value, such as a mark against replay. No store is asked.
    pub fn has_room(&self, ceiling: u64, now: Timestamp) -> bool {
        self.held(now) < ceiling
    }
}
