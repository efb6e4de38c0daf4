//! Short-lived rows on SQLite: decided in memory, and on disk with the next commit.
//!
//! A sign-in asks for such rows some thirty times, and a round trip to the driver's thread costs more than all else that a step does. So
//! all of them are slot in memory, and the disk has a journal of what changed ([`crate::db::sqlite::journal`]); browser sessions, which are many and live
//! long, are not among them. Only on SQLite, where this process alone has the database. Three rules:
//!
//! - What is changed here is so for everybody at once, and every commit, whoever asked for it, takes along all that was changed before: who
//!   is told that something is on disk knows that what led to it is there too. Without any other commit one comes some milliseconds later.
//! - Rows are written whole and as they are at that moment, so that to write one twice, or late, does no harm.
//! - What a failed commit took along counts as changed again.

use crate::db::sqlite::journal;
pub(crate) use crate::db::sqlite::journal::Row;
use crate::db::sqlite::journal::{Batch, Entry, Journal};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::OnceCell;

/// Rows that have expired are dropped when there are so many more.
const SWEPT_AFTER: usize = 1024;
/// The journal may hold so many rows more than twice those in memory.
const OVERTAKEN: usize = 4096;
/// When so many rows of the oldest entries have gone with one commit, no further entry does.
const GO_AT_ONCE: usize = 2048;

/// A row as an earlier version of the program kept it: key, value, uses, end.
pub(crate) type Older = (Vec<u8>, Option<Vec<u8>>, i64, i64);

struct Slot {
    row: Row,
    /// It differs from what is on disk, and its key is on the list of those.
    changed: bool,
    /// The place of the last entry that has it, on disk or on its way there.
    written: Option<i64>,
}

/// The rows, while somebody decides.
#[derive(Default)]
pub(crate) struct Rows {
    all: HashMap<Arc<[u8]>, Slot>,
    /// Keys of those that changed, the first change first.
    changed: Vec<Arc<[u8]>>,
    journal: Journal,
    sweep_at: usize,
    /// When it was last said what time it is, in milliseconds.
    ticked: i64,
}

impl Rows {
    /// The row of a key, if it still counts at `now`.
    pub(crate) fn live(&self, key: &[u8], now: i64) -> Option<&Row> {
        self.all.get(key).map(|slot| &slot.row).filter(|row| row.expires_at > now)
    }

    /// Changes the row of a key, or makes one.
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

    /// Forgets the row of a key. One on disk is written as expired.
    pub(crate) fn remove(&mut self, key: &[u8]) {
        match self.all.get_mut(key) {
            Some(slot) if slot.written.is_some() => {
                slot.row = Row::GONE;
                self.mark(key);
            }
            // Nobody but this memory ever knew it. Its key may stay on the list, where it is passed over.
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

    /// All that changed. Whoever takes it writes it, or says [`MemoryRows::not_written`].
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

    /// The oldest entries go that are old, or of which there are too many: up to the place that is answered. What of them still counts is to
    /// be written anew. So few go at once that no commit is long, and more than a commit adds.
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

    /// The commit failed that took this along.
    fn take_back(&mut self, batch: &Batch) {
        for key in self.journal.take_back(batch) {
            if self.all.contains_key(&key) {
                self.mark(&key);
            } else {
                // Swept up meanwhile, because it was over. An older entry may still say something else.
                self.set(&key, Row::GONE);
            }
        }
    }

    pub(crate) fn take_in(&mut self, entries: Vec<journal::Read>, older: Vec<Older>) {
        for journal::Read { place, rows } in entries {
            let mut keys = Vec::with_capacity(rows.len());
            for (key, row) in rows {
                self.all.insert(key.clone(), Slot { row, changed: false, written: Some(place) });
                keys.push(key);
            }
            self.journal.push(Entry { place, keys });
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
    /// Whether those of before this start were read.
    pub(crate) read: OnceCell<()>,
    /// Somebody sees to it that what was changed is committed soon.
    pub(crate) commit_is_coming: AtomicBool,
}

impl MemoryRows {
    pub(crate) fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Decides something; says as well whether anything waits for the disk now.
    pub(crate) fn decide<T>(&self, decide: impl FnOnce(&mut Rows) -> T) -> (T, bool) {
        let mut rows = self.rows();
        let answer = decide(&mut rows);
        (answer, !rows.changed.is_empty())
    }

    /// Whether that was done.
    pub(crate) fn is_read(&self) -> bool {
        self.read.initialized()
    }

    /// How many wait for the disk.
    pub(crate) fn waiting(&self) -> usize {
        self.rows().changed.len()
    }

    /// What a commit takes along, if there is anything.
    pub(crate) fn next_batch(&self) -> Option<Batch> {
        self.rows().next_batch()
    }

    /// The commit failed that took this along.
    pub(crate) fn not_written(&self, batch: &Batch) {
        self.rows().take_back(batch);
    }

    /// Whether a commit has to be called for: nobody has yet.
    pub(crate) fn call_for_commit(&self) -> bool {
        !self.commit_is_coming.swap(true, Ordering::AcqRel)
    }

    /// It is `now`, in milliseconds. What expired is dropped from memory where that is worth the while, and with the next commits what is old
    /// from the disk.
    pub(crate) fn tick(&self, now: i64) {
        self.rows().tick(now);
    }
}

#[cfg(test)]
mod tests;
