//! Durations as people write them: whole numbers, each with its unit, `90s`, `5m`, `24h`, `30d`, `1h 30m`.

use jiff::SpanRelativeTo;
use jiff::fmt::friendly::SpanParser;
use std::time::Duration;

/// The units with their seconds, the largest first.
const UNITS: [(&str, u64); 4] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];

/// Reads a duration. `None` for another text and for a number without a unit, whose meaning would be unclear.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    // jiff accepts more than we do. Only these characters: no fractions, no minus, and no months and years, whose length varies.
    let text = text.trim();
    if !text.chars().all(|sign| sign.is_ascii_digit() || matches!(sign, ' ' | 'd' | 'h' | 'm' | 's')) {
        return None;
    }
    let span = SpanParser::new().parse_span(text).ok()?;
    let duration = Duration::try_from(span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?).ok()?;
    // `ms` consists of these characters too.
    (duration.subsec_nanos() == 0 && span.get_milliseconds() == 0).then_some(duration)
}

/// Writes a duration in the largest unit that divides it. Fractions of a second are dropped: [`parse`] cannot read them.
pub(crate) fn show(duration: Duration) -> String {
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
        assert_eq!(parse("1h 30m"), Some(Duration::from_mins(90)));
        assert_eq!(parse("2d12h"), Some(Duration::from_hours(60)));
        for bad in [
            "",
            "5",
            "m",
            "-5m",
            "5.5m",
            "5x",
            "5 minutes",
            "5ms",
            "5000ms",
            "30m 1h",
            "1h 1h",
            "1h 30",
            "5m ago",
            "1mo",
            "PT5M",
            "1:30",
            "99999999999999999999s",
            "999999999999999999d",
        ] {
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
        fn a_written_duration_is_read_back_unchanged(seconds in 0_u64..4_000_000_000, text in "[0-9]{0,12} ?[dhmsx]?|.{0,12}") {
            let duration = Duration::from_secs(seconds);
            prop_assert_eq!(parse(&show(duration)), Some(duration));
            if let Some(read) = parse(&text) {
                prop_assert_eq!(parse(&show(read)), Some(read));
            }
        }
    }
}
