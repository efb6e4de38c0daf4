//! Interactions: authorization requests on their way through the pages. Their content is defined by the flows.
//!
//! Several requests of a browser may change an interaction at the same time (two tabs, a button pressed twice). A change is a
//! compare and swap: it replaces exactly the state that was read, or changes nothing. So no change undoes another, and none
//! restores an interaction that was taken.

use crate::identity::id::InteractionId;
use crate::time::Timestamp;
use crate::transient::{Key, LimitError, Paid, Taken, Transient, TransientError, from_json, signed, size, to_json};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

fn key(id: InteractionId) -> Key {
    Key::new("interaction", &id.bytes())
}

fn arrival_key(id: InteractionId) -> Key {
    Key::new("arrival", &id.bytes())
}

/// The state of an interaction as it was read; identifies it in a later change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(Arc<[u8]>);

impl Version {
    /// Whether this is the version of an interaction with this state.
    pub fn is_of<T: Serialize>(&self, interaction: &T) -> bool {
        to_json(interaction).is_ok_and(|bytes| *bytes == *self.0)
    }
}

impl Transient {
    /// Stores a new interaction, if its payer can pay for it.
    pub async fn put_interaction<T: Serialize>(
        &self,
        id: InteractionId,
        interaction: &T,
        paid: Paid<'_>,
        now: Timestamp,
    ) -> Result<(), LimitError> {
        self.put_paid(&key(id), &to_json(interaction)?, paid, now).await
    }

    /// An interaction that was not taken, and the version that was read.
    pub async fn interaction<T: DeserializeOwned>(
        &self,
        id: InteractionId,
        now: Timestamp,
    ) -> Result<Option<(T, Version)>, TransientError> {
        let key = key(id);
        let Some(bytes) = self.get(&key, now).await? else { return Ok(None) };
        Ok(Some((from_json(&key, &bytes)?, Version(bytes.into()))))
    }

    /// Replaces the state that was read. Of several concurrent changes of the same version, exactly one succeeds, and none does
    /// after the interaction was taken. `None` if this one did not succeed; then nothing has changed.
    pub async fn replace_interaction<T: Serialize>(
        &self,
        id: InteractionId,
        read: &Version,
        interaction: &T,
        now: Timestamp,
    ) -> Result<Option<Version>, TransientError> {
        let (key, value) = (key(id), to_json(interaction)?);
        let until = match self {
            Self::Embedded(embedded) => {
                let replaced = embedded.compare_and_swap(&key, &read.0, &value, now).await?;
                return Ok(replaced.then(|| Version(value.into())));
            }
            Self::Table(table) => table.compare_and_swap(&key, &read.0, &value, now).await?,
            Self::Redis(redis) => redis.compare_and_swap(&key, &read.0, &value, now).await?,
        };
        let Some(until) = until else { return Ok(None) };
        self.account(signed(size(&value)) - signed(size(&read.0)), until);
        Ok(Some(Version(value.into())))
    }

    /// Lets an interaction that was not taken live until `until`.
    pub async fn prolong_interaction(&self, id: InteractionId, until: Timestamp, now: Timestamp) -> Result<bool, TransientError> {
        self.prolong(&key(id), until, now).await
    }

    /// Remembers for its browser where an interaction led.
    pub async fn put_arrival<T: Serialize>(
        &self,
        id: InteractionId,
        arrival: &T,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), TransientError> {
        self.put(&arrival_key(id), &to_json(arrival)?, until, now).await
    }

    /// Where an interaction led that has ended.
    pub async fn arrival<T: DeserializeOwned>(&self, id: InteractionId, now: Timestamp) -> Result<Option<T>, TransientError> {
        let key = arrival_key(id);
        self.get(&key, now).await?.map(|bytes| from_json(&key, &bytes)).transpose()
    }

    /// Takes an interaction to end it: of several concurrent callers, exactly one gets it.
    pub async fn take_interaction<T: DeserializeOwned>(
        &self,
        id: InteractionId,
        now: Timestamp,
    ) -> Result<Taken<T>, TransientError> {
        let key = key(id);
        self.take(&key, now).await?.try_map(|bytes| from_json(&key, &bytes))
    }
}
