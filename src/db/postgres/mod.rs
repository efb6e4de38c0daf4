//! PostgreSQL: the pool of connections, how long a caller waits for it, and which connections are given up.
//!
//! `address.rs`: options of a connection, TLS among them. `open.rs`: the first connection. `lent.rs`: a connection in use. `fate.rs`:
//! what an error says about a connection. `doors.rs`: what all connections share. Start with `lent.rs`.

pub(crate) mod address;
pub(crate) mod doors;
pub(crate) mod fate;
pub(crate) mod lent;
pub(crate) mod open;

use crate::db::error::StoreError;
use crate::db::postgres::doors::{Doors, instant, within};
use crate::db::postgres::lent::Lent;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, PgPool, Row as _};
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

/// After this time without use a connection is tested before it is used.
const TRUSTED_FOR: Duration = Duration::from_secs(2);
/// How long that test may take.
const TESTED_WITHIN: Duration = Duration::from_millis(400);

/// An open PostgreSQL; cheap to clone.
#[derive(Clone)]
pub(crate) struct PostgresDb {
    pool: PgPool,
    options: Arc<PgConnectOptions>,
    doors: Arc<Doors>,
    /// How long an answer may take.
    limit: Option<Duration>,
}

impl PostgresDb {
    pub(crate) fn new(options: PgConnectOptions, connections: u32, pooled: bool, limit: Option<Duration>) -> Self {
        let doors = Arc::new(Doors::new(pooled));
        let (tested, older) = (doors.clone(), doors.clone());
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(limit.unwrap_or(Duration::from_secs(10)))
            // A connection that was used a moment ago is not tested again, which saves a round trip.
            .test_before_acquire(false)
            .before_acquire(move |connection, meta| {
                let doors = older.clone();
                Box::pin(async move {
                    if !doors.admits(meta.age) {
                        return Err(sqlx::Error::Io(ErrorKind::ConnectionAborted.into()));
                    }
                    if meta.idle_for > TRUSTED_FOR {
                        within(Some(TESTED_WITHIN), connection.ping()).await.inspect_err(|_| doors.close_older())?;
                    }
                    Ok(true)
                })
            })
            // Behind one address a new connection may lead to the old primary for a moment: the pool tries again.
            .after_connect(move |connection, _| {
                let doors = tested.clone();
                Box::pin(async move {
                    // A pooler decides with each transaction where it leads.
                    if doors.pooled {
                        return Ok(());
                    }
                    check_writable(connection).await
                })
            })
            .connect_lazy_with(options.clone());
        Self { pool, options: Arc::new(options), doors, limit }
    }

    /// The same database for work that no caller waits for.
    pub(crate) fn at_leisure(&self, limit: Duration) -> Self {
        Self { limit: self.limit.map(|own| own.max(limit)), ..self.clone() }
    }

    /// A connection. What remains of the time that an answer may take is the limit of its first statement.
    pub(crate) async fn lend(&self) -> Result<Lent, StoreError> {
        let began = instant();
        let connection = self.pool.acquire().await?;
        let remaining = self.limit.map(|limit| limit.saturating_sub(began.elapsed()).max(Duration::from_millis(100)));
        let mut lent = Lent::new(connection, self.doors.clone(), remaining);
        if self.doors.pooled {
            lent.begin().await?;
        }
        Ok(lent)
    }

    /// A connection within a transaction.
    pub(crate) async fn begin(&self) -> Result<Lent, StoreError> {
        let mut lent = self.lend().await?;
        if !self.doors.pooled {
            lent.begin().await?;
        }
        lent.limit = self.limit;
        Ok(lent)
    }

    /// A connection for a transaction of one statement, which needs no `BEGIN` but behind a pooler.
    pub(crate) async fn begin_one(&self) -> Result<Lent, StoreError> {
        self.lend().await
    }

    /// Fails if a statement failed for want of space a moment ago: statements that need none still succeed then.
    pub(crate) fn check_space(&self) -> Result<(), StoreError> {
        if self.doors.is_full() { Err(StoreError::Full) } else { Ok(()) }
    }

    /// Why there is no connection, where the pool says only that it found none in time.
    pub(crate) async fn why_not(&self, limit: Duration) -> Option<StoreError> {
        let tried = within(Some(limit), async {
            let mut connection = self.options.connect().await?;
            let checked = if self.doors.pooled { Ok(()) } else { check_writable(&mut connection).await };
            connection.close().await.ok();
            checked
        });
        tried.await.err().map(StoreError::from)
    }

    /// A connection that does not belong to the pool.
    pub(crate) async fn own(&self) -> Result<PgConnection, StoreError> {
        Ok(self.pool.acquire().await?.detach())
    }

    /// Whether a pooler is in front.
    pub(crate) fn is_pooled(&self) -> bool {
        self.doors.pooled
    }
}

async fn check_writable(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let answer = connection.fetch_one("SHOW transaction_read_only").await?;
    if answer.try_get::<String, _>(0)? != "on" {
        return Ok(());
    }
    Err(sqlx::Error::Io(std::io::Error::new(ErrorKind::ReadOnlyFilesystem, "the server is read-only")))
}
