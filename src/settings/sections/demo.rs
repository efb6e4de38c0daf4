//! `[demo]`: a stage for trials with `serve`. Its people are invented, and its database is deleted at the end.

use crate::settings::key::{Section, ValueKind, plain};
use std::path::PathBuf;

/// Whether `serve` sets up a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Stage {
    /// No stage: `serve` uses what the operator prepared.
    #[default]
    Off,
    /// `serve` creates everything itself, in a temporary folder.
    Fresh,
}

/// `[demo]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Demo {
    /// Whether `serve` sets up a stage.
    pub(crate) stage: Stage,
    /// An agency file that is applied to the stage. `${CONFORMANCE_BASE}` in it is replaced by the variable of that name.
    pub(crate) agencies: Option<PathBuf>,
    one_time_code: Option<String>,
}

impl Demo {
    /// The digits of every one-time code of the stage, for test programs that cannot read messages.
    pub(crate) fn one_time_code(&self) -> Option<&str> {
        self.one_time_code.as_deref().filter(|_| self.stage == Stage::Fresh)
    }
}

pub(crate) const SECTION: Section<Demo> = Section {
    name: "demo",
    about: "A stage for trials, for an issuer on localhost only. Never use it in production: the passwords of its people are\n\
            public.",
    keys: &[
        plain(
            "stage",
            "fresh: `serve` creates a temporary folder with a migrated database, keys and invented people (listed at\n\
             /demo/people.json, their messages at /demo/outbox), and deletes it when it stops. Then database.url,\n\
             keys.master_key_file and sms.outbox are not used, and the files of [tls] are created there too, unless [tls] sets\n\
             their paths.",
            ValueKind::Choice {
                words: &["off", "fresh"],
                set: |section, word| {
                    section.stage = match word {
                        "off" => Stage::Off,
                        "fresh" => Stage::Fresh,
                        _ => return None,
                    };
                    Some(())
                },
                get: |section| match section.stage {
                    Stage::Off => "off",
                    Stage::Fresh => "fresh",
                },
            },
        ),
        plain(
            "agencies",
            "An agency file that is applied to the stage; \"\" for none. ${CONFORMANCE_BASE} in it is replaced by the\n\
             environment variable of that name, or by https://localhost:8444.",
            ValueKind::Text {
                remedy: "Give the path of an agency file, or \"\"",
                set: |section, text| {
                    section.agencies = (!text.is_empty()).then(|| PathBuf::from(text));
                    Ok(())
                },
                get: |section| section.agencies.as_ref().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default(),
            },
        ),
        plain(
            "one_time_code",
            "The six digits of every one-time code of the stage, for test programs that cannot read messages; \"\" for random\n\
             digits.",
            ValueKind::Text {
                remedy: "Give six digits, or \"\"",
                set: |section, text| {
                    section.one_time_code = match text.len() {
                        0 => None,
                        6 if text.bytes().all(|byte| byte.is_ascii_digit()) => Some(text.to_owned()),
                        _ => return Err("is not six digits"),
                    };
                    Ok(())
                },
                get: |section| section.one_time_code.clone().unwrap_or_default(),
            },
        ),
    ],
};
