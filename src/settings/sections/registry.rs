//! `[registry]`: the civil registry.

use crate::settings::key::{Kind, Section, plain};

/// Where the civil registry is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RegistrySource {
    /// The table of persons in the own database, filled by `panjereh registry import`.
    #[default]
    Local,
}

/// `[registry]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Registry {
    /// Where it is asked.
    pub source: RegistrySource,
}

pub(crate) const SECTION: Section<Registry> = Section {
    name: "registry",
    about: "The civil registry against which people are verified.",
    keys: &[plain(
        "source",
        "\"local\" asks the table of persons in the own database, which `panjereh registry import FILE.csv` fills.",
        Kind::Choice {
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
