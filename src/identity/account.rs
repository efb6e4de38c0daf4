//! An account: a verified person who can sign in, and the authenticators of that account.

use crate::identity::assurance::IdentityAssurance;
use crate::identity::id::{AccountId, PasskeyId};
use crate::identity::mobile::MobileNumber;
use crate::identity::person::Person;
use crate::secret::{Secret, TokenHash};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Whether an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccountStatus {
    /// In use.
    Active,
    /// Closed by an officer or by the person.
    Closed,
}

/// Whose a mobile number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberOwner {
    /// The SIM service or the registry says that it is this person's.
    Vouched,
    /// The person has the telephone; nobody vouches that the number is registered to them.
    Unvouched,
}

/// A verified person who can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id. Agencies never see it: they get a pairwise `sub` that is derived from it.
    pub id: AccountId,
    /// The registry's record as of `proofed_at`.
    pub person: Person,
    /// The number that one-time codes go to.
    pub mobile: MobileNumber,
    /// When a one-time code proved possession of that number.
    pub mobile_verified_at: Timestamp,
    /// Whether the SIM service or the registry vouches that the number is this person's.
    pub number: NumberOwner,
    /// How well the person's identity was verified: computed when evidence is written, so that single sign-on reads no evidence.
    pub assurance: IdentityAssurance,
    /// When the registry confirmed the identity.
    pub proofed_at: Timestamp,
    /// Whether it may be used.
    pub status: AccountStatus,
    /// Sessions that began before this moment are invalid ("end every session").
    pub sessions_valid_from: Timestamp,
    /// When it was created.
    pub created_at: Timestamp,
}

/// Names an account on the sheet of its recovery codes, so that a person with several sheets knows which is which. It is derived
/// one way from the id, so a sheet that is found says nothing about its owner.
pub(crate) fn reference(account: AccountId) -> String {
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let hash = TokenHash::of(&format!("sheet of recovery codes {account}"));
    let letters: String = hash.0.iter().take(8).map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    let (first, second) = letters.split_at(4);
    format!("{first}-{second}")
}

impl Account {
    /// The registry's record, if it may be shown and released: not below *substantial*, where the account may have been made by a
    /// stranger who knows a national ID and a birth date.
    pub(crate) const fn confirmed(&self) -> Option<&Person> {
        if self.assurance.releases_registry_data() { Some(&self.person) } else { None }
    }

    /// Whether an authentication at `auth_time` is still valid: the account is active and its sessions were not ended after it.
    pub(crate) fn honours(&self, auth_time: Timestamp) -> bool {
        self.status == AccountStatus::Active && auth_time >= self.sessions_valid_from
    }
}

/// A password as an Argon2id string in PHC format.
#[derive(Debug, Clone)]
pub struct PasswordRecord {
    /// `$argon2id$v=19$…`.
    pub phc: Secret<String>,
    /// When it was set.
    pub set_at: Timestamp,
}

/// A passkey of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyRecord {
    /// The id that the account's pages use.
    pub id: PasskeyId,
    /// WebAuthn credential id.
    pub credential_id: Vec<u8>,
    /// The credential as `crypto::passkey` writes it (JSON): public key, counter, backup state.
    pub credential: String,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was last used to sign in.
    pub used_at: Option<Timestamp>,
}

/// What an account can sign in with.
#[derive(Debug, Clone)]
pub struct Authenticators {
    /// The password, if one is set.
    pub password: Option<PasswordRecord>,
    /// Passkeys, oldest first.
    pub passkeys: Vec<PasskeyRecord>,
    /// Recovery codes that are not used yet.
    pub recovery_codes_left: u32,
}
