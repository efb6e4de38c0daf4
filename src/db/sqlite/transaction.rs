//! One transaction on SQLite's writer: how it begins, joins the batch, or is rolled back.
//!
//! Its first text (`BEGIN IMMEDIATE`, or a savepoint if the batch has other transactions) is sent together with its first
//! statement (`texts.rs`). If a future is cancelled within that statement, it is unknown how much of the text ran. Two
//! alternating savepoint names resolve this: `ROLLBACK TO` the transaction's own name either undoes exactly its own work, or
//! fails because none was done.

use crate::db::error::{StoreError, may_have_lost_transaction};
use crate::db::sqlite::pending::{Pending, SqliteQuery};
use crate::db::sqlite::texts::{Closing, Opening};
use crate::db::sqlite::writer::{MAX_BATCH, Repair, Savepoint, Writer};
use crate::db::sqlite::{QueuePlace, SqliteDb};
use crate::db::statement::Statement;
use crate::time::Timestamp;
use sqlx::sqlite::SqliteConnection;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::runtime::Handle;
use tokio::sync::{OwnedMutexGuard, oneshot};

/// At most this many statements are sent together.
const MAX_PENDING: usize = 16;

/// What a transaction will contain.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Any number of statements, undone together.
    Many,
    /// One statement, atomic by itself: it needs no savepoint.
    One,
}

#[derive(Clone, PartialEq, Eq)]
enum TxState {
    Untouched,
    Clean,
    /// Within a statement. If it is dropped in this state, the future was cancelled.
    Running,
    Failed,
}

/// One transaction, which holds the writer.
pub(crate) struct WriterTx {
    db: Arc<SqliteDb>,
    writer: Option<OwnedMutexGuard<Writer>>,
    shape: Shape,
    own: Option<Savepoint>,
    state: TxState,
    pending: Pending,
}

impl WriterTx {
    /// A transaction on the writer, in the order of requests. Fails if its turn does not come in time: another process may hold the
    /// database, or the disk may hang.
    pub(crate) async fn begin(db: &Arc<SqliteDb>, shape: Shape) -> Result<Self, StoreError> {
        let writer = if let Ok(writer) = db.writer.clone().try_lock_owned() {
            writer
        } else {
            let mut place = QueuePlace::new(db);
            let turn = db.writer.clone().lock_owned();
            let writer = match db.turn_within {
                None => turn.await,
                Some(limit) => tokio::time::timeout(limit, turn).await.map_err(|_| StoreError::Busy)?,
            };
            place.served = true;
            writer
        };
        Ok(Self::new(db.clone(), writer, shape))
    }

    pub(crate) fn new(db: Arc<SqliteDb>, writer: OwnedMutexGuard<Writer>, shape: Shape) -> Self {
        Self { db, writer: Some(writer), shape, own: None, state: TxState::Untouched, pending: Pending::default() }
    }

    /// See [`crate::db::Tx::runtime`].
    pub(crate) fn runtime(&self) -> Handle {
        self.db.runtime.clone()
    }

    /// Removes expired rows from memory, and old ones from the disk with the next commits.
    pub(crate) fn expire_in_memory(&self, now: Timestamp) -> usize {
        self.db.memory_rows.tick(now.millis())
    }

    /// Where to add a statement that is sent with the next one.
    pub(crate) async fn later(&mut self, statement: &'static Statement) -> Result<&mut Pending, StoreError> {
        if matches!(self.state, TxState::Running | TxState::Failed) {
            return Err(StoreError::Aborted);
        }
        if self.pending.statements.len() >= MAX_PENDING {
            self.send_pending(Closing::None).await?;
        }
        self.pending.statements.push(statement);
        Ok(&mut self.pending)
    }

    /// The text to send, and the values to which those of `statement` are added.
    pub(crate) fn start(&mut self, statement: &'static Statement) -> Result<SqliteQuery, StoreError> {
        self.pending.statements.push(statement);
        self.take_query(Closing::None)
    }

    fn take_query(&mut self, closing: Closing) -> Result<SqliteQuery, StoreError> {
        let Some(writer) = &mut self.writer else { return Err(StoreError::Aborted) };
        let opening = match (&self.state, self.shape) {
            (TxState::Running | TxState::Failed, _) => return Err(StoreError::Aborted),
            (TxState::Untouched, _) if !writer.open => {
                writer.open = true;
                Opening::Begin
            }
            (TxState::Clean, _) | (TxState::Untouched, Shape::One) => Opening::None,
            (TxState::Untouched, Shape::Many) => {
                let (opening, own) = match writer.savepoint {
                    None => (Opening::A, Savepoint::A),
                    Some(Savepoint::A) => (Opening::AToB, Savepoint::B),
                    Some(Savepoint::B) => (Opening::BToA, Savepoint::A),
                };
                writer.savepoint = Some(own);
                self.own = Some(own);
                opening
            }
        };
        self.state = TxState::Running;
        Ok(std::mem::take(&mut self.pending).into_query(&mut writer.texts, opening, closing))
    }

    /// Sends the pending statements. With [`Closing::Commit`] it must not run in a future that a caller may drop.
    async fn send_pending(&mut self, closing: Closing) -> Result<(), StoreError> {
        let name = self.pending.statements.last().map_or("?", |statement| statement.name);
        let (text, arguments) = self.take_query(closing)?;
        #[expect(clippy::disallowed_methods, reason = "the text was composed of declared statements")]
        let result = sqlx::query_with(text, arguments).execute(self.connection()?).await;
        self.finish(result.as_ref().err());
        result.map(|_| ()).map_err(|error| StoreError::from_driver(error, name))
    }

    pub(crate) fn connection(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        self.writer.as_mut().map(|writer| &mut writer.connection).ok_or(StoreError::Aborted)
    }

    /// Records the outcome of a statement.
    pub(crate) fn finish(&mut self, error: Option<&sqlx::Error>) {
        self.state = if error.is_none() { TxState::Clean } else { TxState::Failed };
        if let (Some(error), Some(writer)) = (error, &mut self.writer)
            && may_have_lost_transaction(error)
        {
            writer.repair = Some(Repair::Fail(StoreError::Unavailable(Arc::new(std::io::Error::other(error.to_string())))));
        }
    }

    /// Joins the batch and waits until it is on disk.
    pub(crate) async fn save(mut self) -> Result<(), StoreError> {
        if !self.pending.statements.is_empty() {
            if self.is_last_of_batch() {
                let runtime = self.db.runtime.clone();
                return runtime.spawn(self.save_and_commit()).await.unwrap_or(Err(StoreError::Aborted));
            }
            self.send_pending(Closing::None).await?;
        }
        let (sender, receiver) = oneshot::channel();
        if self.join(Some(sender))? { receiver.await.unwrap_or(Err(StoreError::Aborted)) } else { Ok(()) }
    }

    /// Whether a commit is due with this transaction.
    fn is_last_of_batch(&self) -> bool {
        let members = self.writer.as_ref().map_or(0, |writer| writer.members);
        self.db.waiting.load(Ordering::SeqCst) == 0 || members + 1 >= MAX_BATCH
    }

    /// Sends the pending statements, the short-lived rows and the commit in one round trip. If that fails, the transaction is
    /// undone, and what others saved is committed.
    async fn save_and_commit(mut self) -> Result<(), StoreError> {
        let mut batch = self.db.memory_rows.next_batch();
        if let Some(batch) = &mut batch {
            batch.add_to(&mut self.pending);
        }
        let sent = self.send_pending(Closing::Commit).await;
        if let (Err(_), Some(batch)) = (&sent, &batch) {
            self.db.memory_rows.not_written(batch);
        }
        sent?;
        if let Some(mut writer) = self.writer.take() {
            writer.commits.fetch_add(1, Ordering::Relaxed);
            writer.close(&Ok(()));
            self.db.leave(writer);
        }
        Ok(())
    }

    /// Joins the batch, which is on disk within some milliseconds or with the next save.
    pub(crate) async fn save_relaxed(mut self) -> Result<(), StoreError> {
        if !self.pending.statements.is_empty() {
            self.send_pending(Closing::None).await?;
        }
        self.join(None).map(|_| ())
    }

    /// Joins the batch; returns whether there was anything to save.
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
        let unsaved = self.state != TxState::Untouched;
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
