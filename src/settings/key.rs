//! The types of the table of settings: for each key its name, its description, the accepted values and the field for them. The
//! parser and the reference file both use this table, so both know the same keys.

use crate::settings::span;
use std::time::Duration;

/// A section of the file. `S` is the type with its values.
pub(crate) struct Section<S: 'static> {
    /// Its name: one word, so that a variable `PANJEREH_SECTION_KEY` has only one meaning.
    pub(crate) name: &'static str,
    /// Its description, as lines of the reference file.
    pub(crate) about: &'static str,
    /// Its keys.
    pub(crate) keys: &'static [Key<S>],
}

/// A key of a section.
pub(crate) struct Key<S> {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its description, as lines of the reference file.
    pub(crate) about: &'static str,
    /// The values that it accepts.
    pub(crate) kind: ValueKind<S>,
    /// Whether messages may show its values.
    pub(crate) shown: Shown,
}

/// Whether messages may show a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Messages may show it.
    Plain,
    /// Messages must not show it: it may contain a password.
    Hidden,
}

/// The values that a key accepts, and the field of the section for them.
pub(crate) enum ValueKind<S> {
    /// A duration within bounds.
    Span { from: Duration, to: Duration, place: fn(&mut S) -> &mut Duration },
    /// A whole number within bounds.
    Number { from: u64, to: u64, set: fn(&mut S, u64) -> Option<()>, get: fn(&S) -> u64 },
    /// One word of a list.
    Choice { words: &'static [&'static str], set: fn(&mut S, &str) -> Option<()>, get: fn(&S) -> &'static str },
    /// A text with rules of its own. `remedy` describes what is accepted.
    Text { remedy: &'static str, set: fn(&mut S, &str) -> Result<(), &'static str>, get: fn(&S) -> String },
    /// A list of texts. The error describes what is wrong with one of them.
    List { remedy: &'static str, set: fn(&mut S, &[&str]) -> Result<(), &'static str>, get: fn(&S) -> Vec<String> },
}

/// A value as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Given {
    /// A text in the file.
    Text(String),
    /// A whole number in the file.
    Number(i128),
    /// A list of texts in the file.
    List(Vec<String>),
    /// Another TOML type in the file, with a name for messages.
    Other(&'static str),
    /// A value of the environment or the command line, where everything is text. The key decides its type.
    Word(String),
}

/// Why a value was rejected.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The problem, written to follow the key and the value: `is shorter than 10s`.
    pub(crate) problem: String,
    /// What the operator has to do.
    pub(crate) remedy: String,
}

impl<S: Clone> ValueKind<S> {
    /// Checks a value and stores it in its field.
    pub(crate) fn set(&self, section: &mut S, given: &Given) -> Result<(), Refusal> {
        let refuse = |problem: String| Err(Refusal { problem, remedy: self.remedy() });
        match (self, given) {
            (Self::Span { from, to, place }, Given::Text(text) | Given::Word(text)) => match span::parse(text) {
                None => refuse("is not a duration".to_owned()),
                Some(span) if span < *from => refuse(format!("is shorter than {}", span::show(*from))),
                Some(span) if span > *to => refuse(format!("is longer than {}", span::show(*to))),
                Some(span) => {
                    *place(section) = span;
                    Ok(())
                }
            },
            (Self::Number { .. }, Given::Number(number)) => self.set_number(section, *number),
            (Self::Number { .. }, Given::Word(word)) => match word.trim().parse() {
                Ok(number) => self.set_number(section, number),
                Err(_) => refuse("is not a whole number".to_owned()),
            },
            (Self::Choice { set, .. }, Given::Text(text) | Given::Word(text)) => match set(section, text) {
                Some(()) => Ok(()),
                None => refuse("is not an accepted value".to_owned()),
            },
            (Self::Text { set, .. }, Given::Text(text) | Given::Word(text)) => {
                set(section, text).or_else(|problem| refuse(problem.to_owned()))
            }
            (Self::List { set, .. }, Given::List(items)) => {
                let items: Vec<&str> = items.iter().map(String::as_str).collect();
                set(section, &items).or_else(|problem| refuse(problem.to_owned()))
            }
            (Self::List { set, .. }, Given::Word(word)) => {
                let items: Vec<&str> = word.split(',').map(str::trim).filter(|item| !item.is_empty()).collect();
                set(section, &items).or_else(|problem| refuse(problem.to_owned()))
            }
            (_, given) => refuse(format!("is {} but must be {}", given.type_name(), self.type_name())),
        }
    }

    fn set_number(&self, section: &mut S, number: i128) -> Result<(), Refusal> {
        let Self::Number { from, to, set, .. } = self else { return Ok(()) };
        let fits = u64::try_from(number).ok().filter(|number| (*from..=*to).contains(number));
        fits.and_then(|number| set(section, number)).ok_or_else(|| {
            let problem = if number < i128::from(*from) { format!("is less than {from}") } else { format!("is more than {to}") };
            Refusal { problem, remedy: self.remedy() }
        })
    }

    /// The accepted values, as advice to the operator.
    pub(crate) fn remedy(&self) -> String {
        match self {
            Self::Span { .. } => format!("Give {}, as text: a number and s, m, h or d", self.bounds().unwrap_or_default()),
            Self::Number { .. } => format!("Give {}", self.bounds().unwrap_or_default()),
            Self::Choice { words, .. } => format!("Give one of: {}", words.join(", ")),
            Self::Text { remedy, .. } | Self::List { remedy, .. } => (*remedy).to_owned(),
        }
    }

    /// The accepted values, if they are a range or a list of words. For other kinds the key's description has them.
    pub(crate) fn bounds(&self) -> Option<String> {
        match self {
            Self::Span { from, to, .. } => Some(format!("a duration from {} to {}", span::show(*from), span::show(*to))),
            Self::Number { from, to, .. } => Some(format!("a whole number from {from} to {to}")),
            Self::Choice { words, .. } => Some(format!("one of: {}", words.join(", "))),
            Self::Text { .. } | Self::List { .. } => None,
        }
    }

    /// The value that `section` has, as TOML.
    pub(crate) fn literal(&self, section: &S) -> String {
        let quoted = |text: &str| toml::Value::from(text).to_string();
        match self {
            Self::Span { place, .. } => quoted(&span::show(*place(&mut section.clone()))),
            Self::Number { get, .. } => get(section).to_string(),
            Self::Choice { get, .. } => quoted(get(section)),
            Self::Text { get, .. } => quoted(&get(section)),
            Self::List { get, .. } => toml::Value::from(get(section)).to_string(),
        }
    }

    const fn type_name(&self) -> &'static str {
        match self {
            Self::Number { .. } => "a whole number",
            Self::List { .. } => "a list of texts",
            Self::Span { .. } | Self::Choice { .. } | Self::Text { .. } => "a text in quotes",
        }
    }
}

impl Given {
    const fn type_name(&self) -> &'static str {
        match self {
            Self::Text(_) | Self::Word(_) => "a text",
            Self::Number(_) => "a number",
            Self::List(_) => "a list",
            Self::Other(name) => name,
        }
    }
}

/// Stores a number in a field of any width. The caller has checked the bounds.
pub(crate) fn put<T: TryFrom<u64>>(place: &mut T, number: u64) -> Option<()> {
    *place = T::try_from(number).ok()?;
    Some(())
}

/// A key whose values messages may show.
pub(crate) const fn plain<S>(name: &'static str, about: &'static str, kind: ValueKind<S>) -> Key<S> {
    Key { name, about, kind, shown: Shown::Plain }
}
