//! The national ID: ten digits, the last one a check digit; or the twelve digits by which the registry knows a resident of another
//! nationality, which have no check digit.

use crate::text::plain_typed;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A limit on the text that is read, longer than any national ID that a person types.
const LONGEST_TEXT: usize = 64;

/// How many digits a resident's number has.
const RESIDENT_DIGITS: usize = 12;

/// A national ID whose form and check digit are right, of either scheme. Only the registry knows whether it belongs to a person.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NationalId(String);

/// Why a text is not a national ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NationalIdError {
    /// Neither ten digits nor twelve.
    #[error("a national ID has ten digits, and the number of a resident of another nationality twelve")]
    WrongLength,
    /// Digits that are all equal, or ten whose last digit is not the check digit of the others.
    #[error("the check digit does not fit")]
    WrongCheckDigit,
}

/// Who numbers people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdScheme {
    /// The national ID of a citizen: ten digits with a check digit.
    National,
    /// The number of a resident of another nationality: twelve digits. The scheme has no check digit, so that a mistyped number is
    /// noticed by the registry alone.
    Resident,
}

impl NationalId {
    /// Reads ten or twelve digits, Persian, Arabic or Latin; leading zeros count; spaces and dashes are ignored.
    pub fn parse(text: &str) -> Result<Self, NationalIdError> {
        if text.len() > LONGEST_TEXT {
            return Err(NationalIdError::WrongLength);
        }
        let is_decoration = |c: char| c.is_whitespace() || matches!(c, '-' | '‐'..='―' | '\u{2212}');
        let digits: String = plain_typed(text).chars().filter(|c| !is_decoration(*c)).collect();
        if !matches!(digits.len(), 10 | RESIDENT_DIGITS) || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NationalIdError::WrongLength);
        }
        let all_equal = digits.bytes().all(|b| Some(b) == digits.bytes().next());
        let id = Self(digits);
        let fits = match id.scheme() {
            IdScheme::National => check_digit(id.0.as_bytes()) == id.0.as_bytes()[9],
            IdScheme::Resident => true,
        };
        if all_equal || !fits { Err(NationalIdError::WrongCheckDigit) } else { Ok(id) }
    }

    /// Whose scheme it is of.
    pub fn scheme(&self) -> IdScheme {
        if self.0.len() == RESIDENT_DIGITS { IdScheme::Resident } else { IdScheme::National }
    }

    /// The national ID whose first nine digits are this number (`1_234_567` is `001234567`), with the check digit added. `None`
    /// if the number is 1,000,000,000 or more, and if all ten digits would be equal.
    pub fn from_nine_digits(nine: u32) -> Option<Self> {
        let digits = format!("{nine:09}");
        let check = char::from(check_digit(digits.as_bytes()));
        Self::parse(&format!("{digits}{check}")).ok()
    }

    /// The first nine digits as a number. It identifies the ID within [`IdScheme::National`], because the tenth digit follows from the
    /// nine; `None` for an ID of another scheme.
    pub fn nine_digits(&self) -> Option<u32> {
        let number = || self.0.bytes().take(9).fold(0, |number, digit| number * 10 + u32::from(digit.wrapping_sub(b'0')));
        (self.scheme() == IdScheme::National).then(number)
    }

    /// The Latin digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The check digit of the first nine digits, both in ASCII.
pub fn check_digit(digits: &[u8]) -> u8 {
    let weighted =
        digits.iter().take(9).zip((2_u32..=10).rev()).map(|(digit, weight)| u32::from(digit.wrapping_sub(b'0')) * weight);
    let rest = u8::try_from(weighted.sum::<u32>() % 11).unwrap_or(0);
    b'0' + if rest < 2 { rest } else { 11 - rest }
}

/// Personal data: `Debug` hides it, so that a log cannot show it by accident.
impl fmt::Debug for NationalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[national ID]")
    }
}

impl TryFrom<String> for NationalId {
    type Error = NationalIdError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<NationalId> for String {
    fn from(id: NationalId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_national_id_needs_the_right_check_digit() {
        for valid in ["0012345679", "1234567891", "0499999991", "0000000019", "7788990019"] {
            assert!(NationalId::parse(valid).is_ok(), "{valid}");
        }
        assert_eq!(NationalId::parse("0012345678"), Err(NationalIdError::WrongCheckDigit));
        assert_eq!(NationalId::parse("1111111111"), Err(NationalIdError::WrongCheckDigit));
        assert_eq!(NationalId::parse("12345"), Err(NationalIdError::WrongLength));
        assert_eq!(NationalId::parse("12345abcde"), Err(NationalIdError::WrongLength));
    }

    #[test]
    fn persian_and_arabic_digits_spaces_and_dashes_are_accepted() {
        let expected = NationalId::parse("0012345679").ok();
        assert_eq!(NationalId::parse("۰۰۱۲۳۴۵۶۷۹").ok(), expected);
        assert_eq!(NationalId::parse("٠٠١٢٣٤٥٦٧٩").ok(), expected);
        assert_eq!(NationalId::parse(" 001-234567-9 ").ok(), expected);
    }

    #[test]
    fn other_digits_other_lengths_and_other_signs_are_rejected() {
        for text in ["", "001234567", "00123456790", "0012345679a", "+012345679", "0012345679.", "٠٠١٢٣٤٥٦٧", "1234567890123"]
        {
            assert_eq!(NationalId::parse(text), Err(NationalIdError::WrongLength), "{text}");
        }
        assert_eq!(NationalId::parse(&"0".repeat(100_000)), Err(NationalIdError::WrongLength));
        for digit in '0'..='9' {
            assert!(NationalId::parse(&digit.to_string().repeat(10)).is_err());
        }
    }

    #[test]
    fn the_number_of_a_resident_of_another_nationality_has_twelve_digits_and_is_of_its_own_scheme() {
        let id = NationalId::parse("۱۲۰۰ ۰۰۰۰-۰۰۷۲").expect("a number");
        assert_eq!((id.as_str(), id.scheme(), id.nine_digits()), ("120000000072", IdScheme::Resident, None));
        assert_eq!(NationalId::parse("0012345679").expect("a national ID").scheme(), IdScheme::National);
        assert_eq!(NationalId::parse("111111111111"), Err(NationalIdError::WrongCheckDigit));
    }

    #[test]
    fn a_national_id_is_read_in_any_width_with_any_dash_and_any_invisible_mark() {
        for typed in
            ["００１２３４５６７９", "００１－２３４５６７－９", "001\u{2212}234567\u{2212}9", "\u{61c}۰۰۱۲۳۴۵۶۷۹\u{200f}"]
        {
            assert_eq!(NationalId::parse(typed).map(|id| id.as_str().to_owned()), Ok("0012345679".to_owned()), "{typed:?}");
        }
    }

    #[test]
    fn a_national_id_is_serialized_as_its_digits_and_hidden_by_debug() {
        let id = NationalId::parse("۰۰۱۲۳۴۵۶۷۹").expect("a national ID");
        assert_eq!(serde_json::to_string(&id).expect("json"), "\"0012345679\"");
        assert!(serde_json::from_str::<NationalId>("\"0012345678\"").is_err());
        assert_eq!(format!("{id:?}"), "[national ID]");
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in any::<String>()) {
            let _ = NationalId::parse(&text);
        }

        #[test]
        fn nine_digits_survive_their_national_id(nine in 0_u32..1_000_000_000) {
            if let Some(id) = NationalId::from_nine_digits(nine) {
                prop_assert_eq!(id.nine_digits(), Some(nine));
                prop_assert_eq!(NationalId::parse(&crate::text::persian_digits(id.as_str())), Ok(id));
            }
        }

        // The remainders 1 and 10 both have the check digit 1, so the scheme guarantees this for the other check digits only.
        #[test]
        fn one_wrong_digit_fails_unless_the_check_digit_is_1(nine in 0_u32..1_000_000_000, place in 0_usize..10, by in 1_u8..10) {
            if let Some(id) = NationalId::from_nine_digits(nine).filter(|id| !id.as_str().ends_with('1')) {
                let mut digits = id.as_str().as_bytes().to_vec();
                digits[place] = b'0' + (digits[place] - b'0' + by) % 10;
                let typed = String::from_utf8(digits).expect("digits");
                prop_assert!(NationalId::parse(&typed).is_err(), "{}", typed);
            }
        }
    }
}
