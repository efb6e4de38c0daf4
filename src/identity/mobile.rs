//! A mobile number in E.164 form.

use crate::text::plain_typed;
use phonenumber::metadata::DATABASE;
use serde::{Deserialize, Serialize};
use std::fmt;

/// This country's calling code. Numbers of other countries are checked against their numbering plans.
const DOMESTIC: &str = "+98";
/// A limit on the text that is read, longer than any number that a person types.
const LONGEST_TEXT: usize = 64;

/// A number in E.164 (`+989121234567`).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MobileNumber(String);

/// The text is not a mobile number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a mobile number")]
pub struct NotAMobileNumber;

impl MobileNumber {
    /// Reads what people type: `09…`, `9…`, `+989…`, `00989…`, and foreign numbers with their country code (`+` or `00`); digits
    /// of any script, with spaces, dashes, dots or brackets. A foreign number must be a mobile number in its numbering plan.
    pub fn parse(text: &str) -> Result<Self, NotAMobileNumber> {
        let dialled = dialled(text)?;
        if let Some(subscriber) = domestic_subscriber(&dialled) {
            return Ok(Self(format!("{DOMESTIC}{subscriber}")));
        }
        if !dialled.starts_with('+') || dialled.starts_with(DOMESTIC) {
            return Err(NotAMobileNumber);
        }
        foreign(&dialled)
    }

    /// Reads a number that was parsed before and then stored. Only its form is checked (ITU-T E.164 §6.1: at most 15 digits, the
    /// country code does not begin with zero), because a numbering plan can change after the number was stored.
    pub fn from_e164(text: String) -> Result<Self, NotAMobileNumber> {
        let digits = text.strip_prefix('+').ok_or(NotAMobileNumber)?;
        let well_formed =
            (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
        well_formed.then_some(Self(text)).ok_or(NotAMobileNumber)
    }

    /// The E.164 form, with `+`.
    pub fn e164(&self) -> &str {
        &self.0
    }

    /// The part that a page may show: the last four digits (`…4567`).
    pub fn masked(&self) -> String {
        let shown = self.0.len().saturating_sub(4);
        format!("…{}", self.0.get(shown..).unwrap_or_default())
    }

    /// Whether the number belongs to this country.
    pub fn is_domestic(&self) -> bool {
        self.0.starts_with(DOMESTIC)
    }
}

/// The number as Latin digits, with a `+` in front if it has a country code. A leading `00` becomes `+`.
fn dialled(text: &str) -> Result<String, NotAMobileNumber> {
    if text.len() > LONGEST_TEXT {
        return Err(NotAMobileNumber);
    }
    let is_decoration = |c: char| c.is_whitespace() || matches!(c, '-' | '.' | '(' | ')' | '/' | '‐'..='―' | '\u{2212}');
    let mut dialled: String = plain_typed(text).chars().filter(|c| !is_decoration(*c)).collect();
    if dialled.starts_with("00") {
        dialled.replace_range(..2, "+");
    }
    let digits = dialled.strip_prefix('+').unwrap_or(&dialled);
    // A `+` at the end can be a number whose text direction was lost. The number stays rejected: a guess could be wrong.
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then_some(dialled).ok_or(NotAMobileNumber)
}

/// The ten digits after +98, if this is an Iranian mobile number in one of its usual forms.
fn domestic_subscriber(dialled: &str) -> Option<&str> {
    // "+98 (0) 912 …" is common: it shows the international and the national form at once.
    let national = dialled.strip_prefix(DOMESTIC).unwrap_or(dialled);
    let subscriber = national.strip_prefix('0').unwrap_or(national);
    (subscriber.len() == 10 && subscriber.starts_with('9')).then_some(subscriber)
}

fn foreign(dialled: &str) -> Result<MobileNumber, NotAMobileNumber> {
    let number = phonenumber::parse(None, dialled).map_err(|_| NotAMobileNumber)?;
    let (code, national) = (number.code().value(), number.national().to_string());
    // This reads the numbering plans directly: the library's `number_type` drops leading zeros, which are part of the number in
    // Côte d'Ivoire and Gabon. If a plan has one range for fixed lines and mobiles (North America), a number of it is accepted.
    let plans = DATABASE.by_code(&code).unwrap_or_default();
    let of_a_mobile = plans
        .iter()
        .map(|plan| plan.descriptors())
        .any(|plan| plan.general().is_match(&national) && plan.mobile().is_some_and(|mobile| mobile.is_match(&national)));
    if of_a_mobile { MobileNumber::from_e164(format!("+{code}{national}")) } else { Err(NotAMobileNumber) }
}

/// Personal data: `Debug` hides it.
impl fmt::Debug for MobileNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[mobile number]")
    }
}

impl TryFrom<String> for MobileNumber {
    type Error = NotAMobileNumber;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::from_e164(text)
    }
}

impl From<MobileNumber> for String {
    fn from(number: MobileNumber) -> Self {
        number.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::persian_digits;
    use proptest::prelude::*;

    fn e164(text: &str) -> Option<String> {
        MobileNumber::parse(text).ok().map(String::from)
    }

    #[test]
    fn all_forms_of_an_iranian_mobile_number_are_the_same_number() {
        for text in [
            "09121234567",
            "9121234567",
            "+989121234567",
            "00989121234567",
            "0912 123 4567",
            "0912-123-45-67",
            "+98 (0) 912 123 4567",
            "۰۹۱۲۱۲۳۴۵۶۷",
            "٠٩١٢١٢٣٤٥٦٧",
            "+۹۸ ۹۱۲ ۱۲۳ ۴۵۶۷",
            "\u{2066}0912 123 4567\u{2069}",
        ] {
            assert_eq!(e164(text).as_deref(), Some("+989121234567"), "{text}");
        }
    }

    #[test]
    fn foreign_mobile_numbers_are_checked_against_their_numbering_plan() {
        for (text, expected) in [
            ("+49 1512 3456789", "+4915123456789"),
            ("0049 1512 3456789", "+4915123456789"),
            ("+44 7911 123456", "+447911123456"),
            ("+1 (310) 555-0123", "+13105550123"),
            ("+۹۰ ۵۳۲ ۱۲۳ ۴۵ ۶۷", "+905321234567"),
            ("+971 50 123 4567", "+971501234567"),
            ("+39 347 123 4567", "+393471234567"),
            ("+225 01 23 45 67 89", "+2250123456789"),
        ] {
            assert_eq!(e164(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn the_example_number_of_every_countrys_numbering_plan_is_accepted_unchanged() {
        for plan in DATABASE.iter().filter(|plan| plan.id() != "IR") {
            let Some(example) = plan.descriptors().mobile().and_then(|mobile| mobile.example()) else { continue };
            let number = format!("+{}{example}", plan.country_code());
            assert_eq!(e164(&number), Some(number.clone()), "{} {number}", plan.id());
        }
    }

    #[test]
    fn a_text_that_is_no_mobile_number_is_rejected() {
        for text in [
            "",
            "+",
            "00",
            "abc",
            "0912123456",
            "091212345678",
            "02112345678",
            "+982112345678",
            "+98 912 123 456",
            "15123456789",
            "+4930123456",
            "+49 800 1234567",
            "+999123456789",
            "+44",
            "++989121234567",
            "989121234567+",
            "0912123456x",
            "+98912123456789012345",
        ] {
            assert_eq!(e164(text), None, "{text}");
        }
        assert_eq!(e164(&"9".repeat(100_000)), None);
    }

    #[test]
    fn a_number_is_read_in_any_width_with_any_dash_and_any_invisible_mark() {
        for typed in ["０９１２３４５６７８９", "＋９８（９１２）３４５－６７８９", "\u{61c}۰۹۱۲\u{2212}۳۴۵\u{2212}۶۷۸۹\u{feff}"]
        {
            assert_eq!(
                MobileNumber::parse(typed).map(|number| number.e164().to_owned()),
                Ok("+989123456789".to_owned()),
                "{typed:?}"
            );
        }
    }

    #[test]
    fn a_stored_number_is_read_back_unchanged_and_a_malformed_one_is_rejected() {
        let number = MobileNumber::parse("0912 123 4567").expect("a number");
        let json = serde_json::to_string(&number).expect("json");
        assert_eq!(json, "\"+989121234567\"");
        assert_eq!(serde_json::from_str::<MobileNumber>(&json).expect("a number"), number);
        for spoiled in ["\"09121234567\"", "\"+0989121234\"", "\"+98912\"", "\"+98912123456789012\"", "\"+98912123456x\""] {
            assert!(serde_json::from_str::<MobileNumber>(spoiled).is_err(), "{spoiled}");
        }
    }

    #[test]
    fn pages_show_the_last_four_digits_and_debug_shows_none() {
        let number = MobileNumber::parse("09121234567").expect("a number");
        assert_eq!(number.masked(), "…4567");
        assert_eq!(format!("{number:?}"), "[mobile number]");
        assert!(number.is_domestic());
        assert!(!MobileNumber::parse("+4915123456789").expect("a number").is_domestic());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in any::<String>()) {
            let _ = MobileNumber::parse(&text);
        }

        #[test]
        fn no_number_like_text_makes_the_parser_panic(text in "(\\+|00)[0-9۰-۹ ()-]{0,20}") {
            if let Ok(number) = MobileNumber::parse(&text) {
                let again = MobileNumber::parse(number.e164());
                prop_assert_eq!(again, Ok(number));
            }
        }

        #[test]
        fn an_iranian_number_survives_every_form(subscriber in 0_u32..1_000_000_000) {
            let expected = format!("+989{subscriber:09}");
            for text in [format!("09{subscriber:09}"), format!("9{subscriber:09}"), format!("0098 9{subscriber:09}"), expected.clone()] {
                prop_assert_eq!(e164(&text), Some(expected.clone()));
                prop_assert_eq!(e164(&persian_digits(&text)), Some(expected.clone()));
            }
        }
    }
}
