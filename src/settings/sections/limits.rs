//! `[limits]`: how many attempts are allowed.

use crate::settings::key::{Section, ValueKind, plain, put};

/// `[limits]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The failed attempts that one address may make in 15 minutes. A successful attempt is refunded.
    pub per_address: u64,
    /// The CIBA requests that one client may send for one person in 15 minutes.
    pub(crate) asks_per_person: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { per_address: 300, asks_per_person: 5 }
    }
}

pub(crate) const SECTION: Section<Limits> = Section {
    name: "limits",
    about: "How many attempts are allowed. Other limits, per person and per client, are fixed.",
    keys: &[
        plain(
            "per_address",
            "Failed attempts from one address in 15 minutes. High, because thousands of people in an office or at a mobile\n\
             carrier can share one address.",
            ValueKind::Number {
                from: 1,
                to: 1_000_000_000,
                set: |section, number| put(&mut section.per_address, number),
                get: |section| section.per_address,
            },
        ),
        plain(
            "asks_per_person",
            "CIBA requests of one client for one person in 15 minutes; each sends a message to the person's telephone. For all\n\
             clients together the limit is three times as high. For a day, each of the two limits is four times as high.",
            ValueKind::Number {
                from: 1,
                to: 1_000_000,
                set: |section, number| put(&mut section.asks_per_person, number),
                get: |section| section.asks_per_person,
            },
        ),
    ],
};
