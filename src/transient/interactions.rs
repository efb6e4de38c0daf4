//! Interactions: authorization requests on their way through the pages. What one holds is the business of the flows.

use super::{Key, Taken, Transient, TransientError, from_json, to_json};
use crate::identity::id::InteractionId;
use crate::time::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

fn key(id: InteractionId) -> Key {
    Key::new("interaction", &id.bytes())
}

impl Transient {
    /// Keeps an interaction until `until`, in the place of its earlier state.
    pub async fn put_interaction<T: Serialize>(
        &self,
        id: InteractionId,
        interaction: &T,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), TransientError> {
        self.put(&key(id), &to_json(interaction)?, until, now).await
    }

    /// An interaction that nobody has taken.
    pub async fn interaction<T: DeserializeOwned>(&self, id: InteractionId, now: Timestamp) -> Result<Option<T>, TransientError> {
        let key = key(id);
        self.get(&key, now).await?.map(|bytes| from_json(&key, &bytes)).transpose()
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
