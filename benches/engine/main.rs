//! The cost of the SQLite engine, with and without its own parts (`docs/adr/0001-own-sqlite-engine.md`).
//!
//! ```text
//! cargo bench --bench engine -- [--seconds N] [--turns N] [--concurrency 1,8,64] [NAME …]
//! ```
//!
//! Every line is one way to do the same work (`ways.rs`), on a new database on a real disk, WAL and `synchronous=FULL`. The ways
//! of one kind of work run in turns, because the speed of a machine varies from minute to minute; the table shows the median of
//! the turns. CPU time is that of this process, user and system, with all threads.
//!
//! - `engine.rs`: the work through the store and the short-lived state.
//! - `plain.rs`: the same statements through sqlx, without the engine.

#![expect(clippy::disallowed_methods, reason = "measuring time, and SQL without the engine, are what this program is for")]

mod engine;
mod plain;
mod ways;

use clap::Parser;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use ways::{ALL, Way, Worlds};

/// Any failure ends the run.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The allocator of the server.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Linux counts CPU time in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

#[derive(Parser)]
#[command(about = "CPU time of the SQLite engine and of what it replaces")]
struct Arguments {
    /// Seconds per line and turn.
    #[arg(long, default_value_t = 1)]
    seconds: u64,
    /// How often each line is measured.
    #[arg(long, default_value_t = 5)]
    turns: usize,
    /// Numbers of concurrent tasks.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 64])]
    concurrency: Vec<usize>,
    /// Passed by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
    /// Names, or parts of names, of the lines to run; all if none is given.
    names: Vec<String>,
}

/// One measurement.
#[derive(Clone, Copy)]
struct Measured {
    per_second: f64,
    cpu_ms: f64,
    /// Transactions that shared a commit, where the engine counts commits.
    per_commit: f64,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    let wanted = |name: &str| arguments.names.is_empty() || arguments.names.iter().any(|part| name.contains(part.as_str()));
    println!("{:<52} {:>8} {:>11} {:>10} {:>10}", "work", "at once", "per second", "CPU-ms", "per commit");
    for at_once in &arguments.concurrency {
        for ways in ALL {
            let ways: Vec<Way> = ways.iter().copied().filter(|way| wanted(way.name())).collect();
            let mut all: Vec<Vec<Measured>> = vec![Vec::new(); ways.len()];
            for _ in 0..arguments.turns {
                for (way, measured) in ways.iter().zip(&mut all) {
                    measured.push(measure(*way, *at_once, Duration::from_secs(arguments.seconds)).await?);
                }
            }
            for (way, measured) in ways.iter().zip(all) {
                print(*way, *at_once, measured);
            }
        }
    }
    Ok(())
}

/// Runs one way for `length` on a database of its own.
async fn measure(way: Way, at_once: usize, length: Duration) -> Result<Measured, Failure> {
    let folder = tempfile::Builder::new().prefix("bench-engine-").tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let worlds = Arc::new(Worlds::make(folder.path(), way).await?);
    // A short pass that is not counted: it fills caches, prepared statements and the write-ahead log.
    run(way, &worlds, at_once, length.min(Duration::from_millis(200))).await?;
    let (commits, cpu, begin) = (worlds.commits(), cpu_time()?, Instant::now());
    let done = f64::from(run(way, &worlds, at_once, length).await?);
    let (wall, cpu) = (begin.elapsed(), cpu_time()?.saturating_sub(cpu));
    let commits = f64::from(u32::try_from(worlds.commits() - commits)?);
    Ok(Measured { per_second: done / wall.as_secs_f64(), cpu_ms: cpu.as_secs_f64() * 1000.0 / done, per_commit: done / commits })
}

async fn run(way: Way, worlds: &Arc<Worlds>, at_once: usize, length: Duration) -> Result<u32, Failure> {
    let over = Arc::new(AtomicBool::new(false));
    let tasks: Vec<_> = (0..at_once)
        .map(|_| {
            let (worlds, over) = (worlds.clone(), over.clone());
            tokio::spawn(async move {
                let mut done = 0;
                while !over.load(Ordering::Relaxed) {
                    done += way.run(&worlds).await?;
                }
                Ok::<u32, Failure>(done)
            })
        })
        .collect();
    tokio::time::sleep(length).await;
    over.store(true, Ordering::Relaxed);
    let mut done = 0;
    for task in tasks {
        done += task.await??;
    }
    Ok(done)
}

fn print(way: Way, at_once: usize, mut measured: Vec<Measured>) {
    measured.sort_by(|one, other| one.cpu_ms.total_cmp(&other.cpu_ms));
    let Some(Measured { per_second, cpu_ms, per_commit }) = measured.get(measured.len() / 2).copied() else { return };
    let shared = if per_commit.is_finite() { format!("{per_commit:.1}") } else { "-".to_owned() };
    println!("{:<52} {at_once:>8} {per_second:>11.0} {cpu_ms:>10.4} {shared:>10}", way.name());
}

/// `utime + stime` of this process (`/proc/self/stat`, fields 14 and 15, counted from the end of the name).
fn cpu_time() -> Result<Duration, Failure> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, after_name) = stat.rsplit_once(')').ok_or("no process name in /proc")?;
    let ticks = after_name.split_whitespace().skip(11).take(2).map(str::parse::<u32>);
    Ok(TICK * ticks.sum::<Result<u32, _>>()?)
}
