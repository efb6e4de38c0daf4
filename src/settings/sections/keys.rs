//! `[keys]`: signing keys and the master key that seals them.

use crate::settings::key::{Kind, Section, plain};
use std::path::PathBuf;
use std::time::Duration;

/// How long others may cache the key set and the metadata.
pub const KEY_SET_CACHED: Duration = Duration::from_hours(1);
/// The least time between a key's first being published and its first signature: whoever read the set just before has read it again, and
/// an hour is left for caches that keep it longer and for clocks that differ.
const LEAST_AHEAD: Duration = KEY_SET_CACHED.saturating_mul(2);

/// `[keys]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// The file with the master key: base64 of 32 bytes. The variable `PANJEREH_MASTER_KEY`, where set, is read instead.
    pub master_key_file: PathBuf,
    /// How long a new key is published before it signs.
    pub publish_ahead: Duration,
    /// Who replaces keys.
    pub rotation: Rotation,
    /// For how long a key signs until it is replaced as planned.
    pub rotate_after: Duration,
}

/// Who replaces signing keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// The operator, by `panjereh keys rotate`.
    ByHand,
    /// The program, when a key has signed for `rotate_after`.
    Planned,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            master_key_file: PathBuf::from("keys/master.key"),
            publish_ahead: Duration::from_hours(24),
            rotation: Rotation::ByHand,
            rotate_after: Duration::from_hours(90 * 24),
        }
    }
}

pub(crate) const SECTION: Section<Keys> = Section {
    name: "keys",
    about: "Signing keys. They are kept in the database, sealed under the master key.",
    keys: &[
        plain(
            "master_key_file",
            "The file with the master key (base64 of 32 bytes). The environment variable PANJEREH_MASTER_KEY, where set, is read\n\
             instead. Without it no signing key can be opened: keep a copy in a safe place that is not the database's backup.",
            Kind::Text {
                remedy: "Give the path of a file",
                set: |section, text| {
                    if text.is_empty() {
                        return Err("names no file");
                    }
                    section.master_key_file = PathBuf::from(text);
                    Ok(())
                },
                get: |section| section.master_key_file.to_string_lossy().into_owned(),
            },
        ),
        plain(
            "publish_ahead",
            "How long a new key is published before it signs. Agencies may cache the key set for an hour.",
            Kind::Span { from: LEAST_AHEAD, to: Duration::from_hours(90 * 24), place: |section| &mut section.publish_ahead },
        ),
        plain(
            "rotation",
            "Who replaces signing keys: the operator by `panjereh keys rotate` (by_hand), or the program (planned).",
            Kind::Choice {
                words: &["by_hand", "planned"],
                set: |section, word| {
                    section.rotation = match word {
                        "by_hand" => Rotation::ByHand,
                        "planned" => Rotation::Planned,
                        _ => return None,
                    };
                    Some(())
                },
                get: |section| match section.rotation {
                    Rotation::ByHand => "by_hand",
                    Rotation::Planned => "planned",
                },
            },
        ),
        plain(
            "rotate_after",
            "For how long a key signs until the program replaces it, where it does.",
            Kind::Span {
                from: Duration::from_hours(7 * 24),
                to: Duration::from_hours(2 * 365 * 24),
                place: |section| &mut section.rotate_after,
            },
        ),
    ],
};
