//! `[sms]`: text messages.

use crate::settings::key::{Section, ValueKind, plain};
use std::path::PathBuf;

/// `[sms]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sms {
    /// The file to which every message is appended, one JSON object for each line.
    pub outbox: PathBuf,
}

impl Default for Sms {
    fn default() -> Self {
        Self { outbox: PathBuf::from("data/outbox.jsonl") }
    }
}

pub(crate) const SECTION: Section<Sms> = Section {
    name: "sms",
    about: "Text messages to citizens.",
    keys: &[plain(
        "outbox",
        "The file to which every message is appended as a line of JSON, for a process of the carrier. It contains phone numbers\n\
         and one-time codes: only this service and that process may have access to it.",
        ValueKind::Text {
            remedy: "Give the path of a file",
            set: |section, text| {
                if text.is_empty() {
                    return Err("is empty");
                }
                section.outbox = PathBuf::from(text);
                Ok(())
            },
            get: |section| section.outbox.to_string_lossy().into_owned(),
        },
    )],
};
