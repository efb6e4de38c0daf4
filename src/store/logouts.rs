//! Who has to hear that a session ended, and the logout tokens that are on their way.
//!
//! A delivery is claimed by moving its due time: whoever claims it has until then to send it and remove it. What is neither sent nor
//! removed (the client was down, this program was stopped) is due again by itself, later each time.

use super::db::{sql, statements};
use super::rows::{Place, id_bytes};
use super::{Store, StoreError, Tx};
use crate::identity::id::{AccountId, DeliveryId, SessionId};
use crate::identity::session::{LogoutDelivery, SessionClient};
use crate::oidc::client::ClientId;
use crate::time::Timestamp;
use std::time::Duration;

statements! {
    REMEMBER_CLIENT = "INSERT INTO session_clients (session_id, client_id, account_id, expires_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (session_id, client_id) DO UPDATE SET expires_at = excluded.expires_at";
    TAKE_CLIENTS_OF_SESSION = "DELETE FROM session_clients WHERE session_id = $1 RETURNING session_id, client_id, account_id";
    TAKE_CLIENTS_OF_ACCOUNT = "DELETE FROM session_clients WHERE account_id = $1 RETURNING session_id, client_id, account_id";
    INSERT_DELIVERY = "INSERT INTO logout_deliveries (id, session_id, client_id, account_id, attempts, due_at, expires_at) \
        VALUES ($1, $2, $3, $4, 0, $5, $6)";
    DUE_DELIVERIES = "SELECT id, client_id FROM logout_deliveries WHERE due_at <= $1 \
        AND REPLACE(CAST($2 AS TEXT), ' ' || client_id || ' ', '') = $2 ORDER BY due_at LIMIT $3";
    CLAIM_DELIVERY = "UPDATE logout_deliveries SET attempts = attempts + 1, \
        due_at = $1 + $2 * (attempts + 1) * (attempts + 1) * (attempts + 1) WHERE id = $3 AND due_at <= $1 \
        RETURNING id, session_id, client_id, account_id, attempts";
    REMOVE_DELIVERY = "DELETE FROM logout_deliveries WHERE id = $1";
    EXPIRE_CLIENTS = "DELETE FROM session_clients WHERE expires_at IN \
        (SELECT expires_at FROM session_clients WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2) RETURNING expires_at";
    EXPIRE_DELIVERIES = "DELETE FROM logout_deliveries WHERE id IN \
        (SELECT id FROM logout_deliveries WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2) RETURNING expires_at";
}

#[derive(sqlx::FromRow)]
#[expect(clippy::struct_field_names, reason = "they are columns")]
struct ClientRow {
    session_id: Vec<u8>,
    client_id: String,
    account_id: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct DeliveryRow {
    id: Vec<u8>,
    session_id: Vec<u8>,
    client_id: String,
    account_id: Vec<u8>,
    attempts: i64,
}

impl ClientRow {
    fn read(self, table: &'static str) -> Result<SessionClient, StoreError> {
        let session = SessionId::from_bytes(id_bytes(table, "session_id", &self.session_id)?);
        let client = Place { table, row: &session }.client("client_id", &self.client_id)?;
        Ok(SessionClient { session, client, account: AccountId::from_bytes(id_bytes(table, "account_id", &self.account_id)?) })
    }
}

impl DeliveryRow {
    fn read(self) -> Result<LogoutDelivery, StoreError> {
        const TABLE: &str = "logout_deliveries";
        let id = DeliveryId::from_bytes(id_bytes(TABLE, "id", &self.id)?);
        let to = ClientRow { session_id: self.session_id, client_id: self.client_id, account_id: self.account_id };
        let attempt = Place { table: TABLE, row: &id }.parsed("attempts", u32::try_from(self.attempts))?;
        Ok(LogoutDelivery { id, to: to.read(TABLE)?, attempt })
    }
}

impl Store {
    /// At most `limit` deliveries that are due and not for one of these clients, the longest due first.
    pub async fn due_deliveries(
        &self,
        not_for: &[&ClientId],
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(DeliveryId, ClientId)>, StoreError> {
        let rows = sql!(self.db, DUE_DELIVERIES, now.millis(), spaced(not_for), i64::from(limit) => fetch_all (Vec<u8>, String))?;
        rows.into_iter().map(|row| due("logout_deliveries", &row)).collect()
    }
}

/// Each between two spaces of its own; a client's id holds none. The statement looks whether one of them is in the text.
pub(super) fn spaced(clients: &[&ClientId]) -> String {
    clients.iter().flat_map(|client| [" ", client.as_str(), " "]).collect()
}

/// Something that is due, and for whom.
pub(super) fn due(table: &'static str, (id, client): &(Vec<u8>, String)) -> Result<(DeliveryId, ClientId), StoreError> {
    let id = DeliveryId::from_bytes(id_bytes(table, "id", id)?);
    Ok((id, Place { table, row: &id }.client("client_id", client)?))
}

impl Tx {
    /// Remembers until `until` that a client holds a sign-in out of a session.
    pub async fn remember_client(&mut self, holder: &SessionClient, until: Timestamp) -> Result<(), StoreError> {
        sql!(
            self, REMEMBER_CLIENT,
            &holder.session.bytes()[..],
            holder.client.as_str(),
            &holder.account.bytes()[..],
            until.millis()
            => later
        )
    }

    /// Takes the clients that hold a sign-in out of a session: of two who ask, one gets each.
    pub async fn take_clients_of_session(&mut self, session: SessionId) -> Result<Vec<SessionClient>, StoreError> {
        let rows = sql!(self, TAKE_CLIENTS_OF_SESSION, &session.bytes()[..] => fetch_all ClientRow)?;
        rows.into_iter().map(|row| row.read("session_clients")).collect()
    }

    /// The same for every session of an account.
    pub async fn take_clients_of_account(&mut self, account: AccountId) -> Result<Vec<SessionClient>, StoreError> {
        let rows = sql!(self, TAKE_CLIENTS_OF_ACCOUNT, &account.bytes()[..] => fetch_all ClientRow)?;
        rows.into_iter().map(|row| row.read("session_clients")).collect()
    }

    /// Adds a delivery that is due at once and given up at `until`.
    pub async fn insert_delivery(
        &mut self,
        id: DeliveryId,
        to: &SessionClient,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        sql!(
            self, INSERT_DELIVERY,
            &id.bytes()[..],
            &to.session.bytes()[..],
            to.client.as_str(),
            &to.account.bytes()[..],
            now.millis(),
            until.millis()
            => later
        )
    }

    /// Claims a delivery that is due: nobody else gets it before `patience`, and after each attempt it is longer, by the third power of
    /// their number. Of any number who try, one is told what to deliver.
    pub async fn claim_delivery(
        &mut self,
        id: DeliveryId,
        now: Timestamp,
        patience: Duration,
    ) -> Result<Option<LogoutDelivery>, StoreError> {
        let patience = i64::try_from(patience.as_millis()).unwrap_or(i64::MAX);
        let row = sql!(self, CLAIM_DELIVERY, now.millis(), patience, &id.bytes()[..] => fetch_optional DeliveryRow)?;
        row.map(DeliveryRow::read).transpose()
    }

    /// Removes a delivery that was made, or that nobody wants any more.
    pub async fn remove_delivery(&mut self, id: DeliveryId) -> Result<(), StoreError> {
        sql!(self, REMOVE_DELIVERY, &id.bytes()[..] => execute)
    }

    pub(super) async fn expire_logouts(&mut self, now: i64, limit: i64) -> Result<usize, StoreError> {
        let clients = sql!(self, EXPIRE_CLIENTS, now, limit => fetch_all (i64,))?.len();
        let deliveries = sql!(self, EXPIRE_DELIVERIES, now, limit => fetch_all (i64,))?.len();
        Ok(clients + deliveries)
    }
}
