//! Interactions: authorization requests on their way through the pages. What one holds is the business of the flows.
//!
//! Several requests of a browser may change one at the same time (two tabs, a button pressed twice). A change counts if nobody was faster:
//! it replaces the very state that it began with, or nothing. So none undoes another, and none brings back what was taken.

use crate::identity::id::InteractionId;
use crate::time::Timestamp;
use crate::transient::{Key, Taken, Transient, TransientError, from_json, to_json};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

fn key(id: InteractionId) -> Key {
    Key::new("interaction", &id.bytes())
}

/// The state of an interaction as it was read, by which it is known again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(Arc<[u8]>);

impl Version {
    /// Whether this is the version of a state that looks so.
    pub fn is_of<T: Serialize>(&self, interaction: &T) -> bool {
        to_json(interaction).is_ok_and(|bytes| *bytes == *self.0)
    }
}

impl Transient {
    /// Keeps a new interaction until `until`.
    pub async fn put_interaction<T: Serialize>(
        &self,
        id: InteractionId,
        interaction: &T,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), TransientError> {
        self.put(&key(id), &to_json(interaction)?, until, now).await
    }

    /// An interaction that nobody has taken, and which of its states this is.
    pub async fn interaction<T: DeserializeOwned>(
        &self,
        id: InteractionId,
        now: Timestamp,
    ) -> Result<Option<(T, Version)>, TransientError> {
        let key = key(id);
        let Some(bytes) = self.get(&key, now).await? else { return Ok(None) };
        Ok(Some((from_json(&key, &bytes)?, Version(bytes.into()))))
    }

    /// Puts a state in the place of the one that was read. Of any number who read the same one, one succeeds, and nobody does after it was
    /// taken; `None` to everybody else, and nothing has changed.
    pub async fn replace_interaction<T: Serialize>(
        &self,
        id: InteractionId,
        read: &Version,
        interaction: &T,
        now: Timestamp,
    ) -> Result<Option<Version>, TransientError> {
        let (key, value) = (key(id), to_json(interaction)?);
        let replaced = match self {
            Self::Embedded(embedded) => embedded.exchange(&key, (&read.0, &value), now).await?,
            Self::Table(table) => table.exchange(&key, (&read.0, &value), now).await?,
            Self::Redis(redis) => redis.exchange(&key, (&read.0, &value), now).await?,
        };
        Ok(replaced.then(|| Version(value.into())))
    }

    /// Takes an interaction to end it: of any number who try, one is first.
    pub async fn take_interaction<T: DeserializeOwned>(
        &self,
        id: InteractionId,
        now: Timestamp,
    ) -> Result<Taken<T>, TransientError> {
        let key = key(id);
        self.take(&key, now).await?.try_map(|bytes| from_json(&key, &bytes))
    }
}
