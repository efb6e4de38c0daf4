//! Sessions that ended a moment ago: a code that was made out of one and is still under way is worth nothing (RFC 6749 §10.5). A mark lasts
//! longer than any such code.
//!
//! Every code that is redeemed asks, so on SQLite, where this process is the only one, the marks are held in memory as sessions are. Those
//! of before a restart are read once.

use super::embedded::Embedded;
use super::{Durability, Key, Transient, TransientError};
use crate::identity::id::SessionId;
use crate::time::Timestamp;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use tokio::sync::OnceCell;

const KIND: &str = "ended-session";
/// The marks that have expired are dropped when there are so many more.
const SWEPT_AFTER: usize = 1024;

fn key(session: SessionId) -> Key {
    Key::new(KIND, &session.bytes())
}

/// The marks in memory.
#[derive(Default)]
pub(super) struct EndedSessions {
    read: OnceCell<()>,
    marks: Mutex<Marks>,
}

#[derive(Default)]
struct Marks {
    until: HashMap<SessionId, Timestamp>,
    sweep_at: usize,
}

impl EndedSessions {
    fn add(&self, session: SessionId, until: Timestamp, now: Timestamp) {
        let mut marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        marks.until.insert(session, until);
        if marks.until.len() > marks.sweep_at {
            marks.until.retain(|_, until| *until > now);
            marks.sweep_at = marks.until.len() * 2 + SWEPT_AFTER;
        }
    }

    fn has(&self, session: SessionId, now: Timestamp) -> bool {
        let marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        marks.until.get(&session).is_some_and(|until| *until > now)
    }
}

impl Transient {
    /// Marks a session as ended until `until`. On return every code of it that is redeemed from now on hears so.
    pub async fn mark_ended(&self, session: SessionId, until: Timestamp, now: Timestamp) -> Result<(), TransientError> {
        let key = key(session);
        match self {
            Self::Embedded(embedded) => {
                if let Some(ended) = &embedded.ended {
                    ended.add(session, until, now);
                }
                // On disk with the next save: that of the transaction that ends the session.
                embedded.put(&key, b"ended", until, Durability::Relaxed).await
            }
            Self::Redis(redis) => redis.put(&key, b"ended", until, now).await,
        }
    }

    /// Whether a session is marked as ended.
    pub async fn has_ended(&self, session: SessionId, now: Timestamp) -> Result<bool, TransientError> {
        match self {
            Self::Embedded(Embedded { ended: Some(ended), .. }) if ended.read.initialized() => Ok(ended.has(session, now)),
            Self::Embedded(embedded) => embedded.has_ended(session, now).await,
            Self::Redis(redis) => Ok(redis.get(&key(session), now).await?.is_some()),
        }
    }
}

impl Embedded {
    async fn has_ended(&self, session: SessionId, now: Timestamp) -> Result<bool, TransientError> {
        let Some(ended) = &self.ended else {
            return Ok(self.get(&key(session), now, Durability::Awaited).await?.is_some());
        };
        let prefix = key(SessionId::from_bytes([0; 16]));
        let read = async {
            for (name, until) in self.kept_of(&prefix, now).await? {
                let id = name.get(KIND.len() + 1..).and_then(|id| id.try_into().ok());
                let id = id.map(SessionId::from_bytes).ok_or(TransientError::Corrupt { kind: KIND })?;
                ended.add(id, until, now);
            }
            Ok::<(), TransientError>(())
        };
        ended.read.get_or_try_init(|| read).await?;
        Ok(ended.has(session, now))
    }
}
