//! Short-lived rows on SQLite: decided in memory, and on disk with the next commit.
//!
//! A sign-in asks for such rows some thirty times, and a round trip to the driver's thread costs more than all else that a step does. So
//! the table `transient` is held whole, except for browser sessions, which are many and live long. Only on SQLite, where this process
//! alone has the database. Three rules:
//!
//! - What is changed here is so for everybody at once, and every commit, whoever asked for it, takes along all that was changed before: who
//!   is told that something is on disk knows that what led to it is there too. Without any other commit one comes some milliseconds later.
//! - Rows are written whole and as they are at that moment, so that to write one twice, or late, does no harm.
//! - What a failed commit took along counts as changed again.

use super::db::{Db, sql, statements};
use super::error::StoreError;
use super::journal::{self, Draft, Entry, Journal, Written};
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
/// So many rows of the oldest entries, or a few more, go with one commit.
const GO_AT_ONCE: usize = 1024;

/// One row, but for its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// What is kept, where something is.
    pub(crate) value: Option<Arc<[u8]>>,
    /// How often it was used or counted.
    pub(crate) uses: i64,
    /// Until when it counts, in milliseconds.
    pub(crate) expires_at: i64,
}

impl Row {
    /// What is written where a row was forgotten.
    const GONE: Self = Self { value: None, uses: 0, expires_at: 0 };
}

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

    /// All that changed, as the next entry of the journal. Whoever takes it writes it, or says [`ShortLived::not_written`].
    fn next_entry(&mut self) -> Option<Entry> {
        let trim = self.let_oldest_go();
        let mut written = Written { place: self.journal.next_place(), keys: Vec::with_capacity(self.changed.len()) };
        let mut draft = Draft::new();
        for key in self.changed.drain(..) {
            let Some(held) = self.all.get_mut(&key).filter(|held| held.changed) else { continue };
            (held.changed, held.written) = (false, Some(written.place));
            draft.add(&key, &held.row);
            written.keys.push(key);
        }
        if written.keys.is_empty() && trim.is_none() {
            return None;
        }
        let entry = draft.into_entry(written.place, trim);
        self.journal.push(written);
        Some(entry)
    }

    /// Where much of the journal is overtaken, its oldest entries go, up to the place that is answered; what of them still counts is to be
    /// written anew. Enough at once that the journal shrinks, and so little that no commit is long.
    fn let_oldest_go(&mut self) -> Option<i64> {
        let (live, mut left) = (2 * self.all.len(), GO_AT_ONCE.max(2 * self.changed.len()));
        if self.changed.is_empty() || self.journal.lines <= live + OVERTAKEN {
            return None;
        }
        let mut last = None;
        while left > 0 && self.journal.lines > live + OVERTAKEN / 2 {
            let Some(oldest) = self.journal.pop_oldest() else { break };
            left = left.saturating_sub(oldest.keys.len());
            last = Some(oldest.place);
            for key in oldest.keys {
                let is_last_word = |held: &&Held| held.written == Some(oldest.place) && held.row != Row::GONE;
                if self.all.get(&key).filter(is_last_word).is_some() {
                    self.mark(&key);
                }
            }
        }
        last
    }

    fn take_in(&mut self, entries: Vec<journal::Read>, older: Vec<(Vec<u8>, Option<Vec<u8>>, i64, i64)>) {
        for journal::Read { place, rows } in entries {
            let mut keys = Vec::with_capacity(rows.len());
            for (key, row) in rows {
                self.all.insert(key.clone(), Held { row, changed: false, written: Some(place) });
                keys.push(key);
            }
            self.journal.push(Written { place, keys });
        }
        for (key, value, uses, expires_at) in older {
            self.set(&key, Row { value: value.map(Arc::from), uses, expires_at });
        }
    }

    fn sweep(&mut self, now: i64) {
        if self.all.len() > self.sweep_at {
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
    pub(super) async fn read_once(&self, db: &Db, sessions: (&[u8], &[u8])) -> Result<(), StoreError> {
        self.read.get_or_try_init(|| self.read_all(db, sessions)).await.copied()
    }

    async fn read_all(&self, db: &Db, sessions: (&[u8], &[u8])) -> Result<(), StoreError> {
        let entries = journal::read(db).await?;
        let older = sql!(db, OLDER, sessions.0, sessions.1 => fetch_all (Vec<u8>, Option<Vec<u8>>, i64, i64))?;
        let moves = !older.is_empty();
        self.rows().take_in(entries, older);
        if moves {
            let mut tx = db.write().await?;
            sql!(tx, FORGET_OLDER, sessions.0, sessions.1 => execute)?;
            tx.save().await?;
        }
        Ok(())
    }

    /// How many wait for the disk.
    pub(super) fn waiting(&self) -> usize {
        self.rows().changed.len()
    }

    /// What a commit takes along, if anything waits for the disk.
    pub(super) fn next_entry(&self) -> Option<Entry> {
        self.rows().next_entry()
    }

    /// The commit failed that took this along.
    pub(super) fn not_written(&self, entry: &Entry) {
        let mut rows = self.rows();
        for key in rows.journal.take_back(entry) {
            rows.mark(&key);
        }
    }

    /// Whether a commit has to be called for: nobody has yet.
    pub(super) fn call_for_commit(&self) -> bool {
        !self.commit_is_coming.swap(true, Ordering::AcqRel)
    }

    /// Drops what expired by `now`, if that is worth the while.
    pub(super) fn sweep(&self, now: i64) {
        self.rows().sweep(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use crate::store::db::Statement;
    use std::collections::BTreeMap;

    static TOUCH: Statement = Statement { name: "TOUCH", sql: "UPDATE transient SET uses = uses WHERE key = $1" };
    static PUT_OLD: Statement =
        Statement { name: "PUT_OLD", sql: "INSERT INTO transient (key, value, uses, expires_at) VALUES ($1, $2, $3, $4)" };
    static KEYS: Statement = Statement { name: "KEYS", sql: "SELECT key FROM transient" };
    static BROKEN: Statement =
        Statement { name: "BROKEN", sql: "INSERT INTO transient_journal (place, entry) VALUES ($1, $2)" };
    const SESSIONS: (&[u8], &[u8]) = (b"session:", b"session;");

    fn row(uses: i64) -> Row {
        Row { value: Some(vec![7; 3].into()), uses, expires_at: 100 }
    }

    fn name(n: i64) -> Vec<u8> {
        format!("thing:{n}").into_bytes()
    }

    async fn store() -> (Store, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite:{}", folder.path().join("t.sqlite").display())).await.unwrap();
        store.migrate().await.unwrap();
        (store, folder)
    }

    fn sqlite(store: &Store) -> Arc<crate::store::sqlite::SqliteDb> {
        let Db::Sqlite(db) = &store.db else { panic!("it is SQLite") };
        db.clone()
    }

    fn taken(short_lived: &ShortLived) -> Vec<(Arc<[u8]>, Row)> {
        short_lived.next_entry().map(|entry| entry.rows()).unwrap_or_default()
    }

    /// What is on disk and counts, as another process sees it.
    async fn on_disk(store: &Store) -> BTreeMap<Vec<u8>, i64> {
        let mut rows = Rows::default();
        rows.take_in(journal::read(&store.db).await.unwrap(), Vec::new());
        let counts = |(key, held): (&Arc<[u8]>, &Held)| (held.row != Row::GONE).then(|| (key.to_vec(), held.row.uses));
        rows.all.iter().filter_map(counts).collect()
    }

    #[test]
    fn a_row_counts_until_it_expires_and_a_sweep_drops_it_only_once_it_is_on_disk() {
        let short_lived = ShortLived::default();
        short_lived.decide(|rows| rows.set(b"a", row(0)));
        let (live, _) = short_lived.decide(|rows| (rows.live(b"a", 99).cloned(), rows.live(b"a", 100).cloned()));
        assert_eq!(live, (Some(row(0)), None));
        short_lived.sweep(100);
        assert_eq!(taken(&short_lived), [(b"a"[..].into(), row(0))]);
        assert_eq!(taken(&short_lived), []);
        short_lived.rows().sweep_at = 0;
        short_lived.sweep(100);
        assert!(short_lived.rows().all.is_empty());
    }

    #[test]
    fn a_row_that_changed_twice_is_written_once_and_again_after_a_commit_that_failed() {
        let short_lived = ShortLived::default();
        short_lived.decide(|rows| rows.set(b"a", row(1)));
        short_lived.decide(|rows| rows.set(b"b", row(1)));
        short_lived.decide(|rows| rows.set(b"a", row(2)));
        let entry = short_lived.next_entry().unwrap();
        assert_eq!(entry.rows(), [(b"a"[..].into(), row(2)), (b"b"[..].into(), row(1))]);
        short_lived.decide(|rows| rows.set(b"b", row(5)));
        short_lived.not_written(&entry);
        assert_eq!(taken(&short_lived), [(b"b"[..].into(), row(5)), (b"a"[..].into(), row(2))]);
        assert_eq!(short_lived.waiting(), 0);
    }

    #[test]
    fn what_is_forgotten_before_it_was_written_never_is_and_what_was_written_is_written_as_expired() {
        let short_lived = ShortLived::default();
        short_lived.decide(|rows| rows.set(b"a", row(1)));
        short_lived.decide(|rows| rows.remove(b"a"));
        assert_eq!(taken(&short_lived), []);
        short_lived.decide(|rows| rows.set(b"a", row(1)));
        short_lived.decide(|rows| rows.remove(b"a"));
        short_lived.decide(|rows| rows.set(b"a", row(3)));
        assert_eq!(taken(&short_lived), [(b"a"[..].into(), row(3))]);
        short_lived.decide(|rows| rows.remove(b"a"));
        assert_eq!(taken(&short_lived), [(b"a"[..].into(), Row::GONE)]);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn any_number_of_rows_is_on_disk_after_one_save_and_each_as_it_was_last() {
        let (store, _folder) = store().await;
        let db = sqlite(&store);
        for many in [1, 2, 17, 200, 5000] {
            let before = on_disk(&store).await.len();
            for n in 0..many {
                db.decide(|rows| rows.set(&name(many * 10_000 + n), row(0)));
                db.decide(|rows| rows.set(&name(many * 10_000 + n), row(n + 1)));
            }
            db.save_decided().await.unwrap();
            let found = on_disk(&store).await;
            assert_eq!(found.len(), before + usize::try_from(many).unwrap());
            for n in 0..many {
                assert_eq!(found.get(&name(many * 10_000 + n)), Some(&(n + 1)), "{many}: {n}");
            }
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn whoever_saves_anything_takes_along_what_was_decided_before() {
        let (store, _folder) = store().await;
        let db = sqlite(&store);
        for n in 0..120 {
            for of in 0..=n {
                db.decide(|rows| rows.set(&name(of), row(n)));
            }
            let mut tx = store.write().await.unwrap();
            if n % 2 == 0 {
                sql!(tx, TOUCH, &name(0) => execute).unwrap();
            } else {
                sql!(tx, TOUCH, &name(0) => later).unwrap();
            }
            tx.save().await.unwrap();
            let found = on_disk(&store).await;
            assert_eq!(found.len(), usize::try_from(n + 1).unwrap());
            assert!(found.values().all(|uses| *uses == n), "{n}: {found:?}");
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_journal_stays_short_and_loses_nothing_that_counts() {
        let (store, _folder) = store().await;
        let db = sqlite(&store);
        let mut expected = BTreeMap::new();
        let mut longest = 0;
        for round in 0..400 {
            // One row that is never changed again, a hundred that are overtaken each time, and one that is forgotten.
            let mut put = |key: Vec<u8>| {
                db.decide(|rows| rows.set(&key, row(round)));
                expected.insert(key, round);
            };
            put(name(1_000_000 + round));
            (0..100).for_each(|n| put(name(n)));
            db.decide(|rows| rows.set(b"forgotten", row(round)));
            db.save_decided().await.unwrap();
            db.decide(|rows| rows.remove(b"forgotten"));
            longest = longest.max(db.short_lived.rows().journal.lines);
        }
        db.save_decided().await.unwrap();
        assert_eq!(on_disk(&store).await, expected);
        assert!(longest < 2 * 502 + OVERTAKEN + 102, "{longest}");
        let lines: usize = journal::read(&store.db).await.unwrap().iter().map(|entry| entry.rows.len()).sum();
        assert_eq!(lines, db.short_lived.rows().journal.lines);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_busy_day_is_let_go_in_steps() {
        let (store, _folder) = store().await;
        let db = sqlite(&store);
        for of in 0..20 {
            (0..1000).for_each(|n| db.decide(|rows| rows.set(&name(of * 1000 + n), row(0))));
            db.save_decided().await.unwrap();
        }
        db.short_lived.sweep(100);
        let mut before = db.short_lived.rows().journal.lines;
        assert_eq!(before, 20_000);
        while before > OVERTAKEN + 2 {
            db.decide(|rows| rows.set(b"now", Row { expires_at: 1000, ..row(1) }));
            db.save_decided().await.unwrap();
            let lines = db.short_lived.rows().journal.lines;
            assert!(lines < before && before - lines <= GO_AT_ONCE + 1000, "{before} to {lines}");
            before = lines;
        }
        assert_eq!(on_disk(&store).await.get(&b"now"[..]), Some(&1));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_an_earlier_version_left_in_the_table_of_sessions_moves_into_the_journal_and_sessions_stay() {
        let (store, _folder) = store().await;
        let value = Some(&b"value"[..]);
        for (key, uses) in [(&b"code:1"[..], 1_i64), (b"session:1", 0), (b"sms:1", 3)] {
            let mut tx = store.write().await.unwrap();
            sql!(tx, PUT_OLD, key, value, uses, 100_i64 => execute).unwrap();
            tx.save().await.unwrap();
        }
        let db = sqlite(&store);
        db.read_short_lived(SESSIONS).await.unwrap();
        let moved = BTreeMap::from([(b"code:1".to_vec(), 1), (b"sms:1".to_vec(), 3)]);
        assert_eq!(on_disk(&store).await, moved);
        assert_eq!(db.decide(|rows| rows.live(b"sms:1", 99).map(|row| row.uses)), Some(3));
        assert_eq!(sql!(store.db, KEYS => fetch_all (Vec<u8>,)).unwrap(), [(b"session:1".to_vec(),)]);
    }

    #[tokio::test]
    async fn an_entry_that_cannot_be_read_is_told_with_its_place() {
        let (store, _folder) = store().await;
        let mut tx = store.write().await.unwrap();
        sql!(tx, BROKEN, 7_i64, &b"\xff"[..] => execute).unwrap();
        tx.save().await.unwrap();
        let refused = sqlite(&store).read_short_lived(SESSIONS).await.unwrap_err();
        assert_eq!(refused.to_string(), "table transient_journal, column entry, row 7: the stored value cannot be read");
    }
}
