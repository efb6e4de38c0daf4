//! The whole seam between the two databases: an enum over the native drivers, and the macros `sql!` and `statements!`.
//!
//! Everything above speaks the portable dialect of [`super`] and knows neither driver.

pub mod error;
pub(crate) mod from_row;
pub(crate) mod load_memory_rows;
pub mod migrate;
pub(crate) mod sqlite;
pub(crate) mod statement;

use crate::db::error::StoreError;
use crate::db::sqlite::pending::{Pending, SqliteQuery};
use crate::db::sqlite::transaction::{Shape, WriterTx};
use crate::db::sqlite::{Reader, SqliteDb};
pub(crate) use crate::db::statement::{Statement, statements};
use crate::time::Timestamp;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection as _, Executor as _, PgPool, Postgres, SqlSafeStr as _, SqlStr, Transaction};
use std::sync::Arc;
use std::time::Duration;

/// Runs one statement on whichever database is behind `$on` (a [`Db`] for reads, a [`Tx`] for writes).
///
/// - `sql!(on, STATEMENT, arguments… => fetch_optional Row)`, and so `fetch_all` and `fetch_one`.
/// - `… => execute` answers nothing. What must know how many rows it changed says `RETURNING`, because SQLite's count is not reset by
///   what may precede the statement in its text. `sql!(on, STATEMENT, in list => execute)` binds a list of one type.
/// - `… => later` answers nothing, and SQLite is sent the statement only with the transaction's next one, or with its save: one round
///   trip for both. Its error is told there. For statements of the hot path that nothing but a broken database can refuse.
macro_rules! sql {
    ($on:expr, $sql:expr $(, $arg:expr)* => execute) => {
        $crate::db::sql!(@run $on, $sql, |text, arguments, connection|
            sqlx::query_with(text, arguments)$(.bind($arg))*.execute(connection), |_done| ())
    };
    ($on:expr, $sql:expr, in $args:expr => execute) => {
        $crate::db::sql!(@run $on, $sql, |text, arguments, connection| {
            let mut query = sqlx::query_with(text, arguments);
            for arg in $args {
                query = query.bind(arg);
            }
            query.execute(connection)
        }, |_done| ())
    };
    ($on:expr, $sql:expr $(, $arg:expr)* => later) => {
        match $on.later(&$sql).await {
            Err(error) => Err(error),
            Ok(Some(pending)) => {
                $(pending.bind($arg);)*
                Ok(())
            }
            Ok(None) => $crate::db::sql!($on, $sql $(, $arg)* => execute),
        }
    };
    ($on:expr, $sql:expr $(, $arg:expr)* => $fetch:ident $row:ty) => {
        $crate::db::sql!(@run $on, $sql, |text, arguments, connection|
            sqlx::query_as_with::<_, $row, _>(text, arguments)$(.bind($arg))*.$fetch(connection), |rows| rows)
    };
    (@run $on:expr, $sql:expr, |$text:ident, $arguments:ident, $connection:ident| $query:expr, |$out:ident| $map:expr) => {
        match $on.step(&$sql).await {
            Err(error) => Err(error),
            Ok($crate::db::Step::Sqlite(mut step)) => {
                let ($text, $arguments) = step.query();
                match step.connection() {
                    Err(error) => Err(error),
                    Ok($connection) => {
                        #[expect(clippy::disallowed_methods, reason = "this macro is the one place that runs statements")]
                        let result = $query.await;
                        step.done(result.map(|$out| $map))
                    }
                }
            }
            Ok($crate::db::Step::Postgres(mut step)) => {
                let ($text, $arguments) = step.query();
                let $connection = step.connection();
                #[expect(clippy::disallowed_methods, reason = "this macro is the one place that runs statements")]
                let result = $query.await;
                step.done(result.map(|$out| $map))
            }
        }
    };
}

pub(crate) use sql;

statements! {
    PING = "SELECT CAST(1 AS BIGINT)";
}

/// An open database; cheap to clone.
#[derive(Clone)]
pub(crate) enum Db {
    Sqlite(Arc<SqliteDb>),
    Postgres(PgPool),
}

/// How many connections to hold.
#[derive(Debug, Clone, Copy)]
pub struct StoreOptions {
    /// SQLite connections that read; one more writes.
    pub sqlite_readers: usize,
    /// PostgreSQL connections.
    pub postgres_connections: u32,
}

impl Default for StoreOptions {
    fn default() -> Self {
        // What is read on every request is held in memory, so that one for each core is plenty.
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self { sqlite_readers: cores.clamp(2, 8), postgres_connections: 16 }
    }
}

impl Db {
    pub(crate) async fn open(url: &str, options: StoreOptions) -> Result<Self, StoreError> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() || path == ":memory:" {
                return Err(StoreError::BadAddress("a file is needed, because several connections share it".to_owned()));
            }
            let sqlite = SqliteConnectOptions::new().filename(path);
            return Ok(Self::Sqlite(SqliteDb::open(sqlite, options.sqlite_readers).await?));
        }
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            // The address itself may hold a password and is not repeated.
            return Err(StoreError::BadAddress("it begins with neither".to_owned()));
        }
        let postgres: PgConnectOptions =
            url.parse().map_err(|_| StoreError::BadAddress("the postgres address cannot be read".to_owned()))?;
        let pool = PgPoolOptions::new()
            .max_connections(options.postgres_connections)
            .acquire_timeout(Duration::from_secs(10))
            // A connection that was just in use needs no round trip to show that it lives.
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    if meta.idle_for > Duration::from_secs(2) {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_with(postgres.statement_cache_capacity(256))
            .await?;
        Ok(Self::Postgres(pool))
    }

    /// A read: one statement, outside any transaction.
    pub(crate) async fn step(&self, statement: &'static Statement) -> Result<Step<'static>, StoreError> {
        Ok(match self {
            Self::Sqlite(db) => {
                let query = (statement.sql.into_sql_str(), SqliteArguments::default());
                Step::Sqlite(SqliteStep::new(SqliteHold::Reader(db.reader().await?), query, statement))
            }
            Self::Postgres(pool) => {
                Step::Postgres(PostgresStep { hold: PostgresHold::Pool(pool.acquire().await?), statement, failed: None })
            }
        })
    }

    /// Whether the database answers.
    pub(crate) async fn ping(&self) -> Result<(), StoreError> {
        sql!(self, PING => fetch_one (i64,)).map(|_| ())
    }

    /// Prepares a statement without running it.
    pub(crate) async fn prepare(&self, statement: &'static Statement) -> Result<(), StoreError> {
        let text = statement.sql.into_sql_str();
        match self {
            Self::Sqlite(db) => {
                let mut reader = db.reader().await?;
                let prepared = reader.connection()?.prepare(text).await.map(|_| ());
                prepared.map_err(|error| StoreError::from_driver(error, statement.name))
            }
            Self::Postgres(pool) => {
                pool.prepare(text).await.map(|_| ()).map_err(|error| StoreError::from_driver(error, statement.name))
            }
        }
    }

    /// A transaction; see [`Tx::save`].
    pub(crate) async fn write(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            Self::Sqlite(db) => Tx { conn: Conn::Sqlite(WriterTx::begin(db, Shape::Many).await) },
            Self::Postgres(pool) => Tx { conn: Conn::Postgres { transaction: pool.begin().await?, failed: false } },
        })
    }

    /// A transaction of one statement, which is atomic by itself. Dropped unsaved it may or may not have happened.
    pub(crate) async fn write_one(&self) -> Result<Tx, StoreError> {
        let conn = match self {
            Self::Sqlite(db) => Conn::Sqlite(WriterTx::begin(db, Shape::One).await),
            Self::Postgres(pool) => Conn::PostgresSingle { connection: pool.acquire().await?, failed: false },
        };
        Ok(Tx { conn })
    }
}

/// One statement about to run on one connection.
pub(crate) enum Step<'a> {
    Sqlite(SqliteStep<'a>),
    Postgres(PostgresStep<'a>),
}

pub(crate) struct SqliteStep<'a> {
    hold: SqliteHold<'a>,
    /// Taken once, by [`SqliteStep::query`].
    query: Option<SqliteQuery>,
    statement: &'static Statement,
}

enum SqliteHold<'a> {
    Reader(Reader),
    Writer(&'a mut WriterTx),
}

impl<'a> SqliteStep<'a> {
    fn new(hold: SqliteHold<'a>, query: SqliteQuery, statement: &'static Statement) -> Self {
        Self { hold, query: Some(query), statement }
    }

    pub(crate) fn query(&mut self) -> SqliteQuery {
        self.query.take().unwrap_or_else(|| (self.statement.sql.into_sql_str(), SqliteArguments::default()))
    }

    pub(crate) fn connection(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        match &mut self.hold {
            SqliteHold::Reader(reader) => reader.connection(),
            SqliteHold::Writer(tx) => tx.connection(),
        }
    }

    pub(crate) fn done<T>(self, result: Result<T, sqlx::Error>) -> Result<T, StoreError> {
        if let SqliteHold::Writer(tx) = self.hold {
            tx.finish(result.as_ref().err());
        }
        result.map_err(|error| StoreError::from_driver(error, self.statement.name))
    }
}

pub(crate) struct PostgresStep<'a> {
    hold: PostgresHold<'a>,
    statement: &'static Statement,
    failed: Option<&'a mut bool>,
}

enum PostgresHold<'a> {
    Pool(PoolConnection<Postgres>),
    Tx(&'a mut PgConnection),
}

impl PostgresStep<'_> {
    pub(crate) fn query(&mut self) -> (SqlStr, PgArguments) {
        (self.statement.sql.into_sql_str(), PgArguments::default())
    }

    pub(crate) fn connection(&mut self) -> &mut PgConnection {
        match &mut self.hold {
            PostgresHold::Pool(connection) => connection,
            PostgresHold::Tx(connection) => connection,
        }
    }

    pub(crate) fn done<T>(self, result: Result<T, sqlx::Error>) -> Result<T, StoreError> {
        if let (true, Some(failed)) = (result.is_err(), self.failed) {
            *failed = true;
        }
        result.map_err(|error| StoreError::from_driver(error, self.statement.name))
    }
}

/// A transaction. Dropped without [`Tx::save`] it leaves no trace. Await nothing but the database while holding one.
pub(crate) struct Tx {
    conn: Conn,
}

enum Conn {
    Sqlite(WriterTx),
    Postgres { transaction: Transaction<'static, Postgres>, failed: bool },
    PostgresSingle { connection: PoolConnection<Postgres>, failed: bool },
}

impl Tx {
    #[expect(clippy::unused_async, reason = "`sql!` awaits it, as it awaits the step of a `Db`")]
    pub(crate) async fn step(&mut self, statement: &'static Statement) -> Result<Step<'_>, StoreError> {
        Ok(match &mut self.conn {
            Conn::Sqlite(tx) => {
                let query = tx.start(statement)?;
                Step::Sqlite(SqliteStep::new(SqliteHold::Writer(tx), query, statement))
            }
            Conn::Postgres { failed: true, .. } | Conn::PostgresSingle { failed: true, .. } => return Err(StoreError::Aborted),
            Conn::Postgres { transaction, failed } => {
                Step::Postgres(PostgresStep { hold: PostgresHold::Tx(transaction), statement, failed: Some(failed) })
            }
            Conn::PostgresSingle { connection, failed } => {
                Step::Postgres(PostgresStep { hold: PostgresHold::Tx(connection), statement, failed: Some(failed) })
            }
        })
    }

    /// Where to leave a statement that may be sent together with the next; `None` where it has to be sent now.
    pub(crate) async fn later(&mut self, statement: &'static Statement) -> Result<Option<&mut Pending>, StoreError> {
        match &mut self.conn {
            Conn::Sqlite(tx) => tx.later(statement).await.map(Some),
            Conn::Postgres { .. } | Conn::PostgresSingle { .. } => Ok(None),
        }
    }

    /// Drops expired rows from memory, where the database has rows in memory, and old ones from the disk with the next commits.
    pub(crate) fn expire_in_memory(&self, now: Timestamp) {
        if let Conn::Sqlite(tx) = &self.conn {
            tx.expire_in_memory(now);
        }
    }

    /// Resolves when what was written is on disk. Many transactions share one commit.
    ///
    /// Fails with [`StoreError::Aborted`] when one of its statements failed before.
    pub(crate) async fn save(self) -> Result<(), StoreError> {
        match self.conn {
            Conn::Sqlite(tx) => tx.save().await,
            Conn::Postgres { failed: true, .. } | Conn::PostgresSingle { failed: true, .. } => Err(StoreError::Aborted),
            Conn::Postgres { transaction, .. } => Ok(transaction.commit().await?),
            Conn::PostgresSingle { .. } => Ok(()),
        }
    }

    /// Returns at once on SQLite: what was written is on disk with the next commit, at latest some milliseconds later, and lost if the machine
    /// stops before. For short-lived state whose loss costs a citizen one more click, never a second use of anything: whoever
    /// saves after it, saves it too.
    pub(crate) async fn save_relaxed(self) -> Result<(), StoreError> {
        match self.conn {
            Conn::Sqlite(tx) => tx.save_relaxed().await,
            conn => Self { conn }.save().await,
        }
    }
}
