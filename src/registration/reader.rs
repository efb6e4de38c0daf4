//! Reads one table key by key. It does not stop at a problem, but notes it. The table can come from TOML or from JSON.

use crate::client::display_name::{DisplayName, MOST_OF_OPERATOR, MOST_OF_SELF_REGISTERED};
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
    described_by: DescribedBy,
}

impl<'t, 'p> Reader<'t, 'p> {
    /// Problems are told in the format in which the author writes: an operator TOML, a client JSON.
    pub(crate) const fn new(table: &'t Table, problems: &'p mut Vec<Problem>, described_by: DescribedBy) -> Self {
        Self { table, path: String::new(), problems, described_by }
    }

    /// The author.
    pub(crate) const fn described_by(&self) -> DescribedBy {
        self.described_by
    }

    /// A reader of a table inside this one: `key[name]`.
    pub(crate) fn inner<'a>(&'a mut self, table: &'t Table, key: &str, name: &str) -> Reader<'t, 'a> {
        let path = format!("{}{key}[{name}].", self.path);
        Reader { table, path, problems: self.problems, described_by: self.described_by }
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
            let remedy = match self.described_by {
                DescribedBy::Operator => format!("write a table headed by double brackets that end in {key}, such as [[{key}]]"),
                DescribedBy::Itself => "write a list of objects".to_owned(),
            };
            self.refuse(key, remedy);
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
        let (most, form) = match self.described_by {
            DescribedBy::Operator => (MOST_OF_OPERATOR, r#"write { fa = "…", en = "…" }, both languages"#),
            DescribedBy::Itself => {
                (MOST_OF_SELF_REGISTERED, "write a text, or one for each language with #fa and #en at the name")
            }
        };
        let table = self.table.get(key)?.as_object().filter(|table| table.len() == 2);
        let part = |language| table.and_then(|table| table.get(language)).and_then(Value::as_str);
        let (Some(fa), Some(en)) = (part("fa"), part("en")) else {
            self.refuse(key, format!("{form}, each of 1 to {most} characters"));
            return None;
        };
        match (DisplayName::parse(fa, most), DisplayName::parse(en, most)) {
            (Ok(fa), Ok(en)) => Some(LocalName { fa: fa.into_string(), en: en.into_string() }),
            (Err(fault), _) | (_, Err(fault)) => {
                self.refuse(key, format!("{fault}; {form}, each of 1 to {most} characters"));
                None
            }
        }
    }
}

/// How problems name a table of a list: by its name, or by its position if it has none.
pub(crate) fn named(table: &Table, key: &str, at: usize) -> String {
    table.get(key).and_then(Value::as_str).map_or_else(|| at.to_string(), str::to_owned)
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
