//! The durable store as other rooms use it: it is opened, begins transactions, and is flushed.

use crate::db::Db;
use crate::db::error::StoreError;
use crate::db::migrate::SchemaProblem;
use crate::db::options::StoreOptions;
use crate::store::row_cache::RowCache;
use crate::store::tx::Tx;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The durable store: SQLite in a file, or PostgreSQL. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) db: Db,
    /// Rows cached in memory. Only on SQLite, where one process has the database to itself.
    cache: Option<Arc<RowCache>>,
}

impl Store {
    /// Opens `sqlite:PATH` (created if missing) or `postgres://…`. The schema is neither created nor checked; see
    /// [`Store::migrate`] and [`Store::check_schema`].
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Self::open_with(url, StoreOptions::default()).await
    }

    /// As [`Store::open`], with other options.
    pub async fn open_with(url: &str, options: StoreOptions) -> Result<Self, StoreError> {
        let db = Db::open(url, options).await?;
        let cache = matches!(db, Db::Sqlite(_)).then(|| Arc::new(RowCache::new()));
        Ok(Self { db, cache })
    }

    /// Whether the address of a database can be used as the options want it. Opens nothing.
    pub(crate) fn check_address(url: &str, options: &StoreOptions) -> Result<(), StoreError> {
        if url.starts_with("sqlite:") {
            return Ok(());
        }
        crate::db::postgres::address::options(url, &options.tls, options.pooler).map(drop)
    }

    /// Begins a transaction. On SQLite it holds the only writer until it is saved or dropped.
    pub async fn write(&self) -> Result<Tx, StoreError> {
        Ok(Tx::new(self.db.write().await?, self.cache.clone()))
    }

    /// The row cache, if the database has one.
    pub(crate) fn cache(&self) -> Option<&RowCache> {
        self.cache.as_deref()
    }

    /// The same store for work that no caller waits for: its statements have more time.
    #[must_use]
    pub(crate) fn at_leisure(&self) -> Self {
        Self { db: self.db.at_leisure(), cache: self.cache.clone() }
    }

    /// Applies the missing migrations, and returns their names.
    pub async fn migrate(&self) -> Result<Vec<String>, SchemaProblem> {
        self.db.migrate().await
    }

    /// Whether the database has exactly the schema that this program knows.
    pub async fn check_schema(&self) -> Result<(), SchemaProblem> {
        self.db.check_schema().await
    }

    /// Makes sure that no other process serves from the same SQLite database. Any number of processes may serve from PostgreSQL.
    pub fn serve_alone(&self) -> Result<(), StoreError> {
        match &self.db {
            Db::Sqlite(db) => db.serve_alone(),
            Db::Postgres(_) => Ok(()),
        }
    }

    /// Writes everything that is not on disk yet. The store can still be used afterwards; this is for a clean stop.
    pub async fn flush(&self) -> Result<(), StoreError> {
        match &self.db {
            Db::Sqlite(db) => db.save_decided().await,
            Db::Postgres(_) => Ok(()),
        }
    }

    /// How many commits SQLite's writer has made. Zero for PostgreSQL, which has statistics of its own.
    pub fn commits(&self) -> u64 {
        match &self.db {
            Db::Sqlite(db) => db.commits.load(Ordering::Relaxed),
            Db::Postgres(_) => 0,
        }
    }
}
