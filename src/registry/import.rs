//! Reading a registry file: line by line, in constant memory. Bad lines are reported with number and reason. The import is all or
//! nothing, unless the operator keeps the good lines; then the bad ones are written to a file, to be corrected.
//!
//! [`Import`] reads a file and knows no store; [`import`] writes what was read to one.

use crate::identity::national_id::NationalId;
use crate::identity::person::Person;
pub(crate) use crate::registry::local::import;
pub(crate) use crate::registry::record::{BadLine, HEADER, LineProblem, person_of, write_header, write_row};
use crate::text::{is_blank, plain_typed};
use csv::{ReaderBuilder, StringRecord};
use jiff::civil::Date;
use std::collections::HashSet;
use std::io::{BufRead, BufReader, Read, Write};

/// How many persons are written to the store at a time.
pub(crate) const BATCH: usize = 1024;
/// Maximum length of a line, in bytes. A person needs about a tenth of it; a longer line belongs to a file of another kind or a
/// broken one.
pub(crate) const LONGEST_LINE: usize = 8192;
/// How many bad lines are reported: a file with a wrong column has millions of them.
pub(crate) const MOST_REPORTED: usize = 100;

/// What becomes of a file with bad lines.
pub(crate) enum OnBadLines<'w> {
    /// Nothing of it is imported.
    ImportNothing,
    /// The good lines are imported. The header and the bad lines are written here.
    KeepGood(&'w mut dyn Write),
}

/// The result of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ImportReport {
    /// Persons imported.
    pub(crate) rows: u64,
    /// The first bad lines, at most [`MOST_REPORTED`].
    pub(crate) bad: Vec<BadLine>,
    /// How many lines are bad.
    pub(crate) bad_lines: u64,
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
    /// The first line is, with another separator.
    #[error("the fields are separated by {0}: they must be separated by commas")]
    Separator(&'static str),
    /// Two bytes a character.
    #[error("the file is UTF-16: it must be UTF-8")]
    Utf16,
    /// The bad lines cannot be written.
    #[error("the bad lines cannot be written: {0}")]
    Write(#[source] std::io::Error),
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
pub(crate) struct Import<'w, R> {
    reader: BufReader<R>,
    today: Date,
    on_bad: OnBadLines<'w>,
    /// The last line that was read, without its line end.
    line: Vec<u8>,
    record: StringRecord,
    seen: SeenIds,
    bytes: u64,
    line_number: u64,
    persons: u64,
    bad: Vec<BadLine>,
    bad_lines: u64,
}

impl<'w, R: Read> Import<'w, R> {
    /// Starts to read. The first line must be the [`HEADER`]; a byte-order mark before it is accepted. `today` is the civil date in
    /// the country.
    pub(crate) fn open(reader: R, today: Date, on_bad: OnBadLines<'w>) -> Result<Self, ImportError> {
        let mut import = Self {
            reader: BufReader::with_capacity(1 << 16, reader),
            today,
            on_bad,
            line: Vec::new(),
            record: StringRecord::new(),
            seen: SeenIds::default(),
            bytes: 0,
            line_number: 0,
            persons: 0,
            bad: Vec::new(),
            bad_lines: 0,
        };
        let first = import.next_line()?;
        header_problem(&import.line).map_or(Ok(()), Err)?;
        if first != Some(Ok(())) {
            return Err(ImportError::Header);
        }
        import.keep_bad_line(HEADER.join(",").as_bytes())?;
        Ok(import)
    }

    /// The persons of the next lines, up to [`BATCH`]; `None` at the end. Where nothing of a file with a bad line is imported, the
    /// batches after it are empty: the lines are only checked and counted.
    pub(crate) fn next_batch(&mut self) -> Result<Option<Vec<Person>>, ImportError> {
        let mut persons = Vec::new();
        let mut read = 0;
        while read < BATCH {
            let Some(line) = self.next_line()? else { break };
            read += 1;
            if line.is_ok() && self.is_blank_line() {
                continue;
            }
            match line.and_then(|()| self.person()) {
                Ok(person) => {
                    self.persons += 1;
                    if !self.imports_nothing() {
                        persons.push(person);
                    }
                }
                Err(reason) => {
                    self.bad_line(reason)?;
                    if self.imports_nothing() {
                        persons.clear();
                    }
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

    /// Whether a bad line was seen because of which nothing is imported.
    pub(crate) const fn imports_nothing(&self) -> bool {
        self.bad_lines > 0 && matches!(self.on_bad, OnBadLines::ImportNothing)
    }

    /// The result, when all lines were read.
    pub(crate) fn finish(self) -> ImportReport {
        ImportReport { rows: if self.imports_nothing() { 0 } else { self.persons }, bad: self.bad, bad_lines: self.bad_lines }
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

    /// Spreadsheets write rows of separators alone after the last one.
    fn is_blank_line(&self) -> bool {
        let text = std::str::from_utf8(&self.line);
        text.is_ok_and(|text| {
            text.chars().all(|c| matches!(c, ',' | ';' | '"') || c.is_whitespace() || is_blank(c.encode_utf8(&mut [0; 4])))
        })
    }

    fn person(&mut self) -> Result<Person, LineProblem> {
        let text = std::str::from_utf8(&self.line).map_err(|_| LineProblem::NotUtf8)?;
        // A quote inside a field is doubled (RFC 4180 §2), so a line with an odd number of them ends inside one.
        if text.matches('"').count() % 2 == 1 {
            return Err(LineProblem::OpenQuote);
        }
        let mut line = ReaderBuilder::new().has_headers(false).flexible(true).buffer_capacity(512).from_reader(text.as_bytes());
        // Neither error can happen here: the text was checked above, and the number of fields is checked in `person_of`.
        line.read_record(&mut self.record).map_err(|_| LineProblem::NotUtf8)?;
        let person = person_of(&self.record, self.today)?;
        if self.seen.insert(&person.national_id) { Ok(person) } else { Err(LineProblem::Repeated) }
    }

    fn bad_line(&mut self, reason: LineProblem) -> Result<(), ImportError> {
        self.bad_lines += 1;
        if self.bad.len() < MOST_REPORTED {
            self.bad.push(BadLine { line: self.line_number, reason });
        }
        // Of a line that is too long its beginning is kept: the rest is no person.
        let line = std::mem::take(&mut self.line);
        self.keep_bad_line(&line)
    }

    fn keep_bad_line(&mut self, line: &[u8]) -> Result<(), ImportError> {
        let OnBadLines::KeepGood(file) = &mut self.on_bad else { return Ok(()) };
        file.write_all(line).and_then(|()| file.write_all(b"\n")).map_err(ImportError::Write)
    }
}

/// What is wrong with the first line of a file.
fn header_problem(line: &[u8]) -> Option<ImportError> {
    if line.starts_with(&[0xff, 0xfe]) || line.starts_with(&[0xfe, 0xff]) || line.contains(&0) {
        return Some(ImportError::Utf16);
    }
    let text = std::str::from_utf8(line).unwrap_or_default().trim_start_matches('\u{feff}');
    let is_header = |separator| text.split(separator).map(|name| plain_typed(name.trim().trim_matches('"'))).eq(HEADER);
    let separators = [(',', None), (';', Some("semicolons")), ('\t', Some("tabs"))];
    match separators.into_iter().find(|(separator, _)| is_header(*separator)) {
        Some((_, None)) => None,
        Some((_, Some(name))) => Some(ImportError::Separator(name)),
        None => Some(ImportError::Header),
    }
}

/// The national IDs seen so far: a bitmap over all 1,000,000,000 of citizens, in pages of 512 bytes that are allocated when they are
/// needed. It uses at most 120 MiB, and little for a small file. Numbers of other schemes are fewer and are kept each.
#[derive(Default)]
struct SeenIds {
    pages: Vec<Option<Box<[u64; 64]>>>,
    others: HashSet<NationalId>,
}

impl SeenIds {
    /// Adds the ID; says whether it is new.
    fn insert(&mut self, id: &NationalId) -> bool {
        let Some(nine_digits) = id.nine_digits() else { return self.others.insert(id.clone()) };
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
mod tests;
