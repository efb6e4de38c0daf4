//! A circuit breaker: after several questions in a row without an answer, no question is sent for a while. Citizens are told at once
//! instead of after the time limit, and a registry that is overloaded gets time to recover.

use crate::time::Timestamp;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How many questions in a row have to fail.
const FAILURES: u32 = 5;
/// How long no question is sent. After it one question goes through; its answer closes the breaker, and without one the next goes
/// through after the same time again.
pub(crate) const PAUSE: Duration = Duration::from_secs(10);

/// Counts failures in a row.
#[derive(Default)]
pub(super) struct Breaker(Mutex<State>);

#[derive(Default)]
struct State {
    failures: u32,
    /// Until when no question is sent, while `failures` is [`FAILURES`] or more.
    until: Option<Timestamp>,
}

/// No question may be sent now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the last {FAILURES} questions got no answer, so none is sent for a moment")]
pub(super) struct Open;

impl Breaker {
    /// Whether a question may be sent now. Of several questions at the end of a pause, exactly one may.
    pub(super) fn admit(&self, now: Timestamp) -> Result<(), Open> {
        let mut state = self.state();
        match state.until {
            Some(until) if state.failures >= FAILURES && now < until => Err(Open),
            Some(_) if state.failures >= FAILURES => {
                state.until = Some(now.plus(PAUSE));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The registry answered. Returns whether it did not before.
    pub(super) fn answered(&self) -> bool {
        let mut state = self.state();
        let was_open = state.failures >= FAILURES;
        *state = State::default();
        was_open
    }

    /// The registry did not answer. Returns whether this opens the breaker.
    pub(super) fn failed(&self, now: Timestamp) -> bool {
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        if state.failures >= FAILURES {
            state.until = Some(now.plus(PAUSE));
        }
        state.failures == FAILURES
    }

    /// Whether the registry is taken to be down.
    pub(super) fn is_open(&self) -> bool {
        self.state().failures >= FAILURES
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

    #[test]
    fn it_opens_after_failures_in_a_row_and_lets_one_question_through_after_each_pause() {
        let breaker = Breaker::default();
        for _ in 1..FAILURES {
            assert!(!breaker.failed(START));
        }
        assert!(!breaker.answered(), "an answer between failures starts the count again");
        for turn in 1..=FAILURES {
            assert_eq!(breaker.admit(START), Ok(()));
            assert_eq!(breaker.failed(START), turn == FAILURES);
        }
        assert!(breaker.is_open());
        assert_eq!(breaker.admit(START.plus(PAUSE).minus(Duration::from_millis(1))), Err(Open));
        assert_eq!(breaker.admit(START.plus(PAUSE)), Ok(()));
        assert_eq!(breaker.admit(START.plus(PAUSE)), Err(Open), "one at a time");
        // The question that went through was never answered and never reported: another one goes through later.
        assert_eq!(breaker.admit(START.plus(PAUSE * 2)), Ok(()));
        assert!(!breaker.failed(START.plus(PAUSE * 2)), "it was open already");
        assert_eq!(breaker.admit(START.plus(PAUSE * 3)), Ok(()));
        assert!(breaker.answered());
        assert!(!breaker.is_open());
        assert_eq!([breaker.admit(START), breaker.admit(START)], [Ok(()), Ok(())]);
    }
}
