//! The three places where settings are given: file, environment, command line. Each is read into the same list of entries.

use crate::settings::error::{Origin, SettingsError};
use crate::settings::key::{Given, Shown};
use crate::settings::table::{AnyKey, AnySection, SECTIONS};
use crate::settings::unknown;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The text of a settings file.
#[derive(Debug, Clone, Copy)]
pub struct SettingsFile<'a> {
    /// Its name in messages.
    pub(crate) name: &'a str,
    /// Its content.
    pub(crate) text: &'a str,
}

/// A value for a known key, not checked yet.
pub(crate) struct SettingEntry {
    pub(crate) origin: Origin,
    pub(crate) key: AnyKey,
    pub(crate) given: Given,
    /// The value as written, for messages.
    pub(crate) written: String,
}

impl SettingEntry {
    /// The key, and its value if messages may show it.
    pub(crate) fn subject(&self) -> String {
        let value = if self.key.shown() == Shown::Plain { self.written.as_str() } else { "(hidden)" };
        format!("{}.{} = {value}", self.key.section.name(), self.key.name())
    }
}

/// The content of one place: entries of known keys, and mistakes.
#[derive(Default)]
pub(crate) struct FoundSettings {
    pub(crate) entries: Vec<SettingEntry>,
    pub(crate) errors: Vec<SettingsError>,
}

/// Prefixes of variables that are not settings: the master key and the path of the file, which `cli/` reads; the servers that
/// tests use; and the variables that Kubernetes sets in every pod if a service has the name panjereh.
const NOT_SETTINGS: [&str; 5] =
    ["PANJEREH_MASTER_KEY", "PANJEREH_CONFIG", "PANJEREH_TEST_", "PANJEREH_SERVICE_", "PANJEREH_PORT"];

/// Reads the environment: every variable that begins with `PANJEREH_` must be known.
pub(crate) fn environment(variables: impl Iterator<Item = (String, String)>) -> FoundSettings {
    let mut found = FoundSettings::default();
    for (name, value) in variables {
        let Some(path) = name.strip_prefix("PANJEREH_") else { continue };
        if NOT_SETTINGS.iter().any(|other| name.starts_with(other)) {
            continue;
        }
        let path = path.to_lowercase().replacen('_', ".", 1);
        found.word(Origin::Environment(name), &path, value);
    }
    // The environment has no order, but messages should have one.
    found.errors.sort_by_key(|error| error.origin.to_string());
    found
}

/// Reads `section.key=value` overrides of the command line.
pub(crate) fn flags(flags: &[(String, String)]) -> FoundSettings {
    let mut found = FoundSettings::default();
    for (path, value) in flags {
        found.word(Origin::Flag, path, value.clone());
    }
    found
}

impl FoundSettings {
    fn word(&mut self, origin: Origin, path: &str, value: String) {
        let written = format!("{value:?}");
        match find(path) {
            Some(key) => self.entries.push(SettingEntry { origin, key, given: Given::Word(value), written }),
            None => self.errors.push(unknown::key(origin, path, &written)),
        }
    }
}

fn find(path: &str) -> Option<AnyKey> {
    let (section, key) = path.split_once('.')?;
    AnyKey::find(section_of(section)?, key)
}

fn section_of(name: &str) -> Option<&'static dyn AnySection> {
    SECTIONS.iter().copied().find(|known| known.name() == name)
}

/// Reads the file.
pub(crate) fn file(file: SettingsFile<'_>) -> FoundSettings {
    let (table, problems) = DeTable::parse_recoverable(file.text);
    let mut found = FoundSettings::default();
    if !problems.is_empty() {
        found.errors = problems.iter().map(|problem| syntax(file, problem)).collect();
        return found;
    }
    let mut sections: Vec<_> = table.get_ref().iter().collect();
    sections.sort_by_key(|(name, _)| name.span().start);
    for (name, value) in sections {
        read_section(file, name, value, &mut found);
    }
    found
}

fn read_section(
    file: SettingsFile<'_>,
    name: &Spanned<std::borrow::Cow<'_, str>>,
    value: &Spanned<DeValue<'_>>,
    found: &mut FoundSettings,
) {
    let origin = file.origin(name.span().start);
    let Some(section) = section_of(name.get_ref()) else {
        found.errors.push(unknown::section(origin, name.get_ref()));
        return;
    };
    let DeValue::Table(table) = value.get_ref() else {
        found.errors.push(SettingsError {
            origin,
            subject: section.name().to_owned(),
            problem: "is a section and takes no value".to_owned(),
            remedy: format!("Write [{}] on a line of its own and its keys below", section.name()),
        });
        return;
    };
    let mut keys: Vec<_> = table.iter().collect();
    keys.sort_by_key(|(name, _)| name.span().start);
    for (name, value) in keys {
        let origin = file.origin(name.span().start);
        let written = file.text.get(value.span()).unwrap_or_default().lines().next().unwrap_or_default().to_owned();
        match AnyKey::find(section, name.get_ref()) {
            Some(key) => found.entries.push(SettingEntry { origin, key, given: given(value.get_ref()), written }),
            None => found.errors.push(unknown::key(origin, &format!("{}.{}", section.name(), name.get_ref()), &written)),
        }
    }
}

fn given(value: &DeValue<'_>) -> Given {
    match value {
        DeValue::String(text) => Given::Text(text.clone().into_owned()),
        DeValue::Integer(number) => {
            i128::from_str_radix(number.as_str(), number.radix()).map_or(Given::Other("a number"), Given::Number)
        }
        DeValue::Array(items) => {
            let texts: Option<Vec<String>> = items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect();
            texts.map_or(Given::Other("a list with other items than texts"), Given::List)
        }
        DeValue::Float(_) => Given::Other("a fraction"),
        DeValue::Boolean(_) => Given::Other("true or false"),
        DeValue::Datetime(_) => Given::Other("a date"),
        DeValue::Table(_) => Given::Other("a table"),
    }
}

/// A TOML syntax error. The message contains no value of the file.
fn syntax(file: SettingsFile<'_>, problem: &toml::de::Error) -> SettingsError {
    SettingsError {
        origin: file.origin(problem.span().map_or(0, |span| span.start)),
        subject: "the file".to_owned(),
        problem: format!("is not valid TOML here: {}", problem.message()),
        remedy: "Write key = value, with texts in quotes; `panjereh config default` shows a whole file".to_owned(),
    }
}

impl SettingsFile<'_> {
    fn origin(&self, byte: usize) -> Origin {
        let before = self.text.get(..byte).unwrap_or_default();
        Origin::File { name: self.name.to_owned(), line: before.matches('\n').count() + 1 }
    }
}
