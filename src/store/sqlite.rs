//! SQLite behind `db.rs`: a handful of readers, and one writer whose transactions share their commits.
//!
//! A write waits for the writer (first come, first served), runs its statements, and *leaves*: the batch it joined stays open for
//! the next in the queue. When nobody waits, or the batch is full, one `COMMIT` puts all of it on disk and everyone who awaits it
//! is told. Three rules keep this safe:
//!
//! - `COMMIT` and every repair run in a task of their own, so that no caller's cancelled future can leave them half done.
//! - What a transaction begins with (`BEGIN IMMEDIATE`, or a savepoint when others are in the batch already) travels in the text of its first
//!   statement: each round trip to the driver's thread costs more than the statement itself.
//! - A future cancelled within a statement leaves it unknown how much of that text ran. Two savepoint names in turn make the answer
//!   unambiguous: `ROLLBACK TO` one's own name either undoes exactly one's own work, or says that none was done.

use super::db::Statement;
use super::error::{StoreError, may_have_lost_transaction};
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{Mutex as QueueMutex, OwnedMutexGuard, Semaphore, oneshot};

/// A batch is committed when it holds this many transactions, however many wait.
const MAX_BATCH: u32 = 64;
/// A batch that nobody awaits is committed after this long.
const RELAXED_DELAY: Duration = Duration::from_millis(2);
/// How long another process may hold the database before a write gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// An open SQLite database.
pub(crate) struct SqliteDb {
    idle_readers: Mutex<Vec<SqliteConnection>>,
    free_readers: Semaphore,
    writer: Arc<QueueMutex<Writer>>,
    /// How many wait for the writer; nobody waiting is what makes a commit due.
    waiting: AtomicUsize,
    runtime: Handle,
}

/// The one connection that writes, and the batch that is open on it.
pub(super) struct Writer {
    pub(super) connection: SqliteConnection,
    /// `BEGIN IMMEDIATE` was sent.
    open: bool,
    /// Transactions that left this batch saved.
    members: u32,
    /// Those among them that await the commit.
    awaiting: Vec<oneshot::Sender<Result<(), StoreError>>>,
    /// The savepoint that exists in the batch.
    savepoint: Option<Savepoint>,
    /// What must be done before anything else.
    repair: Option<Repair>,
    /// A commit after [`RELAXED_DELAY`] is on its way.
    timer: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Savepoint {
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

enum Repair {
    /// Undo the batch, in which nobody has saved anything.
    Undo,
    /// Undo back to this savepoint, which exists.
    UndoTo(Savepoint),
    /// Undo back to this savepoint if it was reached, then commit what others saved, so that the next batch starts from known ground.
    UndoToAndCommit(Option<Savepoint>),
    /// The database gave up: undo the batch and tell everyone in it.
    Fail(StoreError),
}

impl SqliteDb {
    /// Opens the file with one writer and `readers` readers; makes it when it is missing.
    pub(super) async fn open(options: SqliteConnectOptions, readers: usize) -> Result<Arc<Self>, StoreError> {
        let options = options
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT)
            .statement_cache_capacity(512)
            // Checkpoints copy each hot page once instead of many times.
            .pragma("wal_autocheckpoint", "4000")
            .disable_statement_logging();
        let writer = Writer::new(options.clone().thread_name(|_| "sqlite-writer".to_owned()).connect().await?);
        let options = options.thread_name(|_| "sqlite-reader".to_owned()).pragma("query_only", "on");
        let mut idle = Vec::with_capacity(readers);
        for _ in 0..readers.max(1) {
            idle.push(options.connect().await?);
        }
        Ok(Arc::new(Self {
            free_readers: Semaphore::new(idle.len()),
            idle_readers: Mutex::new(idle),
            writer: Arc::new(QueueMutex::new(writer)),
            waiting: AtomicUsize::new(0),
            runtime: Handle::current(),
        }))
    }

    /// A connection for one read.
    pub(super) async fn reader(self: &Arc<Self>) -> Result<Reader, StoreError> {
        // The semaphore is never closed; were it, the database would be.
        self.free_readers.acquire().await.map_err(|_| StoreError::from(sqlx::Error::PoolClosed))?.forget();
        let connection = self.idle_readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Ok(Reader { connection, db: self.clone() })
    }

    /// The writer, in the order of asking.
    pub(super) async fn begin(self: &Arc<Self>, shape: Shape) -> WriterTx {
        let writer = if let Ok(writer) = self.writer.clone().try_lock_owned() {
            writer
        } else {
            let mut place = Place::new(self);
            let writer = self.writer.clone().lock_owned().await;
            place.served = true;
            writer
        };
        WriterTx { db: self.clone(), writer: Some(writer), shape, own: None, state: TxState::Untouched }
    }

    /// The writer with everything before it committed and no batch open: for closing, and for migrations.
    pub(super) async fn alone(self: &Arc<Self>) -> Result<OwnedMutexGuard<Writer>, StoreError> {
        let db = self.clone();
        let alone = self.runtime.spawn(async move {
            let mut writer = db.writer.clone().lock_owned().await;
            writer.settle().await;
            if writer.open {
                writer.commit().await;
            }
            writer
        });
        alone.await.map_err(|_| StoreError::Aborted)
    }

    /// Lets go of the writer, and sees to it that whatever is due happens.
    fn leave(self: &Arc<Self>, mut writer: OwnedMutexGuard<Writer>) {
        if writer.repair.is_some() || writer.commit_is_due(self.waiting.load(Ordering::SeqCst)) {
            let db = self.clone();
            self.runtime.spawn(async move {
                writer.settle().await;
                if writer.commit_is_due(db.waiting.load(Ordering::SeqCst)) {
                    writer.commit().await;
                }
                db.start_timer(&mut writer);
            });
        } else {
            self.start_timer(&mut writer);
        }
    }

    /// A batch that nobody awaits is committed a little later, together with what comes until then.
    fn start_timer(self: &Arc<Self>, writer: &mut Writer) {
        if !writer.open || !writer.awaiting.is_empty() || writer.timer {
            return;
        }
        writer.timer = true;
        let db = self.clone();
        self.runtime.spawn(async move {
            tokio::time::sleep(RELAXED_DELAY).await;
            if let Ok(mut writer) = db.alone().await {
                writer.timer = false;
            }
        });
    }
}

/// A place in the writer's queue. Who gives it up unserved may have been the one that others counted on to commit their batch.
struct Place<'a> {
    db: &'a Arc<SqliteDb>,
    served: bool,
}

impl<'a> Place<'a> {
    fn new(db: &'a Arc<SqliteDb>) -> Self {
        db.waiting.fetch_add(1, Ordering::SeqCst);
        Self { db, served: false }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.db.waiting.fetch_sub(1, Ordering::SeqCst);
        if !self.served {
            let db = self.db.clone();
            self.db.runtime.spawn(async move {
                let writer = db.writer.clone().lock_owned().await;
                db.leave(writer);
            });
        }
    }
}

/// A connection for one read, handed back when dropped.
pub(super) struct Reader {
    connection: Option<SqliteConnection>,
    db: Arc<SqliteDb>,
}

impl Reader {
    pub(super) fn connection(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        self.connection.as_mut().ok_or_else(|| StoreError::from(sqlx::Error::PoolClosed))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.db.idle_readers.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
        self.db.free_readers.add_permits(1);
    }
}

impl Writer {
    fn new(connection: SqliteConnection) -> Self {
        Self { connection, open: false, members: 0, awaiting: Vec::new(), savepoint: None, repair: None, timer: false }
    }

    fn commit_is_due(&self, waiting: usize) -> bool {
        self.open && (self.members >= MAX_BATCH || (waiting == 0 && !self.awaiting.is_empty()))
    }

    async fn run(&mut self, text: &'static str) -> Result<(), sqlx::Error> {
        #[expect(clippy::disallowed_methods, reason = "transaction control is this file's work and has no portable text")]
        sqlx::query(text).execute(&mut self.connection).await.map(|_| ())
    }

    /// Must not run in a future that a caller may drop.
    async fn commit(&mut self) {
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
    async fn settle(&mut self) {
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

    /// Joins the batch, which is on disk within [`RELAXED_DELAY`] or with the next save.
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
