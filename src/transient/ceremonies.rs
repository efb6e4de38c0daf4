//! Passkey ceremonies: the challenge that a browser is about to answer, and what the server must remember beside it.
//!
//! One is open for each interaction, the latest; whoever takes it answers it, once.

use crate::identity::id::InteractionId;
use crate::time::Timestamp;
use crate::transient::{Key, Taken, Transient, TransientError, from_json, to_json};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn key(id: InteractionId) -> Key {
    Key::new("ceremony", &id.bytes())
}

impl Transient {
    /// Keeps the ceremony of an interaction until `until`, in the place of an earlier one.
    pub async fn put_ceremony<T: Serialize>(
        &self,
        id: InteractionId,
        ceremony: &T,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), TransientError> {
        self.put(&key(id), &to_json(ceremony)?, until, now).await
    }

    /// Takes the ceremony of an interaction: an answer is looked at once.
    pub async fn take_ceremony<T: DeserializeOwned>(
        &self,
        id: InteractionId,
        now: Timestamp,
    ) -> Result<Taken<T>, TransientError> {
        let key = key(id);
        self.take(&key, now).await?.try_map(|bytes| from_json(&key, &bytes))
    }
}
