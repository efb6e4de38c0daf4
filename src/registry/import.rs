//! Reading a registry file: line by line, in constant memory. Every bad line is reported with its number and reason; the import
//! is all or nothing.
//!
//! [`Import`] reads a file and knows no store; [`import`] writes what was read to one.

use crate::identity::person::Person;
pub(crate) use crate::registry::local::import;
pub(crate) use crate::registry::record::{BadLine, HEADER, LineProblem, parse_row, write_header, write_row};
use csv::{ReaderBuilder, StringRecord};
use std::io::{BufRead, BufReader, Read};

/// How many persons are written to the store at a time.
pub(crate) const BATCH: usize = 1024;
/// Maximum length of a line, in bytes. A person needs about a tenth of it; a longer line belongs to a file of another kind or a
/// broken one.
pub(crate) const LONGEST_LINE: usize = 8192;

/// The result of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ImportReport {
    /// Persons imported: all of the file, or 0 if a line is bad.
    pub(crate) rows: u64,
    /// Every bad line.
    pub(crate) bad: Vec<BadLine>,
}

/// Why an import could not be completed. Nothing was imported.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportError {
    /// The file cannot be read.
    #[error("the file cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// The first line is not [`HEADER`].
    #[error("the first line of the file must be: {}", HEADER.join(","))]
    Header,
    /// The store failed.
    #[error("the store failed: {0}")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ImportError {
    pub(crate) fn store(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Store(Box::new(error))
    }
}

/// A registry file that is being read.
pub(crate) struct Import<R> {
    reader: BufReader<R>,
    /// The last line that was read, without its line end.
    line: Vec<u8>,
    record: StringRecord,
    seen: SeenIds,
    bytes: u64,
    line_number: u64,
    persons: u64,
    bad: Vec<BadLine>,
}

impl<R: Read> Import<R> {
    /// Starts to read. The first line must be the [`HEADER`]; a byte-order mark before it is accepted.
    pub(crate) fn open(reader: R) -> Result<Self, ImportError> {
        let mut import = Self {
            reader: BufReader::with_capacity(1 << 16, reader),
            line: Vec::new(),
            record: StringRecord::new(),
            seen: SeenIds::default(),
            bytes: 0,
            line_number: 0,
            persons: 0,
            bad: Vec::new(),
        };
        let is_header = matches!(import.next_line()?, Some(Ok(()))) && {
            let names = std::str::from_utf8(&import.line).unwrap_or_default().trim_start_matches('\u{feff}');
            names.split(',').map(|name| name.trim().trim_matches('"')).eq(HEADER)
        };
        is_header.then_some(import).ok_or(ImportError::Header)
    }

    /// The persons of the next lines, up to [`BATCH`]; `None` at the end. After the first bad line the batches are empty: the
    /// lines are only checked and counted, because nothing of the file will be imported.
    pub(crate) fn next_batch(&mut self) -> Result<Option<Vec<Person>>, ImportError> {
        let mut persons = Vec::new();
        let mut read = 0;
        while read < BATCH {
            let Some(line) = self.next_line()? else { break };
            read += 1;
            if line.is_ok() && self.line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            match line.and_then(|()| self.person()) {
                Ok(person) => {
                    self.persons += 1;
                    if self.bad.is_empty() {
                        persons.push(person);
                    }
                }
                Err(reason) => {
                    self.bad.push(BadLine { line: self.line_number, reason });
                    persons.clear();
                }
            }
        }
        Ok((read > 0).then_some(persons))
    }

    /// Bytes read so far.
    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Lines read so far, without the header.
    pub(crate) const fn lines(&self) -> u64 {
        self.line_number.saturating_sub(1)
    }

    /// Whether a bad line was seen.
    pub(crate) const fn has_bad_lines(&self) -> bool {
        !self.bad.is_empty()
    }

    /// The result, when all lines were read.
    pub(crate) fn finish(self) -> ImportReport {
        ImportReport { rows: if self.bad.is_empty() { self.persons } else { 0 }, bad: self.bad }
    }

    /// Reads one line into `self.line`. Lines are split before the CSV parser, so that a quote that is never closed makes only
    /// its own line bad and not the rest of the file.
    fn next_line(&mut self) -> Result<Option<Result<(), LineProblem>>, std::io::Error> {
        self.line.clear();
        let limit = LONGEST_LINE as u64 + 2;
        let read = self.reader.by_ref().take(limit).read_until(b'\n', &mut self.line)?;
        if read == 0 {
            return Ok(None);
        }
        self.bytes += read as u64;
        self.line_number += 1;
        let ended = self.line.last() == Some(&b'\n');
        while matches!(self.line.last(), Some(b'\n' | b'\r')) {
            self.line.pop();
        }
        if self.line.len() <= LONGEST_LINE {
            return Ok(Some(Ok(())));
        }
        if !ended {
            self.bytes += self.reader.skip_until(b'\n')? as u64;
        }
        Ok(Some(Err(LineProblem::TooLong)))
    }

    fn person(&mut self) -> Result<Person, LineProblem> {
        let text = std::str::from_utf8(&self.line).map_err(|_| LineProblem::NotUtf8)?;
        let mut line = ReaderBuilder::new().has_headers(false).flexible(true).buffer_capacity(512).from_reader(text.as_bytes());
        // Neither error can happen here: the text was checked above, and the number of fields is checked in `parse_row`.
        line.read_record(&mut self.record).map_err(|_| LineProblem::NotUtf8)?;
        let person = parse_row(self.line_number, &self.record).map_err(|bad| bad.reason)?;
        if self.seen.insert(person.national_id.nine_digits()) { Ok(person) } else { Err(LineProblem::Repeated) }
    }
}

/// The national IDs seen so far: a bitmap over all 1,000,000,000, in pages of 512 bytes that are allocated when they are needed.
/// It uses at most 120 MiB, and little for a small file.
#[derive(Default)]
struct SeenIds {
    pages: Vec<Option<Box<[u64; 64]>>>,
}

impl SeenIds {
    /// Adds the ID; says whether it is new.
    fn insert(&mut self, nine_digits: u32) -> bool {
        let (page, bit) = ((nine_digits >> 12) as usize, nine_digits & 0xfff);
        if page >= self.pages.len() {
            self.pages.resize_with(page + 1, || None);
        }
        let word = &mut self.pages[page].get_or_insert_with(|| Box::new([0; 64]))[(bit >> 6) as usize];
        let mask = 1 << (bit & 63);
        let is_new = *word & mask == 0;
        *word |= mask;
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::generate::Generator;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn people(count: usize) -> Vec<Person> {
        Generator::new(5, date(2026, 11, 23)).take(count).collect()
    }

    fn file_of(people: &[Person]) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        write_header(&mut writer).expect("a header");
        for person in people {
            write_row(&mut writer, person).expect("a row");
        }
        String::from_utf8(writer.into_inner().expect("a file")).expect("UTF-8")
    }

    fn read(file: &[u8]) -> Result<(Vec<Person>, ImportReport), ImportError> {
        let mut import = Import::open(file)?;
        let mut persons = Vec::new();
        while let Some(batch) = import.next_batch()? {
            persons.extend(batch);
        }
        assert_eq!(import.bytes(), file.len() as u64);
        Ok((persons, import.finish()))
    }

    #[test]
    fn what_was_written_is_read_again_person_for_person() {
        let people = people(3000);
        let (persons, report) = read(file_of(&people).as_bytes()).expect("a report");
        assert!(persons == people);
        assert_eq!(report, ImportReport { rows: 3000, bad: Vec::new() });
    }

    #[test]
    fn a_byte_order_mark_windows_line_ends_blank_lines_and_a_missing_last_line_end_are_fine() {
        let people = people(5);
        let file = file_of(&people).replace('\n', "\r\n\r\n");
        let file = format!("\u{feff}{}", file.trim_end());
        let (persons, report) = read(file.as_bytes()).expect("a report");
        assert_eq!((persons, report.rows), (people, 5));
    }

    #[test]
    fn commas_and_quotes_inside_a_text_survive() {
        let mut people = people(1);
        people[0].address.street = "خیابان \"آزادی\", کوچه ۲, پلاک ۳".to_owned();
        assert_eq!(read(file_of(&people).as_bytes()).expect("a report").0, people);
    }

    #[test]
    fn every_bad_line_is_reported_with_its_number_and_reason_and_nothing_is_imported() {
        let people = people(2000);
        let mut lines: Vec<Vec<u8>> = file_of(&people).lines().map(|line| line.as_bytes().to_vec()).collect();
        let first = lines[1].clone();
        lines[4] = b"0012345678,1986-10-04".to_vec();
        lines[5] = vec![b'x'; 20_000];
        lines[6] = b"\xff\xfe,1".to_vec();
        lines[7] = lines[7].iter().copied().chain(*b",\"never closed").collect();
        lines[1500] = first;
        let (persons, report) = read(&lines.join(&b'\n')).expect("a report");
        let found: Vec<(u64, LineProblem)> = report.bad.iter().map(|bad| (bad.line, bad.reason)).collect();
        let expected = [
            (5, LineProblem::FieldCount { found: 2 }),
            (6, LineProblem::TooLong),
            (7, LineProblem::NotUtf8),
            (8, LineProblem::FieldCount { found: 18 }),
            (1501, LineProblem::Repeated),
        ];
        assert_eq!(found, expected);
        assert_eq!((persons.len(), report.rows), (0, 0));
    }

    #[test]
    fn a_file_without_our_header_is_refused() {
        for file in ["", "\n", "national_id,birth_date\n", "0012345679,1986-10-04\n", &"x".repeat(100_000)] {
            assert!(matches!(Import::open(file.as_bytes()), Err(ImportError::Header)), "{file:.40}");
        }
        assert!(Import::open(HEADER.join(",").as_bytes()).is_ok());
    }

    proptest! {
        #[test]
        fn no_bytes_after_the_header_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let mut file = HEADER.join(",").into_bytes();
            file.push(b'\n');
            file.extend(bytes);
            prop_assert!(read(&file).is_ok());
        }
    }
}
