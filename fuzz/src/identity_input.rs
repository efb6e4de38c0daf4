//! What people type: national IDs, dates of birth in both calendars, mobile numbers, names; in any digits.

use panjereh::identity::birth_date::{BirthDate, GREGORIAN_YEARS, JALALI_YEARS};
use panjereh::identity::jalali::{JalaliDate, format_en, format_fa, format_fa_numeric};
use panjereh::identity::mobile::MobileNumber;
use panjereh::identity::national_id::{IdScheme, NationalId, check_digit};
use panjereh::text::{distance, fold_name, latin_digits, persian_digits};

/// Reads one text as each of them.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    check_text(text);
    check_national_id(text);
    check_birth_date(text);
    check_mobile(text);
}

fn check_text(text: &str) {
    let latin = latin_digits(text);
    assert!(!latin.contains(['۰', '۵', '۹', '٠', '٩']));
    assert_eq!(latin_digits(&persian_digits(&latin)), latin);
    if text.len() <= 512 {
        let folded = fold_name(text);
        assert_eq!(fold_name(&folded), folded, "folding twice is folding once");
        assert_eq!(distance(text, text), 0);
        assert_eq!(distance(text, &latin), distance(&latin, text));
    }
}

fn check_national_id(text: &str) {
    let Ok(id) = NationalId::parse(text) else { return };
    let digits = id.as_str();
    assert!(digits.bytes().all(|digit| digit.is_ascii_digit()));
    match id.scheme() {
        IdScheme::National => assert_eq!((digits.len(), check_digit(digits.as_bytes())), (10, digits.as_bytes()[9])),
        IdScheme::Resident => assert_eq!(digits.len(), 12),
    }
    let typed: String = latin_digits(text).chars().filter(char::is_ascii_digit).collect();
    assert_eq!(digits, typed, "every digit that was typed counts, and no other");
    for again in
        [digits.to_owned(), persian_digits(digits), format!(" {digits}\u{200f}"), format!("{}-{}", &digits[..3], &digits[3..])]
    {
        // Longer text than any valid input is not read, and none of these is as long.
        assert_eq!(NationalId::parse(&again).as_ref(), Ok(&id));
    }
    if let Some(nine) = id.nine_digits() {
        assert_eq!(NationalId::from_nine_digits(nine), Some(id));
    }
}

fn check_birth_date(text: &str) {
    let Ok(date) = BirthDate::parse(text) else { return };
    let iso = date.to_string();
    assert_eq!(BirthDate::from_wire(&iso), Some(date), "what is kept reads as itself");
    assert!(date.earliest() <= date.latest());
    let Some(day) = date.day() else {
        assert_eq!((BirthDate::parse(&iso), BirthDate::parse_file(&iso)), (Ok(date), Ok(date)));
        return;
    };
    assert_eq!((BirthDate::parse_iso(&iso), BirthDate::parse(&iso)), (Some(date), own_reading(&iso, date)));
    let (year, month, day_of_month) = date.jalali().expect("its Persian date");
    let jalali = JalaliDate::new(year, month, day_of_month).expect("its Persian date exists");
    assert_eq!(jalali.civil(), Some(day), "there and back between the calendars");
    if JALALI_YEARS.contains(&year) {
        for written in [jalali.to_string(), persian_digits(&jalali.to_string()), format_fa_numeric(day)] {
            assert_eq!(BirthDate::parse(&written), Ok(date), "{written}");
        }
        assert_eq!(BirthDate::from_parts(&year.to_string(), &month.to_string(), &day_of_month.to_string()), Ok(date));
    }
    assert!(!format_fa(day).chars().any(|c| c.is_ascii_digit()));
    assert!(format_en(day).is_ascii());
}

/// An ISO date is read as itself if its year is read as Gregorian; a Persian year such as 1200 is before those years.
fn own_reading(iso: &str, date: BirthDate) -> Result<BirthDate, panjereh::identity::birth_date::BirthDateError> {
    let year: i32 = iso[..4].parse().expect("a year");
    if GREGORIAN_YEARS.contains(&year) { Ok(date) } else { BirthDate::parse(iso) }
}

fn check_mobile(text: &str) {
    let Ok(number) = MobileNumber::parse(text) else { return };
    let e164 = number.e164();
    assert!(e164.starts_with('+') && (8..=16).contains(&e164.len()) && e164[1..].bytes().all(|digit| digit.is_ascii_digit()));
    assert_eq!(MobileNumber::from_e164(e164.to_owned()).as_ref(), Ok(&number));
    assert_eq!(MobileNumber::parse(e164).as_ref(), Ok(&number), "what is kept reads as itself");
    assert_eq!(MobileNumber::parse(&persian_digits(e164)).as_ref(), Ok(&number));
    assert!(number.masked().chars().count() == 5 && e164.ends_with(number.masked().trim_start_matches('…')));
    if number.is_domestic() {
        assert!(e164.len() == 13 && e164.starts_with("+989"));
        assert_eq!(MobileNumber::parse(&format!("0{}", &e164[3..])).as_ref(), Ok(&number));
    }
}
