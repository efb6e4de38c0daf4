//! Removes events that were kept long enough, class by class, in bounded steps.
//!
//! Each class of kinds passes the log once, in its order: up to which place it did is stored, so a step never looks at a row a second
//! time, however long the other classes are kept. An event without a place is not removed; it gets its place within a second.

use crate::db::{sql, statements};
use crate::records::event::kind::Kept;
use crate::store::{StoreError, Tx};
use crate::time::Timestamp;

statements! {
    SWEPT_TO = "SELECT swept_to FROM event_retention WHERE class = $1";
    NEXT_EVENT = "SELECT at FROM events WHERE seq > $1 ORDER BY seq LIMIT 1";
    SWEEP_END = "SELECT CAST(COALESCE(MIN(CASE WHEN at > $1 THEN seq - 1 END), MAX(seq)) AS BIGINT), CAST(COUNT(*) AS BIGINT) FROM \
        (SELECT seq, at FROM events WHERE seq > $2 ORDER BY seq LIMIT $3) AS next_events";
    SWEEP = "DELETE FROM events WHERE seq > $1 AND seq <= $2 AND CAST($3 AS TEXT) LIKE '% ' || kind || ' %'";
    SET_SWEPT_TO = "UPDATE event_retention SET swept_to = $1 WHERE class = $2";
}

impl Tx {
    /// Looks at the next `limit` events at most, and removes those of this class that are not younger than `kept_since`. Returns how
    /// many it looked at: zero if there is nothing old enough.
    pub async fn expire_events(&mut self, class: Kept, kept_since: Timestamp, limit: u32) -> Result<usize, StoreError> {
        let (oldest, limit) = (kept_since.millis(), i64::from(limit));
        let row = sql!(self, SWEPT_TO, class.name() => fetch_optional (i64,))?;
        let (swept,) = row.ok_or_else(|| StoreError::corrupt("event_retention", "class", class.name()))?;
        let next = sql!(self, NEXT_EVENT, swept => fetch_optional (i64,))?;
        if next.is_none_or(|(at,)| at > oldest) {
            return Ok(0);
        }
        let (end, looked_at) = sql!(self, SWEEP_END, oldest, swept, limit => fetch_one (i64, i64))?;
        sql!(self, SWEEP, swept, end, class.kinds() => execute)?;
        sql!(self, SET_SWEPT_TO, end, class.name() => execute)?;
        Ok(usize::try_from(looked_at).unwrap_or(usize::MAX))
    }
}
