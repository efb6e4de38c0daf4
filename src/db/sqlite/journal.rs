//! Short-lived rows on SQLite's disk: a journal with an entry per commit.
//!
//! The rows of a commit have random keys. If each row were stored under its key, each would cost a page write, and a sign-in
//! changes a dozen rows. So the rows of a commit are appended as one entry. At the start all entries are read, the oldest first,
//! and the last value of a key counts. The oldest entries are removed when much of the journal is superseded: the commit that
//! removes them also appends those of their rows that still count.

use crate::db::error::StoreError;
use crate::db::sqlite::pending::Pending;
use crate::db::statement::statements;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::VecDeque;
use std::sync::Arc;

statements! {
    JOURNAL = "SELECT place, entry FROM transient_journal ORDER BY place";
    APPEND = "INSERT INTO transient_journal (place, entry) VALUES ($1, $2)";
    TRIM = "DELETE FROM transient_journal WHERE place <= $1";
}

/// The first byte of every entry: the format of the rest.
const FORMAT: u8 = 1;
/// The size, in bytes, from which an entry is full; further rows of the commit go into another one.
const FULL: usize = 1 << 20;
/// An entry older than this, in milliseconds, is removed before it is twice as old, however short the journal is: personal data
/// must not stay on disk for weeks because few people sign in.
const KEPT: i64 = 3_600_000;

/// One row without its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// The stored value, if there is one.
    pub(crate) value: Option<Arc<[u8]>>,
    /// How often it was used or counted.
    pub(crate) uses: i64,
    /// When it expires, in milliseconds.
    pub(crate) expires_at: i64,
}

impl Row {
    /// Written in place of a row that was removed.
    pub(crate) const GONE: Self = Self { value: None, uses: 0, expires_at: 0 };
}

/// The entries that a commit writes, on their way to the disk.
pub(crate) struct Batch {
    entries: Vec<(i64, Vec<u8>)>,
    /// Entries up to this place are superseded once the new ones are on disk.
    trim: Option<i64>,
}

impl Batch {
    /// The rows in its entries.
    #[cfg(test)]
    pub(crate) fn rows(&self) -> Vec<(Arc<[u8]>, Row)> {
        self.entries.iter().flat_map(|(_, bytes)| rows_of(bytes).unwrap()).collect()
    }

    /// Adds the statements that write it, with their values.
    pub(crate) fn add_to(&mut self, pending: &mut Pending) {
        for (place, bytes) in &mut self.entries {
            pending.push(&APPEND);
            pending.bind(*place);
            pending.bind(std::mem::take(bytes));
        }
        if let Some(place) = self.trim {
            pending.push(&TRIM);
            pending.bind(place);
        }
    }
}

/// An entry that is on disk, or on its way there.
pub(crate) struct WrittenEntry {
    pub(crate) place: i64,
    pub(crate) keys: Vec<Arc<[u8]>>,
}

/// The content of the journal on disk, without the values.
#[derive(Default)]
pub(crate) struct Journal {
    entries: VecDeque<WrittenEntry>,
    /// How many rows all entries have together.
    pub(crate) lines: usize,
    /// The place of the newest entry.
    last: i64,
    /// An earlier time, and the place of the newest entry at that time.
    then: (i64, i64),
    /// Entries up to this place are too old and have to be removed.
    due: i64,
}

impl Journal {
    /// Adds an entry that was found on disk.
    pub(crate) fn push(&mut self, written: WrittenEntry) {
        self.last = written.place;
        self.lines += written.keys.len();
        self.entries.push_back(written);
    }

    /// Marks all entries for removal, because their age is not known.
    pub(crate) const fn all_are_due(&mut self) {
        self.due = self.last;
    }

    /// Begins the next entries.
    pub(crate) fn draft(&self) -> Draft {
        Draft { full: Vec::new(), written: WrittenEntry { place: self.last + 1, keys: Vec::new() }, bytes: vec![FORMAT] }
    }

    /// Completes the entries; the commit that appends them removes the entries up to `trim`. `None` if there is nothing to do.
    pub(crate) fn append(&mut self, draft: Draft, trim: Option<i64>) -> Option<Batch> {
        let mut entries = Vec::with_capacity(draft.full.len() + 1);
        for (written, bytes) in draft.full.into_iter().chain([(draft.written, draft.bytes)]) {
            if !written.keys.is_empty() {
                entries.push((written.place, bytes));
                self.push(written);
            }
        }
        (trim.is_some() || !entries.is_empty()).then_some(Batch { entries, trim })
    }

    /// The keys of entries that were not written. Their places stay unused.
    pub(crate) fn take_back(&mut self, batch: &Batch) -> Vec<Arc<[u8]>> {
        let mut keys = Vec::new();
        // Only one batch is on its way at a time, so its entries are the newest.
        while let Some(written) =
            self.entries.pop_back_if(|written| batch.entries.iter().any(|(place, _)| *place == written.place))
        {
            self.lines -= written.keys.len();
            keys.extend(written.keys);
        }
        keys
    }

    /// Sets the time to `now`, in milliseconds. Returns whether entries have become too old, which is checked once in a while.
    pub(crate) fn tick(&mut self, now: i64) -> bool {
        let turns = now - self.then.0 >= KEPT;
        if turns {
            self.due = self.due.max(self.then.1);
            self.then = (now, self.last);
        }
        turns
    }

    /// Removes the oldest entry, if it is too old or the journal has more than `most` rows.
    pub(crate) fn pop_oldest(&mut self, most: usize) -> Option<WrittenEntry> {
        let (due, crowded) = (self.due, self.lines > most);
        let oldest = self.entries.pop_front_if(|written| crowded || written.place <= due)?;
        self.lines -= oldest.keys.len();
        Some(oldest)
    }
}

/// Entries that are being composed.
pub(crate) struct Draft {
    full: Vec<(WrittenEntry, Vec<u8>)>,
    written: WrittenEntry,
    bytes: Vec<u8>,
}

impl Draft {
    /// Adds a row with its current value; returns the place of its entry.
    pub(crate) fn add(&mut self, key: Arc<[u8]>, row: &Row) -> i64 {
        if self.bytes.len() >= FULL {
            let next = WrittenEntry { place: self.written.place + 1, keys: Vec::new() };
            self.full.push((std::mem::replace(&mut self.written, next), std::mem::replace(&mut self.bytes, vec![FORMAT])));
        }
        let line = Line { key: Bytes(&key), value: row.value.as_deref().map(Bytes), uses: row.uses, expires_at: row.expires_at };
        // Writing bytes and numbers to memory cannot fail. If it did, the row would be missing and the entry still valid.
        self.bytes.extend(postcard::to_stdvec(&line).unwrap_or_default());
        self.written.keys.push(key);
        self.written.place
    }
}

/// A row in an entry.
#[derive(Serialize, Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    key: Bytes<'a>,
    #[serde(borrow)]
    value: Option<Bytes<'a>>,
    uses: i64,
    expires_at: i64,
}

/// Serialises bytes as one block instead of one by one.
#[derive(Deserialize)]
struct Bytes<'a>(#[serde(borrow)] &'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

/// An entry as it was read.
pub(crate) struct JournalEntry {
    pub(crate) place: i64,
    /// Keys and rows in order.
    pub(crate) rows: Vec<(Arc<[u8]>, Row)>,
}

/// Parses the result of [`JOURNAL`], the oldest entry first.
pub(crate) fn read(entries: Vec<(i64, Vec<u8>)>) -> Result<Vec<JournalEntry>, StoreError> {
    let read = |(place, bytes): (i64, Vec<u8>)| match rows_of(&bytes) {
        Some(rows) => Ok(JournalEntry { place, rows }),
        None => Err(StoreError::corrupt("transient_journal", "entry", place)),
    };
    entries.into_iter().map(read).collect()
}

fn rows_of(bytes: &[u8]) -> Option<Vec<(Arc<[u8]>, Row)>> {
    let (format, mut rest) = bytes.split_first()?;
    if *format != FORMAT {
        return None;
    }
    let mut rows = Vec::new();
    while !rest.is_empty() {
        let (line, others) = postcard::take_from_bytes::<Line<'_>>(rest).ok()?;
        let row = Row { value: line.value.map(|value| value.0.into()), uses: line.uses, expires_at: line.expires_at };
        rows.push((line.key.0.into(), row));
        rest = others;
    }
    Some(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn batch(rows: &[(Arc<[u8]>, Row)]) -> Batch {
        let mut journal = Journal::default();
        let mut draft = journal.draft();
        for (key, row) in rows {
            draft.add(key.clone(), row);
        }
        journal.append(draft, None).unwrap()
    }

    fn row(bytes: usize) -> (Arc<[u8]>, Row) {
        (b"key"[..].into(), Row { value: Some(vec![7; bytes].into()), uses: 4, expires_at: 5 })
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(
            rows in prop::collection::vec((any::<Vec<u8>>(), any::<Option<Vec<u8>>>(), any::<i64>(), any::<i64>()), 1..9),
        ) {
            let row = |(key, value, uses, expires_at): (Vec<u8>, Option<Vec<u8>>, i64, i64)| {
                (Arc::<[u8]>::from(key), Row { value: value.map(Arc::from), uses, expires_at })
            };
            let rows: Vec<_> = rows.into_iter().map(row).collect();
            prop_assert_eq!(batch(&rows).rows(), rows);
        }

        #[test]
        fn other_bytes_are_no_entry_or_some_rows_and_never_a_panic(bytes in any::<Vec<u8>>()) {
            let _ = rows_of(&bytes);
        }
    }

    #[test]
    fn an_entry_of_another_format_or_cut_short_is_not_read() {
        let (_, bytes) = batch(&[row(3)]).entries.remove(0);
        assert_eq!(rows_of(&bytes).map(|rows| rows.len()), Some(1));
        assert_eq!(rows_of(&bytes[..bytes.len() - 1]), None);
        assert_eq!(rows_of(&[&[FORMAT + 1], &bytes[1..]].concat()), None);
        assert_eq!(rows_of(&[]), None);
    }

    #[test]
    fn many_rows_at_once_become_several_entries_that_are_taken_back_together() {
        let rows = vec![row(FULL / 3); 10];
        let (mut journal, long_ago) = (Journal::default(), WrittenEntry { place: 1, keys: vec![b"old"[..].into()] });
        journal.push(long_ago);
        let mut draft = journal.draft();
        let places: Vec<_> = rows.iter().map(|(key, row)| draft.add(key.clone(), row)).collect();
        assert_eq!(places, [2, 2, 2, 3, 3, 3, 4, 4, 4, 5]);
        let batch = journal.append(draft, None).unwrap();
        assert_eq!((batch.rows(), batch.entries.len(), journal.lines), (rows, 4, 11));
        assert_eq!(journal.take_back(&batch).len(), 10);
        assert_eq!((journal.lines, journal.draft().written.place), (1, 6));
    }
}
