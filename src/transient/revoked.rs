//! Revoked access tokens that have no grant whose end would invalidate them (RFC 7009 §2.1). On disk on return, because the
//! client may rely on the answer that a token is revoked.

use crate::secret::TokenHash;
use crate::time::Timestamp;
use crate::transient::{Key, Transient, TransientError};

fn key(jti: &str) -> Key {
    Key::new("revoked", &TokenHash::of(jti).0)
}

impl Transient {
    /// Stores that the token with this `jti` was revoked, until it expires by itself.
    pub async fn revoke_token(&self, jti: &str, until: Timestamp, now: Timestamp) -> Result<(), TransientError> {
        self.put_and_save(&key(jti), b"revoked", until, now).await
    }

    /// Whether the token with this `jti` was revoked.
    pub async fn is_revoked(&self, jti: &str, now: Timestamp) -> Result<bool, TransientError> {
        Ok(self.get(&key(jti), now).await?.is_some())
    }
}
