//! Age: the civil date from which a person is an adult, by the rules of the country's profile.

use crate::identity::birth_date::{BirthDate, JalaliDate};
use crate::time::Timestamp;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

/// The calendar in which a country counts years of age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Calendar {
    /// The Persian solar calendar.
    Jalali,
    /// The Gregorian calendar.
    Gregorian,
}

/// A country's rules for age and civil dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CountryProfile {
    /// The full years of life after which a person is an adult.
    pub(crate) age_limit: u8,
    /// The calendar in which those years are counted.
    pub(crate) calendar: Calendar,
    /// The country's civil time in minutes east of UTC: a fixed offset, without summer time.
    pub(crate) utc_offset_minutes: i16,
}

impl CountryProfile {
    /// Iran: adult at 18 solar years, UTC+3:30, no summer time since 2022.
    pub(crate) const IRAN: Self = Self { age_limit: 18, calendar: Calendar::Jalali, utc_offset_minutes: 210 };

    /// The civil date in the country at a moment.
    pub(crate) fn today(self, now: Timestamp) -> Date {
        self.civil(now).date()
    }

    /// The civil date and time of day in the country at a moment.
    pub(crate) fn civil(self, now: Timestamp) -> DateTime {
        let local = now.millis().saturating_add(i64::from(self.utc_offset_minutes) * 60_000);
        // Civil dates exist from year -9999 to 9999. A moment outside becomes the nearest day.
        let nearest = if local < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
        let local = jiff::Timestamp::from_millisecond(local).unwrap_or(nearest);
        jiff::tz::Offset::UTC.to_datetime(local)
    }

    /// The first civil date on which a person is an adult. If that year has no such birthday (30 Esfand, 29 February), it is the
    /// first day of the next month: the full years have not passed before the missing day has. Of a birth date of which only the year
    /// or the month is known, the latest possible day counts.
    pub(crate) fn adult_from(self, birth: BirthDate) -> Date {
        match self.calendar {
            Calendar::Jalali => jalali_birthday(birth.latest(), self.age_limit),
            Calendar::Gregorian => gregorian_birthday(birth.latest(), self.age_limit),
        }
        // The date would be after the year 9999: "never an adult" is the safe answer.
        .unwrap_or(Date::MAX)
    }

    /// Whether a person is an adult at a moment, by the country's civil date.
    pub(crate) fn is_adult(self, birth: BirthDate, now: Timestamp) -> bool {
        self.today(now) >= self.adult_from(birth)
    }
}

impl Default for CountryProfile {
    fn default() -> Self {
        Self::IRAN
    }
}

fn jalali_birthday(birth: Date, years: u8) -> Option<Date> {
    let birth = JalaliDate::from_civil(birth);
    let (year, month, day) = (birth.year() + i32::from(years), birth.month(), birth.day());
    // Only 30 Esfand can be missing.
    JalaliDate::new(year, month, day).or_else(|| JalaliDate::new(year + 1, 1, 1))?.civil()
}

fn gregorian_birthday(birth: Date, years: u8) -> Option<Date> {
    let year = birth.year().checked_add(i16::from(years))?;
    // Only 29 February can be missing.
    Date::new(year, birth.month(), birth.day()).or_else(|_| Date::new(year, 3, 1)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    const GREGORIAN: CountryProfile = CountryProfile { age_limit: 18, calendar: Calendar::Gregorian, utc_offset_minutes: 60 };

    fn born(text: &str) -> BirthDate {
        BirthDate::parse(text).expect("a birth date")
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::from_millis(text.parse::<jiff::Timestamp>().expect("a moment").as_millisecond())
    }

    #[test]
    fn a_person_born_on_1387_09_02_is_an_adult_from_1405_09_02_by_the_countrys_date() {
        let birth = born("1387-09-02");
        assert_eq!(CountryProfile::IRAN.adult_from(birth), date(2026, 11, 23));
        // Midnight in Tehran is 20:30 UTC of the day before.
        assert!(!CountryProfile::IRAN.is_adult(birth, at("2026-11-22T20:29:59.999Z")));
        assert!(CountryProfile::IRAN.is_adult(birth, at("2026-11-22T20:30:00Z")));
        assert!(CountryProfile::IRAN.is_adult(birth, at("2026-11-23T00:00:00Z")));
    }

    #[test]
    fn a_person_born_on_30_esfand_is_an_adult_from_1_farvardin_when_that_year_has_no_such_day() {
        assert_eq!(CountryProfile::IRAN.adult_from(born("1387-12-30")), born("1406-01-01").latest());
        let four_more = CountryProfile { age_limit: 21, ..CountryProfile::IRAN };
        assert_eq!(four_more.adult_from(born("1387-12-30")), born("1408-12-30").latest());
    }

    #[test]
    fn a_person_born_on_29_february_is_an_adult_from_1_march_in_a_gregorian_country() {
        assert_eq!(GREGORIAN.adult_from(born("2008-02-29")), date(2026, 3, 1));
        assert_eq!(GREGORIAN.adult_from(born("2008-02-28")), date(2026, 2, 28));
    }

    #[test]
    fn a_person_of_whom_only_the_year_or_the_month_is_known_is_an_adult_when_the_latest_possible_day_is() {
        for (known, same_as) in
            [("1387", "1387-12-30"), ("1387-09", "1387-09-30"), ("2008", "2008-12-31"), ("2008-02", "2008-02-29")]
        {
            for profile in [CountryProfile::IRAN, GREGORIAN] {
                assert_eq!(profile.adult_from(born(known)), profile.adult_from(born(same_as)), "{known}");
            }
        }
    }

    #[test]
    fn today_is_the_civil_date_of_the_country_and_never_panics() {
        assert_eq!(CountryProfile::IRAN.today(at("2026-11-22T20:30:00Z")), date(2026, 11, 23));
        assert_eq!(GREGORIAN.today(at("2026-11-22T22:59:59Z")), date(2026, 11, 22));
        let _ = CountryProfile::IRAN.today(Timestamp::from_millis(i64::MAX));
        let _ = CountryProfile::IRAN.today(Timestamp::from_millis(i64::MIN));
    }

    proptest! {
        #[test]
        fn no_person_is_an_adult_a_day_early_or_later_than_18_years_and_a_day(days in 0_i64..60_000) {
            let birth = date(1921, 1, 1).checked_add(jiff::ToSpan::days(days)).expect("a day");
            for profile in [CountryProfile::IRAN, GREGORIAN] {
                let lived = birth.until(profile.adult_from(BirthDate::from_civil(birth))).expect("days").get_days();
                prop_assert!((6573..=6576).contains(&lived), "{lived}");
            }
        }
    }
}
