//! The event log: events are appended and never changed. Each event gets its place in the order once, afterwards
//! (`docs/adr/0005-order-of-events.md`). `reading.rs` is for an investigator, `retention.rs` removes what was kept long enough.

pub(crate) mod reading;
pub(crate) mod retention;

use crate::client::words::ClientId;
use crate::db::from_row::row;
use crate::db::{sql, statements};
use crate::identity::id::{AccountId, EventId, OfficerId};
use crate::records::event::{Event, PlacedEvent, What};
use crate::records::origin::{BrowserFamily, RequestOrigin};
use crate::records::principal::Principal;
use crate::store::rows::{RowPlace, id_bytes, time};
use crate::store::{Store, StoreError, Tx};
use std::borrow::Cow;
use std::sync::Arc;

const TABLE: &str = "events";

statements! {
    APPEND_EVENT = "INSERT INTO events (id, at, kind, account_id, client_id, actor, actor_id, actor_client, what, network, browser, \
        reason, times) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    EVENTS_OF = "SELECT id, at, kind, account_id, client_id, actor, actor_id, actor_client, what, network, browser, reason, \
        times, seq FROM events \
        WHERE account_id = $1 ORDER BY id DESC LIMIT $2";
    EVENTS_AFTER = "SELECT id, at, kind, account_id, client_id, actor, actor_id, actor_client, what, network, browser, reason, \
        times, seq FROM events \
        WHERE seq > $1 ORDER BY seq LIMIT $2";
    EVENT_WITHOUT_PLACE = "SELECT id FROM events WHERE seq IS NULL LIMIT 1";
    PLACE_EVENTS = "UPDATE events SET seq = placed.place FROM \
        (SELECT id, $1 + ROW_NUMBER() OVER (ORDER BY id) AS place FROM \
            (SELECT id FROM events WHERE seq IS NULL ORDER BY id LIMIT $2) AS waiting) AS placed \
        WHERE events.id = placed.id AND events.seq IS NULL RETURNING events.seq";
}

row! {
    struct EventRow {
        id: Vec<u8>,
        at: i64,
        kind: String,
        account_id: Option<Vec<u8>>,
        client_id: Option<String>,
        actor: String,
        actor_id: Option<Vec<u8>>,
        actor_client: Option<String>,
        what: Option<Vec<u8>>,
        network: Option<String>,
        browser: Option<String>,
        reason: Option<String>,
        times: i64,
        seq: Option<i64>,
    }
}

impl EventRow {
    fn actor(&self, place: &RowPlace<'_, EventId>) -> Result<Principal, StoreError> {
        let id = |bytes: &Vec<u8>| id_bytes(TABLE, "actor_id", bytes);
        match (self.actor.as_str(), &self.actor_id, &self.actor_client) {
            ("citizen", account, None) => {
                Ok(Principal::Citizen(account.as_ref().map(id).transpose()?.map(AccountId::from_bytes)))
            }
            ("client", None, Some(client)) => Ok(Principal::Client(place.client("actor_client", client)?)),
            ("officer", Some(officer), None) => Ok(Principal::Officer(OfficerId::from_bytes(id(officer)?))),
            ("operator", None, None) => Ok(Principal::Operator),
            ("system", None, None) => Ok(Principal::System),
            _ => Err(StoreError::corrupt(TABLE, "actor", place.row)),
        }
    }
}

impl TryFrom<EventRow> for Event {
    type Error = StoreError;

    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        let id = EventId::from_bytes(id_bytes(TABLE, "id", &row.id)?);
        let place = RowPlace { table: TABLE, row: &id };
        let account = |bytes: &Vec<u8>| id_bytes(TABLE, "account_id", bytes).map(AccountId::from_bytes);
        let what = |bytes: &Vec<u8>| place.parsed("what", postcard::from_bytes::<What>(bytes));
        let browser = row.browser.as_deref().map(|name| place.named::<BrowserFamily>("browser", name));
        Ok(Self {
            id,
            at: time(row.at),
            kind: place.named("kind", &row.kind)?,
            actor: row.actor(&place)?,
            account: row.account_id.as_ref().map(account).transpose()?,
            client: row.client_id.as_ref().map(|client| place.client("client_id", client)).transpose()?,
            what: row.what.as_ref().map(what).transpose()?,
            origin: RequestOrigin {
                network: row.network.as_ref().map(|text| place.parsed("network", text.parse())).transpose()?,
                browser: browser.transpose()?,
            },
            times: place.parsed("times", row.times.try_into())?,
            reason: row.reason.map(Cow::Owned),
        })
    }
}

impl TryFrom<EventRow> for PlacedEvent {
    type Error = StoreError;

    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        let seq = row.seq;
        let event = Event::try_from(row)?;
        Ok(Self { seq: seq.ok_or_else(|| StoreError::corrupt(TABLE, "seq", event.id))?, event })
    }
}

impl Store {
    /// The events of an account, the latest first, at most `limit`.
    pub async fn events_of(&self, account: AccountId, limit: u32) -> Result<Vec<Event>, StoreError> {
        let rows = sql!(self.db, EVENTS_OF, &account.bytes()[..], i64::from(limit) => fetch_all EventRow)?;
        rows.into_iter().map(Event::try_from).collect()
    }

    /// The events after the place `seq` in the total order of this database, at most `limit`.
    pub async fn events_after(&self, seq: i64, limit: u32) -> Result<Vec<PlacedEvent>, StoreError> {
        let rows = sql!(self.db, EVENTS_AFTER, seq, i64::from(limit) => fetch_all EventRow)?;
        rows.into_iter().map(PlacedEvent::try_from).collect()
    }

    /// Whether an event has no place yet.
    pub async fn has_event_without_place(&self) -> Result<bool, StoreError> {
        Ok(sql!(self.db, EVENT_WITHOUT_PLACE => fetch_optional (Vec<u8>,))?.is_some())
    }
}

impl Tx {
    /// Appends one event to the log.
    pub async fn append_event(&mut self, event: &Event) -> Result<(), StoreError> {
        let account = event.account.map(AccountId::bytes);
        let (actor_id, actor_client) = match &event.actor {
            Principal::Citizen(account) => (account.map(AccountId::bytes), None),
            Principal::Client(client) => (None, Some(client.as_str())),
            Principal::Officer(officer) => (Some(officer.bytes()), None),
            Principal::Operator | Principal::System => (None, None),
        };
        let what = event.what.as_ref().map(postcard::to_stdvec).transpose();
        let what = what.map_err(|error| StoreError::Unavailable(Arc::new(error)))?;
        sql!(
            self, APPEND_EVENT,
            &event.id.bytes()[..],
            event.at.millis(),
            event.kind.name(),
            account.as_ref().map(|bytes| &bytes[..]),
            event.client.as_ref().map(ClientId::as_str),
            event.actor.name(),
            actor_id.as_ref().map(|bytes| &bytes[..]),
            actor_client,
            what.as_deref(),
            event.origin.network.map(|network| network.to_string()),
            event.origin.browser.map(BrowserFamily::name),
            event.reason.as_deref(),
            i64::from(event.times)
            => later
        )
    }

    /// Assigns the places after `last` to events that have none, at most `limit` of them, in the order of their ids; returns how
    /// many. Only within a step of the job [`EventOrder`](crate::records::job::Job::EventOrder), whose progress is the last
    /// assigned place.
    pub async fn place_events(&mut self, last: i64, limit: u32) -> Result<usize, StoreError> {
        Ok(sql!(self, PLACE_EVENTS, last, i64::from(limit) => fetch_all (i64,))?.len())
    }
}
