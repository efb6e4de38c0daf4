//! Which account a `sub` belongs to, for CIBA clients that name a person by it (OpenID Connect CIBA Core §7.1).

use crate::db::{sql, statements};
use crate::identity::id::AccountId;
use crate::store::rows::id_bytes;
use crate::store::{Store, StoreError, Tx};

statements! {
    KNOW_SUBJECT = "INSERT INTO known_subjects (subject, account_id) VALUES ($1, $2) ON CONFLICT (subject) DO NOTHING";
    ACCOUNT_OF_SUBJECT = "SELECT account_id FROM known_subjects WHERE subject = $1";
}

impl Store {
    /// The account of a `sub`, if that `sub` was ever issued to a client that may use CIBA.
    pub async fn account_of_subject(&self, subject: &str) -> Result<Option<AccountId>, StoreError> {
        let row = sql!(self.db, ACCOUNT_OF_SUBJECT, subject => fetch_optional (Vec<u8>,))?;
        row.map(|(id,)| id_bytes("known_subjects", "account_id", &id).map(AccountId::from_bytes)).transpose()
    }
}

impl Tx {
    /// Stores which account a `sub` belongs to.
    pub async fn know_subject(&mut self, subject: &str, account: AccountId) -> Result<(), StoreError> {
        sql!(self, KNOW_SUBJECT, subject, &account.bytes()[..] => later)
    }
}
