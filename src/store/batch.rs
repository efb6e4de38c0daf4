//! The writer's batch: which transactions are in it, how each begins, and what is done when one goes wrong.
//!
//! What a transaction begins with (`BEGIN IMMEDIATE`, or a savepoint when others are in the batch already) travels in the text of its first
//! statement: each round trip to the driver's thread costs more than the statement itself. A future cancelled within that statement leaves it
//! unknown how much of the text ran. Two savepoint names in turn make the answer unambiguous: `ROLLBACK TO` one's own name either undoes
//! exactly one's own work, or says that none was done.

use super::db::Statement;
use super::error::{StoreError, may_have_lost_transaction};
use super::sqlite::SqliteDb;
use sqlx::sqlite::SqliteConnection;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{OwnedMutexGuard, oneshot};

/// A batch is committed when it holds this many transactions, however many wait.
const MAX_BATCH: u32 = 64;

/// The one connection that writes, and the batch that is open on it.
pub(super) struct Writer {
    pub(super) connection: SqliteConnection,
    /// `BEGIN IMMEDIATE` was sent.
    pub(super) open: bool,
    /// Transactions that left this batch saved.
    members: u32,
    /// Batches committed since the start.
    pub(super) commits: Arc<AtomicU64>,
    /// Those among them that await the commit.
    pub(super) awaiting: Vec<oneshot::Sender<Result<(), StoreError>>>,
    /// The savepoint that exists in the batch.
    savepoint: Option<Savepoint>,
    /// What must be done before anything else.
    pub(super) repair: Option<Repair>,
    /// A commit after some milliseconds is on its way.
    pub(super) timer: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Savepoint {
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

pub(super) enum Repair {
    /// Undo the batch, in which nobody has saved anything.
    Undo,
    /// Undo back to this savepoint, which exists.
    UndoTo(Savepoint),
    /// Undo back to this savepoint if it was reached, then commit what others saved, so that the next batch starts from known ground.
    UndoToAndCommit(Option<Savepoint>),
    /// The database gave up: undo the batch and tell everyone in it.
    Fail(StoreError),
}

impl Writer {
    pub(super) fn new(connection: SqliteConnection) -> Self {
        Self {
            connection,
            open: false,
            members: 0,
            commits: Arc::default(),
            awaiting: Vec::new(),
            savepoint: None,
            repair: None,
            timer: false,
        }
    }

    pub(super) fn commit_is_due(&self, waiting: usize) -> bool {
        self.open && (self.members >= MAX_BATCH || (waiting == 0 && !self.awaiting.is_empty()))
    }

    async fn run(&mut self, text: &'static str) -> Result<(), sqlx::Error> {
        #[expect(clippy::disallowed_methods, reason = "transaction control is this file's work and has no portable text")]
        sqlx::query(text).execute(&mut self.connection).await.map(|_| ())
    }

    /// Must not run in a future that a caller may drop.
    pub(super) async fn commit(&mut self) {
        self.commits.fetch_add(1, Ordering::Relaxed);
        let outcome = self.run("COMMIT").await.map_err(StoreError::from);
        if let Err(error) = &outcome {
            tracing::error!(%error, members = self.members, "a commit failed; its transactions are undone");
            self.run("ROLLBACK").await.ok();
        }
        self.close(&outcome);
    }

    fn close(&mut self, outcome: &Result<(), StoreError>) {
        self.open = false;
        self.members = 0;
        self.savepoint = None;
        for waiter in self.awaiting.drain(..) {
            // Who no longer listens was cancelled.
            waiter.send(outcome.clone()).ok();
        }
    }

    async fn fail(&mut self, error: StoreError) {
        self.run("ROLLBACK").await.ok();
        self.close(&Err(error));
    }

    /// Does what a transaction that went wrong left to do. Must not run in a future that a caller may drop.
    pub(super) async fn settle(&mut self) {
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
            self.commit().await;
        }
    }
}

/// What a transaction is going to do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Any number of statements, undone together.
    Many,
    /// One statement, atomic by itself: it needs no savepoint.
    One,
    /// One read that must see what the open batch has written.
    Peek,
}

#[derive(Clone, PartialEq, Eq)]
enum TxState {
    Untouched,
    Clean,
    /// Within a statement; found in this state on drop, the future was cancelled.
    Running,
    Failed,
}

/// One transaction's hold on the writer.
pub(super) struct WriterTx {
    db: Arc<SqliteDb>,
    writer: Option<OwnedMutexGuard<Writer>>,
    shape: Shape,
    own: Option<Savepoint>,
    state: TxState,
}

impl WriterTx {
    pub(super) fn new(db: Arc<SqliteDb>, writer: OwnedMutexGuard<Writer>, shape: Shape) -> Self {
        Self { db, writer: Some(writer), shape, own: None, state: TxState::Untouched }
    }

    /// The connection, and the text in which `statement` is to be sent.
    pub(super) fn start(&mut self, statement: &'static Statement) -> Result<&'static str, StoreError> {
        let Some(writer) = &mut self.writer else { return Err(StoreError::Aborted) };
        let text = match (&self.state, self.shape) {
            (TxState::Running | TxState::Failed, _) => return Err(StoreError::Aborted),
            (TxState::Clean, _) | (_, Shape::Peek) => statement.plain,
            (TxState::Untouched, _) if !writer.open => {
                writer.open = true;
                statement.begin
            }
            (TxState::Untouched, Shape::One) => statement.plain,
            (TxState::Untouched, Shape::Many) => {
                let (text, own) = match writer.savepoint {
                    None => (statement.savepoint_a, Savepoint::A),
                    Some(Savepoint::A) => (statement.a_to_b, Savepoint::B),
                    Some(Savepoint::B) => (statement.b_to_a, Savepoint::A),
                };
                writer.savepoint = Some(own);
                self.own = Some(own);
                text
            }
        };
        self.state = TxState::Running;
        Ok(text)
    }

    pub(super) fn connection(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        self.writer.as_mut().map(|writer| &mut writer.connection).ok_or(StoreError::Aborted)
    }

    /// Notes how the statement went.
    pub(super) fn finish(&mut self, error: Option<&sqlx::Error>) {
        self.state = if error.is_none() { TxState::Clean } else { TxState::Failed };
        if let (Some(error), Some(writer)) = (error, &mut self.writer)
            && self.shape != Shape::Peek
            && may_have_lost_transaction(error)
        {
            writer.repair = Some(Repair::Fail(StoreError::Unavailable(Arc::new(std::io::Error::other(error.to_string())))));
        }
    }

    /// Joins the batch and waits until it is on disk.
    pub(super) async fn save(mut self) -> Result<(), StoreError> {
        let (sender, receiver) = oneshot::channel();
        if self.join(Some(sender))? { receiver.await.unwrap_or(Err(StoreError::Aborted)) } else { Ok(()) }
    }

    /// Joins the batch, which is on disk within some milliseconds or with the next save.
    pub(super) fn save_relaxed(mut self) -> Result<(), StoreError> {
        self.join(None).map(|_| ())
    }

    /// Whether there was anything to save.
    fn join(&mut self, waiter: Option<oneshot::Sender<Result<(), StoreError>>>) -> Result<bool, StoreError> {
        match self.state {
            TxState::Untouched => return Ok(false),
            TxState::Running | TxState::Failed => return Err(StoreError::Aborted),
            TxState::Clean => {}
        }
        let Some(mut writer) = self.writer.take() else { return Err(StoreError::Aborted) };
        writer.members += 1;
        writer.awaiting.extend(waiter);
        self.db.leave(writer);
        Ok(true)
    }
}

impl Drop for WriterTx {
    fn drop(&mut self) {
        let Some(mut writer) = self.writer.take() else { return };
        let unsaved = self.state != TxState::Untouched && self.shape != Shape::Peek;
        if unsaved && writer.repair.is_none() {
            writer.repair = match (writer.members, &self.state, self.own) {
                (0, ..) => Some(Repair::Undo),
                (_, TxState::Running, own) => Some(Repair::UndoToAndCommit(own)),
                (_, _, Some(own)) => Some(Repair::UndoTo(own)),
                // A single statement is atomic by itself and belongs to the batch.
                (_, _, None) => None,
            };
        }
        self.db.leave(writer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::db::{Db, sql, statements};
    use crate::store::{Store, StoreOptions};

    statements! {
        ADD = "INSERT INTO things (thing, parent) VALUES ($1, $2)";
        COUNT = "SELECT COUNT(*) FROM things";
    }

    /// A store with a table whose reference is checked at the commit, and whose file can be forbidden to grow.
    async fn store() -> (Store, tempfile::TempDir) {
        assert!(STATEMENTS.iter().all(|statement| statement.begin.ends_with(statement.plain)));
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("things.sqlite").display());
        let store = Store::open_with(&url, StoreOptions { sqlite_readers: 1, ..StoreOptions::default() }).await.unwrap();
        run(
            &store,
            "CREATE TABLE parents (id BIGINT PRIMARY KEY); CREATE TABLE things (thing TEXT NOT NULL, \
             parent BIGINT REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)",
        )
        .await;
        (store, folder)
    }

    async fn run(store: &Store, text: &'static str) {
        let Db::Sqlite(db) = &store.db else { panic!("it is SQLite") };
        db.alone().await.unwrap().run(text).await.unwrap();
    }

    async fn add(store: &Store, thing: &str, parent: Option<i64>) -> Result<(), StoreError> {
        let mut tx = store.write().await?;
        sql!(tx, ADD, thing, parent => execute)?;
        tx.save().await
    }

    async fn count(store: &Store) -> i64 {
        sql!(store.db, COUNT => fetch_one (i64,)).unwrap().0
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_commit_that_fails_is_told_to_everyone_in_it_and_the_next_one_works() {
        let (store, _folder) = store().await;
        let tasks: Vec<_> = (0..20)
            .map(|n| {
                let store = store.clone();
                tokio::spawn(async move { add(&store, "thing", (n % 4 == 0).then_some(1)).await })
            })
            .collect();
        let mut saved = 0;
        for task in tasks {
            saved += i64::from(task.await.unwrap().is_ok());
        }
        assert!(saved < 20, "a broken reference was saved");
        assert_eq!(count(&store).await, saved);
        add(&store, "thing", None).await.unwrap();
        assert_eq!(count(&store).await, saved + 1);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_full_disk_fails_who_was_in_the_batch_and_nobody_after_it() {
        let (store, _folder) = store().await;
        add(&store, "before", None).await.unwrap();
        run(&store, "PRAGMA max_page_count = 5").await;
        let large = "x".repeat(100_000);
        let tasks: Vec<_> = (0..20)
            .map(|n| {
                let (store, large) = (store.clone(), large.clone());
                tokio::spawn(async move { add(&store, if n % 5 == 0 { &large } else { "small" }, None).await })
            })
            .collect();
        let mut saved = 1;
        for task in tasks {
            saved += i64::from(task.await.unwrap().is_ok());
        }
        assert!(saved <= 17, "what does not fit was saved");
        assert_eq!(count(&store).await, saved);
        run(&store, "PRAGMA max_page_count = 100000").await;
        add(&store, &large, None).await.unwrap();
        assert_eq!(count(&store).await, saved + 1);
    }
}
