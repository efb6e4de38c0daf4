//! What all connections to PostgreSQL share: which are still used, and how long an answer may take.

use std::io::ErrorKind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// How long after the last failure for want of space the database counts as full.
const FULL_FOR: Duration = Duration::from_secs(3);

/// What all connections share.
pub(crate) struct Doors {
    /// Whether a pooler lends a server connection for one transaction only.
    pub(crate) pooled: bool,
    began: Instant,
    /// Connections that were opened before this time are not used any more; milliseconds since `began`.
    closed_before: AtomicU64,
    /// When a statement last failed for want of space; milliseconds since `began`, zero for never.
    full_at: AtomicU64,
}

#[expect(clippy::disallowed_methods, reason = "how old a connection is has nothing to do with the time of day")]
pub(crate) fn instant() -> Instant {
    Instant::now()
}

impl Doors {
    pub(crate) fn new(pooled: bool) -> Self {
        Self { pooled, began: instant(), closed_before: AtomicU64::new(0), full_at: AtomicU64::new(0) }
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// No connection that is open now is used again.
    pub(crate) fn close_older(&self) {
        self.closed_before.store(self.millis(), Ordering::Relaxed);
    }

    /// Whether a connection of this age is used.
    pub(crate) fn admits(&self, age: Duration) -> bool {
        let opened = self.millis().saturating_sub(u64::try_from(age.as_millis()).unwrap_or(u64::MAX));
        let closed = self.closed_before.load(Ordering::Relaxed);
        closed == 0 || opened > closed
    }

    /// Remembers a failure for want of space.
    pub(crate) fn note(&self, error: &sqlx::Error) {
        if matches!(error, sqlx::Error::Database(error) if error.code().as_deref() == Some("53100")) {
            self.full_at.store(self.millis().max(1), Ordering::Relaxed);
        }
    }

    /// Whether a statement failed for want of space a moment ago.
    pub(crate) fn is_full(&self) -> bool {
        let at = self.full_at.load(Ordering::Relaxed);
        at > 0 && self.millis().saturating_sub(at) < u64::try_from(FULL_FOR.as_millis()).unwrap_or(u64::MAX)
    }
}

/// Waits for an answer of the database, for at most `limit`.
pub(crate) async fn within<T>(
    limit: Option<Duration>,
    answer: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    match limit {
        None => answer.await,
        Some(limit) => tokio::time::timeout(limit, answer).await.unwrap_or_else(|_| Err(too_slow())),
    }
}

fn too_slow() -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::new(ErrorKind::TimedOut, "no answer in time"))
}
