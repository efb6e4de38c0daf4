//! `[proofing]`: how people show who they are for whom the registry has no telephone number, and whose an account is.

use crate::settings::key::{Key, Section, ValueKind, plain};
use crate::text::LocalName;
use std::path::PathBuf;
use std::time::Duration;

/// `[proofing]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proofing {
    /// The folder into which letters are written; empty if no letters are sent.
    pub letter_folder: PathBuf,
    /// How long the code of a letter works.
    pub letter_lifetime: Duration,
    /// How many letters are sent in a day, at most.
    pub letters_per_day: u64,
    /// How long a person waits for an account in their name whose holder has shown as much.
    pub takeover_wait: Duration,
    /// Where an officer checks people in person, in both languages of the pages.
    pub desk: LocalName,
}

const DAY: Duration = Duration::from_hours(24);

impl Default for Proofing {
    fn default() -> Self {
        Self {
            letter_folder: PathBuf::new(),
            letter_lifetime: DAY * 30,
            letters_per_day: 2000,
            takeover_wait: DAY * 7,
            desk: LocalName { fa: String::new(), en: String::new() },
        }
    }
}

/// The longest text about the desk: three lines on a narrow telephone.
const LONGEST: usize = 200;

/// The text of one language.
macro_rules! desk {
    ($name:literal, $about:literal, $language:ident) => {{
        const KEY: Key<Proofing> = plain(
            $name,
            $about,
            ValueKind::Text {
                remedy: "Give one line of at most 200 characters, or \"\" for none",
                set: |section, text| {
                    if text.contains(char::is_control) || text.chars().count() > LONGEST {
                        return Err("has a control character or is longer than 200 characters");
                    }
                    section.desk.$language = text.trim().to_owned();
                    Ok(())
                },
                get: |section| section.desk.$language.clone(),
            },
        );
        KEY
    }};
}

pub(crate) const SECTION: Section<Proofing> = Section {
    name: "proofing",
    about: "How people show who they are for whom the registry has no telephone number: by the serial of the national card, by a letter, or\n\
            in person. And whose an account is that exists in a person's name.",
    keys: &[
        plain(
            "letter_folder",
            "The folder into which each letter with a code is written, one JSON file each, for the process that prints and posts it and\n\
             removes the file. It contains names, addresses and codes: only this service and that process may have access to it. Empty:\n\
             no letters are sent, and the pages do not offer them.",
            ValueKind::Text {
                remedy: "Give the path of a folder, or \"\" for none",
                set: |section, text| {
                    section.letter_folder = PathBuf::from(text);
                    Ok(())
                },
                get: |section| section.letter_folder.to_string_lossy().into_owned(),
            },
        ),
        plain(
            "letter_lifetime",
            "How long the code of a letter works. NIST SP 800-63A-4 allows 21 days inside a country and 30 days from abroad.",
            ValueKind::Span { from: DAY, to: Duration::from_hours(30 * 24), place: |section| &mut section.letter_lifetime },
        ),
        plain(
            "letters_per_day",
            "How many letters are sent in a day, at most. A person gets at most one in a week, whoever asks for it.",
            ValueKind::Number {
                from: 1,
                to: 1_000_000,
                set: |section, number| {
                    section.letters_per_day = number;
                    Some(())
                },
                get: |section| section.letters_per_day,
            },
        ),
        plain(
            "takeover_wait",
            "How long a person waits for an account that exists in their name, if its holder has shown as much as they have. Both numbers\n\
             get a text message, and a sign-in of the holder in this time leaves the decision to the desk.",
            ValueKind::Span { from: DAY, to: Duration::from_hours(90 * 24), place: |section| &mut section.takeover_wait },
        ),
        desk!("desk_fa", "Where an officer checks people in person, on Persian pages.", fa),
        desk!("desk_en", "Where an officer checks people in person, on English pages.", en),
    ],
};
