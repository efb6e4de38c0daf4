//! Room `store/` (floor 3): durable state, and the only room that says SQL.
//!
//! [`Store`] reads, each method one statement outside any transaction; [`Tx`] writes, and [`Tx::save`] resolves when it is on disk. One
//! file per concern, its SQL at the head. Rows never leave this room: they become the words of `identity/` and `oidc/`, or an error that
//! names table, column and row. Start with `grants.rs`; `db.rs` is the seam between SQLite and PostgreSQL.
//! On SQLite, what `transient/` decides in memory goes to disk here, with whatever is committed next: `short_lived.rs` and `journal.rs`.
//!
//! # The portable dialect
//!
//! Every text runs unchanged on both databases: types are `TEXT`, `BIGINT`, `BOOLEAN`, `BYTEA`; time is milliseconds, passed in; bytes
//! only as bound values; placeholders `$1…`; single use is `UPDATE … WHERE … IS NULL RETURNING`; no `now()`, no arrays, no row locks. The
//! conformance suite (`tests/it/store/`) prepares every statement and runs every method on both.

mod accounts;
mod agencies;
mod audit;
mod authenticators;
mod backchannel;
mod batch;
mod clients;
mod consents;
pub(crate) mod db;
mod error;
mod expire;
mod grants;
mod held;
mod journal;
mod keys;
mod logouts;
mod migrate;
mod persons;
mod refresh;
mod registration_tokens;
mod rows;
pub(crate) mod short_lived;
mod sqlite;
mod texts;
mod writer_tx;

pub use db::{StoreOptions, Tx};
pub use error::StoreError;
pub use grants::GRANT_EXISTS;
pub use migrate::SchemaProblem;
pub use refresh::{KeptRefresh, RefreshClaim};
pub use registration_tokens::RegistrationToken;

use db::{Db, Statement, sql, statements};
use std::sync::atomic::Ordering;

statements! {
    PING = "SELECT CAST(1 AS BIGINT)";
}

/// The durable store: SQLite in a file, or PostgreSQL. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) db: Db,
}

impl Store {
    /// Opens `sqlite:PATH` (made when missing) or `postgres://…`. The schema is neither made nor checked; see
    /// [`Store::migrate`] and [`Store::check_schema`].
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Self::open_with(url, StoreOptions::default()).await
    }

    /// As [`Store::open`], with another number of connections.
    pub async fn open_with(url: &str, options: StoreOptions) -> Result<Self, StoreError> {
        Ok(Self { db: Db::open(url, options).await? })
    }

    /// A transaction. On SQLite it has the writer to itself until it is saved or dropped.
    pub async fn write(&self) -> Result<Tx, StoreError> {
        self.db.write().await
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sql!(self.db, PING => fetch_one (i64,)).map(|_| ())
    }

    /// Makes sure that of the processes that open a SQLite database this is the only one that serves from it. Any number may serve from
    /// PostgreSQL.
    pub fn serve_alone(&self) -> Result<(), StoreError> {
        match &self.db {
            Db::Sqlite(db) => db.serve_alone(),
            Db::Postgres(_) => Ok(()),
        }
    }

    /// Puts on disk what is still on its way. The store can be used afterwards; this is for a clean end.
    pub async fn flush(&self) -> Result<(), StoreError> {
        match &self.db {
            Db::Sqlite(db) => db.save_decided().await,
            Db::Postgres(_) => Ok(()),
        }
    }

    /// How many commits SQLite's writer has made; PostgreSQL counts its own.
    pub fn commits(&self) -> u64 {
        match &self.db {
            Db::Sqlite(db) => db.commits.load(Ordering::Relaxed),
            Db::Postgres(_) => 0,
        }
    }

    /// Prepares every statement of this room on this database and returns how many there are, or the first one that it refuses.
    pub async fn check_statements(&self) -> Result<usize, (&'static str, StoreError)> {
        let mut count = 0;
        for statement in all_statements() {
            self.db.prepare(statement).await.map_err(|error| (statement.name, error))?;
            count += 1;
        }
        Ok(count)
    }
}

fn all_statements() -> impl Iterator<Item = &'static Statement> {
    let lists: [&'static [&'static Statement]; 18] = [
        STATEMENTS,
        accounts::STATEMENTS,
        agencies::STATEMENTS,
        audit::STATEMENTS,
        authenticators::STATEMENTS,
        backchannel::STATEMENTS,
        clients::STATEMENTS,
        consents::STATEMENTS,
        expire::STATEMENTS,
        grants::STATEMENTS,
        journal::STATEMENTS,
        keys::STATEMENTS,
        logouts::STATEMENTS,
        migrate::STATEMENTS,
        persons::STATEMENTS,
        refresh::STATEMENTS,
        registration_tokens::STATEMENTS,
        short_lived::STATEMENTS,
    ];
    lists.into_iter().flatten().copied()
}
