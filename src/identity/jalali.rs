//! The Persian (Jalali) calendar: its dates, and the format of dates of both calendars on pages.

use crate::text::persian_digits;
use icu_calendar::Date;
use icu_calendar::cal::Persian;
use icu_calendar::types::RataDie;
use std::fmt;

/// The two calendar libraries count days from different days. This day, known in both counts, converts between them.
const EPOCH: jiff::civil::Date = jiff::civil::Date::constant(1970, 1, 1);
/// The same day as a *rata die*: days since the day before 0001-01-01.
const EPOCH_RATA_DIE: i64 = 719_163;

const MONTHS_FA: [&str; 12] =
    ["فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند"];

const MONTHS_EN: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/// A day that exists in the Persian calendar. `Display` writes `1365/07/12`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JalaliDate {
    year: i32,
    month: u8,
    day: u8,
}

impl JalaliDate {
    /// The date, if the calendar has it: Esfand has 30 days in leap years only.
    pub fn new(year: i32, month: u8, day: u8) -> Option<Self> {
        Date::try_new_persian(year, month, day).ok().map(|_| Self { year, month, day })
    }

    /// The Persian date of a civil date.
    pub(crate) fn from_civil(date: jiff::civil::Date) -> Self {
        let since_epoch = date.duration_since(EPOCH).as_hours() / 24;
        let persian = Date::from_rata_die(RataDie::new(EPOCH_RATA_DIE + since_epoch), Persian);
        Self { year: persian.year().extended_year(), month: persian.month().ordinal, day: persian.day_of_month().0 }
    }

    /// The civil date. Civil dates end with the year 9999; a later day gives `None`.
    pub fn civil(self) -> Option<jiff::civil::Date> {
        let day = Date::try_new_persian(self.year, self.month, self.day).ok()?.to_rata_die();
        EPOCH.checked_add(jiff::SignedDuration::from_hours((day.to_i64_date() - EPOCH_RATA_DIE) * 24)).ok()
    }

    /// The year of the solar Hijra.
    pub(crate) const fn year(self) -> i32 {
        self.year
    }

    /// The month, 1 (Farvardin) to 12 (Esfand).
    pub(crate) const fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, from 1.
    pub(crate) const fn day(self) -> u8 {
        self.day
    }
}

impl fmt::Display for JalaliDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}/{:02}/{:02}", self.year, self.month, self.day)
    }
}

/// A civil date as Persian pages write it: Persian calendar, month by name, Persian digits (`۱۲ مهر ۱۳۶۵`).
pub fn format_fa(date: jiff::civil::Date) -> String {
    let jalali = JalaliDate::from_civil(date);
    let month = MONTHS_FA.get(usize::from(jalali.month) - 1).copied().unwrap_or_default();
    persian_digits(&format!("{} {month} {}", jalali.day, jalali.year))
}

/// A civil date as English pages write it: Gregorian calendar, month by name (`4 October 1986`).
pub fn format_en(date: jiff::civil::Date) -> String {
    let month = usize::try_from(date.month() - 1).ok().and_then(|month| MONTHS_EN.get(month)).copied().unwrap_or_default();
    format!("{} {month} {}", date.day(), date.year())
}

/// A civil date in the Persian calendar with digits only (`۱۳۶۵/۰۷/۱۲`).
pub fn format_fa_numeric(date: jiff::civil::Date) -> String {
    persian_digits(&JalaliDate::from_civil(date).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    #[test]
    fn known_dates_convert_in_both_directions() {
        for (jalali, civil) in [
            ((1404, 1, 1), date(2025, 3, 21)),
            ((1403, 12, 30), date(2025, 3, 20)),
            ((1405, 9, 2), date(2026, 11, 23)),
            ((1400, 1, 1), date(2021, 3, 21)),
            ((1357, 11, 22), date(1979, 2, 11)),
        ] {
            let (year, month, day) = jalali;
            let jalali = JalaliDate::new(year, month, day).expect("a day of the calendar");
            assert_eq!(jalali.civil(), Some(civil));
            assert_eq!(JalaliDate::from_civil(civil), jalali);
        }
    }

    #[test]
    fn a_year_is_leap_by_its_remainder_of_33_from_1300_to_1500() {
        for year in 1300..=1500 {
            let leap = [1, 5, 9, 13, 17, 22, 26, 30].contains(&(year % 33));
            assert_eq!(JalaliDate::new(year, 12, 30).is_some(), leap, "{year}");
        }
        assert!(JalaliDate::new(1408, 12, 30).is_some());
        assert!(JalaliDate::new(1407, 12, 30).is_none());
        assert!(JalaliDate::new(1404, 12, 30).is_none());
    }

    #[test]
    fn a_date_with_a_day_that_its_month_does_not_have_is_none() {
        for (month, day) in [(0, 1), (13, 1), (1, 0), (1, 32), (7, 31), (12, 31)] {
            assert_eq!(JalaliDate::new(1403, month, day), None, "{month} {day}");
        }
    }

    #[test]
    fn each_language_has_its_own_date_format() {
        let day = date(1986, 10, 4);
        assert_eq!(format_fa(day), "۱۲ مهر ۱۳۶۵");
        assert_eq!(format_fa_numeric(day), "۱۳۶۵/۰۷/۱۲");
        assert_eq!(format_en(day), "4 October 1986");
        assert_eq!(JalaliDate::from_civil(day).to_string(), "1365/07/12");
    }

    proptest! {
        #[test]
        fn every_day_of_three_centuries_goes_to_the_other_calendar_and_back(days in 0_i64..110_000) {
            let civil = date(1850, 1, 1).checked_add(jiff::SignedDuration::from_hours(days * 24)).expect("a day");
            let jalali = JalaliDate::from_civil(civil);
            prop_assert_eq!(jalali.civil(), Some(civil));
            prop_assert_eq!(JalaliDate::new(jalali.year(), jalali.month(), jalali.day()), Some(jalali));
            prop_assert!(JalaliDate::from_civil(civil.tomorrow().expect("a day")) > jalali);
        }
    }
}
