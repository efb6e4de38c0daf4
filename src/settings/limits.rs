//! `[limits]`: how often one may try.

use super::key::{Kind, Section, plain, put};

/// `[limits]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Guessable requests from one address in a quarter of an hour.
    pub per_address: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { per_address: 300 }
    }
}

pub(super) const SECTION: Section = Section {
    name: "limits",
    about: "How often one may try. Limits per person and per client are fixed.",
    keys: &[plain(
        "per_address",
        "Tries from one address in 15 minutes. Generous, because offices and mobile carriers put thousands behind one address.",
        Kind::Number {
            from: 1,
            to: 1_000_000_000,
            set: |settings, number| put(&mut settings.limits.per_address, number),
            get: |settings| settings.limits.per_address,
        },
    )],
};
