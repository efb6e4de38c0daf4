//! The whole seam between the two databases: an enum over the native drivers, and the macros `sql!` and `statements!`.
//!
//! Everything above speaks the portable dialect of [`super`] and knows neither driver.

use super::batch::{Shape, WriterTx};
use super::error::StoreError;
use super::sqlite::{Reader, SqliteDb};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection as _, Executor as _, PgPool, Postgres, SqlSafeStr as _, Transaction};
use std::sync::Arc;
use std::time::Duration;

/// One SQL text in the portable dialect, and the same text behind what may have to precede it on SQLite's writer.
pub(crate) struct Statement {
    pub(crate) name: &'static str,
    pub(crate) plain: &'static str,
    pub(crate) begin: &'static str,
    pub(crate) savepoint_a: &'static str,
    pub(crate) a_to_b: &'static str,
    pub(crate) b_to_a: &'static str,
}

/// Declares the SQL of a file and lists it for the test that prepares every statement on both databases.
macro_rules! statements {
    ($($name:ident = $sql:literal;)+) => {
        $(static $name: $crate::store::db::Statement = $crate::store::db::Statement {
            name: stringify!($name),
            plain: $sql,
            begin: concat!("BEGIN IMMEDIATE; ", $sql),
            savepoint_a: concat!("SAVEPOINT a; ", $sql),
            a_to_b: concat!("RELEASE a; SAVEPOINT b; ", $sql),
            b_to_a: concat!("RELEASE b; SAVEPOINT a; ", $sql),
        };)+
        pub(crate) static STATEMENTS: &[&$crate::store::db::Statement] = &[$(&$name),+];
    };
}

/// Runs one statement on whichever database is behind `$on` (a [`Db`] for reads, a [`Tx`] for writes).
///
/// `sql!(on, STATEMENT, arguments… => fetch_optional Row)`, `… => fetch_all Row`, `… => fetch_one Row`, or `… => execute`, which answers
/// nothing: what must know how many rows it changed says `RETURNING`, because SQLite's count is not reset by what may precede the statement
/// in its text. `sql!(on, STATEMENT, in list => execute)` binds a list of one type.
macro_rules! sql {
    ($on:expr, $sql:expr $(, $arg:expr)* => execute) => {
        $crate::store::db::sql!(@run $on, $sql, |text, connection| sqlx::query(text)$(.bind($arg))*.execute(connection), |_done| ())
    };
    ($on:expr, $sql:expr, in $args:expr => execute) => {
        $crate::store::db::sql!(@run $on, $sql, |text, connection| {
            let mut query = sqlx::query(text);
            for arg in $args {
                query = query.bind(arg);
            }
            query.execute(connection)
        }, |_done| ())
    };
    ($on:expr, $sql:expr $(, $arg:expr)* => $fetch:ident $row:ty) => {
        $crate::store::db::sql!(@run $on, $sql, |text, connection| sqlx::query_as::<_, $row>(text)$(.bind($arg))*.$fetch(connection), |rows| rows)
    };
    (@run $on:expr, $sql:expr, |$text:ident, $connection:ident| $query:expr, |$out:ident| $map:expr) => {
        match $on.step(&$sql).await {
            Err(error) => Err(error),
            Ok($crate::store::db::Step::Sqlite(mut step)) => {
                let $text = step.text;
                match step.connection() {
                    Err(error) => Err(error),
                    Ok($connection) => {
                        #[expect(clippy::disallowed_methods, reason = "this macro is the one place that runs statements")]
                        let result = $query.await;
                        step.done(result.map(|$out| $map))
                    }
                }
            }
            Ok($crate::store::db::Step::Postgres(mut step)) => {
                let $text = step.statement.plain;
                let $connection = step.connection();
                #[expect(clippy::disallowed_methods, reason = "this macro is the one place that runs statements")]
                let result = $query.await;
                step.done(result.map(|$out| $map))
            }
        }
    };
}

pub(crate) use {sql, statements};

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
        Self { sqlite_readers: 4, postgres_connections: 16 }
    }
}

impl Db {
    pub(super) async fn open(url: &str, options: StoreOptions) -> Result<Self, StoreError> {
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
            Self::Sqlite(db) => Step::Sqlite(SqliteStep {
                hold: SqliteHold::Reader(db.reader().await?),
                text: statement.plain,
                name: statement.name,
            }),
            Self::Postgres(pool) => {
                Step::Postgres(PostgresStep { hold: PostgresHold::Pool(pool.acquire().await?), statement, failed: None })
            }
        })
    }

    /// Prepares a statement without running it.
    pub(super) async fn prepare(&self, statement: &'static Statement) -> Result<(), StoreError> {
        let text = statement.plain.into_sql_str();
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
        Ok(Tx(match self {
            Self::Sqlite(db) => Conn::Sqlite(db.begin(Shape::Many).await),
            Self::Postgres(pool) => Conn::Postgres { transaction: pool.begin().await?, failed: false },
        }))
    }

    /// A transaction of one statement, which is atomic by itself. Dropped unsaved it may or may not have happened.
    pub(crate) async fn write_one(&self) -> Result<Tx, StoreError> {
        self.single(Shape::One).await
    }

    /// One read that sees what was saved relaxed a moment ago.
    pub(crate) async fn peek(&self) -> Result<Tx, StoreError> {
        self.single(Shape::Peek).await
    }

    async fn single(&self, shape: Shape) -> Result<Tx, StoreError> {
        Ok(Tx(match self {
            Self::Sqlite(db) => Conn::Sqlite(db.begin(shape).await),
            Self::Postgres(pool) => Conn::PostgresSingle { connection: pool.acquire().await?, failed: false },
        }))
    }
}

/// One statement about to run on one connection.
pub(crate) enum Step<'a> {
    Sqlite(SqliteStep<'a>),
    Postgres(PostgresStep<'a>),
}

pub(crate) struct SqliteStep<'a> {
    hold: SqliteHold<'a>,
    pub(crate) text: &'static str,
    name: &'static str,
}

enum SqliteHold<'a> {
    Reader(Reader),
    Writer(&'a mut WriterTx),
}

impl SqliteStep<'_> {
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
        result.map_err(|error| StoreError::from_driver(error, self.name))
    }
}

pub(crate) struct PostgresStep<'a> {
    hold: PostgresHold<'a>,
    pub(crate) statement: &'static Statement,
    failed: Option<&'a mut bool>,
}

enum PostgresHold<'a> {
    Pool(PoolConnection<Postgres>),
    Tx(&'a mut PgConnection),
}

impl PostgresStep<'_> {
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
pub struct Tx(Conn);

enum Conn {
    Sqlite(WriterTx),
    Postgres { transaction: Transaction<'static, Postgres>, failed: bool },
    PostgresSingle { connection: PoolConnection<Postgres>, failed: bool },
}

impl Tx {
    #[expect(clippy::unused_async, reason = "`sql!` awaits it, as it awaits the step of a `Db`")]
    pub(crate) async fn step(&mut self, statement: &'static Statement) -> Result<Step<'_>, StoreError> {
        Ok(match &mut self.0 {
            Conn::Sqlite(tx) => {
                let text = tx.start(statement)?;
                Step::Sqlite(SqliteStep { hold: SqliteHold::Writer(tx), text, name: statement.name })
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

    /// Resolves when what was written is on disk. Many transactions share one commit.
    ///
    /// Fails with [`StoreError::Aborted`] when one of its statements failed before.
    pub async fn save(self) -> Result<(), StoreError> {
        match self.0 {
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
        match self.0 {
            Conn::Sqlite(tx) => tx.save_relaxed(),
            other => Self(other).save().await,
        }
    }
}
