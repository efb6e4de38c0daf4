//! Runs a scenario and counts.

use crate::Failure;
use crate::citizen::World;
use crate::prepare;
use crate::scenarios::{Scenario, Worker};
use crate::server::{Server, cpu_of};
use panjereh::crypto::password::Workspace;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::task::LocalSet;

/// The head of the table.
pub fn print_head() {
    println!(
        "{:<20} {:>8} {:>7} {:>9} {:>8} {:>8} {:>8} {:>14} {:>14} {:>9}",
        "flow", "at once", "flows", "flows/s", "p50 ms", "p95 ms", "p99 ms", "server CPU-ms", "driver CPU-ms", "peak MiB"
    );
}

/// Runs one scenario with `workers` concurrent flows for about `length`, and prints its line.
pub async fn line(
    server: &Server,
    world: &Rc<World>,
    scenario: Scenario,
    workers: usize,
    length: Duration,
) -> Result<(), Failure> {
    let mut ready = Vec::new();
    for _ in 0..workers {
        ready.push(Worker::new(scenario, world, world.data.unused_account(scenario.kind())).await?);
    }
    // A short pass that is not counted: it fills connections, page cache and allocator.
    let (ready, _) = run(ready, world, scenario, length.min(Duration::from_millis(500))).await?;

    // The machine's speed varies from minute to minute. A hash is pure computation, so it is measured beside each line that
    // contains one.
    let hash_before = scenario.hashes_password().then(password_hash_ms).transpose()?;
    server.reset_peak_memory()?;
    let (server_before, driver_before, begin) = (server.cpu()?, cpu_of("self")?, Instant::now());
    let (_, mut took) = run(ready, world, scenario, length).await?;
    let wall = begin.elapsed();
    let (server_after, driver_after) = (server.cpu()?, cpu_of("self")?);

    took.sort_unstable();
    let flows = f64::from(u32::try_from(took.len())?);
    let each = |before: Duration, after: Duration| millis(after.saturating_sub(before)) / flows;
    println!(
        "{:<20} {:>8} {:>7} {:>9.1} {:>8.2} {:>8.2} {:>8.2} {:>14.3} {:>14.3} {:>9.1}",
        scenario.name(),
        workers,
        took.len(),
        flows / wall.as_secs_f64(),
        millis(quantile(&took, 50)),
        millis(quantile(&took, 95)),
        millis(quantile(&took, 99)),
        each(server_before, server_after),
        each(driver_before, driver_after),
        server.peak_memory_mib()?,
    );
    if let Some(hash_before) = hash_before {
        println!("    one password hash, before and after that line: {hash_before:.1} and {:.1} CPU-ms", password_hash_ms()?);
    }
    Ok(())
}

/// Every worker runs flow after flow until the time is over, and finishes its current one. Returns the workers, and how long each
/// flow took.
async fn run(
    workers: Vec<Worker>,
    world: &Rc<World>,
    scenario: Scenario,
    length: Duration,
) -> Result<(Vec<Worker>, Vec<Duration>), Failure> {
    let end = Instant::now() + length;
    let here = LocalSet::new();
    let running: Vec<_> = workers
        .into_iter()
        .map(|mut worker| {
            let world = Rc::clone(world);
            here.spawn_local(async move {
                let mut took = Vec::new();
                while Instant::now() < end {
                    let account = if scenario.takes_new_account() { world.data.unused_account(scenario.kind()) } else { 0 };
                    let begin = Instant::now();
                    worker.flow(account).await.map_err(|failure| failure.to_string())?;
                    took.push(begin.elapsed());
                }
                Ok::<_, String>((worker, took))
            })
        })
        .collect();
    here.run_until(async move {
        let (mut workers, mut took) = (Vec::new(), Vec::new());
        for one in running {
            let (worker, times) = one.await??;
            workers.push(worker);
            took.extend(times);
        }
        Ok((workers, took))
    })
    .await
}

fn quantile(sorted: &[Duration], percent: usize) -> Duration {
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).copied().unwrap_or_default()
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// The CPU time of one password verification in this process, to be subtracted from a first sign-in.
fn password_hash_ms() -> Result<f64, Failure> {
    const TIMES: u32 = 40;
    let mut workspace = Workspace::new();
    let before = cpu_of("self")?;
    for _ in 0..TIMES {
        if !prepare::check_password(&mut workspace) {
            return Err("the password of the benchmark is not its own".into());
        }
    }
    Ok(millis(cpu_of("self")?.saturating_sub(before) / TIMES))
}
