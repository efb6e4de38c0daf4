//! Evidence: what the identity level of an account rests on (NIST SP 800-63A-4 §2.1). The levels follow from it by one table, in
//! [`crate::identity::assurance`].

pub(crate) mod applicant;
pub(crate) mod release;

use crate::identity::assurance::{EvidenceKind, IdentityAssurance};
use crate::identity::id::AccountId;
use crate::identity::provenance::Provenance;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Evidence about a person who may have no account yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Proof {
    /// Its kind.
    pub(crate) kind: EvidenceKind,
    /// When it was obtained.
    pub(crate) at: Timestamp,
    /// The registry, the service or the officer that it comes from.
    pub(crate) source: String,
    /// The statement that it rests on: transaction id, as-of time, the signed answer. It holds personal data, so it is sealed in the
    /// store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) provenance: Option<Provenance>,
}

impl Proof {
    /// A statement of a registry or a service.
    pub(crate) fn said(kind: EvidenceKind, provenance: Provenance, at: Timestamp) -> Self {
        Self { kind, at, source: provenance.registry.clone(), provenance: Some(provenance) }
    }
}

/// The level that follows from this evidence.
pub(crate) fn level(proofs: &[Proof]) -> IdentityAssurance {
    let kinds: Vec<EvidenceKind> = proofs.iter().map(|proof| proof.kind).collect();
    IdentityAssurance::of(&kinds)
}

/// Evidence of an account, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The account.
    pub account: AccountId,
    /// Its kind.
    pub kind: EvidenceKind,
    /// When it was obtained.
    pub at: Timestamp,
    /// The registry, the service or the officer that it comes from. No personal data.
    pub source: String,
    /// What else is kept of it, sealed.
    pub sealed: Option<String>,
}
