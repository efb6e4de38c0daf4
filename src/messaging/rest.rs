//! When a provider that fails is asked again.

use crate::time::Timestamp;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The first rest of a provider that failed; it doubles with each failure in a row.
const FIRST: Duration = Duration::from_secs(5);
/// The longest.
const LONGEST: Duration = Duration::from_mins(2);
/// After a rest one message tries the provider, and the others wait for its outcome for this long at most.
const TRIAL: Duration = Duration::from_secs(20);
/// The rest of a busy provider that does not say how long it is busy.
const BUSY: Duration = Duration::from_secs(2);

/// The rest of one provider.
#[derive(Default)]
pub(crate) struct Rest(Mutex<State>);

#[derive(Default)]
struct State {
    until: Option<Timestamp>,
    /// Failures in a row.
    failures: u32,
}

impl Rest {
    /// Whether a message may be handed to the provider now; else when it may. After a failure the first message that asks is the trial.
    pub(crate) fn may_try(&self, now: Timestamp) -> Result<(), Timestamp> {
        let mut state = self.state();
        match state.until {
            Some(until) if now < until => Err(until),
            Some(_) if state.failures > 0 => {
                state.until = Some(now.plus(TRIAL));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// It answered as it should.
    pub(crate) fn well(&self) {
        *self.state() = State::default();
    }

    /// It is busy.
    pub(crate) fn busy(&self, now: Timestamp, wait: Option<Duration>) {
        let mut state = self.state();
        state.failures = 0;
        state.until = Some(now.plus(wait.unwrap_or(BUSY).min(LONGEST)));
    }

    /// It failed. Messages that were under way together count as one failure.
    pub(crate) fn failed(&self, begun: Timestamp, now: Timestamp) {
        let mut state = self.state();
        let is_known = state.failures > 0 && state.until.is_some_and(|until| until > now && until != begun.plus(TRIAL));
        if !is_known {
            state.failures = state.failures.saturating_add(1);
            let rest = FIRST.saturating_mul(2_u32.saturating_pow(state.failures - 1));
            state.until = Some(now.plus(rest.min(LONGEST)));
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000);

    fn after(seconds: u64) -> Timestamp {
        NOW.plus(Duration::from_secs(seconds))
    }

    #[test]
    fn a_provider_that_fails_rests_longer_each_time_and_one_message_tries_it_again() {
        let rest = Rest::default();
        assert_eq!(rest.may_try(NOW), Ok(()));
        rest.failed(NOW, NOW);
        rest.failed(NOW, NOW);
        assert_eq!(rest.may_try(after(4)), Err(after(5)));
        assert_eq!(rest.may_try(after(5)), Ok(()));
        assert!(rest.may_try(after(5)).is_err(), "a second message does not try it beside the first");
        rest.failed(after(5), after(6));
        assert_eq!(rest.may_try(after(15)), Err(after(16)));
        assert_eq!(rest.may_try(after(16)), Ok(()));
        rest.well();
        assert_eq!((rest.may_try(after(16)), rest.may_try(after(16))), (Ok(()), Ok(())));
    }

    #[test]
    fn a_busy_provider_rests_as_long_as_it_said_and_then_serves_all() {
        let rest = Rest::default();
        rest.busy(NOW, Some(Duration::from_secs(7)));
        assert_eq!(rest.may_try(after(6)), Err(after(7)));
        assert_eq!((rest.may_try(after(7)), rest.may_try(after(7))), (Ok(()), Ok(())));
        rest.busy(NOW, Some(Duration::from_hours(10)));
        assert_eq!(rest.may_try(after(120)), Ok(()), "no answer of a provider rests it for hours");
    }
}
