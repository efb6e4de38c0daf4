//! Browser sessions. There are many and they live long, so on SQLite they are rows that are written and read one by one; the hot
//! path reads them from a cache.

use crate::records::session::{SESSION_LIFETIME, Session};
use crate::secret::TokenHash;
use crate::store::{Store, Tx};
use crate::time::Timestamp;
use crate::transient::embedded::Embedded;
use crate::transient::table::Table;
use crate::transient::{Key, Transient, TransientError, from_json, to_json};
use std::sync::Arc;

fn key(token: &TokenHash) -> Key {
    Key::new("session", &token.0)
}

fn end_of(session: &Session) -> Timestamp {
    session.began_at.plus(SESSION_LIFETIME)
}

impl Transient {
    /// Stores a new session under the hash of its cookie's secret until its lifetime ends. It exists once the returned
    /// transaction is saved, together with everything that is added to it. In Redis, whose sessions are beside `store`, it exists
    /// before that.
    pub async fn put_session(
        &self,
        store: &Store,
        token: &TokenHash,
        session: &Session,
        now: Timestamp,
    ) -> Result<Tx, TransientError> {
        let (key, value, until) = (key(token), to_json(session)?, end_of(session));
        if let Self::Redis(redis) = self {
            redis.put(&key, &value, until, now).await?;
            return Ok(store.write().await?);
        }
        let mut tx = store.write().await?;
        Table::put_in(&mut tx, &key, &value, until).await?;
        if let Self::Embedded(embedded) = self {
            // No browser has the secret of this session before the transaction is saved.
            embedded.sessions.insert(*token, Arc::new(session.clone()));
        }
        Ok(tx)
    }

    /// Updates a session that still exists (when it was last seen), and returns whether it does: a session that was ended in the
    /// meantime stays ended. Not awaited on disk: if the machine fails, only the time when it was last seen is lost.
    pub async fn touch_session(&self, token: &TokenHash, session: &Session, now: Timestamp) -> Result<bool, TransientError> {
        let (key, value) = (key(token), to_json(session)?);
        match self {
            Self::Embedded(embedded) => {
                let there = embedded.table.replace(&key, &value, now).await?;
                if there {
                    // Only a session that is still cached: another request may have ended it in the meantime.
                    embedded.sessions.replace(*token, Arc::new(session.clone()), false).ok();
                }
                Ok(there)
            }
            Self::Table(table) => table.replace(&key, &value, now).await,
            Self::Redis(redis) => redis.replace(&key, &value, now).await,
        }
    }

    /// The session of that cookie, if its lifetime has not ended. [`Session::is_live`] decides whether it is still valid.
    pub async fn session(&self, token: &TokenHash, now: Timestamp) -> Result<Option<Arc<Session>>, TransientError> {
        match self {
            Self::Embedded(embedded) => embedded.session(token, now).await,
            Self::Table(table) => table.session(token, now).await,
            Self::Redis(redis) => {
                let key = key(token);
                redis.get(&key, now).await?.map(|bytes| from_json(&key, &bytes).map(Arc::new)).transpose()
            }
        }
    }

    /// Ends a session. On disk on return.
    pub async fn end_session(&self, token: &TokenHash) -> Result<(), TransientError> {
        match self {
            Self::Embedded(embedded) => embedded.clone().end_session(*token).await,
            Self::Table(table) => table.forget(&key(token)).await,
            Self::Redis(redis) => redis.forget(&key(token)).await,
        }
    }
}

impl Embedded {
    async fn session(&self, token: &TokenHash, now: Timestamp) -> Result<Option<Arc<Session>>, TransientError> {
        let guard = match self.sessions.get_value_or_guard_async(token).await {
            Ok(session) => return Ok(Some(session).filter(|session| end_of(session) > now)),
            Err(guard) => guard,
        };
        let session = self.table.session(token, now).await?;
        if let Some(session) = &session {
            // Fails if the session was stored or ended in the meantime; then the value that was read is stale.
            guard.insert(session.clone()).ok();
        }
        Ok(session)
    }

    async fn end_session(self, token: TokenHash) -> Result<(), TransientError> {
        // In a task of its own: if the caller's future were dropped between the two steps, the session would stay in the cache.
        let task = tokio::spawn(async move {
            let done = self.table.forget(&key(&token)).await;
            // After the deletion: a reader that found the row before it has a placeholder, which this removes as well.
            self.sessions.remove(&token);
            done
        });
        task.await.map_err(|error| TransientError::Unavailable(Arc::new(error)))?
    }
}

impl Table {
    async fn session(&self, token: &TokenHash, now: Timestamp) -> Result<Option<Arc<Session>>, TransientError> {
        let key = key(token);
        let bytes = self.get(&key, now).await?;
        bytes.map(|bytes| from_json(&key, &bytes).map(Arc::new)).transpose()
    }
}
