//! The event log as an investigator reads it: a stretch of time, from the oldest event to the latest, in bounded steps.
//!
//! The ids of events begin with their time, so a stretch of time is a stretch of the primary key. There is no index by client or by
//! kind: the hot path would pay for it with every event. A search for them reads the stretch; a search for a person has an index.

use super::EventRow;
use crate::db::{sql, statements};
use crate::identity::id::{AccountId, EventId};
use crate::records::event::Event;
use crate::store::{Store, StoreError};
use crate::time::Timestamp;

statements! {
    EVENTS_BETWEEN = "SELECT id, at, kind, account_id, client_id, actor, actor_id, actor_client, what, network, browser, reason, \
        times, seq FROM events WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3";
    EVENTS_OF_ACCOUNT_BETWEEN = "SELECT id, at, kind, account_id, client_id, actor, actor_id, actor_client, what, network, browser, \
        reason, times, seq FROM events WHERE account_id = $1 AND id > $2 AND id <= $3 ORDER BY id LIMIT $4";
    LAST_PLACE = "SELECT seq FROM events WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT 1";
}

/// A stretch of the log: the events after one id, up to and with another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Only events about this account.
    pub account: Option<AccountId>,
    /// The events after this id.
    pub after: EventId,
    /// The last event.
    pub until: EventId,
}

impl Stretch {
    /// The events from `since` to before `until`.
    pub fn between(account: Option<AccountId>, since: Timestamp, until: Timestamp) -> Self {
        Self { account, after: first_id(since), until: first_id(until) }
    }
}

/// The lowest id of a moment.
fn first_id(at: Timestamp) -> EventId {
    let mut id = [0; 16];
    id[..6].copy_from_slice(&at.millis().max(0).to_be_bytes()[2..]);
    EventId::from_bytes(id)
}

/// An event, and its place in the order if it has one yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadEvent {
    /// Its place.
    pub seq: Option<i64>,
    /// The event.
    pub event: Event,
}

impl TryFrom<EventRow> for ReadEvent {
    type Error = StoreError;

    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        Ok(Self { seq: row.seq, event: Event::try_from(row)? })
    }
}

impl Store {
    /// The first events of a stretch, the oldest first, at most `limit`. The next ones are after the last one's id.
    pub async fn events_between(&self, stretch: Stretch, limit: u32) -> Result<Vec<ReadEvent>, StoreError> {
        let Stretch { account, after, until } = stretch;
        let (after, until, limit) = (after.bytes(), until.bytes(), i64::from(limit));
        let rows = match account.map(AccountId::bytes) {
            Some(account) => {
                sql!(self.db, EVENTS_OF_ACCOUNT_BETWEEN, &account[..], &after[..], &until[..], limit => fetch_all EventRow)
            }
            None => sql!(self.db, EVENTS_BETWEEN, &after[..], &until[..], limit => fetch_all EventRow),
        };
        rows?.into_iter().map(ReadEvent::try_from).collect()
    }

    /// The last place that an event has; zero if none has one.
    pub async fn last_place(&self) -> Result<i64, StoreError> {
        Ok(sql!(self.db, LAST_PLACE => fetch_optional (i64,))?.map_or(0, |(seq,)| seq))
    }
}
