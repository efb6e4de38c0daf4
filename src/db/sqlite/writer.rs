//! The writer's batch: which transactions are in it, when it is committed, and how it is repaired when one fails.

use crate::db::error::StoreError;
use crate::db::sqlite::journal::Batch;
use crate::db::sqlite::memory_rows::MemoryRows;
use crate::db::sqlite::pending::Pending;
use crate::db::sqlite::texts::{Closing, Opening, Texts};
use sqlx::sqlite::SqliteConnection;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::oneshot;

/// A batch is committed when it has this many transactions, however many wait.
pub(crate) const MAX_BATCH: u32 = 64;

/// The one connection that writes, and the batch that is open on it.
pub(crate) struct Writer {
    pub(crate) connection: SqliteConnection,
    /// `BEGIN IMMEDIATE` was sent.
    pub(crate) open: bool,
    /// Transactions that were saved into this batch.
    pub(crate) members: u32,
    /// Batches committed since the start.
    pub(crate) commits: Arc<AtomicU64>,
    /// The saved transactions that await the commit.
    pub(crate) awaiting: Vec<oneshot::Sender<Result<(), StoreError>>>,
    /// The savepoint that exists in the batch.
    pub(crate) savepoint: Option<Savepoint>,
    /// The repair that has to happen before anything else.
    pub(crate) repair: Option<Repair>,
    /// A task that commits after some milliseconds is running.
    pub(crate) timer: bool,
    pub(crate) texts: Texts,
    /// The short-lived rows that every commit also writes.
    memory_rows: Arc<MemoryRows>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Savepoint {
    A,
    B,
}

impl Savepoint {
    const fn rollback(self) -> &'static str {
        match self {
            Self::A => "ROLLBACK TO a",
            Self::B => "ROLLBACK TO b",
        }
    }
}

pub(crate) enum Repair {
    /// Undo the batch, which has no saved transaction.
    Undo,
    /// Undo to this savepoint, which exists.
    UndoTo(Savepoint),
    /// Undo to this savepoint if it was reached, then commit what others saved, so that the next batch starts in a known state.
    UndoToAndCommit(Option<Savepoint>),
    /// The database failed: undo the batch and report the error to every transaction in it.
    Fail(StoreError),
}

impl Writer {
    pub(crate) fn new(connection: SqliteConnection, memory_rows: Arc<MemoryRows>) -> Self {
        Self {
            connection,
            open: false,
            members: 0,
            commits: Arc::default(),
            awaiting: Vec::new(),
            savepoint: None,
            repair: None,
            timer: false,
            texts: Texts::default(),
            memory_rows,
        }
    }

    pub(crate) fn commit_is_due(&self, waiting: usize) -> bool {
        self.open && (self.members >= MAX_BATCH || (waiting == 0 && !self.awaiting.is_empty()))
    }

    async fn run(&mut self, text: &'static str) -> Result<(), sqlx::Error> {
        #[expect(clippy::disallowed_methods, reason = "transaction control is this file's work and has no portable text")]
        sqlx::query(text).execute(&mut self.connection).await.map(|_| ())
    }

    /// Commits the batch, if one is open, and the changed short-lived rows. Must not run in a future that a caller may drop.
    pub(crate) async fn commit(&mut self) -> Result<(), StoreError> {
        let mut batch = self.memory_rows.next_batch();
        if !self.open && batch.is_none() {
            return Ok(());
        }
        let outcome = self.send_commit(batch.as_mut()).await.map_err(StoreError::from);
        self.commits.fetch_add(1, Ordering::Relaxed);
        if let Err(error) = &outcome {
            tracing::error!(%error, members = self.members, "a commit failed; its transactions are undone");
            self.run("ROLLBACK").await.ok();
            if let Some(batch) = &batch {
                self.memory_rows.not_written(batch);
            }
        }
        self.close(&outcome);
        outcome
    }

    async fn send_commit(&mut self, batch: Option<&mut Batch>) -> Result<(), sqlx::Error> {
        let Some(batch) = batch else { return self.run("COMMIT").await };
        let mut pending = Pending::default();
        batch.add_to(&mut pending);
        let opening = if self.open { Opening::None } else { Opening::Begin };
        self.open = true;
        let (text, values) = pending.into_query(&mut self.texts, opening, Closing::Commit);
        #[expect(clippy::disallowed_methods, reason = "the text was composed of declared statements")]
        sqlx::query_with(text, values).execute(&mut self.connection).await.map(|_| ())
    }

    pub(crate) fn close(&mut self, outcome: &Result<(), StoreError>) {
        self.open = false;
        self.members = 0;
        self.savepoint = None;
        for waiter in self.awaiting.drain(..) {
            // A receiver that was dropped belongs to a cancelled caller.
            waiter.send(outcome.clone()).ok();
        }
    }

    async fn fail(&mut self, error: StoreError) {
        self.run("ROLLBACK").await.ok();
        self.close(&Err(error));
    }

    /// Does the repair that a failed transaction left. Must not run in a future that a caller may drop.
    pub(crate) async fn settle(&mut self) {
        let (savepoint, commit) = match self.repair.take() {
            None => return,
            Some(Repair::Undo) => return self.fail(StoreError::Aborted).await,
            Some(Repair::Fail(error)) => return self.fail(error).await,
            Some(Repair::UndoTo(savepoint)) => (Some(savepoint), false),
            Some(Repair::UndoToAndCommit(savepoint)) => (savepoint, true),
        };
        if let Some(savepoint) = savepoint
            && let Err(error) = self.run(savepoint.rollback()).await
            && !(commit && error.to_string().contains("no such savepoint"))
        {
            return self.fail(StoreError::from(error)).await;
        }
        if commit {
            // The transactions that await the commit receive its outcome.
            self.commit().await.ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::sqlite::journal;
    use crate::db::sqlite::journal::JOURNAL;
    use crate::db::sqlite::memory_rows::Row;
    use crate::db::{Db, StoreOptions, sql, statements};

    statements! {
        ADD = "INSERT INTO things (thing, parent) VALUES ($1, $2)";
        COUNT = "SELECT COUNT(*) FROM things";
    }

    /// A store with a table whose foreign key is checked at the commit, and whose file can be kept from growing.
    async fn store() -> (Db, tempfile::TempDir) {
        assert!(STATEMENTS.iter().all(|statement| statement.sql.contains("things")));
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("things.sqlite").display());
        let store = Db::open(&url, StoreOptions { sqlite_readers: 1, ..StoreOptions::default() }).await.unwrap();
        run(
            &store,
            "CREATE TABLE parents (id BIGINT PRIMARY KEY); CREATE TABLE things (thing TEXT NOT NULL, \
             parent BIGINT REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)",
        )
        .await;
        (store, folder)
    }

    async fn run(store: &Db, text: &'static str) {
        let Db::Sqlite(db) = store else { panic!("it is SQLite") };
        db.alone().await.unwrap().run(text).await.unwrap();
    }

    async fn add(store: &Db, thing: &str, parent: Option<i64>) -> Result<(), StoreError> {
        let mut tx = store.write().await?;
        sql!(tx, ADD, thing, parent => execute)?;
        tx.save().await
    }

    /// The same, but the statements are sent with the save.
    async fn add_later(store: &Db, thing: &str, parent: Option<i64>) -> Result<(), StoreError> {
        let mut tx = store.write().await?;
        sql!(tx, ADD, thing, parent => later)?;
        sql!(tx, ADD, thing, Option::<i64>::None => later)?;
        tx.save().await
    }

    async fn count(store: &Db) -> i64 {
        sql!(store, COUNT => fetch_one (i64,)).unwrap().0
    }

    /// Runs twenty attempts at once, some of which fail (`attempt` decides by the number). What was saved is there, what failed
    /// is not.
    async fn some_fail<F, Fut>(store: &Db, attempt: F)
    where
        F: Fn(Db, usize) -> Fut,
        Fut: Future<Output = Result<i64, StoreError>> + Send + 'static,
    {
        let mut expected = count(store).await;
        let tasks: Vec<_> = (0..20).map(|n| tokio::spawn(attempt(store.clone(), n))).collect();
        let mut failed = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(rows) => expected += rows,
                Err(_) => failed += 1,
            }
        }
        assert!(failed > 0, "a row that cannot be saved was saved");
        assert_eq!(count(store).await, expected);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_failed_commit_is_reported_to_every_transaction_in_it_and_the_next_one_works() {
        let (store, _folder) = store().await;
        for _ in 0..10 {
            some_fail(&store, |store, n| async move {
                let parent = (n % 4 == 0).then_some(1);
                if n % 3 == 0 {
                    add_later(&store, "thing", parent).await.map(|()| 2)
                } else {
                    add(&store, "thing", parent).await.map(|()| 1)
                }
            })
            .await;
            let before = count(&store).await;
            add_later(&store, "thing", Some(1)).await.unwrap_err();
            assert_eq!(count(&store).await, before);
            add_later(&store, "thing", None).await.unwrap();
            assert_eq!(count(&store).await, before + 2);
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_full_disk_fails_the_transactions_in_the_batch_and_none_after_it() {
        let (store, _folder) = store().await;
        add(&store, "before", None).await.unwrap();
        for _ in 0..10 {
            run(&store, "PRAGMA max_page_count = 1").await;
            some_fail(&store, |store, n| async move {
                let thing = if n % 5 == 0 { "x".repeat(100_000) } else { "small".to_owned() };
                if n % 3 == 0 {
                    add_later(&store, &thing, None).await.map(|()| 2)
                } else {
                    add(&store, &thing, None).await.map(|()| 1)
                }
            })
            .await;
            run(&store, "PRAGMA max_page_count = 100000").await;
            let before = count(&store).await;
            add(&store, &"x".repeat(100_000), None).await.unwrap();
            assert_eq!(count(&store).await, before + 1);
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn short_lived_rows_of_a_failed_commit_are_on_disk_with_the_next_one() {
        let (store, _folder) = store().await;
        run(&store, "CREATE TABLE transient_journal (place BIGINT PRIMARY KEY, entry BLOB)").await;
        let Db::Sqlite(db) = &store else { panic!("it is SQLite") };
        let entries = async || sql!(store, JOURNAL => fetch_all (i64, Vec<u8>)).unwrap();
        let uses = async || journal::read(entries().await).unwrap().last().map(|entry| entry.rows[0].1.uses);
        for n in 1..10 {
            db.decide(|rows| rows.set(b"row", Row { value: None, uses: n, expires_at: 1 }));
            // The batch fails with its statements, or at its commit.
            if n % 2 == 0 {
                add_later(&store, "thing", Some(1)).await.unwrap_err();
            } else {
                add(&store, "thing", Some(1)).await.unwrap_err();
            }
            db.save_decided().await.unwrap();
            assert_eq!(uses().await, Some(n));
        }
        run(&store, "PRAGMA max_page_count = 1").await;
        db.decide(|rows| rows.set(b"row", Row { value: Some(vec![1; 100_000].into()), uses: 77, expires_at: 1 }));
        db.save_decided().await.unwrap_err();
        assert_eq!(uses().await, Some(9));
        run(&store, "PRAGMA max_page_count = 100000").await;
        add(&store, "thing", None).await.unwrap();
        assert_eq!(uses().await, Some(77));
    }
}
