//! `[limits]`: how often one may try.

use crate::settings::key::{Kind, Section, plain, put};

/// `[limits]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Guesses from one address in a quarter of an hour; right ones are given back.
    pub per_address: u64,
    /// How often one client may ask one person at the back in a quarter of an hour.
    pub asks_per_person: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { per_address: 300, asks_per_person: 5 }
    }
}

pub(crate) const SECTION: Section<Limits> = Section {
    name: "limits",
    about: "How often one may try. Limits per person and per client are fixed.",
    keys: &[
        plain(
            "per_address",
            "Failed tries from one address in 15 minutes. Generous, because offices and mobile carriers put thousands behind one address.",
            Kind::Number {
                from: 1,
                to: 1_000_000_000,
                set: |section, number| put(&mut section.per_address, number),
                get: |section| section.per_address,
            },
        ),
        plain(
            "asks_per_person",
            "How often one client may ask one person at the back (CIBA) in 15 minutes; each time a message goes to their telephone. All\n\
             clients together may ask three times as often, and each limit times four holds for a day.",
            Kind::Number {
                from: 1,
                to: 1_000_000,
                set: |section, number| put(&mut section.asks_per_person, number),
                get: |section| section.asks_per_person,
            },
        ),
    ],
};
