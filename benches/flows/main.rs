//! Benchmarks of whole flows: real HTTP over loopback against the release binary, server and driver measured apart.
//!
//! ```text
//! cargo build --release && cargo bench --bench flows -- [--quick] [--seconds N] [--concurrency 1,8,64] [NAME …]
//! ```
//!
//! The server is `target/release/panjereh serve` on a SQLite file with durable writes. This process prepares its accounts
//! (through the library, before the server starts), then acts as browsers and agencies: keep-alive connections, every answer read
//! to its end and checked, a failed answer ends the run. Server CPU is `utime + stime` of the server's process from the first
//! flow's start to the last flow's end, so it includes everything that a flow causes. Peak memory is `VmHWM`, reset before each
//! line.
//!
//! `strangers` is an attacker beside a citizen. `cargo test` runs a short one against the binary of the tests, and nothing else.
//!
//! - `citizen.rs`: a browser: cookies, redirects, forms, the code on the phone.
//! - `http.rs`: one connection.
//! - `scenarios.rs`: the flows.
//! - `keys.rs`: what a client signs.
//! - `measure.rs`: runs and counts.
//! - `server.rs`: the process.
//! - `strangers.rs`: the attacker.
//! - `prepare.rs`: the data.

#![expect(clippy::disallowed_methods, reason = "measuring time is what this program is for")]

mod citizen;
mod http;
mod keys;
mod measure;
mod prepare;
mod scenarios;
mod server;
mod strangers;

use clap::Parser;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

/// Any failure ends the run.
type Failure = Box<dyn std::error::Error>;

#[derive(Parser)]
#[command(about = "Flows per second and CPU per flow of the release binary")]
struct Arguments {
    /// One short pass, to check that everything works; its numbers are rough.
    #[arg(long)]
    quick: bool,
    /// Seconds per line.
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// Numbers of concurrent flows.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 64])]
    concurrency: Vec<usize>,
    /// The server.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/target/release/panjereh"))]
    binary: PathBuf,
    /// Accounts to prepare; each first sign-in uses one.
    #[arg(long, default_value_t = 4000)]
    accounts: usize,
    /// Passed by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
    /// Names, or parts of names, of the lines to run; all if none is given.
    names: Vec<String>,
}

fn main() -> Result<(), Failure> {
    // One thread for the driver: the other core is for the server.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    if std::env::args().any(|argument| argument == "--bench") {
        return runtime.block_on(run(Arguments::parse()));
    }
    // `cargo test`, perhaps with a filter and other words for the tests of a library, which are not ours.
    if std::env::args().skip(1).all(|argument| TEST.contains(&argument)) {
        runtime.block_on(strangers_raise_memory_by_at_most_256_mib_and_a_citizen_who_is_signed_in_is_served())?;
    }
    Ok(())
}

/// What `cargo test` runs of this program.
const TEST: &str = "strangers_raise_memory_by_at_most_256_mib_and_a_citizen_who_is_signed_in_is_served";

async fn strangers_raise_memory_by_at_most_256_mib_and_a_citizen_who_is_signed_in_is_served() -> Result<(), Failure> {
    strangers::attack(Path::new(env!("CARGO_BIN_EXE_panjereh")), &strangers::Plan::short()?).await?;
    println!("test {TEST} ... ok");
    Ok(())
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    let data = prepare::Data::make(arguments.accounts).await?;
    let wanted = |name: &str| arguments.names.is_empty() || arguments.names.iter().any(|part| name.contains(part.as_str()));
    if wanted("start") {
        server::print_start(&arguments.binary, &data).await?;
    }
    if wanted("strangers") {
        strangers::attack(&arguments.binary, &strangers::Plan::full(Duration::from_secs(arguments.seconds))?).await?;
    }
    let server = server::Server::start(&arguments.binary, &data).await?;
    let phones = citizen::Phones::new(&data.outbox())?;
    let world = Rc::new(citizen::World { port: server.port(), data, phones });
    measure::print_head();
    let length = Duration::from_secs(if arguments.quick { 1 } else { arguments.seconds });
    let concurrency = if arguments.quick { vec![8] } else { arguments.concurrency };
    for scenario in scenarios::ALL {
        if !wanted(scenario.name()) {
            continue;
        }
        for workers in &concurrency {
            measure::line(&server, &world, scenario, *workers, length).await?;
        }
    }
    Ok(())
}
