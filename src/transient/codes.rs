//! Authorization codes. The code itself carries its content, sealed; what is kept here is that it was used (RFC 6749 §4.1.2).

use super::{Key, Transient, TransientError};
use crate::time::Timestamp;

/// Whether a code was used before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claimed {
    /// It is ours alone.
    First,
    /// Somebody used it before: one of the two has stolen it.
    Again,
}

impl Transient {
    /// Uses a code: of any number who try, one is [`Claimed::First`]. It is remembered until `until`, which must not be before the
    /// code expires: an expired code must be refused by its own content.
    pub async fn claim_code(&self, code_id: &[u8; 16], until: Timestamp, now: Timestamp) -> Result<Claimed, TransientError> {
        let first = self.claim(&Key::new("code", code_id), until, now).await?;
        Ok(if first { Claimed::First } else { Claimed::Again })
    }
}
