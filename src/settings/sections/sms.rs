//! `[sms]`: text messages.

use crate::settings::key::{Section, ValueKind, plain};
use std::path::PathBuf;

/// `[sms]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sms {
    /// The file to which every message is appended, one JSON object for each line.
    pub outbox: PathBuf,
    /// A file for each provider, in the order in which they are tried. None: messages go into the outbox file.
    pub providers: Vec<PathBuf>,
}

impl Default for Sms {
    fn default() -> Self {
        Self { outbox: PathBuf::from("data/outbox.jsonl"), providers: Vec::new() }
    }
}

pub(crate) const SECTION: Section<Sms> = Section {
    name: "sms",
    about: "Text messages to citizens.",
    keys: &[
        plain(
            "outbox",
            "The file to which every message is appended as a line of JSON, for a process of the carrier. It contains phone numbers\n\
             and one-time codes: only this service and that process may have access to it. It is not used if there are providers.",
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
        ),
        plain(
            "providers",
            "A file for each provider of text messages (an HTTP gateway, or a message centre with SMPP), in the order in which they\n\
             are tried: [\"/etc/panjereh/sms-first.toml\", \"/etc/panjereh/sms-second.toml\"]. docs/messages.md describes such a file.\n\
             It holds a password, so only this service may read it. Without providers messages go into the outbox file.",
            ValueKind::List {
                remedy: "Give paths of files (in the environment separated by commas)",
                set: |section, items| {
                    if items.iter().any(|item| item.is_empty()) {
                        return Err("contains an empty path");
                    }
                    section.providers = items.iter().map(PathBuf::from).collect();
                    Ok(())
                },
                get: |section| section.providers.iter().map(|path| path.to_string_lossy().into_owned()).collect(),
            },
        ),
    ],
};
