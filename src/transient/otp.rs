//! One-time codes sent by SMS: stored as hashes, compared by the flows, taken once.

use crate::secret::TokenHash;
use crate::time::Timestamp;
use crate::transient::{Key, Taken, Transient, TransientError};
use std::time::Duration;

/// The purpose of a code may name a person, so it is hashed before it becomes a key.
fn key(kind: &'static str, purpose: &str) -> Key {
    Key::new(kind, &TokenHash::of(purpose).0)
}

fn hash(bytes: &[u8]) -> Result<TokenHash, TransientError> {
    bytes.try_into().map(TokenHash).map_err(|_| TransientError::Corrupt { kind: "otp" })
}

impl Transient {
    /// Stores the hash of a code until `until`, in place of an earlier code for the same purpose.
    pub async fn put_otp(&self, purpose: &str, code: &TokenHash, until: Timestamp, now: Timestamp) -> Result<(), TransientError> {
        self.put(&key("otp", purpose), &code.0, until, now).await
    }

    /// The hash of the code for a purpose, unless it was taken.
    pub async fn otp(&self, purpose: &str, now: Timestamp) -> Result<Option<TokenHash>, TransientError> {
        self.get(&key("otp", purpose), now).await?.map(|bytes| hash(&bytes)).transpose()
    }

    /// Takes the code for a purpose: of several concurrent callers, exactly one is first.
    pub async fn take_otp(&self, purpose: &str, now: Timestamp) -> Result<Taken<TokenHash>, TransientError> {
        Ok(match self.take(&key("otp", purpose), now).await? {
            Taken::First(bytes) => Taken::First(hash(&bytes)?),
            Taken::Again => Taken::Again,
            Taken::Unknown => Taken::Unknown,
        })
    }

    /// Counts one attempt within `window`; returns how many there are.
    pub async fn count_otp_try(&self, purpose: &str, window: Duration, now: Timestamp) -> Result<u64, TransientError> {
        self.count(&key("otp-try", purpose), window, now).await.map(|(tries, _)| tries)
    }
}
