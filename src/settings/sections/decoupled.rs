//! `[decoupled]`: cross-device requests (the section keeps its first name, because operators have it in their files).
//!
//! A client sends them without a browser, and a person decides in their own browser.

use crate::settings::key::{Section, ValueKind, plain};
use std::time::Duration;

/// `[decoupled]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decoupled {
    /// The lifetime of the code that a device shows (RFC 8628 §3.2 `expires_in`).
    pub(crate) device_code_lifetime: Duration,
    /// The lifetime of a CIBA request, if the client requests no other (OpenID Connect CIBA Core §7.3 `expires_in`).
    pub(crate) ciba_lifetime: Duration,
    /// The shortest time between two polls of a client (RFC 8628 §3.2 `interval`).
    pub(crate) poll_interval: Duration,
}

impl Default for Decoupled {
    fn default() -> Self {
        Self {
            device_code_lifetime: Duration::from_mins(10),
            ciba_lifetime: Duration::from_mins(5),
            poll_interval: Duration::from_secs(5),
        }
    }
}

pub(crate) const SECTION: Section<Decoupled> = Section {
    name: "decoupled",
    about: "Sign-ins that do not start in the person's browser: on a device without a keyboard (RFC 8628), at a counter or on\n\
            the telephone (OpenID Connect CIBA).",
    keys: &[
        plain(
            "device_code_lifetime",
            "The lifetime of the code that a device shows: in this time the person types it and signs in.",
            ValueKind::Span {
                from: Duration::from_mins(1),
                to: Duration::from_hours(1),
                place: |section| &mut section.device_code_lifetime,
            },
        ),
        plain(
            "backchannel_lifetime",
            "The time in which the citizen decides on a request of a counter or call centre. A client may request another, 10s\n\
             to 30m.",
            ValueKind::Span {
                from: Duration::from_mins(1),
                to: Duration::from_mins(30),
                place: |section| &mut section.ciba_lifetime,
            },
        ),
        plain(
            "poll_interval",
            "The shortest time between two polls of a client for the decision. A client that polls more often gets slow_down.",
            ValueKind::Span {
                from: Duration::from_secs(1),
                to: Duration::from_mins(1),
                place: |section| &mut section.poll_interval,
            },
        ),
    ],
};
