//! Rate limits: how often something guessable may be tried within a window that begins with the first try.

use super::{Key, Transient, TransientError};
use crate::identity::account::TokenHash;
use crate::time::Timestamp;
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
    /// Counts one more try of `who`; refuses the one after the limit's last.
    pub async fn hit(&self, limit: &Limit, who: &str, now: Timestamp) -> Result<(), LimitError> {
        let (tries, end) = self.count(&key(limit, who), limit.window, now).await?;
        if tries > limit.max { Err(LimitError::Limited { retry_after: end.since(now) }) } else { Ok(()) }
    }

    /// Forgets the tries of `who`, for instance after one that succeeded.
    pub async fn forget_hits(&self, limit: &Limit, who: &str) -> Result<(), TransientError> {
        self.forget(&key(limit, who)).await
    }
}
