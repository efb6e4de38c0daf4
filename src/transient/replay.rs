//! Replay markers of signed assertions and proofs: a `jti` is good once for each client (RFC 7523 §3, point 7) or key (RFC 9449 §11.1).

use crate::client::words::ClientId;
use crate::oidc::binding::Jkt;
use crate::secret::TokenHash;
use crate::time::Timestamp;
use crate::transient::{Key, Transient, TransientError};

impl Transient {
    /// Uses a `jti` of a client: of any number who try, one is told `true`. It is remembered until `until`, which must not be before
    /// the assertion expires.
    pub async fn claim_jti(
        &self,
        client: &ClientId,
        jti: &str,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<bool, TransientError> {
        // A client id holds no NUL, so no two pairs have the same text.
        let name = TokenHash::of(&format!("{client}\0{jti}"));
        self.claim(&Key::new("jti", &name.0), until, now).await
    }

    /// Uses a DPoP proof of a key: of any number who try, one is told `true`. It is remembered until `until`, which must not be before the
    /// proof is too old.
    pub async fn claim_proof(&self, key: &Jkt, jti: &str, until: Timestamp, now: Timestamp) -> Result<bool, TransientError> {
        // A thumbprint has always the same length, so no two pairs have the same text.
        let name = TokenHash::of(&format!("{}{jti}", key.as_str()));
        self.claim(&Key::new("proof", &name.0), until, now).await
    }
}
