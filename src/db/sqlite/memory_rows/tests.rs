//! What is decided in memory, and what of it is on disk.

use super::*;
use crate::db::load_memory_rows::{KeyRange, load_memory_rows};
use crate::db::{Db, Statement, StoreOptions, sql};
use std::collections::BTreeMap;

static TOUCH: Statement = Statement { name: "TOUCH", sql: "UPDATE transient SET uses = uses WHERE key = $1" };
static PUT_OLD: Statement =
    Statement { name: "PUT_OLD", sql: "INSERT INTO transient (key, value, uses, expires_at) VALUES ($1, $2, $3, $4)" };
static KEYS: Statement = Statement { name: "KEYS", sql: "SELECT key FROM transient" };
static BROKEN: Statement = Statement { name: "BROKEN", sql: "INSERT INTO transient_journal (place, entry) VALUES ($1, $2)" };
const SESSIONS: KeyRange = (b"session:", b"session;");

fn row(uses: i64) -> Row {
    Row { value: Some(vec![7; 3].into()), uses, expires_at: 100 }
}

fn name(n: i64) -> Vec<u8> {
    format!("thing:{n}").into_bytes()
}

/// The entries of the journal on disk.
async fn entries(db: &Db) -> Vec<journal::JournalEntry> {
    journal::read(sql!(db, journal::JOURNAL => fetch_all (i64, Vec<u8>)).unwrap()).unwrap()
}

async fn store() -> (Db, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = Db::open(&format!("sqlite:{}", folder.path().join("t.sqlite").display()), StoreOptions::default()).await.unwrap();
    store.migrate().await.unwrap();
    (store, folder)
}

fn sqlite(store: &Db) -> Arc<crate::db::sqlite::SqliteDb> {
    let Db::Sqlite(db) = store else { panic!("it is SQLite") };
    db.clone()
}

fn taken(memory_rows: &MemoryRows) -> Vec<(Arc<[u8]>, Row)> {
    memory_rows.next_batch().map(|batch| batch.rows()).unwrap_or_default()
}

/// The rows on disk that count, as another process sees them.
async fn on_disk(store: &Db) -> BTreeMap<Vec<u8>, i64> {
    let mut rows = Rows::default();
    rows.take_in(entries(store).await, Vec::new());
    let counts = |(key, slot): (&Arc<[u8]>, &Slot)| (slot.row != Row::GONE).then(|| (key.to_vec(), slot.row.uses));
    rows.all.iter().filter_map(counts).collect()
}

#[test]
fn a_row_counts_until_it_expires_and_a_sweep_drops_it_only_once_it_is_on_disk() {
    let memory_rows = MemoryRows::default();
    memory_rows.decide(|rows| rows.set(b"a", row(0)));
    let (live, _) = memory_rows.decide(|rows| (rows.live(b"a", 99).cloned(), rows.live(b"a", 100).cloned()));
    assert_eq!(live, (Some(row(0)), None));
    memory_rows.tick(100);
    assert_eq!(taken(&memory_rows), [(b"a"[..].into(), row(0))]);
    assert_eq!(taken(&memory_rows), []);
    memory_rows.tick(2 * MINUTE);
    assert!(memory_rows.rows().all.is_empty());
    assert_eq!(memory_rows.bytes(), 0);
}

#[test]
fn expired_rows_are_removed_from_memory_in_bounded_steps_the_oldest_first_and_their_bytes_are_free() {
    let memory_rows = MemoryRows::default();
    for n in 0..12_000 {
        let expires_at = (n % 3) * MINUTE + 1;
        memory_rows.decide(|rows| rows.set(&name(n), Row { expires_at, ..row(0) }));
    }
    memory_rows.decide(|rows| rows.set(b"lasting", Row { expires_at: 100 * MINUTE, ..row(0) }));
    // A row whose expiry moved has two places, and is removed when the last of them is over.
    memory_rows.decide(|rows| rows.set(&name(0), Row { expires_at: 100 * MINUTE, ..row(0) }));
    let full = memory_rows.bytes();
    assert!(full > 12_000 * ROW_BYTES);
    assert_eq!(memory_rows.tick(3 * MINUTE), SWEPT_AT_ONCE, "looked at");
    assert_eq!(memory_rows.rows().all.len(), 12_001, "nothing is removed that is not on disk yet");
    taken(&memory_rows);
    let mut steps = Vec::new();
    while steps.last() != Some(&0) && steps.len() < 10 {
        steps.push(memory_rows.tick(4 * MINUTE));
    }
    assert!(steps.iter().all(|looked_at| *looked_at <= SWEPT_AT_ONCE), "{steps:?}");
    assert_eq!(memory_rows.rows().all.len(), 2, "{steps:?}");
    assert!(memory_rows.bytes() < 3 * ROW_BYTES && memory_rows.rows().expiring.len() == 1, "{steps:?}");
}

#[test]
fn the_bytes_of_all_rows_are_known_whatever_happens_to_them() {
    let memory_rows = MemoryRows::default();
    let long = Row { value: Some(vec![7; 1000].into()), ..row(0) };
    memory_rows.decide(|rows| rows.set(b"a", long.clone()));
    assert_eq!(memory_rows.bytes(), ROW_BYTES + 1 + 1000);
    memory_rows.decide(|rows| rows.set(b"a", row(1)));
    assert_eq!(memory_rows.bytes(), ROW_BYTES + 1 + 3);
    taken(&memory_rows);
    memory_rows.decide(|rows| rows.remove(b"a"));
    assert_eq!(memory_rows.bytes(), ROW_BYTES + 1, "on disk, so it stays as a mark until the disk knows");
    memory_rows.decide(|rows| rows.set(b"b", long.clone()));
    memory_rows.decide(|rows| rows.remove(b"b"));
    assert_eq!(memory_rows.bytes(), ROW_BYTES + 1, "it was never written");
}

#[test]
fn a_row_that_changed_twice_is_written_once_and_again_after_a_commit_that_failed() {
    let memory_rows = MemoryRows::default();
    memory_rows.decide(|rows| rows.set(b"a", row(1)));
    memory_rows.decide(|rows| rows.set(b"b", row(1)));
    memory_rows.decide(|rows| rows.set(b"a", row(2)));
    let batch = memory_rows.next_batch().unwrap();
    assert_eq!(batch.rows(), [(b"a"[..].into(), row(2)), (b"b"[..].into(), row(1))]);
    memory_rows.decide(|rows| rows.set(b"b", row(5)));
    memory_rows.not_written(&batch);
    assert_eq!(taken(&memory_rows), [(b"b"[..].into(), row(5)), (b"a"[..].into(), row(2))]);
    assert_eq!(memory_rows.waiting(), 0);
}

#[test]
fn a_row_removed_before_it_was_written_is_never_written_and_a_written_one_is_written_as_expired() {
    let memory_rows = MemoryRows::default();
    memory_rows.decide(|rows| rows.set(b"a", row(1)));
    memory_rows.decide(|rows| rows.remove(b"a"));
    assert_eq!(taken(&memory_rows), []);
    memory_rows.decide(|rows| rows.set(b"a", row(1)));
    memory_rows.decide(|rows| rows.remove(b"a"));
    memory_rows.decide(|rows| rows.set(b"a", row(3)));
    assert_eq!(taken(&memory_rows), [(b"a"[..].into(), row(3))]);
    memory_rows.decide(|rows| rows.remove(b"a"));
    assert_eq!(taken(&memory_rows), [(b"a"[..].into(), Row::GONE)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_number_of_rows_is_on_disk_after_one_save_and_each_as_it_was_last() {
    let (store, _folder) = store().await;
    let db = sqlite(&store);
    for many in [1, 2, 17, 200, 5000] {
        let before = on_disk(&store).await.len();
        for n in 0..many {
            db.decide(|rows| rows.set(&name(many * 10_000 + n), row(0)));
            db.decide(|rows| rows.set(&name(many * 10_000 + n), row(n + 1)));
        }
        db.save_decided().await.unwrap();
        let found = on_disk(&store).await;
        assert_eq!(found.len(), before + usize::try_from(many).unwrap());
        for n in 0..many {
            assert_eq!(found.get(&name(many * 10_000 + n)), Some(&(n + 1)), "{many}: {n}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_save_also_writes_what_was_decided_before() {
    let (store, _folder) = store().await;
    let db = sqlite(&store);
    for n in 0..120 {
        for of in 0..=n {
            db.decide(|rows| rows.set(&name(of), row(n)));
        }
        let mut tx = store.write().await.unwrap();
        if n % 2 == 0 {
            sql!(tx, TOUCH, &name(0) => execute).unwrap();
        } else {
            sql!(tx, TOUCH, &name(0) => later).unwrap();
        }
        tx.save().await.unwrap();
        let found = on_disk(&store).await;
        assert_eq!(found.len(), usize::try_from(n + 1).unwrap());
        assert!(found.values().all(|uses| *uses == n), "{n}: {found:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_journal_stays_short_and_loses_nothing_that_counts() {
    let (store, _folder) = store().await;
    let db = sqlite(&store);
    let mut expected = BTreeMap::new();
    let mut longest = 0;
    for round in 0..400 {
        // One row that never changes again, a hundred that are superseded in every round, and one that is removed.
        let mut put = |key: Vec<u8>| {
            db.decide(|rows| rows.set(&key, row(round)));
            expected.insert(key, round);
        };
        put(name(1_000_000 + round));
        (0..100).for_each(|n| put(name(n)));
        db.decide(|rows| rows.set(b"forgotten", row(round)));
        db.save_decided().await.unwrap();
        db.decide(|rows| rows.remove(b"forgotten"));
        longest = longest.max(db.memory_rows.rows().journal.lines);
    }
    db.save_decided().await.unwrap();
    assert_eq!(on_disk(&store).await, expected);
    assert!(longest < 2 * 502 + OVERTAKEN + 102, "{longest}");
    let lines: usize = entries(&store).await.iter().map(|entry| entry.rows.len()).sum();
    assert_eq!(lines, db.memory_rows.rows().journal.lines);
}

#[test]
fn the_entries_of_a_busy_day_are_removed_in_steps() {
    let memory_rows = MemoryRows::default();
    for of in 0..20 {
        for n in 0..1000 {
            memory_rows.decide(|rows| rows.set(&name(of * 1000 + n), row(0)));
        }
        assert_eq!(taken(&memory_rows).len(), 1000);
    }
    while memory_rows.tick(MINUTE) > 0 {}
    let mut before = memory_rows.rows().journal.lines;
    assert_eq!(before, 20_000);
    while before > OVERTAKEN + 2 {
        let now = Row { expires_at: 10 * MINUTE, ..row(1) };
        memory_rows.decide(|rows| rows.set(b"now", now.clone()));
        assert_eq!(taken(&memory_rows), [(b"now"[..].into(), now)]);
        let lines = memory_rows.rows().journal.lines;
        assert!(lines < before && before - lines <= GO_AT_ONCE + 1000, "{before} to {lines}");
        before = lines;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expired_and_superseded_rows_are_off_the_disk_two_hours_later_however_few_commits_happen() {
    const HOUR: i64 = 3_600_000;
    let (store, _folder) = store().await;
    let db = sqlite(&store);
    let start = 1_790_000_000_000;
    db.memory_rows.tick(start);
    let typed = |text: &str, expires_at| Row { value: Some(text.as_bytes().into()), uses: 0, expires_at };
    db.decide(|rows| rows.set(b"begun", typed("0012345679", start + HOUR)));
    db.decide(|rows| rows.set(b"taken", typed("0012345679", start + HOUR)));
    db.decide(|rows| rows.set(b"lasting", typed("a day", start + 24 * HOUR)));
    db.save_decided().await.unwrap();
    db.decide(|rows| rows.set(b"taken", Row { value: None, uses: 1, expires_at: start + 3 * HOUR }));
    db.decide(|rows| rows.set(b"forgotten", typed("0012345679", start + 24 * HOUR)));
    db.save_decided().await.unwrap();
    db.decide(|rows| rows.remove(b"forgotten"));
    for quarter in 1..=8 {
        db.memory_rows.tick(start + quarter * HOUR / 4);
        db.save_decided().await.unwrap();
    }
    let rows: Vec<_> = entries(&store).await.into_iter().flat_map(|entry| entry.rows).collect();
    let mut keys: Vec<_> = rows.iter().map(|(key, row)| (key.to_vec(), row.uses)).collect();
    keys.sort();
    assert_eq!(keys, [(b"lasting".to_vec(), 0), (b"taken".to_vec(), 1)]);
    assert_eq!(db.decide(|rows| rows.live(b"lasting", start + 2 * HOUR).cloned()), Some(typed("a day", start + 24 * HOUR)));
    assert!(rows.iter().all(|(_, row)| row.value.as_deref() != Some(b"0012345679")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_restart_the_disk_keeps_only_the_rows_that_count() {
    let (store, folder) = store().await;
    let db = sqlite(&store);
    for n in 0..3 {
        db.decide(|rows| rows.set(b"over", row(n)));
        db.decide(|rows| rows.set(b"lasting", Row { expires_at: 1000, ..row(n) }));
        db.save_decided().await.unwrap();
    }
    let again = Db::open(&format!("sqlite:{}", folder.path().join("t.sqlite").display()), StoreOptions::default()).await.unwrap();
    let db = sqlite(&again);
    load_memory_rows(&db, SESSIONS).await.unwrap();
    db.memory_rows.tick(100);
    db.save_decided().await.unwrap();
    let read = entries(&again).await;
    assert_eq!(
        read.into_iter().map(|entry| entry.rows).collect::<Vec<_>>(),
        [[(b"lasting"[..].into(), Row { expires_at: 1000, ..row(2) })]]
    );
}

#[test]
fn a_row_swept_while_its_commit_failed_is_removed_on_disk_as_well() {
    let memory_rows = MemoryRows::default();
    memory_rows.decide(|rows| rows.set(b"a", row(1)));
    assert_eq!(taken(&memory_rows), [(b"a"[..].into(), row(1))]);
    memory_rows.decide(|rows| rows.remove(b"a"));
    let batch = memory_rows.next_batch().unwrap();
    memory_rows.tick(MINUTE);
    memory_rows.not_written(&batch);
    assert_eq!(taken(&memory_rows), [(b"a"[..].into(), Row::GONE)]);
}

#[test]
fn commits_that_fail_in_a_row_grow_by_a_bounded_number_of_rows() {
    let memory_rows = MemoryRows::default();
    // Ten entries that still count, and twenty that have expired.
    for of in 0..30 {
        let expires_at = if of < 10 { 10 * MINUTE } else { 100 };
        for n in 0..1000 {
            memory_rows.decide(|rows| rows.set(&name(of * 1000 + n), Row { expires_at, ..row(0) }));
        }
        assert_eq!(taken(&memory_rows).len(), 1000);
    }
    while memory_rows.tick(MINUTE) > 0 {}
    memory_rows.decide(|rows| rows.set(b"one", Row { expires_at: 10 * MINUTE, ..row(1) }));
    let mut before = 1;
    for _ in 0..6 {
        let batch = memory_rows.next_batch().unwrap();
        let rows = batch.rows().len();
        assert!(rows >= before && rows <= before + GO_AT_ONCE + 1000, "{rows} after {before}");
        before = rows;
        memory_rows.not_written(&batch);
    }
    assert!(before > 1 && memory_rows.rows().journal.lines < 30_000, "nothing was removed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_an_earlier_version_left_in_the_table_of_sessions_move_into_the_journal_and_sessions_stay() {
    let (store, _folder) = store().await;
    let value = Some(&b"value"[..]);
    for (key, uses) in [(&b"code:1"[..], 1_i64), (b"session:1", 0), (b"sms:1", 3)] {
        let mut tx = store.write().await.unwrap();
        sql!(tx, PUT_OLD, key, value, uses, 100_i64 => execute).unwrap();
        tx.save().await.unwrap();
    }
    let db = sqlite(&store);
    load_memory_rows(&db, SESSIONS).await.unwrap();
    let moved = BTreeMap::from([(b"code:1".to_vec(), 1), (b"sms:1".to_vec(), 3)]);
    assert_eq!(on_disk(&store).await, moved);
    assert_eq!(db.decide(|rows| rows.live(b"sms:1", 99).map(|row| row.uses)), Some(3));
    assert_eq!(sql!(store, KEYS => fetch_all (Vec<u8>,)).unwrap(), [(b"session:1".to_vec(),)]);
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_is_reported_with_its_place() {
    let (store, _folder) = store().await;
    let mut tx = store.write().await.unwrap();
    sql!(tx, BROKEN, 7_i64, &b"\xff"[..] => execute).unwrap();
    tx.save().await.unwrap();
    let refused = load_memory_rows(&sqlite(&store), SESSIONS).await.unwrap_err();
    assert_eq!(refused.to_string(), "table transient_journal, column entry, row 7: the stored value cannot be read");
}
