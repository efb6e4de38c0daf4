//! `[keys]`: signing keys and the master key that seals them.

use super::key::{Kind, Section, plain};
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
}

impl Default for Keys {
    fn default() -> Self {
        Self { master_key_file: PathBuf::from("keys/master.key"), publish_ahead: Duration::from_hours(24) }
    }
}

pub(super) const SECTION: Section = Section {
    name: "keys",
    about: "Signing keys. They are kept in the database, sealed under the master key.",
    keys: &[
        plain(
            "master_key_file",
            "The file with the master key (base64 of 32 bytes). The environment variable PANJEREH_MASTER_KEY, where set, is read\n\
             instead. Without it no signing key can be opened: keep a copy in a safe place that is not the database's backup.",
            Kind::Text {
                remedy: "Give the path of a file",
                set: |settings, text| {
                    if text.is_empty() {
                        return Err("names no file");
                    }
                    settings.keys.master_key_file = PathBuf::from(text);
                    Ok(())
                },
                get: |settings| settings.keys.master_key_file.to_string_lossy().into_owned(),
            },
        ),
        plain(
            "publish_ahead",
            "How long a new key is published before it signs. Agencies may cache the key set for an hour.",
            Kind::Span {
                from: LEAST_AHEAD,
                to: Duration::from_hours(90 * 24),
                place: |settings| &mut settings.keys.publish_ahead,
            },
        ),
    ],
};
