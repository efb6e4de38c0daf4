//! Time: one clock for the whole program, asked once per request.
//!
//! A story asks `app.clock.now()` at its top and passes the answer on, so that one request has one *now* and a test owns time.

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
    pub const fn from_millis(millis: i64) -> Self {
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

    /// The moment `by` later. Saturates.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add(millis_of(by)))
    }

    /// The moment `by` earlier. Saturates.
    #[must_use]
    pub fn minus(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(millis_of(by)))
    }

    /// How long ago `earlier` was; zero when it lies ahead.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

fn millis_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Where the time comes from: the system, or a test that stands still until told to move.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The operating system's clock.
    System,
    /// A clock that moves only by [`Clock::advance`]; all clones share it.
    Frozen(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `at`.
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

    /// Moves a frozen clock forward; the system's clock is not ours to move and stays.
    pub fn advance(&self, by: Duration) {
        if let Self::Frozen(at) = self {
            at.fetch_add(millis_of(by), Ordering::SeqCst);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system's clock")]
fn system_millis() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, millis_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_moves_only_when_told_and_its_clones_move_with_it() {
        let clock = Clock::frozen(Timestamp::from_seconds(10));
        let clone = clock.clone();
        clock.advance(Duration::from_millis(1500));
        assert_eq!(clone.now(), Timestamp::from_millis(11_500));
        assert_eq!(clone.now().seconds(), 11);
    }

    #[test]
    fn seconds_round_down_also_before_the_epoch() {
        assert_eq!(Timestamp::from_millis(-1).seconds(), -1);
    }
}
