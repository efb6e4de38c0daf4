//! Replay protection of signed assertions and proofs: a `jti` is accepted once for each client (RFC 7523 §3, point 7) or key (RFC
//! 9449 §11.1).

use crate::client::words::ClientId;
use crate::oidc::binding::Jkt;
use crate::secret::TokenHash;
use crate::time::Timestamp;
use crate::transient::{Key, Transient, TransientError};

impl Transient {
    /// Uses a `jti` of a client: of several concurrent callers, exactly one gets `true`. It is stored until `until`, which must
    /// not be before the assertion expires.
    pub async fn claim_jti(
        &self,
        client: &ClientId,
        jti: &str,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<bool, TransientError> {
        // A client id contains no NUL, so no two pairs have the same text.
        let name = TokenHash::of(&format!("{client}\0{jti}"));
        self.claim(&Key::new("jti", &name.0), until, now).await
    }

    /// Uses a DPoP proof of a key: of several concurrent callers, exactly one gets `true`. It is stored until `until`, which must
    /// not be before the proof is too old.
    pub(crate) async fn claim_proof(
        &self,
        key: &Jkt,
        jti: &str,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<bool, TransientError> {
        // All thumbprints have the same length, so no two pairs have the same text.
        let name = TokenHash::of(&format!("{}{jti}", key.as_str()));
        self.claim(&Key::new("proof", &name.0), until, now).await
    }
}
