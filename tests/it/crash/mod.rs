//! The crash gate of the SQLite engine (`docs/engine.md`): a process under load is killed with SIGKILL at random moments, 200 times.
//!
//! The process (`child.rs`) is this test binary again, with the real store and the real short-lived state. It writes to its
//! standard output what it tries, what it decided, what it saves and what was saved. The test reads that into a ledger
//! (`ledger.rs`), kills the process after a random number of lines, reads the rest of its output, opens the database again
//! (`verify.rs`) and compares:
//!
//! - what was saved is there, and every transaction is there whole or not at all;
//! - what was decided about short-lived state before a transaction that was saved is there;
//! - a single-use thing has at most one effect on disk, over all processes and restarts, and stays rejected once that is saved.
//!
//! No clock decides anything: a kill comes after a number of lines, drawn from a seed that every failure message contains. A kill
//! does not lose what the kernel has accepted, so this does not test `fsync`; a power cut relies on `synchronous=FULL`.

mod child;
mod ledger;
mod things;
mod verify;

use ledger::Ledger;
use panjereh::random::Random;
use panjereh::store::Store;
use std::path::Path;
use tempfile::TempDir;
use things::{Round, address};

/// How often the process is killed, all lanes together.
const KILLS: u32 = 200;
/// Databases that are tested side by side: while one process waits for the disk, another may run.
const LANES: u32 = 4;
/// The longest life of a process, in lines of its ledger.
const LONGEST: u64 = 1400;
/// Every fourth process is killed within this many lines: while it reads what its predecessors left.
const SHORT: u64 = 100;

/// The seed of the moments: given, to repeat a run, or new.
fn seed() -> u64 {
    let given = crate::environment("PANJEREH_TEST_CRASH_SEED").map(|text| text.parse().expect("the seed is a number"));
    given.unwrap_or_else(|| u64::from_le_bytes(Random::Os.bytes()))
}

#[test]
fn after_two_hundred_kills_nothing_acknowledged_is_lost_and_nothing_single_use_works_twice() {
    let seed = seed();
    println!("PANJEREH_TEST_CRASH_SEED={seed}");
    let lanes: Vec<_> = (0..LANES).map(|lane| std::thread::spawn(move || run_lane(seed, lane))).collect();
    let (mut saved, mut refused) = (0, 0);
    for lane in lanes {
        let ledger = lane.join().unwrap_or_else(|_| panic!("a lane failed; PANJEREH_TEST_CRASH_SEED={seed}"));
        saved += ledger.saved;
        refused += ledger.refused;
    }
    println!("{KILLS} kills; {saved} transactions acknowledged, {refused} second uses refused");
    // A process that is killed before it did anything proves nothing.
    assert!(
        saved > u64::from(KILLS) * 10 && refused > u64::from(KILLS) * 10,
        "{saved} saved and {refused} refused is too little load"
    );
}

/// One database: kills, restarts and comparisons in turn.
fn run_lane(seed: u64, lane: u32) -> Ledger {
    let folder = TempDir::new().expect("a folder");
    let moments = Random::seeded(seed.wrapping_add(u64::from(lane)));
    let mut ledger = Ledger::default();
    migrate(folder.path());
    let rounds = KILLS / LANES;
    let mut again = Vec::new();
    for round in 0..rounds {
        let longest = if moments.below(4) == 0 { SHORT } else { LONGEST };
        let lines = child::run_and_kill(folder.path(), round, 1 + moments.below(longest), &again);
        ledger.take_in_process(&lines);
        again = ledger.for_the_next(Round(round));
        let wrong = verify::after_restart(folder.path(), round, &mut ledger);
        assert!(wrong.is_empty(), "seed {seed}, lane {lane}, after kill {round}:\n{}", wrong.join("\n"));
    }
    let wrong = verify::at_the_end(folder.path(), rounds, &mut ledger);
    assert!(wrong.is_empty(), "seed {seed}, lane {lane}, at the end:\n{}", wrong.join("\n"));
    ledger
}

fn migrate(folder: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let store = Store::open(&address(folder)).await.expect("the store opens");
        store.migrate().await.expect("the store can be migrated");
    });
}
