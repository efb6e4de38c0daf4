//! Room `db/` (floor *tools*): the seam between the two databases, and the SQLite engine.
//!
//! Here: `Db`, an enum over the native drivers; `Tx`, a transaction of either; the macros `statements!` (`statement.rs`), `sql!` and
//! `row!` (`from_row.rs`), by which SQL is written once in a portable dialect and runs on both; errors that say which constraint was
//! violated (`error.rs`); the schema (`migrate.rs`); `sqlite/`, the engine in front of SQLite, and `load_memory_rows.rs`, its start;
//! `postgres/`, the connections to PostgreSQL, which needs no engine: there a transaction is a transaction.
//!
//! Not here: tables and their statements, and the row cache (`store/`), whose head has the dialect.
//!
//! `docs/engine.md` has the promises and the invariants of the engine; read it before changing anything in `sqlite/`. Start here with
//! `sql!`.

pub(crate) mod error;
pub(crate) mod from_row;
pub(crate) mod load_memory_rows;
pub(crate) mod migrate;
pub(crate) mod options;
pub(crate) mod postgres;
pub(crate) mod sqlite;
pub(crate) mod statement;

use crate::db::error::StoreError;
pub(crate) use crate::db::options::{LEISURE, StoreOptions};
use crate::db::postgres::PostgresDb;
pub(crate) use crate::db::postgres::doors::within;
use crate::db::postgres::lent::Lent;
use crate::db::sqlite::pending::{Pending, SqliteQuery};
use crate::db::sqlite::transaction::{Shape, WriterTx};
use crate::db::sqlite::{Reader, SqliteDb};
pub(crate) use crate::db::statement::{Statement, statements};
use crate::time::Timestamp;
use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteConnection};
use sqlx::{Executor as _, SqlSafeStr as _, SqlStr};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;

/// Runs one statement on the database behind `$on` (a [`Db`] for reads, a [`Tx`] for writes).
///
/// - `sql!(on, STATEMENT, arguments… => fetch_optional Row)`; `fetch_all` and `fetch_one` work the same way.
/// - `… => execute` returns nothing. A statement that must know how many rows it changed uses `RETURNING`, because SQLite's count
///   also includes statements that may precede it in the same text. `sql!(on, STATEMENT, in list => execute)` binds a list of one
///   type.
/// - `… => later` returns nothing. On SQLite the statement is sent with the transaction's next statement or with its save: one
///   round trip for both, and its error is reported there. For statements of the hot path that fail only if the database is
///   broken.
macro_rules! sql {
    ($on:expr, $sql:expr $(, $arg:expr)* => execute) => {
        $crate::db::sql!(@run $on, $sql, |text, arguments, connection, kept|
            sqlx::query_with(text, arguments).persistent(kept)$(.bind($arg))*.execute(connection), |_done| ())
    };
    ($on:expr, $sql:expr, in $args:expr => execute) => {
        $crate::db::sql!(@run $on, $sql, |text, arguments, connection, kept| {
            let mut query = sqlx::query_with(text, arguments).persistent(kept);
            for arg in $args {
                query = query.bind(arg);
            }
            query.execute(connection)
        }, |_done| ())
    };
    ($on:expr, $sql:expr, in $args:expr => $fetch:ident $row:ty) => {
        $crate::db::sql!(@run $on, $sql, |text, arguments, connection, kept| {
            let mut query = sqlx::query_as_with::<_, $row, _>(text, arguments).persistent(kept);
            for arg in $args {
                query = query.bind(arg);
            }
            query.$fetch(connection)
        }, |rows| rows)
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
        $crate::db::sql!(@run $on, $sql, |text, arguments, connection, kept|
            sqlx::query_as_with::<_, $row, _>(text, arguments).persistent(kept)$(.bind($arg))*.$fetch(connection), |rows| rows)
    };
    (@run $on:expr, $sql:expr, |$text:ident, $arguments:ident, $connection:ident, $kept:ident| $query:expr, |$out:ident| $map:expr) => {
        match $on.step(&$sql).await {
            Err(error) => Err(error),
            Ok($crate::db::Step::Sqlite(mut step)) => {
                let (($text, $arguments), $kept) = (step.query(), true);
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
                let (($text, $arguments), $kept, limit) = (step.query(), step.keeps_statements(), step.limit());
                match step.connection() {
                    Err(error) => Err(error),
                    Ok($connection) => {
                        #[expect(clippy::disallowed_methods, reason = "this macro is the one place that runs statements")]
                        let result = $crate::db::within(limit, $query).await;
                        step.done(result.map(|$out| $map))
                    }
                }
            }
        }
    };
}

pub(crate) use sql;

/// An open database; cheap to clone.
#[derive(Clone)]
pub(crate) enum Db {
    Sqlite(Arc<SqliteDb>),
    Postgres(PostgresDb),
}

impl Db {
    pub(crate) async fn open(url: &str, options: StoreOptions) -> Result<Self, StoreError> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() || path == ":memory:" {
                return Err(StoreError::BadAddress("a file is needed, because several connections share it".to_owned()));
            }
            let sqlite = SqliteConnectOptions::new().filename(path);
            return Ok(Self::Sqlite(SqliteDb::open(sqlite, options.sqlite_readers, options.turn_within).await?));
        }
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            // The URL may contain a password and is not repeated.
            return Err(StoreError::BadAddress("it begins with neither".to_owned()));
        }
        Ok(Self::Postgres(Box::pin(postgres::open::open(url, &options)).await?))
    }

    /// The same database for work that no caller waits for.
    pub(crate) fn at_leisure(&self) -> Self {
        match self {
            Self::Sqlite(_) => self.clone(),
            Self::Postgres(db) => Self::Postgres(db.at_leisure(LEISURE)),
        }
    }

    /// A read: one statement, outside any transaction.
    pub(crate) async fn step(&self, statement: &'static Statement) -> Result<Step<'static>, StoreError> {
        Ok(match self {
            Self::Sqlite(db) => {
                let query = (statement.sql.into_sql_str(), SqliteArguments::default());
                Step::Sqlite(SqliteStep::new(SqliteHold::Reader(db.reader().await?), query, statement))
            }
            Self::Postgres(db) => {
                Step::Postgres(PostgresStep { hold: PostgresHold::Own(db.lend().await?), statement, failed: None })
            }
        })
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
            Self::Postgres(db) => {
                let mut lent = db.lend().await?;
                let prepared = lent.connection()?.prepare(text).await.map(|_| ());
                prepared.map_err(|error| StoreError::from_driver(error, statement.name))
            }
        }
    }

    /// Begins a transaction; see [`Tx::save`].
    pub(crate) async fn write(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            Self::Sqlite(db) => Tx { conn: Conn::Sqlite(WriterTx::begin(db, Shape::Many).await?) },
            Self::Postgres(db) => Tx { conn: Conn::Postgres { lent: db.begin().await?, failed: false } },
        })
    }

    /// Begins a transaction of one statement, which is atomic by itself. If it is dropped unsaved, the statement may or may not
    /// have taken effect.
    pub(crate) async fn write_one(&self) -> Result<Tx, StoreError> {
        let conn = match self {
            Self::Sqlite(db) => Conn::Sqlite(WriterTx::begin(db, Shape::One).await?),
            Self::Postgres(db) => Conn::Postgres { lent: db.begin_one().await?, failed: false },
        };
        Ok(Tx { conn })
    }
}

/// One statement that is about to run on one connection.
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
    Own(Lent),
    Tx(&'a mut Lent),
}

impl PostgresHold<'_> {
    fn lent(&mut self) -> &mut Lent {
        match self {
            Self::Own(lent) => lent,
            Self::Tx(lent) => lent,
        }
    }
}

impl PostgresStep<'_> {
    pub(crate) fn query(&mut self) -> (SqlStr, PgArguments) {
        (self.statement.sql.into_sql_str(), PgArguments::default())
    }

    pub(crate) fn connection(&mut self) -> Result<&mut PgConnection, StoreError> {
        self.hold.lent().connection()
    }

    /// Whether the statement stays prepared.
    pub(crate) fn keeps_statements(&mut self) -> bool {
        self.hold.lent().keeps_statements()
    }

    /// How long the answer may take.
    pub(crate) fn limit(&mut self) -> Option<Duration> {
        self.hold.lent().limit
    }

    pub(crate) fn done<T>(mut self, result: Result<T, sqlx::Error>) -> Result<T, StoreError> {
        self.hold.lent().note(result.as_ref().err());
        if let (true, Some(failed)) = (result.is_err(), self.failed) {
            *failed = true;
        }
        result.map_err(|error| StoreError::from_driver(error, self.statement.name))
    }
}

/// A transaction. If it is dropped without [`Tx::save`], it is rolled back. Await only the database while holding one.
pub(crate) struct Tx {
    conn: Conn,
}

enum Conn {
    Sqlite(WriterTx),
    /// With a transaction; a single statement, atomic by itself, may be without.
    Postgres {
        lent: Lent,
        failed: bool,
    },
}

impl Tx {
    #[expect(clippy::unused_async, reason = "`sql!` awaits it, as it awaits the step of a `Db`")]
    pub(crate) async fn step(&mut self, statement: &'static Statement) -> Result<Step<'_>, StoreError> {
        Ok(match &mut self.conn {
            Conn::Sqlite(tx) => {
                let query = tx.start(statement)?;
                Step::Sqlite(SqliteStep::new(SqliteHold::Writer(tx), query, statement))
            }
            Conn::Postgres { failed: true, .. } => return Err(StoreError::Aborted),
            Conn::Postgres { lent, failed } => {
                Step::Postgres(PostgresStep { hold: PostgresHold::Tx(lent), statement, failed: Some(failed) })
            }
        })
    }

    /// Where to add a statement that may be sent together with the next one; `None` if it has to be sent now.
    pub(crate) async fn later(&mut self, statement: &'static Statement) -> Result<Option<&mut Pending>, StoreError> {
        match &mut self.conn {
            Conn::Sqlite(tx) => tx.later(statement).await.map(Some),
            Conn::Postgres { .. } => Ok(None),
        }
    }

    /// Gives each statement of this transaction more time: no caller waits for it.
    pub(crate) fn at_leisure(&mut self) {
        if let Conn::Postgres { lent, .. } = &mut self.conn {
            lent.limit = lent.limit.map(|limit| limit.max(LEISURE));
        }
    }

    /// Removes expired rows from memory, if the database has rows in memory, and old ones from the disk with the next commits. Returns
    /// how many rows it looked at.
    pub(crate) fn expire_in_memory(&self, now: Timestamp) -> usize {
        match &self.conn {
            Conn::Sqlite(tx) => tx.expire_in_memory(now),
            Conn::Postgres { .. } => 0,
        }
    }

    /// The runtime on which the database was opened. A task there goes on when the runtime of the caller ends.
    pub(crate) fn runtime(&self) -> Handle {
        match &self.conn {
            Conn::Sqlite(tx) => tx.runtime(),
            Conn::Postgres { .. } => Handle::current(),
        }
    }

    /// Resolves when the writes are on disk. Many transactions share one commit.
    ///
    /// Fails with [`StoreError::Aborted`] if one of its statements failed.
    pub(crate) async fn save(self) -> Result<(), StoreError> {
        match self.conn {
            Conn::Sqlite(tx) => tx.save().await,
            Conn::Postgres { failed: true, .. } => Err(StoreError::Aborted),
            Conn::Postgres { lent, .. } => lent.save().await,
        }
    }

    /// Returns at once on SQLite: the writes are on disk with the next commit, at most some milliseconds later, and are lost if
    /// the machine stops before that. For short-lived state whose loss costs a person one more click and never allows a second
    /// use of anything: every later save also commits what was written before it.
    pub(crate) async fn save_relaxed(self) -> Result<(), StoreError> {
        match self.conn {
            Conn::Sqlite(tx) => tx.save_relaxed().await,
            conn @ Conn::Postgres { .. } => Self { conn }.save().await,
        }
    }
}
