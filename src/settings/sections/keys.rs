//! `[keys]`: the signing keys, and the master key that encrypts them.

use crate::settings::key::{Section, ValueKind, plain};
use std::path::PathBuf;
use std::time::Duration;

/// How long clients may cache the key set and the discovery document.
pub const KEY_SET_CACHED: Duration = Duration::from_hours(1);
/// The shortest time between the publication of a key and its first signature. After one cache lifetime, a client that read the
/// set just before the publication has read it again. The second hour is for caches that keep it longer and for clocks that
/// differ.
const LEAST_AHEAD: Duration = KEY_SET_CACHED.saturating_mul(2);

/// `[keys]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// The file with the master key: base64 of 32 bytes. If the variable `PANJEREH_MASTER_KEY` is set, it is read instead.
    pub(crate) master_key_file: PathBuf,
    /// How long a new key is published before it signs.
    pub(crate) publish_ahead: Duration,
    /// How keys are replaced.
    pub rotation: Rotation,
    /// How long a key signs before the program replaces it.
    pub(crate) rotate_after: Duration,
    /// How long a key that left the key set still verifies `id_token_hint`.
    pub(crate) verify_hints_for: Duration,
}

/// How signing keys are replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// By the operator, with `panjereh keys rotate`.
    ByHand,
    /// By the program, when a key has signed for `rotate_after`.
    Planned,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            master_key_file: PathBuf::from("keys/master.key"),
            publish_ahead: Duration::from_hours(24),
            rotation: Rotation::ByHand,
            rotate_after: Duration::from_hours(90 * 24),
            verify_hints_for: Duration::from_hours(400 * 24),
        }
    }
}

pub const SECTION: Section<Keys> = Section {
    name: "keys",
    about: "Signing keys. They are stored in the database, encrypted with the master key.",
    keys: &[
        plain(
            "master_key_file",
            "The file with the master key (base64 of 32 bytes). If the environment variable PANJEREH_MASTER_KEY is set, it is\n\
             read instead. Without the master key no signing key can be decrypted: keep a copy in a safe place, not with the\n\
             database's backup.",
            ValueKind::Text {
                remedy: "Give the path of a file",
                set: |section, text| {
                    if text.is_empty() {
                        return Err("is empty");
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
            ValueKind::Span { from: LEAST_AHEAD, to: Duration::from_hours(90 * 24), place: |section| &mut section.publish_ahead },
        ),
        plain(
            "rotation",
            "How signing keys are replaced: by the operator with `panjereh keys rotate` (by_hand), or by the program (planned).",
            ValueKind::Choice {
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
            "How long a key signs before the program replaces it. Only for rotation = \"planned\".",
            ValueKind::Span {
                from: Duration::from_hours(7 * 24),
                to: Duration::from_hours(2 * 365 * 24),
                place: |section| &mut section.rotate_after,
            },
        ),
        plain(
            "verify_hints_for",
            "How long a key that left the key set, by a rotation or by `panjereh keys rotate --now`, still verifies an ID token\n\
             that comes back as id_token_hint. Such a hint says which agency asks and which person is meant; it gives no access.",
            ValueKind::Span {
                from: Duration::from_hours(24),
                to: Duration::from_hours(10 * 365 * 24),
                place: |section| &mut section.verify_hints_for,
            },
        ),
    ],
};
