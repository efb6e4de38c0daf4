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

use super::db::{Db, Statement, sql, statements};
use super::error::StoreError;
use super::writer_tx::Pending;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::OnceCell;

statements! {
    SHORT_LIVED = "SELECT key, value, uses, expires_at FROM transient WHERE key < $1 OR key >= $2";
    KEEP_ONE = "INSERT INTO transient (key, value, uses, expires_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (key) DO UPDATE SET value = excluded.value, uses = excluded.uses, expires_at = excluded.expires_at";
    KEEP_FOUR = "INSERT INTO transient (key, value, uses, expires_at) \
        VALUES ($1, $2, $3, $4), ($5, $6, $7, $8), ($9, $10, $11, $12), ($13, $14, $15, $16) \
        ON CONFLICT (key) DO UPDATE SET value = excluded.value, uses = excluded.uses, expires_at = excluded.expires_at";
    KEEP_SIXTEEN = "INSERT INTO transient (key, value, uses, expires_at) \
        VALUES ($1, $2, $3, $4), ($5, $6, $7, $8), ($9, $10, $11, $12), ($13, $14, $15, $16), \
        ($17, $18, $19, $20), ($21, $22, $23, $24), ($25, $26, $27, $28), ($29, $30, $31, $32), \
        ($33, $34, $35, $36), ($37, $38, $39, $40), ($41, $42, $43, $44), ($45, $46, $47, $48), \
        ($49, $50, $51, $52), ($53, $54, $55, $56), ($57, $58, $59, $60), ($61, $62, $63, $64) \
        ON CONFLICT (key) DO UPDATE SET value = excluded.value, uses = excluded.uses, expires_at = excluded.expires_at";
}

/// So many rows are sent together with a commit. The rest precedes it.
pub(super) const MOST_WITH_COMMIT: usize = 48;
/// Rows that have expired are dropped when there are so many more.
const SWEPT_AFTER: usize = 1024;

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

/// A row on its way to the disk.
pub(super) type Changed = (Arc<[u8]>, Row);

struct Held {
    row: Row,
    /// It differs from what is on disk, and its key is on the list of those.
    changed: bool,
    /// There is a row on disk, or one is on its way there.
    written: bool,
}

/// The rows, while somebody decides.
#[derive(Default)]
pub(crate) struct Rows {
    all: HashMap<Arc<[u8]>, Held>,
    /// Keys of those that changed, the first change first.
    changed: Vec<Arc<[u8]>>,
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
            self.all.insert(key.clone(), Held { row, changed: true, written: false });
            self.changed.push(key);
        }
    }

    /// Forgets the row of a key. One on disk is written as expired, and swept up there.
    pub(crate) fn remove(&mut self, key: &[u8]) {
        match self.all.get_mut(key) {
            Some(held) if held.written => {
                held.row = Row { value: None, uses: 0, expires_at: 0 };
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

    /// Takes in what was on disk at the start, once, but for the keys from the first of `except` up to the second.
    pub(super) async fn read_once(&self, db: &Db, except: (&[u8], &[u8])) -> Result<(), StoreError> {
        let read = async {
            let written = sql!(db, SHORT_LIVED, except.0, except.1 => fetch_all (Vec<u8>, Option<Vec<u8>>, i64, i64))?;
            let mut rows = self.rows();
            for (key, value, uses, expires_at) in written {
                let row = Row { value: value.map(Arc::from), uses, expires_at };
                rows.all.insert(key.into(), Held { row, changed: false, written: true });
            }
            Ok(())
        };
        self.read.get_or_try_init(|| read).await.copied()
    }

    /// How many wait for the disk.
    pub(super) fn waiting(&self) -> usize {
        self.rows().changed.len()
    }

    /// Takes up to `most` of those that wait for the disk, the first changed first. Whoever takes them writes them, or says
    /// [`Self::not_written`].
    pub(super) fn take_changed(&self, most: usize) -> Vec<Changed> {
        let mut rows = self.rows();
        let rows = &mut *rows;
        let many = rows.changed.len().min(most);
        let mut taken = Vec::with_capacity(many);
        for key in rows.changed.drain(..many) {
            if let Some(held) = rows.all.get_mut(&key).filter(|held| held.changed) {
                (held.changed, held.written) = (false, true);
                taken.push((key, held.row.clone()));
            }
        }
        taken
    }

    /// The commit failed that took these along.
    pub(super) fn not_written(&self, taken: &[Changed]) {
        let mut rows = self.rows();
        for (key, _) in taken {
            rows.mark(key);
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

/// Adds the statements that write these rows, with their values.
pub(super) fn add_to(pending: &mut Pending, mut rows: &[Changed]) {
    while let Some(last) = rows.last() {
        let (statement, many): (&'static Statement, usize) = match rows.len() {
            10.. => (&KEEP_SIXTEEN, 16),
            3..10 => (&KEEP_FOUR, 4),
            _ => (&KEEP_ONE, 1),
        };
        pending.push(statement);
        // Places that are left are filled with the last row once more.
        for (key, row) in rows.iter().chain(std::iter::repeat(last)).take(many) {
            pending.bind(&key[..]);
            pending.bind(row.value.as_deref());
            pending.bind(row.uses);
            pending.bind(row.expires_at);
        }
        rows = &rows[many.min(rows.len())..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    static TOUCH: Statement = Statement { name: "TOUCH", sql: "UPDATE transient SET uses = uses WHERE key = $1" };

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

    /// What is on disk, as another process sees it.
    async fn on_disk(store: &Store) -> Vec<(Vec<u8>, i64)> {
        let rows = sql!(store.db, SHORT_LIVED, &b""[..], &b""[..] => fetch_all (Vec<u8>, Option<Vec<u8>>, i64, i64)).unwrap();
        let mut rows: Vec<_> = rows.into_iter().map(|(key, _, uses, _)| (key, uses)).collect();
        rows.sort();
        rows
    }

    #[test]
    fn a_row_counts_until_it_expires_and_a_sweep_drops_it_only_once_it_is_on_disk() {
        let short_lived = ShortLived::default();
        short_lived.decide(|rows| rows.set(b"a", row(0)));
        let (live, _) = short_lived.decide(|rows| (rows.live(b"a", 99).cloned(), rows.live(b"a", 100).cloned()));
        assert_eq!(live, (Some(row(0)), None));
        short_lived.sweep(100);
        assert_eq!(short_lived.take_changed(9), [(b"a"[..].into(), row(0))]);
        assert_eq!(short_lived.take_changed(9), []);
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
        let taken = short_lived.take_changed(9);
        assert_eq!(taken, [(b"a"[..].into(), row(2)), (b"b"[..].into(), row(1))]);
        short_lived.decide(|rows| rows.set(b"b", row(5)));
        short_lived.not_written(&taken);
        assert_eq!(short_lived.take_changed(1), [(b"b"[..].into(), row(5))]);
        assert_eq!(short_lived.take_changed(1), [(b"a"[..].into(), row(2))]);
        assert_eq!(short_lived.waiting(), 0);
    }

    #[test]
    fn what_is_forgotten_before_it_was_written_never_is_and_what_was_written_is_written_as_expired() {
        let short_lived = ShortLived::default();
        short_lived.decide(|rows| rows.set(b"a", row(1)));
        short_lived.decide(|rows| rows.remove(b"a"));
        assert_eq!(short_lived.take_changed(9), []);
        short_lived.decide(|rows| rows.set(b"a", row(1)));
        short_lived.decide(|rows| rows.remove(b"a"));
        short_lived.decide(|rows| rows.set(b"a", row(3)));
        assert_eq!(short_lived.take_changed(9), [(b"a"[..].into(), row(3))]);
        short_lived.decide(|rows| rows.remove(b"a"));
        let gone = Row { value: None, uses: 0, expires_at: 0 };
        assert_eq!(short_lived.take_changed(9), [(b"a"[..].into(), gone)]);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn any_number_of_rows_is_on_disk_after_one_save_and_each_as_it_was_last() {
        let (store, _folder) = store().await;
        let db = sqlite(&store);
        for many in [1, 2, 3, 5, 9, 10, 17, 48, 49, 200] {
            let before = on_disk(&store).await.len();
            for n in 0..many {
                db.decide(|rows| rows.set(&name(many * 1000 + n), row(0)));
                db.decide(|rows| rows.set(&name(many * 1000 + n), row(n + 1)));
            }
            db.save_decided().await.unwrap();
            let found = on_disk(&store).await;
            assert_eq!(found.len(), before + usize::try_from(many).unwrap());
            for n in 0..many {
                assert!(found.contains(&(name(many * 1000 + n), n + 1)), "{many}: {n}");
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
            assert!(found.iter().all(|(_, uses)| *uses == n), "{n}: {found:?}");
        }
    }
}
