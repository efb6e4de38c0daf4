//! The feed of the local civil registry: life events that an import found.

use crate::db::from_row::row;
use crate::db::{sql, statements};
use crate::identity::life_event::{Change, LifeEvent, events_between};
use crate::identity::person::Person;
use crate::store::rows::{RowPlace, json_of, time};
use crate::store::{Store, StoreError, Tx};
use crate::time::Timestamp;
use std::time::Duration;

statements! {
    LAST_CHANGE = "SELECT MAX(number) FROM registry_changes";
    INSERT_REGISTRY_CHANGE = "INSERT INTO registry_changes (number, changed_at, event, record) VALUES ($1, $2, $3, $4)";
    REGISTRY_CHANGES = "SELECT number, changed_at, event, record FROM registry_changes WHERE number > $1 ORDER BY number LIMIT $2";
    // The last one stays, so that its number is not given again.
    EXPIRE_REGISTRY_CHANGES = "DELETE FROM registry_changes WHERE number IN (SELECT number FROM registry_changes \
        WHERE changed_at <= $1 AND number < (SELECT MAX(number) FROM registry_changes) ORDER BY number LIMIT $2) RETURNING number";
}

/// How long a change is kept. A reader that was away for longer reads all records again.
const KEPT: Duration = Duration::from_hours(24 * 400);

row! {
    struct ChangeRow {
        number: i64,
        changed_at: i64,
        event: String,
        record: String,
    }
}

impl Store {
    /// The changes after that number, the oldest first, at most `most`; with the time of each.
    pub async fn registry_changes(&self, after: u64, most: u32) -> Result<Vec<(Change, Timestamp)>, StoreError> {
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let rows = sql!(self.db, REGISTRY_CHANGES, after, i64::from(most) => fetch_all ChangeRow)?;
        let read = |row: ChangeRow| {
            let place = RowPlace { table: "registry_changes", row: &row.number };
            let (event, person) = (place.json("event", &row.event)?, place.json("record", &row.record)?);
            let number = u64::try_from(row.number).unwrap_or_default();
            Ok((Change { number, event, person }, time(row.changed_at)))
        };
        rows.into_iter().map(read).collect()
    }

    /// The number of the last change; 0 if there is none.
    pub async fn last_registry_change(&self) -> Result<u64, StoreError> {
        let (last,) = sql!(self.db, LAST_CHANGE => fetch_one (Option<i64>,))?;
        Ok(last.and_then(|last| u64::try_from(last).ok()).unwrap_or_default())
    }
}

impl Tx {
    /// Records what these persons' records change in those of before. Call it before [`Tx::insert_persons`]. Of two imports at the same
    /// time that both change something, one fails: their numbers would not be in the order of their commits.
    pub async fn record_registry_changes(&mut self, persons: &[Person], now: Timestamp) -> Result<(), StoreError> {
        let before = self.persons_before(persons).await?;
        let changed = persons.iter().filter_map(|new| Some((new, events_between(before.get(&new.national_id)?, new))));
        let changed: Vec<(&Person, Vec<LifeEvent>)> = changed.filter(|(_, events)| !events.is_empty()).collect();
        if changed.is_empty() {
            return Ok(());
        }
        let (last,) = sql!(self, LAST_CHANGE => fetch_one (Option<i64>,))?;
        let mut number = last.unwrap_or(0);
        for (person, events) in changed {
            let record = json_of(person)?;
            for event in events {
                number += 1;
                sql!(self, INSERT_REGISTRY_CHANGE, number, now.millis(), json_of(&event)?, record.as_str() => execute)?;
            }
        }
        Ok(())
    }

    pub(crate) async fn expire_registry_changes(&mut self, now: Timestamp, limit: i64) -> Result<usize, StoreError> {
        Ok(sql!(self, EXPIRE_REGISTRY_CHANGES, now.minus(KEPT).millis(), limit => fetch_all (i64,))?.len())
    }
}
