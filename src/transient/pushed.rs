//! Pushed authorization requests (RFC 9126): stored under the hash of their `request_uri`'s secret, answered once.

use crate::oidc::authorization::pushed::PushedRequest;
use crate::secret::TokenHash;
use crate::time::Timestamp;
use crate::transient::{Key, Taken, Transient, TransientError, from_json, to_json};

fn key(uri: &TokenHash) -> Key {
    Key::new("pushed", &uri.0)
}

impl Transient {
    /// Stores a pushed request until `until`, which must not be before the last page that could answer it has expired.
    pub async fn put_pushed(
        &self,
        uri: &TokenHash,
        pushed: &PushedRequest,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), TransientError> {
        self.put(&key(uri), &to_json(pushed)?, until, now).await
    }

    /// A pushed request that was not answered.
    pub async fn pushed(&self, uri: &TokenHash, now: Timestamp) -> Result<Option<PushedRequest>, TransientError> {
        let key = key(uri);
        self.get(&key, now).await?.map(|bytes| from_json(&key, &bytes)).transpose()
    }

    /// Lets a pushed request that was not answered live until `until`.
    pub async fn prolong_pushed(&self, uri: &TokenHash, until: Timestamp, now: Timestamp) -> Result<bool, TransientError> {
        self.prolong(&key(uri), until, now).await
    }

    /// Takes a pushed request to answer it: of several concurrent callers, exactly one is first.
    pub async fn take_pushed(&self, uri: &TokenHash, now: Timestamp) -> Result<Taken<PushedRequest>, TransientError> {
        let key = key(uri);
        self.take(&key, now).await?.try_map(|bytes| from_json(&key, &bytes))
    }
}
