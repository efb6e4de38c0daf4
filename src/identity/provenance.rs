//! Where a statement about a person comes from: what an auditor or a court needs to ask the register that made it.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Who said something about a person, and when. It goes with the statement and is kept as evidence.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The name of the register (`registry.name`, or the issuer that signed the answer).
    pub registry: String,
    /// The register's own number of this answer: it finds the answer in the register's log.
    pub transaction: String,
    /// The moment for which the statement holds.
    pub as_of: Timestamp,
    /// The answer as it was received, with its signature (a compact JWS); `None` if the register does not sign. Personal data.
    pub signed: Option<String>,
}

/// The signed answer holds personal data: `Debug` hides it.
impl fmt::Debug for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signed = self.signed.as_ref().map(|_| "[signed answer]");
        f.debug_struct("Provenance")
            .field("registry", &self.registry)
            .field("transaction", &self.transaction)
            .field("as_of", &self.as_of)
            .field("signed", &signed)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signed_answer_is_hidden_by_debug_and_kept_by_json() {
        let provenance = Provenance {
            registry: "civil".into(),
            transaction: "t1".into(),
            as_of: Timestamp::from_seconds(7),
            signed: Some("a.secret.c".into()),
        };
        assert!(!format!("{provenance:?}").contains("secret"));
        let json = serde_json::to_string(&provenance).expect("json");
        assert_eq!(serde_json::from_str::<Provenance>(&json).expect("a provenance"), provenance);
    }
}
