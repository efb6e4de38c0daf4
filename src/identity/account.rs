//! An account: a verified person who can sign in, and what they sign in with.

use crate::identity::assurance::IdentityAssurance;
use crate::identity::id::{AccountId, PasskeyId};
use crate::identity::mobile::MobileNumber;
use crate::identity::person::Person;
use crate::secret::Secret;
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

/// A verified person who can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id; agencies see a pairwise `sub` derived from it, never this.
    pub id: AccountId,
    /// The registry's record as of `proofed_at`.
    pub person: Person,
    /// The number that one-time codes go to.
    pub mobile: MobileNumber,
    /// When that number was proved by a code.
    pub mobile_verified_at: Timestamp,
    /// How well it is known who this is.
    pub assurance: IdentityAssurance,
    /// When the registry confirmed it.
    pub proofed_at: Timestamp,
    /// Whether it may be used.
    pub status: AccountStatus,
    /// Sessions begun before this moment are over ("end every session").
    pub sessions_valid_from: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Account {
    /// Whether an authentication of that time still counts: the account is in use, and its sessions were not all ended since.
    pub fn honours(&self, auth_time: Timestamp) -> bool {
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
    /// Its id in our pages.
    pub id: PasskeyId,
    /// WebAuthn credential id.
    pub credential_id: Vec<u8>,
    /// The credential as `crypto::passkey` writes it (JSON): public key, counter, backup state.
    pub credential: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last signed somebody in.
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
