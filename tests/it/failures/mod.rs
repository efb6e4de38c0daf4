//! What the program does while a server that it depends on is down, full, frozen, gone over to another machine, or not what it says it is.
//!
//! Each test has servers of its own on free ports (`servers.rs`), and citizens who go on signing in (`load.rs`), with a ledger of what
//! they were told: what was acknowledged is there afterwards, and nothing was granted twice. No caller waits for more than two seconds, an
//! answer that something does not work is 503 with `Retry-After`, `/readyz` says so with the reason, and five seconds after the server
//! is back everything works.

mod database;
mod disk;
mod files;
mod forwarder;
mod load;
mod pooler;
mod servers;
mod short_lived;
mod start;
mod tls;

use std::time::{Duration, Instant};

/// Now, for measuring how long a caller waits.
#[expect(clippy::disallowed_methods, reason = "these tests measure how long a caller really waits")]
fn instant() -> Instant {
    Instant::now()
}

/// How long a caller may wait: two seconds, and what a machine adds that runs all other tests meanwhile.
const WAITS: Duration = Duration::from_millis(2600);
/// How long recovery may take, with the same addition.
const RECOVERS: Duration = Duration::from_millis(5600);
