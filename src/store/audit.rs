//! The audit log: appended, never changed.

use super::db::{sql, statements};
use super::rows::{Place, id_bytes, time};
use super::{Store, StoreError, Tx};
use crate::identity::event::Event;
use crate::identity::id::{AccountId, EventId};
use crate::oidc::client::ClientId;

statements! {
    APPEND_EVENT = "INSERT INTO events (id, at, kind, account_id, client_id) VALUES ($1, $2, $3, $4, $5)";
    EVENTS_OF = "SELECT id, at, kind, account_id, client_id FROM events WHERE account_id = $1 ORDER BY id DESC LIMIT $2";
}

#[derive(sqlx::FromRow)]
struct EventRow {
    id: Vec<u8>,
    at: i64,
    kind: String,
    account_id: Option<Vec<u8>>,
    client_id: Option<String>,
}

impl TryFrom<EventRow> for Event {
    type Error = StoreError;

    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        let id = EventId::from_bytes(id_bytes("events", "id", &row.id)?);
        let place = Place { table: "events", row: &id };
        let account = |bytes: Vec<u8>| id_bytes("events", "account_id", &bytes).map(AccountId::from_bytes);
        Ok(Self {
            id,
            at: time(row.at),
            kind: place.named("kind", &row.kind)?,
            account: row.account_id.map(account).transpose()?,
            client: row.client_id.map(|client| place.client("client_id", &client)).transpose()?,
        })
    }
}

impl Store {
    /// What happened to an account, the latest first, at most `limit`.
    pub async fn events_of(&self, account: AccountId, limit: u32) -> Result<Vec<Event>, StoreError> {
        let rows = sql!(self.db, EVENTS_OF, &account.bytes()[..], i64::from(limit) => fetch_all EventRow)?;
        rows.into_iter().map(Event::try_from).collect()
    }
}

impl Tx {
    /// Adds one line to the log.
    pub async fn append_event(&mut self, event: &Event) -> Result<(), StoreError> {
        let account = event.account.map(AccountId::bytes);
        sql!(
            self, APPEND_EVENT,
            &event.id.bytes()[..],
            event.at.millis(),
            event.kind.name(),
            account.as_ref().map(|bytes| &bytes[..]),
            event.client.as_ref().map(ClientId::as_str)
            => later
        )
    }
}
