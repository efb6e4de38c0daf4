//! Short-lived rows on SQLite's disk: a journal, with an entry for each commit.
//!
//! The rows of a commit have as many random keys. Were each kept under its key, each would be a page to write, and a sign-in changes a
//! dozen. So what a commit takes along is appended as one entry; at the start all entries are read, the oldest first, and the last word about
//! a key counts. The oldest entries go when much of the journal is overtaken: with the entry of the same commit, in which is said again what
//! of them still counts.

use super::db::{Db, sql, statements};
use super::error::StoreError;
use super::short_lived::Row;
use super::writer_tx::Pending;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::VecDeque;
use std::sync::Arc;

statements! {
    JOURNAL = "SELECT place, entry FROM transient_journal ORDER BY place";
    APPEND = "INSERT INTO transient_journal (place, entry) VALUES ($1, $2)";
    TRIM = "DELETE FROM transient_journal WHERE place <= $1";
}

/// The first byte of every entry: how the rest is to be read.
const FORMAT: u8 = 1;

/// An entry on its way to the disk.
pub(super) struct Entry {
    place: i64,
    bytes: Vec<u8>,
    /// Entries up to this place are no longer needed once this one is on disk.
    trim: Option<i64>,
}

impl Entry {
    /// What it says.
    #[cfg(test)]
    pub(super) fn rows(&self) -> Vec<(Arc<[u8]>, Row)> {
        rows_of(&self.bytes).unwrap()
    }

    /// Adds the statements that write this entry, with their values.
    pub(super) fn add_to(&mut self, pending: &mut Pending) {
        pending.push(&APPEND);
        pending.bind(self.place);
        pending.bind(std::mem::take(&mut self.bytes));
        if let Some(place) = self.trim {
            pending.push(&TRIM);
            pending.bind(place);
        }
    }
}

/// An entry that is on disk, or on its way there.
pub(super) struct Written {
    pub(super) place: i64,
    pub(super) keys: Vec<Arc<[u8]>>,
}

/// What the journal on disk holds, without the values.
#[derive(Default)]
pub(super) struct Journal {
    entries: VecDeque<Written>,
    /// How many rows all entries hold together.
    pub(super) lines: usize,
    last: i64,
}

impl Journal {
    /// The place of the entry that comes next.
    pub(super) const fn next_place(&self) -> i64 {
        self.last + 1
    }

    /// Takes note of an entry.
    pub(super) fn push(&mut self, written: Written) {
        self.last = written.place;
        self.lines += written.keys.len();
        self.entries.push_back(written);
    }

    /// The oldest entry, which is to go.
    pub(super) fn pop_oldest(&mut self) -> Option<Written> {
        let oldest = self.entries.pop_front()?;
        self.lines -= oldest.keys.len();
        Some(oldest)
    }

    /// The keys of an entry that did not get to the disk.
    pub(super) fn take_back(&mut self, entry: &Entry) -> Vec<Arc<[u8]>> {
        // Only one is on its way at a time.
        let Some(written) = self.entries.pop_back_if(|written| written.place == entry.place) else { return Vec::new() };
        self.lines -= written.keys.len();
        written.keys
    }
}

/// An entry that is being composed.
pub(super) struct Draft(Vec<u8>);

impl Draft {
    pub(super) fn new() -> Self {
        Self(vec![FORMAT])
    }

    /// Adds a row as it is now.
    pub(super) fn add(&mut self, key: &[u8], row: &Row) {
        let line = Line { key: Bytes(key), value: row.value.as_deref().map(Bytes), uses: row.uses, expires_at: row.expires_at };
        // Writing bytes and numbers to memory cannot fail; were it to, the row would not be there, and the entry whole.
        self.0.extend(postcard::to_stdvec(&line).unwrap_or_default());
    }

    pub(super) fn into_entry(self, place: i64, trim: Option<i64>) -> Entry {
        Entry { place, bytes: self.0, trim }
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

/// Bytes that are written at once instead of one by one.
#[derive(Deserialize)]
struct Bytes<'a>(#[serde(borrow)] &'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

/// An entry as it was found.
pub(super) struct Read {
    pub(super) place: i64,
    /// Keys and rows in their order.
    pub(super) rows: Vec<(Arc<[u8]>, Row)>,
}

/// Reads the journal, the oldest entry first.
pub(super) async fn read(db: &Db) -> Result<Vec<Read>, StoreError> {
    let read = |(place, bytes): (i64, Vec<u8>)| match rows_of(&bytes) {
        Some(rows) => Ok(Read { place, rows }),
        None => Err(StoreError::corrupt("transient_journal", "entry", place)),
    };
    sql!(db, JOURNAL => fetch_all (i64, Vec<u8>))?.into_iter().map(read).collect()
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

    proptest! {
        #[test]
        fn an_entry_is_read_as_it_was_written(
            rows in prop::collection::vec((any::<Vec<u8>>(), any::<Option<Vec<u8>>>(), any::<i64>(), any::<i64>()), 0..9),
        ) {
            let row = |(key, value, uses, expires_at): (Vec<u8>, Option<Vec<u8>>, i64, i64)| {
                (Arc::<[u8]>::from(key), Row { value: value.map(Arc::from), uses, expires_at })
            };
            let rows: Vec<_> = rows.into_iter().map(row).collect();
            let mut draft = Draft::new();
            for (key, row) in &rows {
                draft.add(key, row);
            }
            prop_assert_eq!(rows_of(&draft.into_entry(1, None).bytes), Some(rows));
        }

        #[test]
        fn anything_else_is_no_entry_or_some_rows_and_never_a_panic(bytes in any::<Vec<u8>>()) {
            let _ = rows_of(&bytes);
        }
    }

    #[test]
    fn an_entry_of_another_format_or_cut_short_is_not_read() {
        let mut draft = Draft::new();
        draft.add(b"key", &Row { value: Some(vec![1, 2, 3].into()), uses: 4, expires_at: 5 });
        let bytes = draft.into_entry(1, None).bytes;
        assert_eq!(rows_of(&bytes).map(|rows| rows.len()), Some(1));
        assert_eq!(rows_of(&bytes[..bytes.len() - 1]), None);
        assert_eq!(rows_of(&[&[FORMAT + 1], &bytes[1..]].concat()), None);
        assert_eq!(rows_of(&[]), None);
    }
}
