//! The serial of the national card, as a person types it from the card.

use crate::secret::{Secret, same_bytes};
use crate::text::plain_typed;

/// Fewest and most letters and digits of a serial.
const LENGTH: std::ops::RangeInclusive<usize> = 4..=20;

/// A serial as it is compared: Latin letters in upper case and digits, without spaces and dashes.
pub(crate) struct CardSerial(Secret<String>);

impl CardSerial {
    /// Reads what was typed; `None` if it cannot be a serial.
    pub(crate) fn parse(typed: &str) -> Option<Self> {
        let plain = plain(typed);
        LENGTH.contains(&plain.len()).then(|| Self(Secret::new(plain)))
    }

    /// Whether this is the serial on record. No serial is the one of a person without a card.
    pub(crate) fn is(&self, on_record: &str) -> bool {
        let on_record = plain(on_record);
        !on_record.is_empty() && same_bytes(self.0.expose().as_bytes(), on_record.as_bytes())
    }
}

fn plain(typed: &str) -> String {
    plain_typed(typed).to_uppercase().chars().filter(char::is_ascii_alphanumeric).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_is_compared_without_spaces_dashes_case_and_script_of_its_digits() {
        let typed = CardSerial::parse(" 9g ۱۲۳۴-۵۶۷۸ ").unwrap();
        assert!(typed.is("9G12345678") && !typed.is("9G12345679") && !typed.is("9G1234567"));
    }

    #[test]
    fn no_serial_fits_a_person_without_a_card() {
        assert!(CardSerial::parse("").is_none() && CardSerial::parse("---").is_none() && CardSerial::parse("9G1").is_none());
        assert!(!CardSerial::parse("9G12345678").unwrap().is("") && !CardSerial::parse("9G12345678").unwrap().is(" - "));
        assert!(CardSerial::parse(&"9".repeat(500)).is_none());
    }
}
