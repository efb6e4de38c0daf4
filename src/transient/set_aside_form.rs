//! Forms that a page of another site posted, stored for the short time until the browser requests them again with its cookies.

use crate::secret::TokenHash;
use crate::time::Timestamp;
use crate::transient::{Key, LimitError, Paid, Taken, Transient, TransientError};

fn key(name: &TokenHash) -> Key {
    Key::new("parked", &name.0)
}

impl Transient {
    /// Stores a form, if its payer can pay for it.
    pub async fn put_set_aside_form(
        &self,
        name: &TokenHash,
        form: &[u8],
        paid: Paid<'_>,
        now: Timestamp,
    ) -> Result<(), LimitError> {
        self.put_paid(&key(name), form, paid, now).await
    }

    /// Takes a form: of several concurrent callers, exactly one is first.
    pub async fn take_set_aside_form(&self, name: &TokenHash, now: Timestamp) -> Result<Taken<Vec<u8>>, TransientError> {
        self.take(&key(name), now).await
    }
}
