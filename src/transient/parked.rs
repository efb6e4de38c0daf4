//! Forms that a page of another site sent to us, kept for the moment that the browser needs to come back for them with its cookies.

use crate::secret::TokenHash;
use crate::time::Timestamp;
use crate::transient::{Key, Taken, Transient, TransientError};

fn key(name: &TokenHash) -> Key {
    Key::new("parked", &name.0)
}

impl Transient {
    /// Keeps a form until `until`.
    pub async fn put_parked(
        &self,
        name: &TokenHash,
        form: &[u8],
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), TransientError> {
        self.put(&key(name), form, until, now).await
    }

    /// Takes a form up again: of any number who try, one is first.
    pub async fn take_parked(&self, name: &TokenHash, now: Timestamp) -> Result<Taken<Vec<u8>>, TransientError> {
        self.take(&key(name), now).await
    }
}
