//! `[log]`: what is written to standard error.

use crate::settings::key::{Kind, Section, plain};

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// The least important line that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogLevel {
    /// Only what failed.
    Error,
    /// And what is suspicious.
    Warn,
    /// And what happened.
    #[default]
    Info,
    /// And how.
    Debug,
    /// And every detail.
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
    /// Its name, as a log filter reads it.
    pub fn name(self) -> &'static str {
        LEVELS.iter().find(|(_, level)| *level == self).map_or("info", |(name, _)| name)
    }
}

/// `[log]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Log {
    /// How a line looks.
    pub format: LogFormat,
    /// The least important line that is written.
    pub level: LogLevel,
}

pub(crate) const SECTION: Section<Log> = Section {
    name: "log",
    about: "What is written to standard error. No personal data, at any level.",
    keys: &[
        plain(
            "format",
            "How a line looks: text for people, json for collectors.",
            Kind::Choice {
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
            "The least important line that is written.",
            Kind::Choice {
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
