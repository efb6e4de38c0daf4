//! `[events]`: how long entries of the event log are kept.

use crate::settings::key::{Section, ValueKind, plain};
use std::time::Duration;

const DAY: Duration = Duration::from_hours(24);
const MOST: Duration = Duration::from_hours(24 * 365 * 100);

/// `[events]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Events {
    /// Events about who a person is, and acts of operators.
    pub keep_identity: Duration,
    /// Events about where a person signed in, and what was released.
    pub keep_use: Duration,
    /// Events about what failed or was refused.
    pub keep_attempts: Duration,
}

impl Default for Events {
    fn default() -> Self {
        Self { keep_identity: DAY * 3653, keep_use: DAY * 731, keep_attempts: DAY * 90 }
    }
}

pub(crate) const SECTION: Section<Events> = Section {
    name: "events",
    about: "How long entries of the event log are kept. docs/events.md lists the kinds of each class.",
    keys: &[
        plain(
            "keep_identity",
            "Who a person is and by what it was decided, consents, and what operators did.",
            ValueKind::Span { from: DAY, to: MOST, place: |section| &mut section.keep_identity },
        ),
        plain(
            "keep_use",
            "Where a person signed in, and what was released to which client.",
            ValueKind::Span { from: DAY, to: MOST, place: |section| &mut section.keep_use },
        ),
        plain(
            "keep_attempts",
            "What was tried, failed or was refused, most of it by strangers.",
            ValueKind::Span { from: DAY, to: MOST, place: |section| &mut section.keep_attempts },
        ),
    ],
};
