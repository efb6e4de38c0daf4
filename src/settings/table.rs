//! All keys of all sections in one table, whatever the section's type. The parser, the reference file and the messages use it.

use crate::settings::key::{Given, Key, Refusal, Section, Shown};
use crate::settings::sections::citizens::{proofing, support};
use crate::settings::sections::journal::{events, log};
use crate::settings::sections::{
    country, database, decoupled, demo, keys, limits, outbound, registration, registry, server, sms, tls, tokens, transient,
};
use crate::settings::values::Settings;

/// Every section, in the order of the reference file.
pub(crate) static SECTIONS: [&dyn AnySection; 18] = [
    &At { section: &server::SECTION, read: |all| &all.server, write: |all| &mut all.server },
    &At { section: &tls::SECTION, read: |all| &all.tls, write: |all| &mut all.tls },
    &At { section: &database::SECTION, read: |all| &all.database, write: |all| &mut all.database },
    &At { section: &transient::SECTION, read: |all| &all.transient, write: |all| &mut all.transient },
    &At { section: &keys::SECTION, read: |all| &all.keys, write: |all| &mut all.keys },
    &At { section: &registry::SECTION, read: |all| &all.registry, write: |all| &mut all.registry },
    &At { section: &sms::SECTION, read: |all| &all.sms, write: |all| &mut all.sms },
    &At { section: &support::SECTION, read: |all| &all.support, write: |all| &mut all.support },
    &At { section: &proofing::SECTION, read: |all| &all.proofing, write: |all| &mut all.proofing },
    &At { section: &country::SECTION, read: |all| &all.country, write: |all| &mut all.country },
    &At { section: &tokens::SECTION, read: |all| &all.tokens, write: |all| &mut all.tokens },
    &At { section: &decoupled::SECTION, read: |all| &all.decoupled, write: |all| &mut all.decoupled },
    &At { section: &limits::SECTION, read: |all| &all.limits, write: |all| &mut all.limits },
    &At { section: &outbound::SECTION, read: |all| &all.outbound, write: |all| &mut all.outbound },
    &At { section: &registration::SECTION, read: |all| &all.registration, write: |all| &mut all.registration },
    &At { section: &events::SECTION, read: |all| &all.events, write: |all| &mut all.events },
    &At { section: &log::SECTION, read: |all| &all.log, write: |all| &mut all.log },
    &At { section: &demo::SECTION, read: |all| &all.demo, write: |all| &mut all.demo },
];

/// A section, and access to its values in [`Settings`].
struct At<S: 'static> {
    section: &'static Section<S>,
    read: fn(&Settings) -> &S,
    write: fn(&mut Settings) -> &mut S,
}

/// A section of the file, whatever its type. `at` is the index of a key in the section.
pub(crate) trait AnySection: Sync {
    /// Its name.
    fn name(&self) -> &'static str;
    /// Its description.
    fn about(&self) -> &'static str;
    /// The number of its keys.
    fn len(&self) -> usize;
    /// Name, description and secrecy of a key.
    fn head(&self, at: usize) -> Head;
    /// The accepted values of a key, if they are a range or a list of words.
    fn bounds(&self, at: usize) -> Option<String>;
    /// The key's value in `settings`, as TOML.
    fn literal(&self, at: usize, settings: &Settings) -> String;
    /// Checks a value and stores it in its field.
    fn set(&self, at: usize, settings: &mut Settings, given: &Given) -> Result<(), Refusal>;
}

/// The parts of a key that do not depend on the section's type.
#[derive(Clone, Copy)]
pub(crate) struct Head {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its description.
    pub(crate) about: &'static str,
    /// Whether messages may show its values.
    pub(crate) shown: Shown,
}

impl<S: Clone> AnySection for At<S> {
    fn name(&self) -> &'static str {
        self.section.name
    }

    fn about(&self) -> &'static str {
        self.section.about
    }

    fn len(&self) -> usize {
        self.section.keys.len()
    }

    fn head(&self, at: usize) -> Head {
        let Key { name, about, shown, .. } = &self.section.keys[at];
        Head { name, about, shown: *shown }
    }

    fn bounds(&self, at: usize) -> Option<String> {
        self.section.keys[at].kind.bounds()
    }

    fn literal(&self, at: usize, settings: &Settings) -> String {
        self.section.keys[at].kind.literal((self.read)(settings))
    }

    fn set(&self, at: usize, settings: &mut Settings, given: &Given) -> Result<(), Refusal> {
        self.section.keys[at].kind.set((self.write)(settings), given)
    }
}

/// A key of the file.
#[derive(Clone, Copy)]
pub(crate) struct AnyKey {
    /// Its section.
    pub(crate) section: &'static dyn AnySection,
    at: usize,
}

impl AnyKey {
    /// The keys of a section, in the order of the table.
    pub(crate) fn all_of(section: &'static dyn AnySection) -> impl Iterator<Item = Self> {
        (0..section.len()).map(move |at| Self { section, at })
    }

    /// The key with this name.
    pub(crate) fn find(section: &'static dyn AnySection, name: &str) -> Option<Self> {
        Self::all_of(section).find(|key| key.name() == name)
    }

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        self.section.head(self.at).name
    }

    /// Its description.
    pub(crate) fn about(self) -> &'static str {
        self.section.head(self.at).about
    }

    /// Whether messages may show its values.
    pub(crate) fn shown(self) -> Shown {
        self.section.head(self.at).shown
    }

    /// The accepted values, if they are a range or a list of words.
    pub(crate) fn bounds(self) -> Option<String> {
        self.section.bounds(self.at)
    }

    /// The key's value in `settings`, as TOML.
    pub(crate) fn literal(self, settings: &Settings) -> String {
        self.section.literal(self.at, settings)
    }

    /// Checks a value and stores it in its field.
    pub(crate) fn set(self, settings: &mut Settings, given: &Given) -> Result<(), Refusal> {
        self.section.set(self.at, settings, given)
    }
}
