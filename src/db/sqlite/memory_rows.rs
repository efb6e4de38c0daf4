//! Short-lived rows on SQLite: decided in memory, and on disk with the next commit.
//!
//! A sign-in uses such rows some thirty times, and a round trip to the driver's thread costs more than everything else in such a
//! step. So all of them are in memory, and the disk has a journal of the changes ([`crate::db::sqlite::journal`]). Browser
//! sessions are not among them, because there are many and they live long. Only on SQLite, where one process has the database to
//! itself. Three rules:
//!
//! - A change is visible to all callers at once. Every commit, whatever it was requested for, also writes all earlier changes: a
//!   caller that learns that something is on disk can rely on everything before it being on disk too. If there is no other
//!   commit, one follows some milliseconds later.
//! - A row is written whole, with its value at that moment, so that writing it twice or late does no harm.
//! - The rows of a failed commit count as changed again.

use crate::db::sqlite::journal;
pub(crate) use crate::db::sqlite::journal::Row;
use crate::db::sqlite::journal::{Batch, Journal, WrittenEntry};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::OnceCell;

/// Expired rows are removed when there are more than `2 * live + SWEPT_AFTER` rows.
const SWEPT_AFTER: usize = 1024;
/// The journal is trimmed when it has more than `2 * live + OVERTAKEN` rows.
const OVERTAKEN: usize = 4096;
/// One commit removes no further entry after this many rows of the oldest entries.
const GO_AT_ONCE: usize = 2048;

/// A row as an earlier version of the program stored it: key, value, uses, expiry.
pub(crate) type Older = (Vec<u8>, Option<Vec<u8>>, i64, i64);

struct Slot {
    row: Row,
    /// It differs from the row on disk, and its key is in [`Rows::changed`].
    changed: bool,
    /// The place of the last entry that contains it, on disk or on its way there.
    written: Option<i64>,
}

/// The rows, as a decision sees them under the lock.
#[derive(Default)]
pub(crate) struct Rows {
    all: HashMap<Arc<[u8]>, Slot>,
    /// Keys of the changed rows, the first change first.
    changed: Vec<Arc<[u8]>>,
    journal: Journal,
    sweep_at: usize,
    /// The time that the last [`Rows::tick`] set, in milliseconds.
    ticked: i64,
}

impl Rows {
    /// The row of a key, if it has not expired at `now`.
    pub(crate) fn live(&self, key: &[u8], now: i64) -> Option<&Row> {
        self.all.get(key).map(|slot| &slot.row).filter(|row| row.expires_at > now)
    }

    /// Replaces the row of a key, or adds it.
    pub(crate) fn set(&mut self, key: &[u8], row: Row) {
        if let Some(slot) = self.all.get_mut(key) {
            slot.row = row;
            self.mark(key);
        } else {
            let key: Arc<[u8]> = key.into();
            self.all.insert(key.clone(), Slot { row, changed: true, written: None });
            self.changed.push(key);
        }
    }

    /// Removes the row of a key. A row that is on disk is overwritten as expired.
    pub(crate) fn remove(&mut self, key: &[u8]) {
        match self.all.get_mut(key) {
            Some(slot) if slot.written.is_some() => {
                slot.row = Row::GONE;
                self.mark(key);
            }
            // The row was never written. Its key may stay in the list, where it is skipped.
            _ => drop(self.all.remove(key)),
        }
    }

    fn mark(&mut self, key: &[u8]) {
        if let Some((key, slot)) = self.all.get_key_value(key)
            && !slot.changed
        {
            self.changed.push(key.clone());
        }
        if let Some(slot) = self.all.get_mut(key) {
            slot.changed = true;
        }
    }

    /// All changes. The caller has to write them, or call [`MemoryRows::not_written`].
    fn next_batch(&mut self) -> Option<Batch> {
        let trim = self.let_oldest_go();
        let mut draft = self.journal.draft();
        for key in self.changed.drain(..) {
            if let Some(slot) = self.all.get_mut(&key).filter(|slot| slot.changed) {
                (slot.changed, slot.written) = (false, Some(draft.add(key, &slot.row)));
            }
        }
        self.journal.append(draft, trim)
    }

    /// Removes the oldest entries if they are too old or too many, and returns the place up to which they are removed. Those of
    /// their rows that still count are written again. The number per commit is bounded, so that no commit takes long, but higher
    /// than what a commit adds.
    fn let_oldest_go(&mut self) -> Option<i64> {
        let live = 2 * self.all.len();
        let most = if self.journal.lines > live + OVERTAKEN { live + OVERTAKEN / 2 } else { usize::MAX };
        let (mut left, mut last) = (GO_AT_ONCE, None);
        while left > 0 {
            let Some(oldest) = self.journal.pop_oldest(most) else { break };
            left = left.saturating_sub(oldest.keys.len());
            last = Some(oldest.place);
            for key in oldest.keys {
                let Some(slot) = self.all.get(&key).filter(|slot| slot.written == Some(oldest.place) && !slot.changed) else {
                    continue;
                };
                if slot.row.expires_at > self.ticked {
                    self.mark(&key);
                } else {
                    self.all.remove(&key);
                }
            }
        }
        last
    }

    /// Marks the rows of a failed commit as changed again.
    fn take_back(&mut self, batch: &Batch) {
        for key in self.journal.take_back(batch) {
            if self.all.contains_key(&key) {
                self.mark(&key);
            } else {
                // Removed in the meantime, because it expired. An older entry may still contain another value of it.
                self.set(&key, Row::GONE);
            }
        }
    }

    pub(crate) fn take_in(&mut self, entries: Vec<journal::JournalEntry>, older: Vec<Older>) {
        for journal::JournalEntry { place, rows } in entries {
            let mut keys = Vec::with_capacity(rows.len());
            for (key, row) in rows {
                self.all.insert(key.clone(), Slot { row, changed: false, written: Some(place) });
                keys.push(key);
            }
            self.journal.push(WrittenEntry { place, keys });
        }
        self.journal.all_are_due();
        for (key, value, uses, expires_at) in older {
            self.set(&key, Row { value: value.map(Arc::from), uses, expires_at });
        }
    }

    fn tick(&mut self, now: i64) {
        self.ticked = now;
        if self.journal.tick(now) || self.all.len() > self.sweep_at {
            self.all.retain(|_, slot| slot.changed || slot.row.expires_at > now);
            self.sweep_at = self.all.len() * 2 + SWEPT_AFTER;
        }
    }
}

/// All rows.
#[derive(Default)]
pub(crate) struct MemoryRows {
    rows: Mutex<Rows>,
    /// Set when the rows from before this start were loaded.
    pub(crate) read: OnceCell<()>,
    /// Whether a task that commits the changes soon has been started.
    pub(crate) commit_is_coming: AtomicBool,
}

impl MemoryRows {
    pub(crate) fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a decision under the lock; also returns whether there are changes that are not on disk.
    pub(crate) fn decide<T>(&self, decide: impl FnOnce(&mut Rows) -> T) -> (T, bool) {
        let mut rows = self.rows();
        let answer = decide(&mut rows);
        (answer, !rows.changed.is_empty())
    }

    /// Whether the rows from before this start were loaded.
    pub(crate) fn is_read(&self) -> bool {
        self.read.initialized()
    }

    /// How many changed rows are not on disk.
    pub(crate) fn waiting(&self) -> usize {
        self.rows().changed.len()
    }

    /// The entries for the next commit, if there are changes.
    pub(crate) fn next_batch(&self) -> Option<Batch> {
        self.rows().next_batch()
    }

    /// Marks the rows of a failed commit as changed again.
    pub(crate) fn not_written(&self, batch: &Batch) {
        self.rows().take_back(batch);
    }

    /// Whether the caller has to start a commit: no other caller has.
    pub(crate) fn call_for_commit(&self) -> bool {
        !self.commit_is_coming.swap(true, Ordering::AcqRel)
    }

    /// Sets the time to `now`, in milliseconds. Expired rows are removed from memory once there are enough of them, and old
    /// entries from the disk with the next commits.
    pub(crate) fn tick(&self, now: i64) {
        self.rows().tick(now);
    }
}

#[cfg(test)]
mod tests;
