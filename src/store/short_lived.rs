//! Short-lived rows on SQLite: decided in memory, and on disk with the next commit.
//!
//! A sign-in asks for such rows some thirty times, and a round trip to the driver's thread costs more than all else that a step does. So
//! all of them are held in memory, and the disk has a journal of what changed ([`super::journal`]); browser sessions, which are many and live
//! long, are not among them. Only on SQLite, where this process alone has the database. Three rules:
//!
//! - What is changed here is so for everybody at once, and every commit, whoever asked for it, takes along all that was changed before: who
//!   is told that something is on disk knows that what led to it is there too. Without any other commit one comes some milliseconds later.
//! - Rows are written whole and as they are at that moment, so that to write one twice, or late, does no harm.
//! - What a failed commit took along counts as changed again.

use super::db::{Db, sql, statements};
use super::error::StoreError;
pub(crate) use super::journal::Row;
use super::journal::{self, Batch, Journal, Written};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::OnceCell;

statements! {
    OLDER = "SELECT key, value, uses, expires_at FROM transient WHERE key < $1 OR key >= $2";
    FORGET_OLDER = "DELETE FROM transient WHERE key < $1 OR key >= $2";
}

/// Rows that have expired are dropped when there are so many more.
const SWEPT_AFTER: usize = 1024;
/// The journal may hold so many rows more than twice those in memory.
const OVERTAKEN: usize = 4096;
/// When so many rows of the oldest entries have gone with one commit, no further entry does.
const GO_AT_ONCE: usize = 2048;

/// A row as an earlier version of the program kept it: key, value, uses, end.
type Older = (Vec<u8>, Option<Vec<u8>>, i64, i64);

struct Held {
    row: Row,
    /// It differs from what is on disk, and its key is on the list of those.
    changed: bool,
    /// The place of the last entry that has it, on disk or on its way there.
    written: Option<i64>,
}

/// The rows, while somebody decides.
#[derive(Default)]
pub(crate) struct Rows {
    all: HashMap<Arc<[u8]>, Held>,
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
        self.all.get(key).map(|held| &held.row).filter(|row| row.expires_at > now)
    }

    /// Changes the row of a key, or makes one.
    pub(crate) fn set(&mut self, key: &[u8], row: Row) {
        if let Some(held) = self.all.get_mut(key) {
            held.row = row;
            self.mark(key);
        } else {
            let key: Arc<[u8]> = key.into();
            self.all.insert(key.clone(), Held { row, changed: true, written: None });
            self.changed.push(key);
        }
    }

    /// Forgets the row of a key. One on disk is written as expired.
    pub(crate) fn remove(&mut self, key: &[u8]) {
        match self.all.get_mut(key) {
            Some(held) if held.written.is_some() => {
                held.row = Row::GONE;
                self.mark(key);
            }
            // Nobody but this memory ever knew it. Its key may stay on the list, where it is passed over.
            _ => drop(self.all.remove(key)),
        }
    }

    fn mark(&mut self, key: &[u8]) {
        if let Some((key, held)) = self.all.get_key_value(key)
            && !held.changed
        {
            self.changed.push(key.clone());
        }
        if let Some(held) = self.all.get_mut(key) {
            held.changed = true;
        }
    }

    /// All that changed. Whoever takes it writes it, or says [`ShortLived::not_written`].
    fn next_batch(&mut self) -> Option<Batch> {
        let trim = self.let_oldest_go();
        let mut draft = self.journal.draft();
        for key in self.changed.drain(..) {
            if let Some(held) = self.all.get_mut(&key).filter(|held| held.changed) {
                (held.changed, held.written) = (false, Some(draft.add(key, &held.row)));
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
                let Some(held) = self.all.get(&key).filter(|held| held.written == Some(oldest.place) && !held.changed) else {
                    continue;
                };
                if held.row.expires_at > self.ticked {
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

    fn take_in(&mut self, entries: Vec<journal::Read>, older: Vec<Older>) {
        for journal::Read { place, rows } in entries {
            let mut keys = Vec::with_capacity(rows.len());
            for (key, row) in rows {
                self.all.insert(key.clone(), Held { row, changed: false, written: Some(place) });
                keys.push(key);
            }
            self.journal.push(Written { place, keys });
        }
        self.journal.all_are_due();
        for (key, value, uses, expires_at) in older {
            self.set(&key, Row { value: value.map(Arc::from), uses, expires_at });
        }
    }

    fn tick(&mut self, now: i64) {
        self.ticked = now;
        if self.journal.tick(now) || self.all.len() > self.sweep_at {
            self.all.retain(|_, held| held.changed || held.row.expires_at > now);
            self.sweep_at = self.all.len() * 2 + SWEPT_AFTER;
        }
    }
}

/// All rows.
#[derive(Default)]
pub(crate) struct ShortLived {
    rows: Mutex<Rows>,
    /// Whether those of before this start were read.
    read: OnceCell<()>,
    /// Somebody sees to it that what was changed is committed soon.
    pub(super) commit_is_coming: AtomicBool,
}

impl ShortLived {
    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Decides something; says as well whether anything waits for the disk now.
    pub(super) fn decide<T>(&self, decide: impl FnOnce(&mut Rows) -> T) -> (T, bool) {
        let mut rows = self.rows();
        let answer = decide(&mut rows);
        (answer, !rows.changed.is_empty())
    }

    /// Takes in what was on disk at the start, once. What an earlier version of the program left in the table of sessions, whose keys are
    /// from the first of `sessions` up to the second, moves into the journal.
    ///
    /// Must not run in a future that a caller may drop.
    pub(super) async fn read_once(&self, db: &Db, sessions: (&[u8], &[u8])) -> Result<(), StoreError> {
        self.read.get_or_try_init(|| self.read_all(db, sessions)).await.copied()
    }

    async fn read_all(&self, db: &Db, sessions: (&[u8], &[u8])) -> Result<(), StoreError> {
        let entries = journal::read(db).await?;
        let older = sql!(db, OLDER, sessions.0, sessions.1 => fetch_all Older)?;
        let moves = !older.is_empty();
        self.rows().take_in(entries, older);
        if moves {
            let mut tx = db.write().await?;
            sql!(tx, FORGET_OLDER, sessions.0, sessions.1 => execute)?;
            tx.save().await?;
        }
        Ok(())
    }

    /// Whether that was done.
    pub(super) fn is_read(&self) -> bool {
        self.read.initialized()
    }

    /// How many wait for the disk.
    pub(super) fn waiting(&self) -> usize {
        self.rows().changed.len()
    }

    /// What a commit takes along, if there is anything.
    pub(super) fn next_batch(&self) -> Option<Batch> {
        self.rows().next_batch()
    }

    /// The commit failed that took this along.
    pub(super) fn not_written(&self, batch: &Batch) {
        self.rows().take_back(batch);
    }

    /// Whether a commit has to be called for: nobody has yet.
    pub(super) fn call_for_commit(&self) -> bool {
        !self.commit_is_coming.swap(true, Ordering::AcqRel)
    }

    /// It is `now`, in milliseconds. What expired is dropped from memory where that is worth the while, and with the next commits what is old
    /// from the disk.
    pub(super) fn tick(&self, now: i64) {
        self.rows().tick(now);
    }
}

#[cfg(test)]
mod tests;
