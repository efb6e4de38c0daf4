//! Pushed authorization requests (RFC 9126): stored under the hash of their `request_uri`'s secret, answered once.

use crate::oidc::authorization::pushed::PushedRequest;
use crate::secret::TokenHash;
use crate::time::Timestamp;
use crate::transient::{Budget, Key, LimitError, Paid, Transient, TransientError, from_json, to_json};

fn key(uri: &TokenHash) -> Key {
    Key::new("pushed", &uri.0)
}

impl Transient {
    /// Stores a pushed request, if its payer can pay for it, for as long as it may be brought to the authorization endpoint.
    pub async fn put_pushed(
        &self,
        uri: &TokenHash,
        pushed: &PushedRequest,
        by: &Budget,
        now: Timestamp,
    ) -> Result<(), LimitError> {
        self.put_paid(&key(uri), &to_json(pushed)?, Paid { until: pushed.usable_until, by }, now).await
    }

    /// A pushed request that was not answered.
    pub async fn pushed(&self, uri: &TokenHash, now: Timestamp) -> Result<Option<PushedRequest>, TransientError> {
        let key = key(uri);
        self.get(&key, now).await?.map(|bytes| from_json(&key, &bytes)).transpose()
    }

    /// Answers a pushed request: of several concurrent callers, exactly one gets `true`. The request itself may have expired by then,
    /// because a person took long over the pages. That it was answered is remembered until `until`, which must not be before the last
    /// page that could answer it has expired.
    pub async fn answer_pushed(&self, uri: &TokenHash, until: Timestamp, now: Timestamp) -> Result<bool, TransientError> {
        self.claim_over(&key(uri), until, now).await
    }
}
