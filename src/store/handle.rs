//! The durable store as the rest of the house holds it: it opens, it begins transactions, it flushes.

use crate::db::error::StoreError;
use crate::db::migrate::SchemaProblem;
use crate::db::{Db, StoreOptions};
use crate::store::row_cache::RowCache;
use crate::store::tx::Tx;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The durable store: SQLite in a file, or PostgreSQL. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) db: Db,
    /// Rows in memory. Only on SQLite, where this process alone has the database.
    cache: Option<Arc<RowCache>>,
}

impl Store {
    /// Opens `sqlite:PATH` (made when missing) or `postgres://…`. The schema is neither made nor checked; see
    /// [`Store::migrate`] and [`Store::check_schema`].
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Self::open_with(url, StoreOptions::default()).await
    }

    /// As [`Store::open`], with another number of connections.
    pub async fn open_with(url: &str, options: StoreOptions) -> Result<Self, StoreError> {
        let db = Db::open(url, options).await?;
        let cache = matches!(db, Db::Sqlite(_)).then(|| Arc::new(RowCache::new()));
        Ok(Self { db, cache })
    }

    /// A transaction. On SQLite it has the writer to itself until it is saved or dropped.
    pub async fn write(&self) -> Result<Tx, StoreError> {
        Ok(Tx::new(self.db.write().await?, self.cache.clone()))
    }

    /// The rows in memory, where the database has them.
    pub(crate) fn cache(&self) -> Option<&RowCache> {
        self.cache.as_deref()
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.db.ping().await
    }

    /// Applies the migrations that the database lacks, and names them.
    pub async fn migrate(&self) -> Result<Vec<String>, SchemaProblem> {
        self.db.migrate().await
    }

    /// Whether the database has exactly the schema that this program knows.
    pub async fn check_schema(&self) -> Result<(), SchemaProblem> {
        self.db.check_schema().await
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
}
