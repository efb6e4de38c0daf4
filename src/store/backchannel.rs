//! Which account a `sub` is, and the pings on their way to clients (OpenID Connect CIBA Core §7.1, §10.2).
//!
//! A ping is claimed as a logout delivery is: by moving its due time, so that what is not removed is due again by itself, later each time.

use super::db::{sql, statements};
use super::logouts::{due, spaced};
use super::rows::{Place, id_bytes};
use super::{Store, StoreError, Tx};
use crate::identity::decoupled::Ping;
use crate::identity::id::{AccountId, DeliveryId};
use crate::oidc::client::ClientId;
use crate::time::Timestamp;
use std::time::Duration;

statements! {
    KNOW_SUBJECT = "INSERT INTO known_subjects (subject, account_id) VALUES ($1, $2) ON CONFLICT (subject) DO NOTHING";
    ACCOUNT_OF_SUBJECT = "SELECT account_id FROM known_subjects WHERE subject = $1";
    INSERT_PING = "INSERT INTO pings (id, client_id, sealed, attempts, due_at, expires_at) VALUES ($1, $2, $3, 0, $4, $5)";
    DUE_PINGS = "SELECT id, client_id FROM pings WHERE due_at <= $1 \
        AND REPLACE(CAST($2 AS TEXT), ' ' || client_id || ' ', '') = $2 ORDER BY due_at LIMIT $3";
    CLAIM_PING = "UPDATE pings SET attempts = attempts + 1, due_at = $1 + $2 * (attempts + 1) * (attempts + 1) * (attempts + 1) \
        WHERE id = $3 AND due_at <= $1 RETURNING id, client_id, sealed, attempts";
    REMOVE_PING = "DELETE FROM pings WHERE id = $1";
    EXPIRE_PINGS = "DELETE FROM pings WHERE id IN (SELECT id FROM pings WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2) RETURNING expires_at";
}

#[derive(sqlx::FromRow)]
struct PingRow {
    id: Vec<u8>,
    client_id: String,
    sealed: String,
    attempts: i64,
}

impl PingRow {
    fn read(self) -> Result<Ping, StoreError> {
        let id = DeliveryId::from_bytes(id_bytes("pings", "id", &self.id)?);
        let place = Place { table: "pings", row: &id };
        let client = place.client("client_id", &self.client_id)?;
        Ok(Ping { id, client, sealed: self.sealed, attempt: place.parsed("attempts", u32::try_from(self.attempts))? })
    }
}

impl Store {
    /// The account that a `sub` of ours names, if it was ever told to a client that may ask at the back.
    pub async fn account_of_subject(&self, subject: &str) -> Result<Option<AccountId>, StoreError> {
        let row = sql!(self.db, ACCOUNT_OF_SUBJECT, subject => fetch_optional (Vec<u8>,))?;
        row.map(|(id,)| id_bytes("known_subjects", "account_id", &id).map(AccountId::from_bytes)).transpose()
    }

    /// At most `limit` pings that are due and not for one of these clients, the longest due first.
    pub async fn due_pings(
        &self,
        not_for: &[&ClientId],
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(DeliveryId, ClientId)>, StoreError> {
        let rows = sql!(self.db, DUE_PINGS, now.millis(), spaced(not_for), i64::from(limit) => fetch_all (Vec<u8>, String))?;
        rows.into_iter().map(|row| due("pings", &row)).collect()
    }
}

impl Tx {
    /// Remembers which account a `sub` is.
    pub async fn know_subject(&mut self, subject: &str, account: AccountId) -> Result<(), StoreError> {
        sql!(self, KNOW_SUBJECT, subject, &account.bytes()[..] => later)
    }

    /// Adds a ping that is due at once and given up at `until`.
    pub async fn insert_ping(&mut self, ping: &Ping, now: Timestamp, until: Timestamp) -> Result<(), StoreError> {
        let (id, client) = (ping.id.bytes(), ping.client.as_str());
        sql!(self, INSERT_PING, &id[..], client, ping.sealed.as_str(), now.millis(), until.millis() => later)
    }

    /// Claims a ping that is due: nobody else gets it before `patience`, and after each attempt it is longer.
    pub async fn claim_ping(&mut self, id: DeliveryId, now: Timestamp, patience: Duration) -> Result<Option<Ping>, StoreError> {
        let patience = i64::try_from(patience.as_millis()).unwrap_or(i64::MAX);
        let row = sql!(self, CLAIM_PING, now.millis(), patience, &id.bytes()[..] => fetch_optional PingRow)?;
        row.map(PingRow::read).transpose()
    }

    /// Removes a ping that was delivered, or that nobody wants any more.
    pub async fn remove_ping(&mut self, id: DeliveryId) -> Result<(), StoreError> {
        sql!(self, REMOVE_PING, &id.bytes()[..] => execute)
    }

    pub(super) async fn expire_pings(&mut self, now: i64, limit: i64) -> Result<usize, StoreError> {
        Ok(sql!(self, EXPIRE_PINGS, now, limit => fetch_all (i64,))?.len())
    }
}
