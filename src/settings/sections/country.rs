//! `[country]`: the country's rules for age and civil dates. The type of the values is
//! [`CountryProfile`].

use crate::identity::age::{Calendar, CountryProfile};
use crate::settings::key::{Section, ValueKind, plain, put};

pub(crate) const SECTION: Section<CountryProfile> = Section {
    name: "country",
    about: "The country's rules for age and civil dates.",
    keys: &[
        plain(
            "age_limit",
            "The age in full years from which a person is an adult. Younger people are not verified.",
            ValueKind::Number {
                from: 1,
                to: 120,
                set: |section, number| put(&mut section.age_limit, number),
                get: |section| section.age_limit.into(),
            },
        ),
        plain(
            "calendar",
            "The calendar in which those years are counted.",
            ValueKind::Choice {
                words: &["jalali", "gregorian"],
                set: |section, word| {
                    section.calendar = match word {
                        "jalali" => Calendar::Jalali,
                        "gregorian" => Calendar::Gregorian,
                        _ => return None,
                    };
                    Some(())
                },
                get: |section| match section.calendar {
                    Calendar::Jalali => "jalali",
                    Calendar::Gregorian => "gregorian",
                },
            },
        ),
        plain(
            "utc_offset",
            "The country's civil time: hours and minutes ahead of (+) or behind (-) UTC.",
            ValueKind::Text {
                remedy: "Give an offset from \"-12:00\" to \"+14:00\", such as \"+03:30\"",
                set: |section, text| {
                    section.utc_offset_minutes = parse_offset(text).ok_or("is not an offset from UTC")?;
                    Ok(())
                },
                get: |section| show_offset(section.utc_offset_minutes),
            },
        ),
    ],
};

fn parse_offset(text: &str) -> Option<i16> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hours) || !digits(minutes) {
        return None;
    }
    let minutes: i16 = minutes.parse().ok().filter(|minutes| *minutes < 60)?;
    let offset = sign * (hours.parse::<i16>().ok()? * 60 + minutes);
    (-12 * 60..=14 * 60).contains(&offset).then_some(offset)
}

fn show_offset(minutes: i16) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes.unsigned_abs() / 60, minutes.unsigned_abs() % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_offset_is_a_sign_two_digits_of_hours_and_two_of_minutes() {
        for (text, minutes) in [("+03:30", 210), ("-12:00", -720), ("+00:00", 0), ("-00:30", -30), ("+14:00", 840)] {
            assert_eq!(parse_offset(text), Some(minutes));
            assert_eq!(show_offset(minutes), text);
        }
        for bad in ["", "3:30", "03:30", "+3:30", "+03:60", "+14:01", "-12:01", "+0330", "+03:3۰", "+-3:30"] {
            assert_eq!(parse_offset(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn an_offset_survives_its_text(minutes in -720_i16..=840, text in "[+-][0-9]{2}:[0-9]{2}|.{0,8}") {
            prop_assert_eq!(parse_offset(&show_offset(minutes)), Some(minutes));
            if let Some(read) = parse_offset(&text) {
                prop_assert!(show_offset(read) == text || text == "-00:00");
            }
        }
    }
}
