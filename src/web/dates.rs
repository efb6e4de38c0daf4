//! Civil dates as pages write them: both calendars in both languages, with the months' names from the translations.

use crate::identity::birth_date::{BirthDate, JALALI_YEARS, Known};
use crate::identity::jalali::JalaliDate;
use crate::locale::Locale;
use jiff::civil::{Date, DateTime, DateTimeRound};
use jiff::{RoundMode, SignedDuration, Unit};
use std::time::Duration;

const PERSIAN_MONTHS: [&str; 12] = [
    "month-farvardin",
    "month-ordibehesht",
    "month-khordad",
    "month-tir",
    "month-mordad",
    "month-shahrivar",
    "month-mehr",
    "month-aban",
    "month-azar",
    "month-dey",
    "month-bahman",
    "month-esfand",
];

const GREGORIAN_MONTHS: [&str; 12] = [
    "month-january",
    "month-february",
    "month-march",
    "month-april",
    "month-may",
    "month-june",
    "month-july",
    "month-august",
    "month-september",
    "month-october",
    "month-november",
    "month-december",
];

impl Locale {
    /// The date in the calendar of this language's readers: `۱۲ مهر ۱۳۶۵`, `4 October 1986`.
    pub fn date(self, date: Date) -> String {
        match self {
            Self::Fa => self.persian_date(date),
            Self::En => self.gregorian_date(date),
        }
    }

    /// A birth date, as exactly as it is known: a month or a year alone in its own calendar, because it is none of the other one.
    pub(crate) fn birth_date(self, date: BirthDate) -> String {
        match date.known() {
            Known::Day(day) => self.date(day),
            Known::Month(year, number) => {
                let months = if JALALI_YEARS.contains(&year) { &PERSIAN_MONTHS } else { &GREGORIAN_MONTHS };
                self.digits(&format!("{} {year}", self.t(month(months, number))))
            }
            Known::Year(year) => self.digits(&year.to_string()),
        }
    }

    /// The date in the Persian calendar: `۲ آذر ۱۴۰۵`, `2 Azar 1405`.
    pub(crate) fn persian_date(self, date: Date) -> String {
        let date = JalaliDate::from_civil(date);
        self.written(date.day(), month(&PERSIAN_MONTHS, date.month()), date.year())
    }

    /// The date in the Gregorian calendar: `۲۳ نوامبر ۲۰۲۶`, `23 November 2026`.
    pub(crate) fn gregorian_date(self, date: Date) -> String {
        let number = |part: i8| u8::try_from(part).unwrap_or_default();
        self.written(number(date.day()), month(&GREGORIAN_MONTHS, number(date.month())), i32::from(date.year()))
    }

    /// When a wait ends, rounded up to a minute: `14:35`, and with its date if that is another day.
    pub(crate) fn time_after(self, now: DateTime, wait: Duration) -> String {
        let span = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
        let end = now.saturating_add(span);
        let round = DateTimeRound::new().smallest(Unit::Minute).mode(RoundMode::Ceil);
        let end = end.round(round).unwrap_or(end);
        let time = self.digits(&format!("{:02}:{:02}", end.hour(), end.minute()));
        if end.date() == now.date() {
            return self.t_with("time-today", &[("time", time)]);
        }
        self.t_with("time-on", &[("time", time), ("date", self.date(end.date()))])
    }

    // Both languages write day, month and year in this order, and a date is one run of text without isolated parts.
    fn written(self, day: u8, month: &str, year: i32) -> String {
        self.digits(&format!("{day} {} {year}", self.t(month)))
    }
}

fn month(months: &[&'static str; 12], number: u8) -> &'static str {
    months.get(usize::from(number).wrapping_sub(1)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_wait_is_a_time_of_day_with_the_date_of_another_day() {
        let now = jiff::civil::date(2026, 11, 23).at(14, 20, 30, 0);
        let read = |locale: Locale, minutes: u64| {
            let text = locale.time_after(now, Duration::from_mins(minutes));
            text.replace(['\u{2068}', '\u{2069}'], "")
        };
        assert_eq!((read(Locale::En, 15), read(Locale::Fa, 15)), ("14:36".to_owned(), "ساعت ۱۴:۳۶".to_owned()));
        assert_eq!(read(Locale::En, 24 * 60), "14:21 on 24 November 2026");
        assert_eq!(read(Locale::Fa, 24 * 60), "ساعت ۱۴:۲۱ روز ۳ آذر ۱۴۰۵");
        assert_eq!(read(Locale::En, 9 * 60 + 39), "00:00 on 24 November 2026");
    }

    #[test]
    fn a_birth_date_is_written_as_exactly_as_it_is_known() {
        let written = |text: &str| {
            let date = BirthDate::parse(text).expect(text);
            [Locale::Fa.birth_date(date), Locale::En.birth_date(date)]
        };
        assert_eq!(written("1340"), ["۱۳۴۰", "1340"]);
        assert_eq!(written("1340/07"), ["مهر ۱۳۴۰", "Mehr 1340"]);
        assert_eq!(written("1961/10"), ["اکتبر ۱۹۶۱", "October 1961"]);
        assert_eq!(written("1986/10/04"), ["۱۲ مهر ۱۳۶۵", "4 October 1986"]);
    }

    #[test]
    fn one_day_reads_in_both_calendars_and_both_languages() {
        let day = jiff::civil::date(2026, 11, 23);
        assert_eq!(Locale::Fa.persian_date(day), "۲ آذر ۱۴۰۵");
        assert_eq!(Locale::Fa.gregorian_date(day), "۲۳ نوامبر ۲۰۲۶");
        assert_eq!(Locale::En.persian_date(day), "2 Azar 1405");
        assert_eq!(Locale::En.gregorian_date(day), "23 November 2026");
        assert_eq!(Locale::Fa.date(day), "۲ آذر ۱۴۰۵");
        assert_eq!(Locale::En.date(day), "23 November 2026");
    }
}
