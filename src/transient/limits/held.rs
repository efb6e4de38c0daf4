//! How many bytes of short-lived values this instance put into a store that it shares with others.
//!
//! What another instance put there is not known here, but what this instance takes out is, whichever instance put it in. So the figures
//! of all instances add up to what the store holds, and each of them is about its share while a load balancer spreads the requests.
//! A restart begins at zero. The embedded backend needs none of this: it has all rows in memory and knows their size.

use crate::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The unit in which expiry is remembered, in milliseconds.
const MINUTE: i64 = 60_000;

/// The bytes, by the minute in which they expire.
#[derive(Default)]
pub(crate) struct Held(Mutex<Ages>);

#[derive(Default)]
struct Ages {
    by_minute: BTreeMap<i64, i64>,
    total: i64,
}

impl Held {
    /// Adds bytes that expire at `until`; removes them if the number is negative.
    pub(crate) fn add(&self, bytes: i64, until: Timestamp) {
        let mut ages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *ages.by_minute.entry(until.millis() / MINUTE).or_default() += bytes;
        ages.total += bytes;
    }

    /// The bytes that have not expired at `now`.
    pub(crate) fn bytes(&self, now: Timestamp) -> u64 {
        let mut ages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(oldest) = ages.by_minute.first_entry().filter(|oldest| *oldest.key() < now.millis() / MINUTE) {
            let expired = oldest.remove();
            ages.total -= expired;
        }
        u64::try_from(ages.total).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_held_until_they_are_taken_out_or_expire() {
        let (held, at) = (Held::default(), |minute| Timestamp::from_millis(minute * MINUTE));
        held.add(100, at(10));
        held.add(50, at(20));
        assert_eq!(held.bytes(at(1)), 150);
        held.add(-50, at(20));
        assert_eq!(held.bytes(at(10)), 100);
        assert_eq!(held.bytes(at(11)), 0);
        held.add(-30, at(20));
        assert_eq!(held.bytes(at(11)), 0, "put in by another instance, taken out by this one");
        held.add(100, at(20));
        assert_eq!((held.bytes(at(11)), held.bytes(at(21))), (70, 0));
    }
}
