//! A date of birth: a civil date, typed in the Persian or the Gregorian calendar.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A civil date of the proleptic Gregorian calendar, whatever calendar it was typed in. Serialized as ISO 8601.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BirthDate(jiff::civil::Date);

impl BirthDate {
    /// From a civil date.
    pub const fn from_civil(date: jiff::civil::Date) -> Self {
        Self(date)
    }

    /// The civil date.
    pub const fn civil(self) -> jiff::civil::Date {
        self.0
    }

    /// Reads `YYYY-MM-DD`, Gregorian.
    pub fn parse_iso(text: &str) -> Option<Self> {
        (text.len() == 10).then(|| text.parse().ok().map(Self)).flatten()
    }
}

/// `YYYY-MM-DD`, Gregorian.
impl fmt::Display for BirthDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Personal data: `Debug` hides it.
impl fmt::Debug for BirthDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[birth date]")
    }
}
