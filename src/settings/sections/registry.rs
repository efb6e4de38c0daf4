//! `[registry]`: the civil registry.

use crate::settings::key::{Section, ValueKind, plain};

/// The source of civil registry records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum RegistrySource {
    /// The table of persons in this server's database, filled by `panjereh registry import`.
    #[default]
    Local,
}

/// `[registry]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Registry {
    /// The source of records.
    pub(crate) source: RegistrySource,
}

pub(crate) const SECTION: Section<Registry> = Section {
    name: "registry",
    about: "The civil registry against which people are verified.",
    keys: &[plain(
        "source",
        "\"local\" is the table of persons in this server's database, which `panjereh registry import FILE.csv` fills.",
        ValueKind::Choice {
            words: &["local"],
            set: |section, word| {
                section.source = match word {
                    "local" => RegistrySource::Local,
                    _ => return None,
                };
                Some(())
            },
            get: |section| match section.source {
                RegistrySource::Local => "local",
            },
        },
    )],
};
