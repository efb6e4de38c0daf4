//! A person whom the registry confirmed, on the way to an account.

use crate::identity::account::NumberOwner;
use crate::identity::assurance::IdentityAssurance;
use crate::identity::id::AccountId;
use crate::identity::mobile::MobileNumber;
use crate::identity::person::Person;
use crate::identity::provenance::Provenance;
use crate::records::evidence::{Proof, level};
use crate::secret::TokenHash;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A person confirmed by the registry. They have no account yet, or their account was created at a lower assurance level.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Applicant {
    /// The registry's record.
    pub(crate) person: Person,
    /// The person's mobile number.
    pub(crate) mobile: MobileNumber,
    /// The statement of the SIM service or the registry that the number is theirs, if there is one.
    #[serde(default)]
    pub(crate) vouched: Option<Provenance>,
    /// The evidence so far.
    #[serde(default)]
    pub(crate) proofs: Vec<Proof>,
    /// When the registry confirmed the identity.
    pub(crate) proofed_at: Timestamp,
    /// The account in this person's name that is closed when theirs is made.
    #[serde(default)]
    pub(crate) replaces: Option<Replaced>,
}

/// An account that is closed when another account of the same person is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Replaced {
    /// The account.
    pub(crate) account: AccountId,
    /// The highest level that it may have: of an account that has obtained more evidence meanwhile, nothing is taken.
    pub(crate) at_most: IdentityAssurance,
}

impl Applicant {
    /// How well the person's identity was verified so far.
    pub(crate) fn assurance(&self) -> IdentityAssurance {
        level(&self.proofs)
    }

    /// Whose the number is.
    pub(crate) const fn number(&self) -> NumberOwner {
        if self.vouched.is_some() { NumberOwner::Vouched } else { NumberOwner::Unvouched }
    }

    /// Names this person with this telephone: what they have begun is found by it on another device, after the same proof.
    pub(crate) fn claimant(&self) -> TokenHash {
        TokenHash::of(&format!("claimant\0{}\0{}", self.person.national_id.as_str(), self.mobile.e164()))
    }
}
