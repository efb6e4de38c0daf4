//! Whether this instance can serve: it writes what a sign-in writes, and says what is in the way.

use crate::random::Random;
use crate::store::Store;
use crate::store::readiness::Proof;
use crate::time::Timestamp;
use crate::transient::Transient;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long a result is used again. Many load balancers ask, and strangers may: they cost no more than two writes a second.
const FRESH_FOR: Duration = Duration::from_millis(500);
/// How long one look at a part may take; a caller has an answer within two seconds.
const LOOKED_AT: Duration = Duration::from_millis(1750);
const CALLER_WAITS: Duration = Duration::from_millis(1900);

/// Why this instance cannot serve: a line for each part, in words that tell a stranger neither address nor name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Faults(Vec<Fault>);

/// A part that does not do what a sign-in needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fault {
    part: &'static str,
    reason: &'static str,
}

impl std::fmt::Display for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|fault| writeln!(f, "{}: {}", fault.part, fault.reason))
    }
}

const DATABASE: &str = "the database";
const TRANSIENT: &str = "the short-lived state";
const TOO_SLOW: &str = "it does not answer in time";

/// What is known about the readiness of an instance.
#[derive(Default)]
pub(crate) struct Readiness {
    last: Mutex<Last>,
}

#[derive(Default)]
struct Last {
    /// Under which name this instance writes.
    instance: Option<[u8; 16]>,
    turn: u64,
    checked: Option<(Instant, Faults)>,
}

#[expect(clippy::disallowed_methods, reason = "how long a result is used again has nothing to do with the time of day")]
fn instant() -> Instant {
    Instant::now()
}

/// What is looked at.
pub(crate) struct Parts<'a> {
    /// Durable state.
    pub(crate) store: &'a Store,
    /// Short-lived state.
    pub(crate) transient: &'a Transient,
    /// For what is written.
    pub(crate) random: &'a Random,
}

impl Readiness {
    /// Whether this instance can serve. One look at a time; a caller that asks meanwhile gets its result.
    pub(crate) async fn check(&self, parts: Parts<'_>, now: Timestamp) -> Result<(), Faults> {
        let both = [DATABASE, TRANSIENT].map(|part| Fault { part, reason: TOO_SLOW });
        let looked = tokio::time::timeout(CALLER_WAITS, self.look(parts, now));
        let faults = looked.await.unwrap_or_else(|_| Faults(both.to_vec()));
        if faults.0.is_empty() { Ok(()) } else { Err(faults) }
    }

    async fn look(&self, parts: Parts<'_>, now: Timestamp) -> Faults {
        let mut last = self.last.lock().await;
        if let Some((at, faults)) = &last.checked
            && at.elapsed() < FRESH_FOR
        {
            return faults.clone();
        }
        last.turn += 1;
        let instance = *last.instance.get_or_insert_with(|| parts.random.bytes());
        let bytes = (0..8).flat_map(|_| parts.random.bytes::<1024>()).collect();
        let proof = Proof { instance, turn: last.turn, bytes };
        let store = tokio::time::timeout(LOOKED_AT, parts.store.prove_writable(&proof, now));
        let transient = tokio::time::timeout(LOOKED_AT, parts.transient.prove_writable(&instance, now));
        let (store, transient) = tokio::join!(store, transient);
        let store = store.map(|proved| proved.map_err(|cause| (cause.to_string(), cause.reason())));
        let transient = transient.map(|proved| proved.map_err(|cause| (cause.to_string(), cause.reason())));
        let faults = [(DATABASE, store), (TRANSIENT, transient)].into_iter().filter_map(|(part, proved)| {
            let reason = match proved {
                Ok(Ok(())) => return None,
                Ok(Err((cause, reason))) => {
                    tracing::error!(part, cause, "not ready: a store does not take what a sign-in writes");
                    reason
                }
                Err(_) => TOO_SLOW,
            };
            Some(Fault { part, reason })
        });
        let faults = Faults(faults.collect());
        last.checked = Some((instant(), faults.clone()));
        faults
    }
}
