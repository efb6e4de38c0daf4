//! Durations as people write them: a whole number and one unit, `90s`, `5m`, `24h`, `30d`.

use std::time::Duration;

/// Units, largest first, with their seconds.
const UNITS: [(&str, u64); 4] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];

/// Reads a duration. `None` when it is none, or has no unit: a bare number could mean anything.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let (_, seconds) = UNITS.iter().find(|(name, _)| *name == unit.trim())?;
    Some(Duration::from_secs(number.parse::<u64>().ok()?.checked_mul(*seconds)?))
}

/// Writes a duration in the largest unit that divides it. Parts of a second are dropped: none can be written.
pub(super) fn show(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let whole = |(_, unit): &&(&str, u64)| seconds >= *unit && seconds.is_multiple_of(*unit);
    UNITS.iter().find(whole).map_or_else(|| format!("{seconds}s"), |(name, unit)| format!("{}{name}", seconds / unit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_duration_is_a_number_and_a_unit() {
        assert_eq!(parse("90s"), Some(Duration::from_secs(90)));
        assert_eq!(parse(" 5 m "), Some(Duration::from_mins(5)));
        assert_eq!(parse("24h"), Some(Duration::from_hours(24)));
        assert_eq!(parse("30d"), Some(Duration::from_hours(720)));
        for bad in ["", "5", "m", "-5m", "5.5m", "5x", "5 minutes", "99999999999999999999s", "999999999999999999d"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_duration_is_written_in_the_largest_unit_that_divides_it() {
        for text in ["0s", "90s", "1m", "5m", "23h", "1d", "30d"] {
            assert_eq!(parse(text).map(show).as_deref(), Some(text));
        }
        assert_eq!(show(Duration::from_mins(1)), "1m");
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_as_the_same(seconds in 0_u64..4_000_000_000, text in "[0-9]{0,12} ?[dhmsx]?|.{0,12}") {
            let duration = Duration::from_secs(seconds);
            prop_assert_eq!(parse(&show(duration)), Some(duration));
            if let Some(read) = parse(&text) {
                prop_assert_eq!(parse(&show(read)), Some(read));
            }
        }
    }
}
