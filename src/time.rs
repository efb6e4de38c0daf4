//! Time: one clock for the whole program, read once per request.
//!
//! A flow calls `app.clock.now()` first and passes the result on. So one request has one *now*, and a test controls the time.

use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A moment: milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since the epoch.
    pub(crate) const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// From seconds since the epoch, the `NumericDate` of RFC 7519 §2.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down: the `NumericDate` of RFC 7519 §2.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The moment that is `by` later. Saturates.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add(millis_of(by)))
    }

    /// The moment that is `by` earlier. Saturates.
    #[must_use]
    pub fn minus(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(millis_of(by)))
    }

    /// The time since `earlier`; zero if `earlier` is in the future.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

fn millis_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// The source of time: the operating system, or a test's clock that stands still until the test advances it.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The operating system's clock.
    System,
    /// A clock that moves only by [`Clock::advance`]; all clones share it.
    Frozen(Arc<AtomicI64>),
}

impl Clock {
    /// A test's clock, stopped at `at`.
    pub fn frozen(at: Timestamp) -> Self {
        Self::Frozen(Arc::new(AtomicI64::new(at.millis())))
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp(system_millis()),
            Self::Frozen(at) => Timestamp(at.load(Ordering::SeqCst)),
        }
    }

    /// Moves a frozen clock forward. Does nothing to the system's clock.
    pub fn advance(&self, by: Duration) {
        if let Self::Frozen(at) = self {
            at.fetch_add(millis_of(by), Ordering::SeqCst);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the only call of the operating system's clock")]
fn system_millis() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, millis_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_moves_only_when_it_is_advanced_and_its_clones_move_with_it() {
        let clock = Clock::frozen(Timestamp::from_seconds(10));
        let clone = clock.clone();
        clock.advance(Duration::from_millis(1500));
        assert_eq!(clone.now(), Timestamp::from_millis(11_500));
        assert_eq!(clone.now().seconds(), 11);
    }

    #[test]
    fn seconds_are_rounded_down_before_the_epoch_too() {
        assert_eq!(Timestamp::from_millis(-1).seconds(), -1);
    }
}
