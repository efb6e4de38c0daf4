//! A date of birth: a civil date, typed in the Persian or the Gregorian calendar.

pub(crate) use crate::identity::jalali::JalaliDate;
use crate::text::plain_typed;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::RangeInclusive;

/// Years that are read as years of the Persian calendar.
pub const JALALI_YEARS: RangeInclusive<i32> = 1200..=1500;
/// Years that are read as years of the Gregorian calendar.
pub const GREGORIAN_YEARS: RangeInclusive<i32> = 1850..=2150;
/// A limit on the text that is read, longer than any date that a person types.
const LONGEST_TEXT: usize = 64;

/// A civil date of the proleptic Gregorian calendar, whatever calendar it was typed in. Serialized as ISO 8601.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BirthDate(jiff::civil::Date);

/// Why a text is not a date of birth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BirthDateError {
    /// Nothing was typed.
    #[error("no date was given")]
    Empty,
    /// Not a year with four digits, a month and a day.
    #[error("a date has a year with four digits, a month and a day")]
    NotADate,
    /// The year is of neither calendar: 1200 to 1500 are Persian years, 1850 to 2150 Gregorian ones.
    #[error("the year is neither a Persian nor a Gregorian year of birth")]
    YearOutOfRange,
    /// The calendar has no such day, e.g. 30 Esfand of a common year.
    #[error("the calendar has no such day")]
    NoSuchDay,
}

impl BirthDate {
    /// From a civil date.
    pub const fn from_civil(date: jiff::civil::Date) -> Self {
        Self(date)
    }

    /// The civil date.
    pub const fn civil(self) -> jiff::civil::Date {
        self.0
    }

    /// The Persian date: year, month, day.
    pub fn jalali(self) -> (i32, u8, u8) {
        let date = JalaliDate::from_civil(self.0);
        (date.year(), date.month(), date.day())
    }

    /// Reads `YYYY-MM-DD`, Gregorian.
    pub fn parse_iso(text: &str) -> Option<Self> {
        (text.len() == 10).then(|| text.parse().ok().map(Self)).flatten()
    }

    /// Reads what people type: Persian, Arabic or Latin digits; year, month, day or day, month, year; separated by `-`, `/`, `.`
    /// or spaces, or eight digits in a row. The year decides the calendar ([`JALALI_YEARS`], [`GREGORIAN_YEARS`]).
    pub fn parse(text: &str) -> Result<Self, BirthDateError> {
        if text.len() > LONGEST_TEXT {
            return Err(BirthDateError::NotADate);
        }
        let text = plain_typed(text);
        let parts: Vec<&str> = text.split(is_separator).filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            [] => Err(BirthDateError::Empty),
            [joined] => Self::parse_joined(joined),
            [first, month, last] if first.len() == 4 => Self::from_parts(first, month, last),
            [first, month, last] => Self::from_parts(last, month, first),
            _ => Err(BirthDateError::NotADate),
        }
    }

    /// Reads eight digits in a row: first with the year in front, then with the year at the end. `12071365` has its year at the
    /// end: 1207 can be a year, but 13 is not a month.
    fn parse_joined(digits: &str) -> Result<Self, BirthDateError> {
        if digits.len() != 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(BirthDateError::NotADate);
        }
        let year_first = Self::from_parts(&digits[..4], &digits[4..6], &digits[6..]);
        year_first.or_else(|error| Self::from_parts(&digits[4..], &digits[2..4], &digits[..2]).map_err(|_| error))
    }

    /// Reads a date typed into three fields. The year has four digits and decides the calendar.
    pub fn from_parts(year: &str, month: &str, day: &str) -> Result<Self, BirthDateError> {
        let (year, month, day) = (field(year), field(month), field(day));
        if year.is_empty() && month.is_empty() && day.is_empty() {
            return Err(BirthDateError::Empty);
        }
        if year.len() != 4 || !(1..=2).contains(&month.len()) || !(1..=2).contains(&day.len()) {
            return Err(BirthDateError::NotADate);
        }
        Self::from_numbers(number(&year)?, number(&month)?, number(&day)?)
    }

    fn from_numbers(year: i32, month: u8, day: u8) -> Result<Self, BirthDateError> {
        let date = if JALALI_YEARS.contains(&year) {
            JalaliDate::new(year, month, day).and_then(JalaliDate::civil)
        } else if GREGORIAN_YEARS.contains(&year) {
            gregorian(year, month, day)
        } else {
            return Err(BirthDateError::YearOutOfRange);
        };
        date.map(Self).ok_or(BirthDateError::NoSuchDay)
    }
}

fn gregorian(year: i32, month: u8, day: u8) -> Option<jiff::civil::Date> {
    jiff::civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '/' | '.' | ',' | '\\' | '،' | '٫' | '−' | '‐'..='―')
}

fn field(text: &str) -> String {
    plain_typed(text).chars().filter(|c| !c.is_whitespace()).take(LONGEST_TEXT).collect()
}

fn number<T: std::str::FromStr>(digits: &str) -> Result<T, BirthDateError> {
    // `FromStr` of a number accepts a sign, and a date has none.
    let only_digits = digits.bytes().all(|b| b.is_ascii_digit());
    only_digits.then(|| digits.parse().ok()).flatten().ok_or(BirthDateError::NotADate)
}

/// `YYYY-MM-DD`, Gregorian.
impl fmt::Display for BirthDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Personal data: `Debug` hides it.
impl fmt::Debug for BirthDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[birth date]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::persian_digits;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn civil(text: &str) -> Result<jiff::civil::Date, BirthDateError> {
        BirthDate::parse(text).map(BirthDate::civil)
    }

    #[test]
    fn the_same_day_is_read_from_every_form_in_which_people_type_it() {
        for text in [
            "1365-07-12",
            "1365/7/12",
            "1365.07.12",
            "1365 7 12",
            " 1365 / 07 / 12 ",
            "12/7/1365",
            "12-07-1365",
            "13650712",
            "12071365",
            "۱۳۶۵/۰۷/۱۲",
            "۱۲ ۷ ۱۳۶۵",
            "١٣٦٥-٠٧-١٢",
            "۱۳۶۵۰۷۱۲",
            "\u{2066}1365/07/12\u{2069}",
            "1986-10-04",
            "4.10.1986",
            "19861004",
            "04101986",
            "۱۹۸۶/۱۰/۰۴",
        ] {
            assert_eq!(civil(text), Ok(date(1986, 10, 4)), "{text}");
        }
    }

    #[test]
    fn a_day_that_the_calendar_does_not_have_is_another_error_than_a_text_that_is_no_date() {
        assert!(civil("1403-12-30").is_ok());
        for text in ["1404-12-30", "1407/12/30", "1365-07-31", "1365-13-01", "2023-02-29", "1365-00-10", "1990-01-32"] {
            assert_eq!(civil(text), Err(BirthDateError::NoSuchDay), "{text}");
        }
        for text in ["0999-01-01", "1501-01-01", "1849-12-31", "2151-01-01", "1700/1/1"] {
            assert_eq!(civil(text), Err(BirthDateError::YearOutOfRange), "{text}");
        }
        for text in ["65/7/12", "1365", "1365-7", "1365-07-12-1", "12 مهر 1365", "+365-07-12", "1365-+7-12", "abc", "136507123"]
        {
            assert_eq!(civil(text), Err(BirthDateError::NotADate), "{text}");
        }
        for text in ["", "  ", "-/-"] {
            assert_eq!(civil(text), Err(BirthDateError::Empty), "{text}");
        }
        assert_eq!(civil(&"1".repeat(1000)), Err(BirthDateError::NotADate));
    }

    #[test]
    fn a_date_is_read_in_any_width_with_any_separator_and_any_invisible_mark() {
        for typed in
            ["１３６５／０７／１２", "１３６５－０７－１２", "\u{61c}۱۳۶۵\u{2212}۰۷\u{2212}۱۲\u{feff}", "１２．０７．１３６５"]
        {
            assert_eq!(BirthDate::parse(typed), BirthDate::parse("1365/07/12"), "{typed:?}");
        }
    }

    #[test]
    fn three_fields_are_read_like_one() {
        assert_eq!(BirthDate::from_parts("۱۳۶۵", "۷", " ۱۲ "), BirthDate::parse("1365-07-12"));
        assert_eq!(BirthDate::from_parts("", " ", ""), Err(BirthDateError::Empty));
        assert_eq!(BirthDate::from_parts("1365", "7", ""), Err(BirthDateError::NotADate));
        assert_eq!(BirthDate::from_parts("1404", "12", "30"), Err(BirthDateError::NoSuchDay));
    }

    #[test]
    fn a_birth_date_is_serialized_as_an_iso_date_and_hidden_by_debug() {
        let birth = BirthDate::from_civil(date(1986, 10, 4));
        assert_eq!(serde_json::to_string(&birth).expect("json"), "\"1986-10-04\"");
        assert_eq!(serde_json::from_str::<BirthDate>("\"1986-10-04\"").expect("a date"), birth);
        assert_eq!(format!("{birth:?}"), "[birth date]");
        assert_eq!(birth.jalali(), (1365, 7, 12));
    }

    #[test]
    fn every_civil_date_of_two_centuries_survives_persian_text() {
        let mut day = date(1921, 3, 21);
        while day < date(2121, 3, 21) {
            let persian = JalaliDate::from_civil(day);
            assert_eq!(civil(&persian_digits(&persian.to_string())), Ok(day), "{persian}");
            assert_eq!(BirthDate::parse_iso(&day.to_string()).map(BirthDate::civil), Some(day));
            day = day.tomorrow().expect("a tomorrow");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in any::<String>()) {
            let _ = BirthDate::parse(&text);
        }

        #[test]
        fn no_digits_and_separators_make_the_parser_panic(text in "[0-9۰-۹٠-٩/. -]{0,14}") {
            let _ = BirthDate::parse(&text);
        }

        #[test]
        fn a_date_survives_any_order_and_separator(year in 1921_i16..2121, month in 1_i8..=12, day in 1_i8..=28, sep in "[-/. ]") {
            let expected = date(year, month, day);
            prop_assert_eq!(civil(&format!("{year}{sep}{month}{sep}{day}")), Ok(expected));
            prop_assert_eq!(civil(&format!("{day:02}{sep}{month:02}{sep}{year}")), Ok(expected));
            prop_assert_eq!(civil(&format!("{year}{month:02}{day:02}")), Ok(expected));
        }
    }
}
