//! SQLite behind `db.rs`: a handful of readers, and one writer whose transactions share their commits.
//!
//! A write waits for the writer (first come, first served), runs its statements, and *leaves*: the batch it joined stays open for
//! the next in the queue. When nobody waits, or the batch is full, one `COMMIT` puts all of it on disk and everyone who awaits it
//! is told. `COMMIT` and every repair run in a task of their own, so that no caller's cancelled future can leave them half done. Every
//! commit takes along the short-lived rows that were decided in memory (`short_lived.rs`).

use super::batch::Writer;
use super::db::Db;
use super::error::StoreError;
use super::held::Held;
use super::short_lived::{Rows, ShortLived};
use super::writer_tx::{Shape, WriterTx};
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use std::fs::{File, TryLockError};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{Mutex as QueueMutex, OwnedMutexGuard, Semaphore};

/// A batch that nobody awaits is committed after this long.
const RELAXED_DELAY: Duration = Duration::from_millis(20);
/// How long another process may hold the database before a write gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// An open SQLite database.
pub(crate) struct SqliteDb {
    idle_readers: Mutex<Vec<SqliteConnection>>,
    reader_options: SqliteConnectOptions,
    free_readers: Semaphore,
    writer: Arc<QueueMutex<Writer>>,
    /// How many wait for the writer; nobody waiting is what makes a commit due.
    pub(super) waiting: AtomicUsize,
    pub(super) commits: Arc<AtomicU64>,
    pub(super) runtime: Handle,
    pub(super) held: Held,
    pub(super) short_lived: Arc<ShortLived>,
    /// Locked while this process serves.
    serving: Mutex<Option<File>>,
}

impl SqliteDb {
    /// Opens the file with one writer and one reader, up to `readers` of them as they are needed; makes it when it is missing.
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
            // Savepoints keep their pages in memory instead of in files.
            .pragma("temp_store", "memory")
            // An import makes the log long; it need not stay so.
            .pragma("journal_size_limit", "67108864")
            .disable_statement_logging();
        let short_lived = Arc::<ShortLived>::default();
        // With the cache at its default, 2 MiB: SQLite looks through all of it at the end of most transactions.
        let connection = options.clone().thread_name(|_| "sqlite-writer".to_owned()).connect().await?;
        let writer = Writer::new(connection, short_lived.clone());
        let options = options.thread_name(|_| "sqlite-reader".to_owned()).pragma("query_only", "on");
        let first = options.connect().await?;
        Ok(Arc::new(Self {
            free_readers: Semaphore::new(readers.max(1)),
            idle_readers: Mutex::new(vec![first]),
            reader_options: options,
            commits: writer.commits.clone(),
            writer: Arc::new(QueueMutex::new(writer)),
            waiting: AtomicUsize::new(0),
            runtime: Handle::current(),
            held: Held::new(),
            short_lived,
            serving: Mutex::default(),
        }))
    }

    /// Makes sure that no other process serves as long as this one has the database open. What is decided in memory is decided by one.
    pub(super) fn serve_alone(&self) -> Result<(), StoreError> {
        let mut path = self.reader_options.get_filename().as_os_str().to_owned();
        let name = path.to_string_lossy().into_owned();
        path.push("-serving");
        let unavailable = |error: std::io::Error| StoreError::Unavailable(Arc::new(error));
        let file = File::options().create(true).append(true).open(path).map_err(unavailable)?;
        match file.try_lock() {
            Ok(()) => *self.serving.lock().unwrap_or_else(PoisonError::into_inner) = Some(file),
            Err(TryLockError::WouldBlock) => return Err(StoreError::Served(name)),
            Err(TryLockError::Error(error)) => return Err(unavailable(error)),
        }
        Ok(())
    }

    /// A connection for one read.
    pub(super) async fn reader(self: &Arc<Self>) -> Result<Reader, StoreError> {
        // The semaphore is never closed; were it, the database would be.
        self.free_readers.acquire().await.map_err(|_| StoreError::from(sqlx::Error::PoolClosed))?.forget();
        let idle = self.idle_readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut reader = Reader { connection: idle, db: self.clone() };
        if reader.connection.is_none() {
            reader.connection = Some(self.reader_options.connect().await?);
        }
        Ok(reader)
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
        WriterTx::new(self.clone(), writer, shape)
    }

    /// The writer with everything before it committed and no batch open: for closing, and for migrations.
    pub(super) async fn alone(self: &Arc<Self>) -> Result<OwnedMutexGuard<Writer>, StoreError> {
        self.commit_all().await.map(|(writer, _)| writer)
    }

    /// Commits whatever waits; answers how that went.
    async fn commit_all(self: &Arc<Self>) -> Result<(OwnedMutexGuard<Writer>, Result<(), StoreError>), StoreError> {
        let db = self.clone();
        let committed = self.runtime.spawn(async move {
            let mut writer = db.writer.clone().lock_owned().await;
            writer.settle().await;
            let outcome = writer.commit().await;
            (writer, outcome)
        });
        committed.await.map_err(|_| StoreError::Aborted)
    }

    /// Reads the short-lived rows that are on disk, once. Before that nothing may be decided about them. Keys from the first of `sessions` up
    /// to the second are not among them.
    pub(crate) async fn read_short_lived(self: &Arc<Self>, sessions: (&'static [u8], &'static [u8])) -> Result<(), StoreError> {
        if self.short_lived.is_read() {
            return Ok(());
        }
        let db = self.clone();
        let read = self.runtime.spawn(async move { db.short_lived.read_once(&Db::Sqlite(db.clone()), sessions).await });
        read.await.map_err(|_| StoreError::Aborted)?
    }

    /// Decides something about short-lived rows, at once. It is on disk with the next commit, at latest some milliseconds later.
    pub(crate) fn decide<T>(self: &Arc<Self>, decide: impl FnOnce(&mut Rows) -> T) -> T {
        let (answer, waits) = self.short_lived.decide(decide);
        if waits && self.short_lived.call_for_commit() {
            let db = self.clone();
            self.runtime.spawn(async move {
                tokio::time::sleep(RELAXED_DELAY).await;
                db.short_lived.commit_is_coming.store(false, Ordering::Release);
                // Where it fails, the rows wait for the next one.
                if db.short_lived.waiting() > 0 {
                    db.alone().await.ok();
                }
            });
        }
        answer
    }

    /// On return, what was decided before is on disk.
    pub(crate) async fn save_decided(self: &Arc<Self>) -> Result<(), StoreError> {
        self.commit_all().await?.1
    }

    /// Lets go of the writer, and sees to it that whatever is due happens.
    pub(super) fn leave(self: &Arc<Self>, mut writer: OwnedMutexGuard<Writer>) {
        if writer.repair.is_some() || writer.commit_is_due(self.waiting.load(Ordering::SeqCst)) {
            let db = self.clone();
            self.runtime.spawn(async move {
                writer.settle().await;
                if writer.commit_is_due(db.waiting.load(Ordering::SeqCst)) {
                    // Those who await it hear how it went.
                    writer.commit().await.ok();
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
