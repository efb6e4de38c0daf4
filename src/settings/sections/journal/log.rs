//! `[log]`: the log on standard error.

use crate::settings::key::{Section, ValueKind, plain};

/// The format of a line of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum LogFormat {
    /// Text for people.
    #[default]
    Text,
    /// One JSON object for each line.
    Json,
}

/// The lowest level of the lines that are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum LogLevel {
    /// Only failures.
    Error,
    /// Also suspicious events.
    Warn,
    /// Also normal events.
    #[default]
    Info,
    /// Also how they happened.
    Debug,
    /// Also every detail.
    Trace,
}

const LEVELS: [(&str, LogLevel); 5] = [
    ("error", LogLevel::Error),
    ("warn", LogLevel::Warn),
    ("info", LogLevel::Info),
    ("debug", LogLevel::Debug),
    ("trace", LogLevel::Trace),
];

impl LogLevel {
    /// Its name for a log filter.
    pub(crate) fn name(self) -> &'static str {
        LEVELS.iter().find(|(_, level)| *level == self).map_or("info", |(name, _)| name)
    }
}

/// `[log]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Log {
    /// The format of a line.
    pub(crate) format: LogFormat,
    /// The lowest level of the lines that are written.
    pub(crate) level: LogLevel,
}

pub(crate) const SECTION: Section<Log> = Section {
    name: "log",
    about: "The log on standard error. It has no personal data at any level.",
    keys: &[
        plain(
            "format",
            "The format of a line: text for people, json for log collectors.",
            ValueKind::Choice {
                words: &["text", "json"],
                set: |section, word| {
                    section.format = match word {
                        "text" => LogFormat::Text,
                        "json" => LogFormat::Json,
                        _ => return None,
                    };
                    Some(())
                },
                get: |section| match section.format {
                    LogFormat::Text => "text",
                    LogFormat::Json => "json",
                },
            },
        ),
        plain(
            "level",
            "The lowest level of the lines that are written.",
            ValueKind::Choice {
                words: &["error", "warn", "info", "debug", "trace"],
                set: |section, word| {
                    section.level = LEVELS.iter().find(|(name, _)| *name == word)?.1;
                    Some(())
                },
                get: |section| section.level.name(),
            },
        ),
    ],
};
