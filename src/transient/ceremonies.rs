//! Passkey ceremonies: the challenge that a browser is about to answer, and the server's state for it.
//!
//! Each interaction has one open ceremony, the latest. It is taken when an answer arrives, so it is answered at most once.

use crate::identity::id::InteractionId;
use crate::records::ceremony::Ceremony;
use crate::time::Timestamp;
use crate::transient::{Key, LimitError, Paid, Taken, Transient, TransientError, from_json, to_json};

fn key(id: InteractionId) -> Key {
    Key::new("ceremony", &id.bytes())
}

impl Transient {
    /// Stores the ceremony of an interaction, in place of an earlier one, if its payer can pay for it.
    pub(crate) async fn put_ceremony(
        &self,
        id: InteractionId,
        ceremony: &Ceremony,
        paid: Paid<'_>,
        now: Timestamp,
    ) -> Result<(), LimitError> {
        self.put_paid(&key(id), &to_json(ceremony)?, paid, now).await
    }

    /// Takes the ceremony of an interaction: only one answer is checked.
    pub(crate) async fn take_ceremony(&self, id: InteractionId, now: Timestamp) -> Result<Taken<Ceremony>, TransientError> {
        let key = key(id);
        self.take(&key, now).await?.try_map(|bytes| from_json(&key, &bytes))
    }
}
