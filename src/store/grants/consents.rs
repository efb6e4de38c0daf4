//! Consents: what a person allowed a client, stored until it is withdrawn.

use crate::client::scope::scope_list;
use crate::client::words::ClientId;
use crate::db::from_row::row;
use crate::db::{sql, statements};
use crate::identity::id::AccountId;
use crate::records::consent::Consent;
use crate::secret::TokenHash;
use crate::store::row_cache::Touched;
use crate::store::rows::{RowPlace, names_of, time};
use crate::store::{Store, StoreError, Tx};

statements! {
    CONSENTS = "SELECT client_id, scopes, claims, given_at, shown FROM consents WHERE account_id = $1 ORDER BY given_at DESC, client_id";
    CONSENT = "SELECT client_id, scopes, claims, given_at, shown FROM consents WHERE account_id = $1 AND client_id = $2";
    PUT_CONSENT = "INSERT INTO consents (account_id, client_id, scopes, claims, given_at, shown) VALUES ($1, $2, $3, $4, $5, $6) \
        ON CONFLICT (account_id, client_id) DO UPDATE SET scopes = excluded.scopes, claims = excluded.claims, \
        given_at = excluded.given_at, shown = excluded.shown";
    WITHDRAW_CONSENT = "DELETE FROM consents WHERE account_id = $1 AND client_id = $2 RETURNING client_id";
    WITHDRAW_CONSENTS = "DELETE FROM consents WHERE account_id = $1 RETURNING client_id";
}

row! {
    pub(crate) struct ConsentRow {
        pub(crate) client_id: String,
        pub(crate) scopes: String,
        pub(crate) claims: Option<String>,
        pub(crate) given_at: i64,
        pub(crate) shown: Option<Vec<u8>>,
    }
}

impl ConsentRow {
    pub fn consent_of(self, account: AccountId) -> Result<Consent, StoreError> {
        let key = format!("{account} {}", self.client_id);
        let place = RowPlace { table: "consents", row: &key };
        Ok(Consent {
            account,
            client: place.client("client_id", &self.client_id)?,
            scopes: place.scopes("scopes", &self.scopes)?,
            claims: place.names("claims", self.claims.as_deref().unwrap_or_default())?,
            given_at: time(self.given_at),
            shown: self.shown.map(|hash| place.parsed("shown", hash.try_into().map(TokenHash))).transpose()?,
        })
    }
}

impl Store {
    /// All consents of an account, the latest first.
    pub async fn consents(&self, account: AccountId) -> Result<Vec<Consent>, StoreError> {
        let rows = sql!(self.db, CONSENTS, &account.bytes()[..] => fetch_all ConsentRow)?;
        rows.into_iter().map(|row| row.consent_of(account)).collect()
    }

    /// The consent of an account for a client.
    pub async fn read_consent(&self, account: AccountId, client: &ClientId) -> Result<Option<Consent>, StoreError> {
        let row = sql!(self.db, CONSENT, &account.bytes()[..], client.as_str() => fetch_optional ConsentRow)?;
        row.map(|row| row.consent_of(account)).transpose()
    }
}

impl Tx {
    /// Stores a consent in place of an earlier one; the caller decides whether scopes are added up.
    pub async fn put_consent(&mut self, consent: &Consent) -> Result<(), StoreError> {
        self.note_consent(consent);
        let (account, client, scopes) = (consent.account.bytes(), consent.client.as_str(), scope_list(&consent.scopes));
        let claims = (!consent.claims.is_empty()).then(|| names_of(&consent.claims));
        let shown = consent.shown.as_ref().map(|hash| &hash.0[..]);
        sql!(self, PUT_CONSENT, &account[..], client, scopes, claims, consent.given_at.millis(), shown => later)
    }

    /// Removes every consent of an account; returns how many there were.
    pub async fn withdraw_consents(&mut self, account: AccountId) -> Result<usize, StoreError> {
        let clients = sql!(self, WITHDRAW_CONSENTS, &account.bytes()[..] => fetch_all (String,))?;
        for (client,) in &clients {
            let place = RowPlace { table: "consents", row: &account };
            self.touch(Touched::Consent(account, place.client("client_id", client)?));
        }
        Ok(clients.len())
    }

    /// Removes a consent; returns whether there was one.
    pub async fn withdraw_consent(&mut self, account: AccountId, client: &ClientId) -> Result<bool, StoreError> {
        self.touch(Touched::Consent(account, client.clone()));
        sql!(self, WITHDRAW_CONSENT, &account.bytes()[..], client.as_str() => fetch_optional (String,)).map(|row| row.is_some())
    }
}
