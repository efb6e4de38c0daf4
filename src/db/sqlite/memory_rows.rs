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
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::OnceCell;

/// How many rows that may have expired one step looks at, under the lock.
const SWEPT_AT_ONCE: usize = 5_000;
/// The unit in which expiry is remembered, in milliseconds.
const MINUTE: i64 = 60_000;
/// What a row takes beside its key and value: its places in the map, in the list by expiry and in the journal, and what the allocator
/// adds.
const ROW_BYTES: usize = 200;
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
    /// Keys by the minute in which their rows expire. A row whose expiry moved has more than one place; one that is gone may still have
    /// one.
    expiring: BTreeMap<i64, Vec<Arc<[u8]>>>,
    /// The bytes of all rows.
    bytes: usize,
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
        if let Some((known, slot)) = self.all.get_key_value(key) {
            if minute(&slot.row) != minute(&row) {
                self.expiring.entry(minute(&row)).or_default().push(known.clone());
            }
            self.replace(key, row);
            self.mark(key);
        } else {
            let key: Arc<[u8]> = key.into();
            self.insert(&key, Slot { row, changed: true, written: None });
            self.changed.push(key);
        }
    }

    fn insert(&mut self, key: &Arc<[u8]>, slot: Slot) {
        self.bytes += bytes(key, &slot.row);
        self.expiring.entry(minute(&slot.row)).or_default().push(key.clone());
        if let Some(before) = self.all.insert(key.clone(), slot) {
            self.bytes -= bytes(key, &before.row);
        }
    }

    fn replace(&mut self, key: &[u8], row: Row) {
        if let Some(slot) = self.all.get_mut(key) {
            self.bytes = self.bytes + bytes(key, &row) - bytes(key, &slot.row);
            slot.row = row;
        }
    }

    fn drop_row(&mut self, key: &[u8]) {
        if let Some(slot) = self.all.remove(key) {
            self.bytes -= bytes(key, &slot.row);
        }
    }

    /// Removes the row of a key. A row that is on disk is overwritten as expired.
    pub(crate) fn remove(&mut self, key: &[u8]) {
        if self.all.get(key).is_some_and(|slot| slot.written.is_some()) {
            self.set(key, Row::GONE);
        } else {
            // The row was never written. Its key may stay in the lists, where it is skipped.
            self.drop_row(key);
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
                    self.drop_row(&key);
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
                self.insert(&key, Slot { row, changed: false, written: Some(place) });
                keys.push(key);
            }
            self.journal.push(WrittenEntry { place, keys });
        }
        self.journal.all_are_due();
        for (key, value, uses, expires_at) in older {
            self.set(&key, Row { value: value.map(Arc::from), uses, expires_at });
        }
    }

    /// Removes expired rows, the oldest first, and returns how many it looked at. A row with a change that is not on disk yet is looked at
    /// again by the next call.
    fn tick(&mut self, now: i64) -> usize {
        self.ticked = now;
        self.journal.tick(now);
        let (mut looked_at, mut waiting) = (0, Vec::new());
        while looked_at < SWEPT_AT_ONCE
            && let Some(mut oldest) = self.expiring.first_entry().filter(|oldest| *oldest.key() < now.div_euclid(MINUTE))
        {
            let keys = oldest.get_mut();
            let some = keys.split_off(keys.len().saturating_sub(SWEPT_AT_ONCE - looked_at));
            if keys.is_empty() {
                oldest.remove();
            }
            looked_at += some.len();
            for key in some {
                match self.all.get(&key) {
                    Some(slot) if slot.row.expires_at > now => {}
                    Some(slot) if slot.changed => waiting.push(key),
                    Some(_) => self.drop_row(&key),
                    None => {}
                }
            }
        }
        if !waiting.is_empty() {
            self.expiring.entry(now.div_euclid(MINUTE)).or_default().append(&mut waiting);
        }
        looked_at
    }
}

/// The minute in which a row expires.
const fn minute(row: &Row) -> i64 {
    row.expires_at.div_euclid(MINUTE)
}

/// What a row takes up in memory.
fn bytes(key: &[u8], row: &Row) -> usize {
    ROW_BYTES + key.len() + row.value.as_ref().map_or(0, |value| value.len())
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

    /// The bytes of all rows.
    pub(crate) fn bytes(&self) -> usize {
        self.rows().bytes
    }

    /// Sets the time to `now`, in milliseconds. Removes rows from memory that expired before this minute, a bounded number of them, and
    /// old entries from the disk with the next commits. Returns how many rows it looked at: there may be more while this is not
    /// zero.
    pub(crate) fn tick(&self, now: i64) -> usize {
        self.rows().tick(now)
    }
}

#[cfg(test)]
mod tests;
