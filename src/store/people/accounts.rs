//! Accounts, alone and together with what the hot paths read at the same time.

use crate::client::words::ClientId;
use crate::db::from_row::row;
use crate::db::{sql, statements};
use crate::identity::account::{Account, PasswordRecord};
use crate::identity::assurance::IdentityAssurance;
use crate::identity::id::{AccountId, GrantId};
use crate::identity::mobile::MobileNumber;
use crate::identity::national_id::NationalId;
use crate::records::consent::Consent;
use crate::records::grant::Grant;
use crate::store::grants::consents::ConsentRow;
use crate::store::grants::issued::GrantRow;
use crate::store::people::authenticators::password_of;
use crate::store::row_cache::Touched;
use crate::store::rows::{RowPlace, id_bytes, json_of, name_of, time};
use crate::store::{Store, StoreError, Tx};
use crate::time::Timestamp;
use std::sync::Arc;

statements! {
    ACCOUNT = "SELECT id AS account_id, person, mobile, mobile_verified_at, number_owner, assurance, proofed_at, status, sessions_valid_from, \
        created_at AS account_created_at FROM accounts WHERE id = $1";
    ACCOUNT_BY_NATIONAL_ID = "SELECT id AS account_id, person, mobile, mobile_verified_at, number_owner, assurance, proofed_at, status, \
        sessions_valid_from, created_at AS account_created_at FROM accounts WHERE national_id = $1";
    SIGN_IN = "SELECT a.id AS account_id, a.person, a.mobile, a.mobile_verified_at, a.number_owner, a.assurance, a.proofed_at, a.status, \
        a.sessions_valid_from, a.created_at AS account_created_at, c.scopes AS consent_scopes, c.claims AS consent_claims, \
        c.given_at AS consent_given_at, c.shown AS consent_shown, p.phc, p.set_at FROM accounts a LEFT JOIN passwords p ON p.account_id = a.id \
        LEFT JOIN consents c ON c.account_id = a.id AND c.client_id = $2 WHERE a.national_id = $1";
    VISIT = "SELECT a.id AS account_id, a.person, a.mobile, a.mobile_verified_at, a.number_owner, a.assurance, a.proofed_at, a.status, \
        a.sessions_valid_from, a.created_at AS account_created_at, c.scopes AS consent_scopes, c.claims AS consent_claims, \
        c.given_at AS consent_given_at, c.shown AS consent_shown FROM accounts a LEFT JOIN consents c ON c.account_id = a.id AND c.client_id = $2 WHERE a.id = $1";
    GRANTED_ACCOUNT = "SELECT g.id AS grant_id, g.account_id, g.client_id, g.session_id, g.scopes, g.auth_time, g.methods, g.acr, \
        g.nonce, g.claims, g.created_at, g.jkt, g.resources, g.details, a.person, a.mobile, a.mobile_verified_at, a.number_owner, a.assurance, a.proofed_at, a.status, \
        a.sessions_valid_from, \
        a.created_at AS account_created_at FROM grants g JOIN accounts a ON a.id = g.account_id \
        WHERE g.id = $1 AND g.ended_at IS NULL AND a.status = 'active' AND g.auth_time >= a.sessions_valid_from";
    INSERT_ACCOUNT = "INSERT INTO accounts (id, national_id, person, mobile, mobile_verified_at, number_owner, assurance, proofed_at, status, \
        sessions_valid_from, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    SET_MOBILE = "UPDATE accounts SET mobile = $2, mobile_verified_at = $3, number_owner = 'unvouched' WHERE id = $1";
    RETIRE_ACCOUNT = "UPDATE accounts SET status = 'closed', national_id = $2, sessions_valid_from = $3 \
        WHERE id = $1 AND status = 'active' \
        AND CASE assurance WHEN 'low' THEN 0 WHEN 'substantial' THEN 1 ELSE 2 END <= $4 RETURNING id";
    CLOSE_ACCOUNT = "UPDATE accounts SET status = 'closed', sessions_valid_from = $2 WHERE id = $1";
    END_SESSIONS = "UPDATE accounts SET sessions_valid_from = $2 WHERE id = $1 AND sessions_valid_from < $2";
}

row! {
    pub(crate) struct AccountRow {
        account_id: Vec<u8>,
        person: String,
        mobile: String,
        mobile_verified_at: i64,
        number_owner: String,
        assurance: String,
        proofed_at: i64,
        status: String,
        sessions_valid_from: i64,
        account_created_at: i64,
    }
}

impl TryFrom<AccountRow> for Account {
    type Error = StoreError;

    fn try_from(row: AccountRow) -> Result<Self, StoreError> {
        let id = AccountId::from_bytes(id_bytes("accounts", "id", &row.account_id)?);
        let place = RowPlace { table: "accounts", row: &id };
        Ok(Self {
            id,
            person: place.json("person", &row.person)?,
            mobile: place.parsed("mobile", MobileNumber::try_from(row.mobile))?,
            mobile_verified_at: time(row.mobile_verified_at),
            number: place.named("number_owner", &row.number_owner)?,
            assurance: place.named("assurance", &row.assurance)?,
            proofed_at: time(row.proofed_at),
            status: place.named("status", &row.status)?,
            sessions_valid_from: time(row.sessions_valid_from),
            created_at: time(row.account_created_at),
        })
    }
}

row! {
    struct SignInRow {
        ..visit: VisitRow,
        phc: Option<String>,
        set_at: Option<i64>,
    }
}

row! {
    struct VisitRow {
        ..account: AccountRow,
        consent_scopes: Option<String>,
        consent_claims: Option<String>,
        consent_given_at: Option<i64>,
        consent_shown: Option<Vec<u8>>,
    }
}

impl VisitRow {
    fn visited(self, client: &ClientId) -> Result<Visited, StoreError> {
        let account: Arc<Account> = Arc::new(self.account.try_into()?);
        let consent = match (self.consent_scopes, self.consent_given_at) {
            (Some(scopes), Some(given_at)) => {
                let (client_id, claims) = (client.as_str().to_owned(), self.consent_claims);
                Some(Arc::new(
                    ConsentRow { client_id, scopes, claims, given_at, shown: self.consent_shown }.consent_of(account.id)?,
                ))
            }
            _ => None,
        };
        Ok((account, consent))
    }
}

row! {
    struct GrantedRow {
        ..grant: GrantRow,
        ..account: AccountRow,
    }
}

/// An account, and its consent for a client.
pub type Visited = (Arc<Account>, Option<Arc<Consent>>);

impl Store {
    /// The account of that id, whatever its status.
    pub async fn account(&self, id: AccountId) -> Result<Option<Arc<Account>>, StoreError> {
        let read = async {
            let row = sql!(self.db, ACCOUNT, &id.bytes()[..] => fetch_optional AccountRow)?;
            row.map(|row| row.try_into().map(Arc::new)).transpose()
        };
        match self.cache() {
            Some(cache) => cache.accounts.get_or_read(&id, read).await,
            None => read.await,
        }
    }

    /// The account of that person, whatever its status.
    pub async fn account_by_national_id(&self, id: &NationalId) -> Result<Option<Account>, StoreError> {
        sql!(self.db, ACCOUNT_BY_NATIONAL_ID, id.as_str() => fetch_optional AccountRow)?.map(Account::try_from).transpose()
    }

    /// The account of that person, whatever its status, and its password: one query, whether or not either exists. The consent
    /// for `client`, which is needed next, is read along and cached.
    pub async fn account_and_password(
        &self,
        id: &NationalId,
        client: &ClientId,
    ) -> Result<Option<(Arc<Account>, Option<PasswordRecord>)>, StoreError> {
        let before = self.cache().map(|cache| (cache, cache.accounts.before_reading(), cache.consents.before_reading()));
        let row = sql!(self.db, SIGN_IN, id.as_str(), client.as_str() => fetch_optional SignInRow)?;
        let Some(SignInRow { visit, phc, set_at }) = row else { return Ok(None) };
        let (account, consent) = visit.visited(client)?;
        if let Some((cache, accounts, consents)) = before {
            cache.accounts.keep_read(&account.id, accounts, account.clone());
            cache.consents.keep_read(&(account.id, client.clone()), consents, consent);
        }
        Ok(Some((account, password_of(phc, set_at))))
    }

    /// An account, whatever its status, and its consent for this client: all that single sign-on reads.
    pub async fn visit(&self, id: AccountId, client: &ClientId) -> Result<Option<Visited>, StoreError> {
        let Some(cache) = self.cache() else { return self.read_visit(id, client).await };
        let Some(account) = self.account(id).await? else { return Ok(None) };
        let read = async { Ok(Some(self.read_consent(id, client).await?.map(Arc::new))) };
        let consent = cache.consents.get_or_read(&(id, client.clone()), read).await?.flatten();
        Ok(Some((account, consent)))
    }

    /// The same with one statement.
    async fn read_visit(&self, id: AccountId, client: &ClientId) -> Result<Option<Visited>, StoreError> {
        let row = sql!(self.db, VISIT, &id.bytes()[..], client.as_str() => fetch_optional VisitRow)?;
        row.map(|row| row.visited(client)).transpose()
    }

    /// Grant and account of an access token; `None` if the grant has ended, by itself or with all sessions, or the account is
    /// closed.
    pub async fn granted_account(&self, id: GrantId) -> Result<Option<(Arc<Account>, Arc<Grant>)>, StoreError> {
        let Some(cache) = self.cache() else { return self.read_granted_account(id).await };
        let read = async { Ok(self.read_grant(id).await?.map(Arc::new)) };
        let Some(grant) = cache.grants.get_or_read(&id, read).await? else { return Ok(None) };
        let account = self.account(grant.account).await?.filter(|account| account.honours(grant.auth_time));
        Ok(account.map(|account| (account, grant)))
    }

    /// The same with one statement.
    async fn read_granted_account(&self, id: GrantId) -> Result<Option<(Arc<Account>, Arc<Grant>)>, StoreError> {
        let row = sql!(self.db, GRANTED_ACCOUNT, &id.bytes()[..] => fetch_optional GrantedRow)?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some((Arc::new(row.account.try_into()?), Arc::new(row.grant.try_into()?))))
    }
}

impl Tx {
    /// Adds an account. A second account of the same person is a [`StoreError::Conflict`] with `accounts_national_id`.
    pub async fn insert_account(&mut self, account: &Account) -> Result<(), StoreError> {
        let person = json_of(&account.person)?;
        sql!(
            self, INSERT_ACCOUNT,
            &account.id.bytes()[..],
            account.person.national_id.as_str(),
            person,
            account.mobile.e164(),
            account.mobile_verified_at.millis(),
            name_of(&account.number),
            name_of(&account.assurance),
            account.proofed_at.millis(),
            name_of(&account.status),
            account.sessions_valid_from.millis(),
            account.created_at.millis()
            => execute
        )
    }

    /// As [`Store::account`], on this transaction's own connection. If each transaction asked the pool for a second connection,
    /// as many transactions as there are connections would wait for each other.
    pub async fn account(&mut self, id: AccountId) -> Result<Option<Arc<Account>>, StoreError> {
        if let Some(account) = self.cache().and_then(|cache| cache.accounts.get(&id)) {
            return Ok(Some(account));
        }
        let row = sql!(self, ACCOUNT, &id.bytes()[..] => fetch_optional AccountRow)?;
        row.map(|row| row.try_into().map(Arc::new)).transpose()
    }

    /// Replaces the mobile number that receives one-time codes, proved at `now`. Nobody vouches for the new number.
    pub async fn set_mobile(&mut self, id: AccountId, mobile: &MobileNumber, now: Timestamp) -> Result<(), StoreError> {
        self.touch(Touched::Account(id));
        sql!(self, SET_MOBILE, &id.bytes()[..], mobile.e164(), now.millis() => execute)
    }

    /// Closes an active account that another account of the same person replaces, so that a new one can be inserted in this
    /// transaction; returns whether it did. Of several attempts, exactly one gets `true`. An account of a level above `at_most` is
    /// not closed.
    pub async fn retire_account(
        &mut self,
        id: AccountId,
        at_most: IdentityAssurance,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.touch(Touched::Account(id));
        let at_most: i64 = match at_most {
            IdentityAssurance::Low => 0,
            IdentityAssurance::Substantial => 1,
            IdentityAssurance::High => 2,
        };
        // The column finds a person's account. The record that the closed account was about stays in `person`.
        let nobody = format!("closed {id}");
        let row = sql!(self, RETIRE_ACCOUNT, &id.bytes()[..], nobody, now.millis(), at_most => fetch_optional (Vec<u8>,))?;
        Ok(row.is_some())
    }

    /// Closes an account and ends its sessions.
    pub async fn close_account(&mut self, id: AccountId, now: Timestamp) -> Result<(), StoreError> {
        self.touch(Touched::Account(id));
        sql!(self, CLOSE_ACCOUNT, &id.bytes()[..], now.millis() => execute)
    }

    /// Ends every session that began before `now`.
    pub async fn end_sessions(&mut self, id: AccountId, now: Timestamp) -> Result<(), StoreError> {
        self.touch(Touched::Account(id));
        sql!(self, END_SESSIONS, &id.bytes()[..], now.millis() => execute)
    }
}
