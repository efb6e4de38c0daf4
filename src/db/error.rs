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
    /// A write failed for want of space a moment ago.
    #[error("the database has no space left")]
    Full,
    /// The one connection that writes is busy for longer than a caller waits.
    #[error("the database is busy with other writes")]
    Busy,
    /// A pooler is in front of PostgreSQL, and the settings do not say so.
    #[error("a pooler such as PgBouncer stands in front of PostgreSQL, and database.pooler is \"none\"")]
    Pooler,
    /// The connection would not be protected as it must be.
    #[error("database.url {0}")]
    Unprotected(String),
    /// A file of the database can be read by others.
    #[error("{0} can be read by every user of this machine")]
    Readable(String),
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

    /// Whether the same request may succeed in a moment.
    pub(crate) const fn may_pass(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Locked | Self::Aborted | Self::Full | Self::Busy)
    }

    /// Whether the pool found no connection in time, which says nothing about the cause.
    pub(crate) fn is_of_the_pool(&self) -> bool {
        matches!(self, Self::Unavailable(cause) if matches!(cause.downcast_ref(), Some(sqlx::Error::PoolTimedOut)))
    }

    /// What is wrong, in words for an operator that tell a stranger neither address nor name.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Unavailable(cause) => cause.downcast_ref::<sqlx::Error>().map_or("it does not answer", reason_of),
            Self::Full => "its disk is full",
            Self::Busy => "it is busy with other writes",
            Self::Locked => "a row stays locked by another transaction",
            Self::Corrupt { .. } => "a stored value cannot be read",
            Self::Conflict(_) | Self::Aborted => "it does not take a write",
            Self::Served(_) | Self::Pooler | Self::Unprotected(_) | Self::Readable(_) | Self::BadAddress(_) => {
                "it cannot be used as it is set up"
            }
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

/// The reason behind an error of either driver.
fn reason_of(error: &sqlx::Error) -> &'static str {
    use std::io::ErrorKind;
    match error {
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            // PostgreSQL's codes have five characters, SQLite's are numbers of at most four digits.
            if code.len() == 5 { reason_of_postgres(&code) } else { reason_of_sqlite(&code) }
        }
        sqlx::Error::Io(error) => match error.kind() {
            ErrorKind::TimedOut => "it does not answer in time",
            ErrorKind::ConnectionRefused => "nothing answers at its address",
            ErrorKind::ReadOnlyFilesystem => READ_ONLY,
            ErrorKind::InvalidData => "TLS: its certificate is refused",
            _ => "the connection to it broke",
        },
        sqlx::Error::PoolTimedOut => "it gives no connection in time",
        sqlx::Error::Tls(_) => "TLS: it offers none, or its certificate is refused",
        _ => "it does not answer",
    }
}

const READ_ONLY: &str = "it is read-only";

/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
fn reason_of_postgres(code: &str) -> &'static str {
    match code {
        "53100" => "its disk is full",
        "53200" => "it is out of memory",
        "53300" => "it has no free connection",
        "25006" => READ_ONLY,
        "57P01" | "57P02" | "57P03" => "it is starting or stopping",
        "42501" => "its user may not write",
        code if code.starts_with("28") => "it refuses the user or the password",
        code if code.starts_with("3D") => "the database of this name does not exist",
        _ => "it answers with an error",
    }
}

/// <https://www.sqlite.org/rescode.html>: the primary code is the last byte.
fn reason_of_sqlite(code: &str) -> &'static str {
    match code.parse::<i64>().unwrap_or(0) & 0xff {
        5 | 6 => "another process has it locked",
        8 => READ_ONLY,
        10 => "its disk cannot be read or written",
        13 => "its disk is full",
        14 => "its file cannot be opened",
        _ => "it answers with an error",
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
