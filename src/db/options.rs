//! How a database is opened, and how long its callers wait.

use crate::settings::{Pooler, ServerTls};
use std::time::Duration;

/// How to open a database, and how long to wait for it.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// SQLite connections for reading; one more writes.
    pub sqlite_readers: usize,
    /// PostgreSQL connections.
    pub postgres_connections: u32,
    /// What stands in front of PostgreSQL.
    pub pooler: Pooler,
    /// TLS to PostgreSQL.
    pub tls: ServerTls,
    /// How long a caller waits for an answer of PostgreSQL and for a free connection. `None`: as long as it takes, for commands.
    pub answers_within: Option<Duration>,
    /// How long a caller waits for its turn to write on SQLite. A turn that is late is mostly that of a slow disk, which is no failure,
    /// so it has nearly all of the two seconds that a caller waits. `None` as above.
    pub turn_within: Option<Duration>,
    /// How long a server that does not answer at the start is waited for.
    pub waits: Duration,
    /// Tells the operator why the start waits.
    pub announce: fn(&str),
}

/// How long a job waits for an answer.
pub(crate) const LEISURE: Duration = Duration::from_secs(20);

/// How long a caller of a server waits for a database, so that the caller has an answer within two seconds.
pub(crate) const ANSWERS_WITHIN: Duration = Duration::from_millis(1300);
/// The same for a turn to write.
const TURN_WITHIN: Duration = Duration::from_millis(1900);

impl Default for StoreOptions {
    fn default() -> Self {
        // What every request reads is cached in memory, so one reader per core is enough.
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            sqlite_readers: cores.clamp(2, 8),
            postgres_connections: 16,
            pooler: Pooler::None,
            tls: ServerTls::default(),
            answers_within: None,
            turn_within: None,
            waits: Duration::from_secs(10),
            announce: |_| (),
        }
    }
}

impl StoreOptions {
    /// The options of a program that serves callers.
    #[must_use]
    pub fn serving(self) -> Self {
        Self { answers_within: Some(ANSWERS_WITHIN), turn_within: Some(TURN_WITHIN), ..self }
    }
}
