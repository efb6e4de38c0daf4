//! `[limits]`: how many attempts are allowed.

use crate::settings::key::{Section, ValueKind, plain, put};

/// `[limits]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The failed attempts that one address may make in 15 minutes. A successful attempt is refunded.
    pub per_address: u64,
    /// The KiB that one client may store in 15 minutes.
    pub kept_per_client_kib: u64,
    /// The KiB that one account may store in 15 minutes.
    pub kept_per_account_kib: u64,
    /// The MiB of short-lived state at which nothing more is stored.
    pub kept_in_total_mib: u64,
    /// The CIBA requests that one client may send for one person in 15 minutes.
    pub(crate) asks_per_person: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            per_address: 300,
            kept_per_client_kib: 16_384,
            kept_per_account_kib: 512,
            kept_in_total_mib: 256,
            asks_per_person: 5,
        }
    }
}

pub(crate) const SECTION: Section<Limits> = Section {
    name: "limits",
    about: "How many attempts are allowed. Other limits, per person and per client, are fixed.",
    keys: &[
        plain(
            "per_address",
            "Failed attempts from one address in 15 minutes. High, because thousands of people in an office or at a mobile\n\
             carrier can share one address. An IPv6 /64 counts as an address; a /56 may try twice, a /48 four times as often.\n\
             Begun sign-ins may be ten times as many, and take up 16 KiB for each of these attempts: 4.7 MiB with the default.",
            ValueKind::Number {
                from: 1,
                to: 1_000_000_000,
                set: |section, number| put(&mut section.per_address, number),
                get: |section| section.per_address,
            },
        ),
        plain(
            "kept_per_client_kib",
            "KiB of device and CIBA requests that one client may store in 15 minutes, and of pushed authorization requests within the\n\
             lifetime of one (tokens.pushed_request_lifetime).",
            ValueKind::Number {
                from: 64,
                to: 1_000_000_000,
                set: |section, number| put(&mut section.kept_per_client_kib, number),
                get: |section| section.kept_per_client_kib,
            },
        ),
        plain(
            "kept_per_account_kib",
            "KiB of begun sign-ins that the browsers of one account may store in 15 minutes while it is signed in.",
            ValueKind::Number {
                from: 64,
                to: 1_000_000_000,
                set: |section, number| put(&mut section.kept_per_account_kib, number),
                get: |section| section.kept_per_account_kib,
            },
        ),
        plain(
            "kept_in_total_mib",
            "MiB of short-lived state at which requests that store more are answered 503: at half of it those of strangers, at three\n\
             quarters those of people who are signed in, at all of it those of clients. On SQLite it is held in memory; with several\n\
             instances each counts what it stores itself.",
            ValueKind::Number {
                from: 1,
                to: 1_000_000,
                set: |section, number| put(&mut section.kept_in_total_mib, number),
                get: |section| section.kept_in_total_mib,
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
