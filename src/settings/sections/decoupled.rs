//! `[decoupled]`: requests that a client makes at the back and a person decides in a browser of their own.

use crate::settings::key::{Kind, Section, plain};
use std::time::Duration;

/// `[decoupled]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoupled {
    /// Of the code that a device shows (RFC 8628 §3.2 `expires_in`).
    pub device_code_lifetime: Duration,
    /// Of what an agency asks at the back, unless it asks for another (OpenID Connect CIBA Core §7.3 `expires_in`).
    pub backchannel_lifetime: Duration,
    /// The least pause between two questions of a client (RFC 8628 §3.2 `interval`).
    pub poll_interval: Duration,
}

impl Default for Decoupled {
    fn default() -> Self {
        Self {
            device_code_lifetime: Duration::from_mins(10),
            backchannel_lifetime: Duration::from_mins(5),
            poll_interval: Duration::from_secs(5),
        }
    }
}

pub(crate) const SECTION: Section<Decoupled> = Section {
    name: "decoupled",
    about: "Sign-ins that begin elsewhere than in the person's browser: on a device without a keyboard (RFC 8628), at a counter\n\
            or on the telephone (OpenID Connect CIBA).",
    keys: &[
        plain(
            "device_code_lifetime",
            "The code that a device shows: the time in which somebody types it and signs in.",
            Kind::Span {
                from: Duration::from_mins(1),
                to: Duration::from_hours(1),
                place: |section| &mut section.device_code_lifetime,
            },
        ),
        plain(
            "backchannel_lifetime",
            "What a counter or call centre asks: the time in which the citizen decides. A client may ask for another, from 10s to 30m.",
            Kind::Span {
                from: Duration::from_mins(1),
                to: Duration::from_mins(30),
                place: |section| &mut section.backchannel_lifetime,
            },
        ),
        plain(
            "poll_interval",
            "The pause between two questions of a client whether somebody has decided. Whoever asks more often is told to slow down.",
            Kind::Span { from: Duration::from_secs(1), to: Duration::from_mins(1), place: |section| &mut section.poll_interval },
        ),
    ],
};
