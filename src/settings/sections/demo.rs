//! `[demo]`: a stage for trying things out with `serve`: people who do not exist, in a database that is forgotten.

use crate::settings::key::{Kind, Section, plain};
use std::path::PathBuf;

/// Whether `serve` sets up a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stage {
    /// It serves what an operator prepared.
    #[default]
    Off,
    /// It makes everything itself, in a temporary folder.
    Fresh,
}

/// `[demo]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Demo {
    /// Whether `serve` sets up a stage.
    pub stage: Stage,
    /// An agency file that is applied to the stage; its `${CONFORMANCE_BASE}` is the variable of that name.
    pub agencies: Option<PathBuf>,
    one_time_code: Option<String>,
}

impl Demo {
    /// The digits of every one-time code, on a stage where nobody can read messages.
    pub fn one_time_code(&self) -> Option<&str> {
        self.one_time_code.as_deref().filter(|_| self.stage == Stage::Fresh)
    }
}

pub(crate) const SECTION: Section<Demo> = Section {
    name: "demo",
    about: "A stage for trying things out, for an issuer on localhost only. Never in earnest: everybody's passwords are public there.",
    keys: &[
        plain(
            "stage",
            "fresh: `serve` makes a temporary folder with a migrated database, keys, and people who do not exist (at /demo/people.json,\n\
             their messages at /demo/outbox), and removes it when it stops. database.url, keys.master_key_file and sms.outbox are not\n\
             used then; the files of [tls] are made there too, unless they are named.",
            Kind::Choice {
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
            "An agency file that is applied to the stage; \"\" for none. ${CONFORMANCE_BASE} in it is the environment variable of that\n\
             name, or https://localhost:8444.",
            Kind::Text {
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
            "Six digits that every one-time code of the stage has, for programs that cannot read messages; \"\" draws them.",
            Kind::Text {
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
