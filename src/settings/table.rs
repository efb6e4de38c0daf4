//! Every key of every section, whatever the section's type: what the parser, the reference file and the messages go by.

use crate::settings::key::{Given, Key, Refusal, Section, Shown};
use crate::settings::sections::{
    country, database, decoupled, demo, keys, limits, log, outbound, registration, registry, server, sms, tls, tokens, transient,
};
use crate::settings::values::Settings;

/// Every section, in the order of the reference file.
pub(crate) static SECTIONS: [&dyn AnySection; 15] = [
    &At { section: &server::SECTION, read: |all| &all.server, write: |all| &mut all.server },
    &At { section: &tls::SECTION, read: |all| &all.tls, write: |all| &mut all.tls },
    &At { section: &database::SECTION, read: |all| &all.database, write: |all| &mut all.database },
    &At { section: &transient::SECTION, read: |all| &all.transient, write: |all| &mut all.transient },
    &At { section: &keys::SECTION, read: |all| &all.keys, write: |all| &mut all.keys },
    &At { section: &registry::SECTION, read: |all| &all.registry, write: |all| &mut all.registry },
    &At { section: &sms::SECTION, read: |all| &all.sms, write: |all| &mut all.sms },
    &At { section: &country::SECTION, read: |all| &all.country, write: |all| &mut all.country },
    &At { section: &tokens::SECTION, read: |all| &all.tokens, write: |all| &mut all.tokens },
    &At { section: &decoupled::SECTION, read: |all| &all.decoupled, write: |all| &mut all.decoupled },
    &At { section: &limits::SECTION, read: |all| &all.limits, write: |all| &mut all.limits },
    &At { section: &outbound::SECTION, read: |all| &all.outbound, write: |all| &mut all.outbound },
    &At { section: &registration::SECTION, read: |all| &all.registration, write: |all| &mut all.registration },
    &At { section: &log::SECTION, read: |all| &all.log, write: |all| &mut all.log },
    &At { section: &demo::SECTION, read: |all| &all.demo, write: |all| &mut all.demo },
];

/// A section and where its values are in [`Settings`].
struct At<S: 'static> {
    section: &'static Section<S>,
    read: fn(&Settings) -> &S,
    write: fn(&mut Settings) -> &mut S,
}

/// A section of the file, whatever its type. `at` is the place of a key in the section.
pub(crate) trait AnySection: Sync {
    /// Its name.
    fn name(&self) -> &'static str;
    /// What it is about.
    fn about(&self) -> &'static str;
    /// How many keys it has.
    fn len(&self) -> usize;
    /// Name, meaning and secrecy of a key.
    fn head(&self, at: usize) -> Head;
    /// What a key accepts, where it is a range or a choice.
    fn bounds(&self, at: usize) -> Option<String>;
    /// The value that `settings` has, as TOML.
    fn literal(&self, at: usize, settings: &Settings) -> String;
    /// Puts a value where it belongs.
    fn set(&self, at: usize, settings: &mut Settings, given: &Given) -> Result<(), Refusal>;
}

/// What every key has, whatever its section's type.
#[derive(Clone, Copy)]
pub(crate) struct Head {
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub about: &'static str,
    /// Whether its values may be repeated in messages.
    pub shown: Shown,
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
    pub section: &'static dyn AnySection,
    at: usize,
}

impl AnyKey {
    /// The keys of a section, in their order.
    pub fn all_of(section: &'static dyn AnySection) -> impl Iterator<Item = Self> {
        (0..section.len()).map(move |at| Self { section, at })
    }

    /// The key of that name.
    pub fn find(section: &'static dyn AnySection, name: &str) -> Option<Self> {
        Self::all_of(section).find(|key| key.name() == name)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.section.head(self.at).name
    }

    /// What it means.
    pub fn about(self) -> &'static str {
        self.section.head(self.at).about
    }

    /// Whether its values may be repeated in messages.
    pub fn shown(self) -> Shown {
        self.section.head(self.at).shown
    }

    /// What is accepted, where it is a range or a choice.
    pub fn bounds(self) -> Option<String> {
        self.section.bounds(self.at)
    }

    /// The value that `settings` has, as TOML.
    pub fn literal(self, settings: &Settings) -> String {
        self.section.literal(self.at, settings)
    }

    /// Puts a value where it belongs.
    pub fn set(self, settings: &mut Settings, given: &Given) -> Result<(), Refusal> {
        self.section.set(self.at, settings, given)
    }
}
