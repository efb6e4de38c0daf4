//! A connection of the pool while one read or one transaction has it.
//!
//! A connection goes back to the pool only when it is known to be sound. An error that says that it is not ([`fate`]) ends it, and a
//! read-only or stopping server ends all that are open. A request that was cancelled within a statement leaves a connection whose
//! answer is still on its way: it has two seconds to arrive.

use crate::db::error::StoreError;
use crate::db::postgres::address::BEGIN_POOLED;
use crate::db::postgres::doors::{Doors, within};
use crate::db::postgres::fate::{Fate, fate};
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgConnection;
use sqlx::{Executor as _, Postgres};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;

/// How long a connection has to become usable again before it is closed.
const RETURNED_WITHIN: Duration = Duration::from_secs(2);

/// Whether a transaction is open on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begun {
    No,
    Yes,
    /// `BEGIN` or `COMMIT` was sent, and its answer has not arrived.
    Unknown,
}

/// A connection of the pool.
pub(crate) struct Lent {
    /// Taken when this is dropped.
    connection: Option<PoolConnection<Postgres>>,
    begun: Begun,
    broken: bool,
    doors: Arc<Doors>,
    /// How long an answer may take.
    pub(crate) limit: Option<Duration>,
}

impl Lent {
    pub(crate) fn new(connection: PoolConnection<Postgres>, doors: Arc<Doors>, limit: Option<Duration>) -> Self {
        Self { connection: Some(connection), begun: Begun::No, broken: false, doors, limit }
    }

    pub(crate) fn connection(&mut self) -> Result<&mut PgConnection, StoreError> {
        self.connection.as_deref_mut().ok_or_else(|| StoreError::from(sqlx::Error::PoolClosed))
    }

    /// Whether statements stay prepared on it.
    pub(crate) fn keeps_statements(&self) -> bool {
        !self.doors.pooled
    }

    /// Begins a transaction.
    pub(crate) async fn begin(&mut self) -> Result<(), StoreError> {
        self.begun = Begun::Unknown;
        self.control(if self.doors.pooled { BEGIN_POOLED } else { "BEGIN" }).await?;
        self.begun = Begun::Yes;
        Ok(())
    }

    /// Commits the transaction, if there is one.
    pub(crate) async fn save(mut self) -> Result<(), StoreError> {
        if self.begun == Begun::No {
            return Ok(());
        }
        self.begun = Begun::Unknown;
        self.control("COMMIT").await?;
        self.begun = Begun::No;
        Ok(())
    }

    async fn control(&mut self, text: &'static str) -> Result<(), StoreError> {
        let limit = self.limit;
        let done = within(limit, self.connection()?.execute(text)).await;
        self.note(done.as_ref().err());
        Ok(done.map(|_| ())?)
    }

    /// Takes note of how a statement ended.
    pub(crate) fn note(&mut self, error: Option<&sqlx::Error>) {
        let Some(error) = error else { return };
        self.doors.note(error);
        match fate(error) {
            Fate::Keep => {}
            Fate::Close => self.broken = true,
            Fate::CloseAll => {
                self.broken = true;
                self.doors.close_older();
            }
        }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        if self.broken || self.begun == Begun::Unknown {
            connection.close_on_drop();
            return;
        }
        let Ok(runtime) = Handle::try_current() else {
            connection.close_on_drop();
            return;
        };
        let begun = self.begun;
        runtime.spawn(async move {
            let returned = async {
                if begun == Begun::Yes {
                    connection.execute("ROLLBACK").await?;
                }
                Ok::<_, sqlx::Error>(connection.return_to_pool())
            };
            // The pool asks the server once more before it takes the connection back. If that takes too long, or this future is
            // dropped, the connection is closed.
            match tokio::time::timeout(RETURNED_WITHIN, returned).await {
                Ok(Ok(returned)) => {
                    tokio::time::timeout(RETURNED_WITHIN, returned).await.ok();
                }
                _ => connection.close_on_drop(),
            }
        });
    }
}
