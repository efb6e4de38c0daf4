//! SQLite behind `db.rs`: a handful of readers, and one writer whose transactions share their commits.
//!
//! A write waits for the writer (first come, first served), runs its statements, and *leaves*: the batch it joined stays open for
//! the next in the queue. When nobody waits, or the batch is full, one `COMMIT` puts all of it on disk and everyone who awaits it
//! is told. `COMMIT` and every repair run in a task of their own, so that no caller's cancelled future can leave them half done. Every
//! commit takes along the short-lived rows that were decided in memory (`memory_rows.rs`).

pub mod journal;
pub mod memory_rows;
pub mod pending;
pub mod texts;
pub mod transaction;
pub mod writer;

use crate::db::error::StoreError;
use crate::db::sqlite::memory_rows::{MemoryRows, Rows};
use crate::db::sqlite::writer::Writer;
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
    pub(crate) writer: Arc<QueueMutex<Writer>>,
    /// How many wait for the writer; nobody waiting is what makes a commit due.
    pub(crate) waiting: AtomicUsize,
    pub(crate) commits: Arc<AtomicU64>,
    pub(crate) runtime: Handle,
    pub(crate) memory_rows: Arc<MemoryRows>,
    /// Locked while this process serves.
    serving: Mutex<Option<File>>,
}

impl SqliteDb {
    /// Opens the file with one writer and one reader, up to `readers` of them as they are needed; makes it when it is missing.
    pub(crate) async fn open(options: SqliteConnectOptions, readers: usize) -> Result<Arc<Self>, StoreError> {
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
        let memory_rows = Arc::<MemoryRows>::default();
        // With the cache at its default, 2 MiB: SQLite looks through all of it at the end of most transactions.
        let connection = options.clone().thread_name(|_| "sqlite-writer".to_owned()).connect().await?;
        let writer = Writer::new(connection, memory_rows.clone());
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
            memory_rows,
            serving: Mutex::default(),
        }))
    }

    /// Makes sure that no other process serves as long as this one has the database open. What is decided in memory is decided by one.
    pub(crate) fn serve_alone(&self) -> Result<(), StoreError> {
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
    pub(crate) async fn reader(self: &Arc<Self>) -> Result<Reader, StoreError> {
        // The semaphore is never closed; were it, the database would be.
        self.free_readers.acquire().await.map_err(|_| StoreError::from(sqlx::Error::PoolClosed))?.forget();
        let idle = self.idle_readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut reader = Reader { connection: idle, db: self.clone() };
        if reader.connection.is_none() {
            reader.connection = Some(self.reader_options.connect().await?);
        }
        Ok(reader)
    }

    /// The writer with everything before it committed and no batch open: for closing, and for migrations.
    pub(crate) async fn alone(self: &Arc<Self>) -> Result<OwnedMutexGuard<Writer>, StoreError> {
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

    /// Decides something about short-lived rows, at once. It is on disk with the next commit, at latest some milliseconds later.
    pub(crate) fn decide<T>(self: &Arc<Self>, decide: impl FnOnce(&mut Rows) -> T) -> T {
        let (answer, waits) = self.memory_rows.decide(decide);
        if waits && self.memory_rows.call_for_commit() {
            let db = self.clone();
            self.runtime.spawn(async move {
                tokio::time::sleep(RELAXED_DELAY).await;
                db.memory_rows.commit_is_coming.store(false, Ordering::Release);
                // Where it fails, the rows wait for the next one.
                if db.memory_rows.waiting() > 0 {
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
    pub(crate) fn leave(self: &Arc<Self>, mut writer: OwnedMutexGuard<Writer>) {
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
pub(crate) struct QueuePlace<'a> {
    db: &'a Arc<SqliteDb>,
    pub(crate) served: bool,
}

impl<'a> QueuePlace<'a> {
    pub(crate) fn new(db: &'a Arc<SqliteDb>) -> Self {
        db.waiting.fetch_add(1, Ordering::SeqCst);
        Self { db, served: false }
    }
}

impl Drop for QueuePlace<'_> {
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
pub(crate) struct Reader {
    connection: Option<SqliteConnection>,
    db: Arc<SqliteDb>,
}

impl Reader {
    pub(crate) fn connection(&mut self) -> Result<&mut SqliteConnection, StoreError> {
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

#[cfg(test)]
mod tests {
    use crate::db::{Db, StoreOptions, sql, statements};

    statements! {
        SYNCHRONOUS = "PRAGMA synchronous";
        JOURNAL_MODE = "PRAGMA journal_mode";
        QUERY_ONLY = "PRAGMA query_only";
    }

    #[tokio::test]
    async fn every_commit_waits_for_the_disk() {
        assert_eq!(STATEMENTS.len(), 3);
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("panjereh.sqlite").display());
        let db = Db::open(&url, StoreOptions::default()).await.unwrap();
        let mut tx = db.write().await.unwrap();
        // 2 is FULL: with the write-ahead log, each commit is synchronised (https://www.sqlite.org/pragma.html#pragma_synchronous).
        assert_eq!(sql!(tx, SYNCHRONOUS => fetch_one (i64,)).unwrap().0, 2);
        assert_eq!(sql!(tx, JOURNAL_MODE => fetch_one (String,)).unwrap().0, "wal");
        drop(tx);
        assert_eq!(sql!(db, QUERY_ONLY => fetch_one (i64,)).unwrap().0, 1, "a reader cannot write");
    }
}
