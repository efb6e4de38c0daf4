//! The errors of the store, and how the errors of both drivers are mapped to them.

use sqlx::error::ErrorKind;
use std::error::Error;
use std::fmt::Display;
use std::sync::Arc;

/// PostgreSQL's code for a statement that waited for a lock longer than `lock_timeout`.
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// Why the store could not do what was requested.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The database did not answer, rejected the request, or could not write.
    #[error("the database does not answer: {0}")]
    Unavailable(#[source] Arc<dyn Error + Send + Sync>),
    /// A stored value cannot be read; names its place. `row` is the primary key, shortened if it is personal data.
    #[error("table {table}, column {column}, row {row}: the stored value cannot be read")]
    Corrupt {
        /// Table.
        table: &'static str,
        /// Column.
        column: String,
        /// Primary key of the row.
        row: String,
    },
    /// A uniqueness constraint or a foreign key forbids the write; named `table_column`, or `foreign_key`.
    #[error("the write violates the constraint {0}")]
    Conflict(String),
    /// Another transaction kept a row locked for longer than this one waits.
    #[error("a row stayed locked by another transaction")]
    Locked,
    /// An earlier statement of this transaction failed, so it cannot be continued or saved.
    #[error("a statement of this transaction failed, so it cannot be saved")]
    Aborted,
    /// Only one process may serve from a database of this kind, and another process already does.
    #[error("another process serves from the database {0}")]
    Served(String),
    /// The database URL has no known scheme.
    #[error("the store's address must be sqlite:PATH or postgres://…: {0}")]
    BadAddress(String),
}

impl StoreError {
    /// A value that cannot be read, with its place.
    pub(crate) fn corrupt(table: &'static str, column: &str, row: impl Display) -> Self {
        Self::Corrupt { table, column: column.to_owned(), row: row.to_string() }
    }

    /// The constraint that a write violated, as `table_column`.
    pub fn conflict(&self) -> Option<&str> {
        match self {
            Self::Conflict(constraint) => Some(constraint),
            _ => None,
        }
    }

    /// `statement` names the statement that was read from, for columns of an unexpected type.
    pub(crate) fn from_driver(error: sqlx::Error, statement: &'static str) -> Self {
        match error {
            sqlx::Error::ColumnDecode { index, .. } => Self::Corrupt { table: statement, column: index, row: "?".to_owned() },
            sqlx::Error::Database(inner) => match inner.kind() {
                ErrorKind::UniqueViolation => Self::Conflict(unique_name(inner.constraint(), inner.message())),
                ErrorKind::ForeignKeyViolation => Self::Conflict("foreign_key".to_owned()),
                _ if inner.code().as_deref() == Some(LOCK_NOT_AVAILABLE) => Self::Locked,
                _ => Self::Unavailable(Arc::new(sqlx::Error::Database(inner))),
            },
            other => Self::Unavailable(Arc::new(other)),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::from_driver(error, "?")
    }
}

/// PostgreSQL reports the name of the constraint, which is `table_column` here. SQLite reports `UNIQUE constraint failed:
/// table.column, …`.
fn unique_name(constraint: Option<&str>, message: &str) -> String {
    if let Some(name) = constraint {
        return name.to_owned();
    }
    let columns = message.rsplit(": ").next().unwrap_or(message);
    let mut parts = columns.split(", ");
    let mut name = parts.next().unwrap_or_default().replace('.', "_");
    for column in parts {
        name.push('_');
        name.push_str(column.rsplit('.').next().unwrap_or(column));
    }
    name
}

/// Whether SQLite may have rolled back the whole transaction by itself, as it does when it is out of space or memory
/// (<https://www.sqlite.org/lang_transaction.html>, section 3.1).
pub(crate) fn may_have_lost_transaction(error: &sqlx::Error) -> bool {
    const BUSY: i64 = 5;
    const CORRUPT: i64 = 11;
    const FULL: i64 = 13;
    match error {
        sqlx::Error::Database(inner) => {
            let code = inner.code().and_then(|code| code.parse::<i64>().ok()).unwrap_or(0) & 0xff;
            (BUSY..=CORRUPT).contains(&code) || code == FULL
        }
        sqlx::Error::WorkerCrashed | sqlx::Error::Io(_) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_drivers_name_a_unique_constraint_the_same() {
        assert_eq!(unique_name(Some("accounts_national_id"), "duplicate key value"), "accounts_national_id");
        assert_eq!(unique_name(None, "UNIQUE constraint failed: accounts.national_id"), "accounts_national_id");
        assert_eq!(
            unique_name(None, "UNIQUE constraint failed: recovery_codes.account_id, recovery_codes.code_hash"),
            "recovery_codes_account_id_code_hash"
        );
    }
}
