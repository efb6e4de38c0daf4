//! What an error of PostgreSQL says about the connection that it came on.

use sqlx::error::DatabaseError;
use sqlx::postgres::{PgDatabaseError, PgSeverity};
use std::io::ErrorKind;

/// What becomes of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is used again.
    Keep,
    /// It is closed.
    Close,
    /// It is closed, and so is every connection that was opened before now: they lead to the same server.
    CloseAll,
}

/// What an error says about the connection that it came on.
pub(crate) fn fate(error: &sqlx::Error) -> Fate {
    match error {
        sqlx::Error::Database(error) => fate_by_code(&**error),
        // The limit of this program: the server may be frozen, or this one connection lost.
        sqlx::Error::Io(error) if error.kind() == ErrorKind::TimedOut => Fate::Close,
        sqlx::Error::Io(_) => Fate::CloseAll,
        sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed | sqlx::Error::BeginFailed => Fate::Close,
        _ => Fate::Keep,
    }
}

/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
fn fate_by_code(error: &dyn DatabaseError) -> Fate {
    let code = error.code().unwrap_or_default();
    match &*code {
        // A primary that became read-only: after a failover behind one address, only new connections lead to the new primary.
        // The others: the server stops, crashed, or starts.
        "25006" | "57P01" | "57P02" | "57P03" => Fate::CloseAll,
        // A prepared statement that is missing or there already: a pooler lent another session of the server.
        "26000" | "42P05" => Fate::Close,
        code if code.starts_with("08") => Fate::Close,
        _ => match error.try_downcast_ref::<PgDatabaseError>().map(PgDatabaseError::severity) {
            // The server has ended the session.
            Some(PgSeverity::Fatal | PgSeverity::Panic) => Fate::Close,
            _ => Fate::Keep,
        },
    }
}

/// Whether a first connection that failed like this may succeed a moment later.
pub(crate) fn may_pass(error: &sqlx::Error) -> bool {
    match error {
        // A handshake that failed is an error of this kind too.
        sqlx::Error::Io(error) => error.kind() != ErrorKind::InvalidData,
        // The last one is how PgBouncer passes on that the server behind it is starting.
        sqlx::Error::Database(error) => {
            matches!(error.code().as_deref(), Some("57P03" | "53300" | "57P01" | "57P02" | "08P01"))
        }
        sqlx::Error::PoolTimedOut => true,
        _ => false,
    }
}

/// What PgBouncer says about a startup parameter that it does not know.
pub(crate) const REFUSED: &str = "unsupported startup parameter";

/// Whether a pooler refused what it does not know of a session.
pub(crate) fn is_of_a_pooler(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => error.message().contains(REFUSED),
        sqlx::Error::Configuration(error) => error.to_string().contains(REFUSED),
        _ => false,
    }
}
