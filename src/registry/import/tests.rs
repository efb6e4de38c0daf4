use super::*;
use crate::registry::generate::Generator;
use jiff::civil::date;
use proptest::prelude::*;

const TODAY: Date = date(2026, 11, 23);

fn people(count: usize) -> Vec<Person> {
    Generator::new(5, TODAY).take(count).collect()
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
    let mut import = Import::open(file, TODAY, OnBadLines::ImportNothing)?;
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
    assert_eq!(report, ImportReport { rows: 3000, bad: Vec::new(), bad_lines: 0 });
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
        (8, LineProblem::OpenQuote),
        (1501, LineProblem::Repeated),
    ];
    assert_eq!(found, expected);
    assert_eq!((persons.len(), report.rows, report.bad_lines), (0, 0, 5));
}

fn opened(file: &[u8]) -> Result<(), ImportError> {
    Import::open(file, TODAY, OnBadLines::ImportNothing).map(|_| ())
}

#[test]
fn a_file_with_another_separator_or_of_another_encoding_is_refused_by_its_name() {
    let refused = |file: &[u8]| opened(file).expect_err("refused").to_string();
    assert_eq!(refused(HEADER.join(";").as_bytes()), "the fields are separated by semicolons: they must be separated by commas");
    assert_eq!(refused(HEADER.join("\t").as_bytes()), "the fields are separated by tabs: they must be separated by commas");
    let units: Vec<u16> = HEADER.join(",").encode_utf16().collect();
    let (little, big): (Vec<[u8; 2]>, Vec<[u8; 2]>) = units.iter().map(|unit| (unit.to_le_bytes(), unit.to_be_bytes())).unzip();
    for (mark, bytes) in [(&[0xff, 0xfe][..], little.concat()), (&[0xfe, 0xff], big.concat()), (&[], little.concat())] {
        assert_eq!(refused(&[mark, &bytes].concat()), "the file is UTF-16: it must be UTF-8");
    }
}

#[test]
fn rows_of_separators_alone_are_skipped_as_blank_ones_are() {
    let people = people(2);
    let file = format!("{}{}\n\"\",,,\n;;;\n \u{200f},\n", file_of(&people), ",".repeat(16));
    let (persons, report) = read(file.as_bytes()).expect("a report");
    assert_eq!((persons, report.rows, report.bad_lines), (people, 2, 0));
}

#[test]
fn at_most_a_hundred_bad_lines_are_reported_and_all_are_counted() {
    let file = format!("{}{}", file_of(&people(1)), "0012345679,10/04/1986\n".repeat(2500));
    let (_, report) = read(file.as_bytes()).expect("a report");
    assert_eq!((report.bad.len(), report.bad_lines, report.rows), (MOST_REPORTED, 2500, 0));
}

#[test]
fn a_file_with_dates_of_the_united_states_is_refused_and_read_as_no_other_date() {
    let people = people(1);
    let born = people[0].birth_date.to_string();
    let (year, rest) = born.split_once('-').expect("a date");
    let file = file_of(&people).replacen(&born, &format!("{}/{year}", rest.replace('-', "/")), 1);
    let (persons, report) = read(file.as_bytes()).expect("a report");
    assert!(persons.is_empty());
    assert_eq!(report.bad[0].to_string(), "line 2: birth_date: a date is written YYYY-MM-DD or YYYY/MM/DD, with the year first");
}

#[test]
fn the_good_lines_are_kept_where_the_operator_wants_it_and_the_bad_ones_are_a_file_to_correct() {
    let people = people(1500);
    let mut lines: Vec<String> = file_of(&people).lines().map(str::to_owned).collect();
    (lines[3], lines[1400]) = ("no,person".to_owned(), lines[1].clone());
    let mut bad = Vec::new();
    let file = lines.join("\n");
    let mut import = Import::open(file.as_bytes(), TODAY, OnBadLines::KeepGood(&mut bad)).expect("a file");
    let mut persons = Vec::new();
    while let Some(batch) = import.next_batch().expect("a batch") {
        persons.extend(batch);
    }
    assert_eq!((persons.len(), import.bad_lines, import.imports_nothing()), (1498, 2, false));
    assert_eq!(String::from_utf8(bad).expect("text"), format!("{}\nno,person\n{}\n", HEADER.join(","), lines[1]));
}

#[test]
fn a_file_without_our_header_is_refused() {
    for file in ["", "\n", "national_id,birth_date\n", "0012345679,1986-10-04\n", &"x".repeat(100_000)] {
        assert!(matches!(opened(file.as_bytes()), Err(ImportError::Header)), "{file:.40}");
    }
    assert!(opened(HEADER.join(",").as_bytes()).is_ok());
    assert!(opened(format!("\u{feff}\"{}\"", HEADER.join("\",\"")).as_bytes()).is_ok());
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
