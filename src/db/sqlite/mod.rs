//! The SQLite engine: a few readers, and one writer whose transactions share their commits. `docs/engine.md` has its invariants.
//!
//! A write waits for the writer (first come, first served), runs its statements, and *leaves*: its batch stays open for the next one in
//! the queue. When none waits, or the batch is full, one `COMMIT` puts all of it on disk, and every transaction in it learns the
//! outcome. `COMMIT` and every repair run in tasks of their own, so that a cancelled request cannot leave them half done. Every commit
//! takes along the short-lived rows that were decided in memory (`memory_rows.rs`).
//!
//! `writer.rs`: the batch. `transaction.rs`: one transaction; `pending.rs` and `texts.rs`: how its statements travel. `memory_rows.rs`:
//! short-lived rows, decided in memory. `journal.rs`: their form on disk. `files.rs`: who may read the files. Start with `writer.rs`.

pub(crate) mod files;
pub(crate) mod journal;
pub(crate) mod memory_rows;
pub(crate) mod pending;
pub(crate) mod texts;
pub(crate) mod transaction;
pub(crate) mod writer;

use crate::db::error::StoreError;
use crate::db::sqlite::memory_rows::{MemoryRows, Rows};
use crate::db::sqlite::writer::Writer;
use crate::private_file::private;
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use std::fs::{File, TryLockError};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{Mutex as QueueMutex, OwnedMutexGuard, Semaphore};

/// A batch that no caller awaits is committed after this delay.
const RELAXED_DELAY: Duration = Duration::from_millis(20);
/// How long a write of a command waits for another process that has the database locked.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// An open SQLite database.
pub(crate) struct SqliteDb {
    idle_readers: Mutex<Vec<SqliteConnection>>,
    reader_options: SqliteConnectOptions,
    free_readers: Semaphore,
    pub(crate) writer: Arc<QueueMutex<Writer>>,
    /// How many transactions wait for the writer. A commit is due when none does.
    pub(crate) waiting: AtomicUsize,
    pub(crate) commits: Arc<AtomicU64>,
    pub(crate) runtime: Handle,
    pub(crate) memory_rows: Arc<MemoryRows>,
    /// How long a transaction waits for its turn to write.
    pub(crate) turn_within: Option<Duration>,
    /// The lock file, locked while this process serves.
    serving: Mutex<Option<File>>,
}

impl SqliteDb {
    /// Opens the file with one writer and one reader; up to `readers` readers are opened when they are needed. A missing file is
    /// created.
    pub(crate) async fn open(
        options: SqliteConnectOptions,
        readers: usize,
        turn_within: Option<Duration>,
    ) -> Result<Arc<Self>, StoreError> {
        files::prepare(options.get_filename())?;
        let options = options
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(turn_within.unwrap_or(BUSY_TIMEOUT))
            .statement_cache_capacity(512)
            // Checkpoints then copy each hot page once instead of many times.
            .pragma("wal_autocheckpoint", "4000")
            // Savepoints then keep their pages in memory instead of in files.
            .pragma("temp_store", "memory")
            // An import makes the log long; it is truncated afterwards.
            .pragma("journal_size_limit", "67108864")
            .disable_statement_logging();
        let memory_rows = Arc::<MemoryRows>::default();
        // The page cache stays at its default of 2 MiB: SQLite scans all of it at the end of most transactions.
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
            turn_within,
            serving: Mutex::default(),
        }))
    }

    /// Makes sure that no other process serves while this one has the database open, because short-lived rows are decided in the
    /// memory of one process.
    pub(crate) fn serve_alone(&self) -> Result<(), StoreError> {
        let mut path = self.reader_options.get_filename().as_os_str().to_owned();
        let name = path.to_string_lossy().into_owned();
        path.push("-serving");
        let unavailable = |error: std::io::Error| StoreError::Unavailable(Arc::new(error));
        let file = private(File::options().create(true).append(true)).open(path).map_err(unavailable)?;
        match file.try_lock() {
            Ok(()) => *self.serving.lock().unwrap_or_else(PoisonError::into_inner) = Some(file),
            Err(TryLockError::WouldBlock) => return Err(StoreError::Served(name)),
            Err(TryLockError::Error(error)) => return Err(unavailable(error)),
        }
        Ok(())
    }

    /// A connection for one read.
    pub(crate) async fn reader(self: &Arc<Self>) -> Result<Reader, StoreError> {
        // The semaphore is never closed. If it were, the database would be closed.
        self.free_readers.acquire().await.map_err(|_| StoreError::from(sqlx::Error::PoolClosed))?.forget();
        let idle = self.idle_readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut reader = Reader { connection: idle, db: self.clone() };
        if reader.connection.is_none() {
            reader.connection = Some(self.reader_options.connect().await?);
        }
        Ok(reader)
    }

    /// The writer without an open batch, after committing everything before: for closing, and for migrations.
    pub(crate) async fn alone(self: &Arc<Self>) -> Result<OwnedMutexGuard<Writer>, StoreError> {
        self.commit_all().await.map(|(writer, _)| writer)
    }

    /// Commits everything that waits, and returns the outcome.
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

    /// Decides about short-lived rows, at once. The changes are on disk with the next commit, at most some milliseconds later.
    pub(crate) fn decide<T>(self: &Arc<Self>, decide: impl FnOnce(&mut Rows) -> T) -> T {
        let (answer, waits) = self.memory_rows.decide(decide);
        if waits && self.memory_rows.call_for_commit() {
            let db = self.clone();
            self.runtime.spawn(async move {
                tokio::time::sleep(RELAXED_DELAY).await;
                db.memory_rows.commit_is_coming.store(false, Ordering::Release);
                // If it fails, the rows wait for the next commit.
                if db.memory_rows.waiting() > 0 {
                    db.alone().await.ok();
                }
            });
        }
        answer
    }

    /// The bytes of all short-lived rows.
    pub(crate) fn decided_bytes(&self) -> u64 {
        u64::try_from(self.memory_rows.bytes()).unwrap_or(u64::MAX)
    }

    /// When this returns, everything that was decided before is on disk.
    pub(crate) async fn save_decided(self: &Arc<Self>) -> Result<(), StoreError> {
        self.commit_all().await?.1
    }

    /// Releases the writer, and starts a repair or a commit if one is due.
    pub(crate) fn leave(self: &Arc<Self>, mut writer: OwnedMutexGuard<Writer>) {
        if writer.repair.is_some() || writer.commit_is_due(self.waiting.load(Ordering::SeqCst)) {
            let db = self.clone();
            self.runtime.spawn(async move {
                writer.settle().await;
                if writer.commit_is_due(db.waiting.load(Ordering::SeqCst)) {
                    // The transactions that await the commit receive its outcome.
                    writer.commit().await.ok();
                }
                db.start_timer(&mut writer);
            });
        } else {
            self.start_timer(&mut writer);
        }
    }

    /// Commits a batch that no caller awaits after a short delay, together with what joins it until then.
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

/// A place in the writer's queue. A transaction that leaves the queue before its turn may have been the one that was to commit
/// the batch.
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

/// A connection for one read, returned to the pool when dropped.
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
