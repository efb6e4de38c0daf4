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

/// A date of birth, as exactly as it is known. Two are equal if the same is known of both: a year is not equal to a day in it.
///
/// A day is a civil date of the proleptic Gregorian calendar, whatever calendar it was typed in. Serialized as ISO 8601: `YYYY-MM-DD`,
/// `YYYY-MM` or `YYYY`, where a year within [`JALALI_YEARS`] and without a day is one of the Persian calendar.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BirthDate(Known);

/// How much of a date of birth is known.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Known {
    /// The day.
    Day(jiff::civil::Date),
    /// The month of a year, in the calendar of that year.
    Month(i32, u8),
    /// The year, in its calendar.
    Year(i32),
}

/// Why a text is not a date of birth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BirthDateError {
    /// Nothing was typed.
    #[error("no date was given")]
    Empty,
    /// Not a year with four digits, alone or with a month and a day.
    #[error("a date has a year with four digits, a month and a day")]
    NotADate,
    /// Not an ISO date, in a file where only those are read.
    #[error("a date is written YYYY-MM-DD or YYYY/MM/DD, with the year first")]
    NotIso,
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
        Self(Known::Day(date))
    }

    /// How much is known.
    pub const fn known(self) -> Known {
        self.0
    }

    /// The day, if it is known.
    pub const fn day(self) -> Option<jiff::civil::Date> {
        match self.0 {
            Known::Day(day) => Some(day),
            Known::Month(..) | Known::Year(_) => None,
        }
    }

    /// The first day that it can be.
    pub fn earliest(self) -> jiff::civil::Date {
        match self.0 {
            Known::Day(day) => Some(day),
            Known::Month(year, month) => civil(year, month, 1),
            Known::Year(year) => civil(year, 1, 1),
        }
        .unwrap_or(jiff::civil::Date::MIN)
    }

    /// The last day that it can be: a person is not older than that.
    pub fn latest(self) -> jiff::civil::Date {
        let next = match self.0 {
            Known::Day(day) => return day,
            Known::Month(year, month) if month < 12 => civil(year, month + 1, 1),
            Known::Month(year, _) | Known::Year(year) if JALALI_YEARS.contains(&year) => {
                JalaliDate::new(year + 1, 1, 1).and_then(JalaliDate::civil)
            }
            Known::Month(year, _) | Known::Year(year) => civil(year + 1, 1, 1),
        };
        next.and_then(|day| day.yesterday().ok()).unwrap_or(jiff::civil::Date::MAX)
    }

    /// The year in the Gregorian calendar, if it is known: a year or a month of the Persian calendar may lie in two.
    pub fn gregorian_year(self) -> Option<i16> {
        let (earliest, latest) = (self.earliest().year(), self.latest().year());
        (earliest == latest).then_some(earliest)
    }

    /// The Persian date, if the day is known: year, month, day.
    pub fn jalali(self) -> Option<(i32, u8, u8)> {
        let date = JalaliDate::from_civil(self.day()?);
        Some((date.year(), date.month(), date.day()))
    }

    /// Reads `YYYY-MM-DD`, Gregorian.
    pub fn parse_iso(text: &str) -> Option<Self> {
        (text.len() == 10).then(|| text.parse().ok().map(Self::from_civil)).flatten()
    }

    /// Reads what [`Display`](fmt::Display) writes.
    pub fn from_wire(text: &str) -> Option<Self> {
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        match (text.len(), text.split_once('-')) {
            (10, _) => Self::parse_iso(text),
            (7, Some((year, month))) if year.len() == 4 && digits(year) && digits(month) => {
                Self::from_parts(year, month, "0").ok()
            }
            (4, None) if digits(text) => Self::from_parts(text, "0", "0").ok(),
            _ => None,
        }
    }

    /// Reads a date of a file: `YYYY-MM-DD` or `YYYY/MM/DD` in either calendar, in any digits; `00` for a day or a month that is not
    /// known, or without them. A date whose year comes last is refused: whether its day or its month comes first cannot be told.
    pub fn parse_file(text: &str) -> Result<Self, BirthDateError> {
        if text.len() > LONGEST_TEXT {
            return Err(BirthDateError::NotIso);
        }
        let text = plain_typed(text);
        let separator = if text.contains('/') { '/' } else { '-' };
        let parts: Vec<&str> = text.trim().split(separator).collect();
        let has = |part: &str, digits| part.len() == digits && part.bytes().all(|b| b.is_ascii_digit());
        match parts.as_slice() {
            [""] => Err(BirthDateError::Empty),
            [year] if has(year, 4) => Self::from_parts(year, "0", "0"),
            [year, month] if has(year, 4) && has(month, 2) => Self::from_parts(year, month, "0"),
            [year, month, day] if has(year, 4) && has(month, 2) && has(day, 2) => Self::from_parts(year, month, day),
            _ => Err(BirthDateError::NotIso),
        }
    }

    /// Reads what people type: Persian, Arabic or Latin digits; year, month, day or day, month, year; separated by `-`, `/`, `.`
    /// or spaces, or eight digits in a row. The year decides the calendar ([`JALALI_YEARS`], [`GREGORIAN_YEARS`]). Where documents
    /// show no day or month, people leave it out or type zeros: `1340`, `1340/07`, `1340/00/00`.
    pub fn parse(text: &str) -> Result<Self, BirthDateError> {
        if text.len() > LONGEST_TEXT {
            return Err(BirthDateError::NotADate);
        }
        let text = plain_typed(text);
        let parts: Vec<&str> = text.split(is_separator).filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            [] => Err(BirthDateError::Empty),
            [year] if year.len() == 4 => Self::from_parts(year, "0", "0"),
            [joined] => Self::parse_joined(joined),
            [year, month] if year.len() == 4 => Self::from_parts(year, month, "0"),
            [month, year] => Self::from_parts(year, month, "0"),
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

    /// Reads a date typed into three fields. The year has four digits and decides the calendar. Zero stands for a day that is not
    /// known, and for a month of which the day is not known either.
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
        if !JALALI_YEARS.contains(&year) && !GREGORIAN_YEARS.contains(&year) {
            return Err(BirthDateError::YearOutOfRange);
        }
        let known = match (month, day) {
            (0, 0) => Some(Known::Year(year)),
            (1..=12, 0) => Some(Known::Month(year, month)),
            _ => civil(year, month, day).map(Known::Day),
        };
        known.map(Self).ok_or(BirthDateError::NoSuchDay)
    }
}

/// A day of the calendar that the year belongs to.
fn civil(year: i32, month: u8, day: u8) -> Option<jiff::civil::Date> {
    if JALALI_YEARS.contains(&year) {
        return JalaliDate::new(year, month, day).and_then(JalaliDate::civil);
    }
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

/// `YYYY-MM-DD`, Gregorian; `YYYY-MM` or `YYYY` in the calendar of the year if no more is known.
impl fmt::Display for BirthDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Known::Day(day) => day.fmt(f),
            Known::Month(year, month) => write!(f, "{year:04}-{month:02}"),
            Known::Year(year) => write!(f, "{year:04}"),
        }
    }
}

impl TryFrom<String> for BirthDate {
    type Error = BirthDateError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::from_wire(&text).ok_or(BirthDateError::NotIso)
    }
}

impl From<BirthDate> for String {
    fn from(date: BirthDate) -> Self {
        date.to_string()
    }
}

/// Personal data: `Debug` hides it.
impl fmt::Debug for BirthDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[birth date]")
    }
}

#[cfg(test)]
mod tests;
