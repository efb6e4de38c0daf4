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

    /// Evidence that this program obtained itself.
    pub(crate) fn own(kind: EvidenceKind, source: &str, at: Timestamp) -> Self {
        Self { kind, at, source: source.to_owned(), provenance: None }
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

/// A letter with a code to the address of record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentLetter {
    /// The period in which it was sent: a person gets at most one in each.
    pub period: i64,
    /// Its code, sealed.
    pub sealed_code: String,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// When its code stops working.
    pub expires_at: Timestamp,
}

/// A claim to an account that exists in the claimant's name, made with equal evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// When it began.
    pub began_at: Timestamp,
    /// When the waiting time ends.
    pub matures_at: Timestamp,
    /// When the holder of the account signed in since: then waiting does not decide it.
    pub objected_at: Option<Timestamp>,
}

impl Claim {
    /// Whether the waiting time is over and the holder of the account was not seen in it.
    pub(crate) fn is_mature(&self, now: Timestamp) -> bool {
        self.objected_at.is_none() && self.matures_at <= now
    }
}
