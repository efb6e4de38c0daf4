//! Access tokens that were given back and have no grant with which they could end (RFC 7009 §2.1). On disk on return: whoever is told
//! that a token is revoked may rely on it.

use crate::secret::TokenHash;
use crate::time::Timestamp;
use crate::transient::{Key, Transient, TransientError};

fn key(jti: &str) -> Key {
    Key::new("revoked", &TokenHash::of(jti).0)
}

impl Transient {
    /// Remembers that the token with this `jti` of ours was given back, until it expires by itself.
    pub async fn revoke_token(&self, jti: &str, until: Timestamp, now: Timestamp) -> Result<(), TransientError> {
        self.put_and_save(&key(jti), b"revoked", until, now).await
    }

    /// Whether the token with this `jti` was given back.
    pub async fn is_revoked(&self, jti: &str, now: Timestamp) -> Result<bool, TransientError> {
        Ok(self.get(&key(jti), now).await?.is_some())
    }
}
