//! Consents: what a person allowed a client, remembered until withdrawn.

use super::db::{sql, statements};
use super::rows::{Place, time};
use super::{Store, StoreError, Tx};
use crate::identity::consent::Consent;
use crate::identity::id::AccountId;
use crate::oidc::client::ClientId;
use crate::oidc::scope::scope_list;

statements! {
    CONSENTS = "SELECT client_id, scopes, given_at FROM consents WHERE account_id = $1 ORDER BY given_at DESC, client_id";
    PUT_CONSENT = "INSERT INTO consents (account_id, client_id, scopes, given_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (account_id, client_id) DO UPDATE SET scopes = excluded.scopes, given_at = excluded.given_at";
    WITHDRAW_CONSENT = "DELETE FROM consents WHERE account_id = $1 AND client_id = $2 RETURNING client_id";
}

#[derive(sqlx::FromRow)]
struct ConsentRow {
    client_id: String,
    scopes: String,
    given_at: i64,
}

impl Store {
    /// All that an account allows, the latest first.
    pub async fn consents(&self, account: AccountId) -> Result<Vec<Consent>, StoreError> {
        let rows = sql!(self.db, CONSENTS, &account.bytes()[..] => fetch_all ConsentRow)?;
        let consent = |row: ConsentRow| {
            let key = format!("{account} {}", row.client_id);
            let place = Place { table: "consents", row: &key };
            Ok(Consent {
                account,
                client: place.client("client_id", &row.client_id)?,
                scopes: place.scopes("scopes", &row.scopes)?,
                given_at: time(row.given_at),
            })
        };
        rows.into_iter().map(consent).collect()
    }
}

impl Tx {
    /// Remembers a consent in the place of an earlier one; whether scopes add up is the caller's decision.
    pub async fn put_consent(&mut self, consent: &Consent) -> Result<(), StoreError> {
        let scopes = scope_list(&consent.scopes);
        sql!(self, PUT_CONSENT, &consent.account.bytes()[..], consent.client.as_str(), scopes, consent.given_at.millis() => execute)
    }

    /// Forgets a consent; says whether there was one.
    pub async fn withdraw_consent(&mut self, account: AccountId, client: &ClientId) -> Result<bool, StoreError> {
        sql!(self, WITHDRAW_CONSENT, &account.bytes()[..], client.as_str() => fetch_optional (String,)).map(|row| row.is_some())
    }
}
