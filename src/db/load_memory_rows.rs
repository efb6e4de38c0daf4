//! The start of a process on SQLite: loads the rows in memory from the disk, once.

use crate::db::error::StoreError;
use crate::db::sqlite::journal::JOURNAL;
use crate::db::sqlite::memory_rows::Older;
use crate::db::sqlite::{SqliteDb, journal};
use crate::db::{Db, sql, statements};
use std::sync::Arc;

statements! {
    OLDER = "SELECT key, value, uses, expires_at FROM transient WHERE key < $1 OR key >= $2";
    FORGET_OLDER = "DELETE FROM transient WHERE key < $1 OR key >= $2";
}

/// A range of keys of the table that are not rows in memory: from the first, inclusive, to the second, exclusive.
pub(crate) type KeyRange = (&'static [u8], &'static [u8]);

/// Loads the rows that are on disk, once. Until then nothing may be decided about them. Rows that an earlier version of the
/// program left in the table of sessions (whose own keys are in `sessions`) are moved to the journal.
pub(crate) async fn load_memory_rows(db: &Arc<SqliteDb>, sessions: KeyRange) -> Result<(), StoreError> {
    if db.memory_rows.is_read() {
        return Ok(());
    }
    let loading = db.clone();
    // In a task of its own, because the future of a caller may be dropped at any point.
    let read =
        db.runtime.spawn(async move { loading.memory_rows.read.get_or_try_init(|| read_all(&loading, sessions)).await.copied() });
    read.await.map_err(|_| StoreError::Aborted)?
}

async fn read_all(sqlite: &Arc<SqliteDb>, sessions: KeyRange) -> Result<(), StoreError> {
    let db = Db::Sqlite(sqlite.clone());
    let entries = journal::read(sql!(db, JOURNAL => fetch_all (i64, Vec<u8>))?)?;
    let older = sql!(db, OLDER, sessions.0, sessions.1 => fetch_all Older)?;
    let moves = !older.is_empty();
    sqlite.memory_rows.rows().take_in(entries, older);
    if moves {
        let mut tx = db.write().await?;
        sql!(tx, FORGET_OLDER, sessions.0, sessions.1 => execute)?;
        tx.save().await?;
    }
    Ok(())
}
