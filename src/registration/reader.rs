//! Reads one table key by key. It does not stop at a problem, but notes it. The table can come from TOML or from JSON.

use crate::registration::problem::Problem;
use crate::text::{LocalName, distance};
use serde_json::Value;
use std::ops::RangeInclusive;

/// A table of either format.
pub(crate) type Table = serde_json::Map<String, Value>;

/// The most characters of a value that a problem shows.
const MOST_SHOWN: usize = 80;

/// The author of a client's metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DescribedBy {
    /// An operator, who knows the agency.
    Operator,
    /// The client itself, which is not trusted.
    Itself,
}

/// One table of the file, with its path and the list to which problems go.
pub(crate) struct Reader<'t, 'p> {
    table: &'t Table,
    path: String,
    problems: &'p mut Vec<Problem>,
}

impl<'t, 'p> Reader<'t, 'p> {
    pub(crate) const fn new(table: &'t Table, path: String, problems: &'p mut Vec<Problem>) -> Self {
        Self { table, path, problems }
    }

    /// A reader of a table inside this one: `key[name]`.
    pub(crate) fn inner<'a>(&'a mut self, table: &'t Table, key: &str, name: &str) -> Reader<'t, 'a> {
        let path = format!("{}{key}[{name}].", self.path);
        Reader { table, path, problems: self.problems }
    }

    /// Notes a problem with a key and its value.
    pub(crate) fn refuse(&mut self, key: &str, remedy: impl Into<String>) {
        let value = self.table.get(key).map(|value| shown(key, value));
        self.problems.push(Problem { key: format!("{}{key}", self.path), value, remedy: remedy.into() });
    }

    /// The number of problems noted so far.
    pub(crate) const fn problems(&self) -> usize {
        self.problems.len()
    }

    /// Notes a problem with one entry of a list.
    pub(crate) fn refuse_entry(&mut self, key: &str, at: usize, entry: &str, remedy: impl Into<String>) {
        let value = Some(shortened(&Value::from(entry).to_string()));
        self.problems.push(Problem { key: format!("{}{key}[{at}]", self.path), value, remedy: remedy.into() });
    }

    /// Whether the key is present, with any value.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Rejects every key that is not in the list, and suggests the one that was probably meant.
    pub(crate) fn known(&mut self, keys: &[&str]) {
        for key in self.table.keys().filter(|key| !keys.contains(&key.as_str())) {
            let nearest = keys.iter().map(|known| (distance(known, key), *known)).min().filter(|(distance, _)| *distance <= 3);
            let remedy = match nearest {
                Some((_, known)) => format!("this key is not known; did you mean {known}?"),
                None => format!("this key is not known; the keys here are {}", keys.join(", ")),
            };
            let value = self.table.get(key).map(|value| shown(key, value));
            self.problems.push(Problem { key: format!("{}{key}", self.path), value, remedy });
        }
    }

    /// A text that is not empty.
    pub(crate) fn text(&mut self, key: &str) -> Option<&'t str> {
        match self.table.get(key)? {
            Value::String(text) if !text.trim().is_empty() && !text.chars().any(char::is_control) => Some(text),
            _ => {
                self.refuse(key, "write a text in quotes, not empty and on one line");
                None
            }
        }
    }

    /// A text that must be present.
    pub(crate) fn required_text(&mut self, key: &str, what: &str) -> Option<&'t str> {
        if !self.has(key) {
            self.refuse(key, format!("is missing: write {what}"));
        }
        self.text(key)
    }

    /// A list of texts; empty if the key is missing.
    pub(crate) fn texts(&mut self, key: &str) -> Vec<&'t str> {
        let Some(value) = self.table.get(key) else { return Vec::new() };
        let texts = value.as_array().and_then(|list| list.iter().map(Value::as_str).collect::<Option<Vec<_>>>());
        if texts.is_none() {
            self.refuse(key, r#"write a list of texts, such as ["one", "two"]"#);
        }
        texts.unwrap_or_default()
    }

    /// A list of tables; empty if the key is missing.
    pub(crate) fn tables(&mut self, key: &str) -> Vec<&'t Table> {
        let Some(value) = self.table.get(key) else { return Vec::new() };
        let tables = value.as_array().and_then(|list| list.iter().map(Value::as_object).collect::<Option<Vec<_>>>());
        if tables.is_none() {
            self.refuse(key, format!("write a table headed by double brackets that end in {key}, such as [[{key}]]"));
        }
        tables.unwrap_or_default()
    }

    /// The value, unchanged.
    pub(crate) fn value(&self, key: &str) -> Option<&'t Value> {
        self.table.get(key)
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, key: &str) -> Option<bool> {
        let flag = self.table.get(key)?.as_bool();
        if flag.is_none() {
            self.refuse(key, "write true or false, without quotes");
        }
        flag
    }

    /// A whole number within bounds.
    pub(crate) fn number(&mut self, key: &str, bounds: RangeInclusive<u64>) -> Option<u64> {
        let number = self.table.get(key)?.as_u64().filter(|number| bounds.contains(number));
        if number.is_none() {
            let (least, most) = bounds.into_inner();
            self.refuse(key, format!("write a whole number from {least} to {most}, without quotes"));
        }
        number
    }

    /// One value of a closed set; `None` if the key is missing or its value is not in the set.
    pub(crate) fn choice<T: Copy>(&mut self, key: &str, all: &[T], name: impl Fn(T) -> &'static str) -> Option<T> {
        let text = self.text(key)?;
        let chosen = all.iter().copied().find(|one| name(*one) == text);
        if chosen.is_none() {
            self.refuse(key, one_of(all, name));
        }
        chosen
    }

    /// Several values of a closed set; `None` if the key is missing.
    pub(crate) fn choices<T: Copy + PartialEq>(
        &mut self,
        key: &str,
        all: &[T],
        name: impl Fn(T) -> &'static str,
    ) -> Option<Vec<T>> {
        self.has(key).then_some(())?;
        let mut chosen = Vec::new();
        for (at, text) in self.texts(key).into_iter().enumerate() {
            match all.iter().copied().find(|one| name(*one) == text) {
                Some(one) if chosen.contains(&one) => {}
                Some(one) => chosen.push(one),
                None => self.refuse_entry(key, at, text, one_of(all, &name)),
            }
        }
        Some(chosen)
    }

    /// A name in both languages.
    pub(crate) fn name(&mut self, key: &str) -> Option<LocalName> {
        let table = self.table.get(key)?.as_object();
        let part = |language| table.and_then(|table| table.get(language)).and_then(Value::as_str).filter(|text| is_name(text));
        if let (Some(fa), Some(en), true) = (part("fa"), part("en"), table.is_some_and(|table| table.len() == 2)) {
            return Some(LocalName { fa: fa.to_owned(), en: en.to_owned() });
        }
        self.refuse(key, r#"write { fa = "…", en = "…" }: both languages, each 1 to 200 characters on one line"#);
        None
    }
}

/// How problems name a table of a list: by its name, or by its position if it has none.
pub(crate) fn named(table: &Table, key: &str, at: usize) -> String {
    table.get(key).and_then(Value::as_str).map_or_else(|| at.to_string(), str::to_owned)
}

/// Consent pages show names, so a name must not contain Unicode's directional controls: they could reorder the text around it.
fn is_name(text: &str) -> bool {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !text.trim().is_empty() && text.chars().count() <= 200 && !text.chars().any(|c| c.is_control() || turns(c))
}

fn one_of<T: Copy>(all: &[T], name: impl Fn(T) -> &'static str) -> String {
    format!("use one of {}", all.iter().map(|one| name(*one)).collect::<Vec<_>>().join(", "))
}

/// The value as a problem shows it. A possible secret is hidden, even under a misspelt key. So is a key set, which may contain a
/// private key by mistake.
fn shown(key: &str, value: &Value) -> String {
    match value {
        _ if key.contains("secret") || key.contains("password") => "[secret]".to_owned(),
        _ if key.contains("jwk") => "[key set]".to_owned(),
        Value::Object(_) => "{…}".to_owned(),
        Value::Array(list) if list.iter().any(Value::is_object) => "[{…}]".to_owned(),
        value => shortened(&value.to_string()),
    }
}

fn shortened(text: &str) -> String {
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let short: String = text.chars().take(MOST_SHOWN).map(clean).collect();
    if text.chars().nth(MOST_SHOWN).is_some() { short + "…" } else { short }
}
