//! The schema: `migrations/`, one portable set for both databases. Nothing is migrated at start-up; `panjereh migrate` does it.

use crate::db::error::StoreError;
use crate::db::from_row::row;
use crate::db::{Db, sql, statements};
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor as _, SqlSafeStr as _};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

/// The files of `migrations/` as (version, description, text), listed by `build.rs`: sqlx's `migrate!` would build both drivers a
/// second time, for the compiler's own process.
const FILES: &[(i64, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// The migrations as sqlx applies them: the checksum of a file is that of its text, and each file is one transaction.
static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(migrator);

/// The same for a transaction that holds a lock of its own.
static UNLOCKED: LazyLock<Migrator> = LazyLock::new(|| {
    let mut migrator = migrator();
    migrator.set_locking(false);
    migrator
});

fn migrator() -> Migrator {
    let migration = |(version, description, text): &(i64, &'static str, &'static str)| {
        Migration::new(*version, (*description).into(), MigrationType::Simple, text.into_sql_str(), false)
    };
    Migrator::with_migrations(FILES.iter().map(migration).collect())
}

statements! {
    APPLIED = "SELECT version, checksum, success FROM _sqlx_migrations ORDER BY version";
}

row! {
    struct AppliedRow {
        version: i64,
        checksum: Vec<u8>,
        success: bool,
    }
}

/// Why the program and the database do not match.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SchemaProblem {
    /// The database lacks these migrations.
    #[error("the database lacks {}: run `panjereh migrate`", .0.join(", "))]
    Missing(Vec<String>),
    /// The database has migrations that this program does not know: a newer version applied them.
    #[error("the database has migrations that this version of the program does not know ({}): run the newer program", .0.join(", "))]
    Unknown(Vec<String>),
    /// These migrations were applied with a text that differs from this program's, or did not complete.
    #[error("{} differ from what this program knows under these names: restore the database or the program", .0.join(", "))]
    Changed(Vec<String>),
    /// The database does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The lock of migrations behind a pooler. Any number that no other program uses.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7210384195520178)";

/// Behind a pooler in transaction mode a lock of the session would stay with whichever session took it, and the next statement may run
/// in another. So all migrations are one transaction, which holds its own lock.
async fn run_pooled(mut connection: PgConnection) -> Result<(), MigrateError> {
    let mut tx = connection.begin_with("BEGIN; SET LOCAL lock_timeout = 0").await?;
    tx.execute(LOCK).await?;
    UNLOCKED.run_direct(None, &mut *tx, false).await?;
    tx.commit().await?;
    Ok(())
}

impl Db {
    /// Applies the missing migrations, and returns their names.
    pub(crate) async fn migrate(&self) -> Result<Vec<String>, SchemaProblem> {
        let missing = match self.check_schema().await {
            Ok(()) => return Ok(Vec::new()),
            Err(SchemaProblem::Missing(missing)) => missing,
            Err(other) => return Err(other),
        };
        let done = match self {
            Db::Sqlite(db) => {
                let mut writer = db.alone().await?;
                MIGRATIONS.run_direct(None, &mut writer.connection, false).await
            }
            // A connection of its own, closed afterwards: a migration waits for the migrations of another instance, and for
            // the transactions that use a table, as long as they take.
            Db::Postgres(db) if db.is_pooled() => run_pooled(db.own().await?).await,
            Db::Postgres(db) => {
                let mut connection = db.own().await?;
                connection.execute("SET lock_timeout = 0").await.map_err(StoreError::from)?;
                MIGRATIONS.run_direct(None, &mut connection, false).await
            }
        };
        done.map_err(|error: MigrateError| StoreError::Unavailable(Arc::new(error)))?;
        Ok(missing)
    }

    /// Whether the database has exactly the schema that this program knows.
    pub(crate) async fn check_schema(&self) -> Result<(), SchemaProblem> {
        let applied = match sql!(self, APPLIED => fetch_all AppliedRow) {
            Ok(rows) => rows,
            // The table does not exist: no migration was ever applied.
            Err(StoreError::Unavailable(error)) if error.to_string().contains("_sqlx_migrations") => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let known: BTreeMap<i64, String> =
            MIGRATIONS.iter().map(|m| (m.version, format!("{:04}_{}", m.version, m.description))).collect();
        let name = |version: i64| known.get(&version).cloned().unwrap_or_else(|| format!("{version:04}"));
        let versions: BTreeSet<i64> = applied.iter().map(|row| row.version).collect();

        let unknown: Vec<_> = versions.iter().filter(|version| !known.contains_key(version)).map(|v| name(*v)).collect();
        if !unknown.is_empty() {
            return Err(SchemaProblem::Unknown(unknown));
        }
        let same =
            |row: &AppliedRow| row.success && MIGRATIONS.iter().any(|m| m.version == row.version && *m.checksum == *row.checksum);
        let changed: Vec<_> = applied.iter().filter(|row| !same(row)).map(|row| name(row.version)).collect();
        if !changed.is_empty() {
            return Err(SchemaProblem::Changed(changed));
        }
        let missing: Vec<_> = known.keys().filter(|version| !versions.contains(version)).map(|v| name(*v)).collect();
        if missing.is_empty() { Ok(()) } else { Err(SchemaProblem::Missing(missing)) }
    }
}
