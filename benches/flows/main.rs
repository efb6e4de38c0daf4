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
//! - `citizen.rs`: a browser: cookies, redirects, forms, the code on the phone.
//! - `http.rs`: one connection.
//! - `scenarios.rs`: the flows.
//! - `keys.rs`: what a client signs.
//! - `measure.rs`: runs and counts.
//! - `server.rs`: the process.
//! - `prepare.rs`: the data.

#![expect(clippy::disallowed_methods, reason = "measuring time is what this program is for")]

mod citizen;
mod http;
mod keys;
mod measure;
mod prepare;
mod scenarios;
mod server;

use clap::Parser;
use std::path::PathBuf;
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
    let arguments = Arguments::parse();
    // One thread for the driver: the other core is for the server.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(run(arguments))
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    let data = prepare::Data::make(arguments.accounts).await?;
    let wanted = |name: &str| arguments.names.is_empty() || arguments.names.iter().any(|part| name.contains(part.as_str()));
    if wanted("start") {
        server::print_start(&arguments.binary, &data).await?;
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
