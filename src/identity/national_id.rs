//! The national ID: ten digits, the last one a check digit.

use crate::text::latin_digits;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A national ID whose form and check digit are right. That it belongs to somebody, only the registry knows.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NationalId(String);

/// Why a text is not a national ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NationalIdError {
    /// Not ten digits.
    #[error("a national ID has ten digits")]
    NotTenDigits,
    /// Ten digits whose check digit does not fit, or all the same.
    #[error("the check digit does not fit")]
    WrongCheckDigit,
}

impl NationalId {
    /// Reads ten digits, Persian, Arabic or Latin; spaces and dashes are ignored.
    pub fn parse(text: &str) -> Result<Self, NationalIdError> {
        let digits: String = latin_digits(text).chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        if digits.len() != 10 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NationalIdError::NotTenDigits);
        }
        let all_equal = digits.bytes().all(|b| Some(b) == digits.bytes().next());
        if all_equal || check_digit(digits.as_bytes()) != digits.as_bytes()[9] {
            return Err(NationalIdError::WrongCheckDigit);
        }
        Ok(Self(digits))
    }

    /// The ten Latin digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The ASCII check digit that belongs to the first nine ASCII digits.
pub fn check_digit(digits: &[u8]) -> u8 {
    let weighted = digits.iter().take(9).zip((2_u32..=10).rev()).map(|(digit, weight)| u32::from(digit - b'0') * weight);
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

    #[test]
    fn the_check_digit_vectors_of_the_domain_hold() {
        for valid in ["0012345679", "1234567891", "0499999991", "0000000019", "7788990019"] {
            assert!(NationalId::parse(valid).is_ok(), "{valid}");
        }
        assert_eq!(NationalId::parse("0012345678"), Err(NationalIdError::WrongCheckDigit));
        assert_eq!(NationalId::parse("1111111111"), Err(NationalIdError::WrongCheckDigit));
        assert_eq!(NationalId::parse("12345"), Err(NationalIdError::NotTenDigits));
        assert_eq!(NationalId::parse("12345abcde"), Err(NationalIdError::NotTenDigits));
    }

    #[test]
    fn persian_and_arabic_digits_spaces_and_dashes_are_accepted() {
        let expected = NationalId::parse("0012345679").ok();
        assert_eq!(NationalId::parse("۰۰۱۲۳۴۵۶۷۹").ok(), expected);
        assert_eq!(NationalId::parse("٠٠١٢٣٤٥٦٧٩").ok(), expected);
        assert_eq!(NationalId::parse(" 001-234567-9 ").ok(), expected);
    }
}
