//! The table behind every section: what a key is called, what it means, which values it takes, and where they go. The parser and
//! the reference file both read it, so that neither can know a key that the other does not.

use crate::settings::span;
use std::time::Duration;

/// A section of the file, whose values are an `S`.
pub(crate) struct Section<S: 'static> {
    /// Its name, one word: `PANJEREH_SECTION_KEY` must be readable in one way only.
    pub name: &'static str,
    /// What it is about; lines of the reference file.
    pub about: &'static str,
    /// Its keys.
    pub keys: &'static [Key<S>],
}

/// A key of a section.
pub(crate) struct Key<S> {
    /// Its name.
    pub name: &'static str,
    /// What it means; lines of the reference file.
    pub about: &'static str,
    /// Which values it takes.
    pub kind: Kind<S>,
    /// Whether its values may be repeated in messages.
    pub shown: Shown,
}

/// Whether a value may be repeated in messages.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// It may.
    Plain,
    /// It may hold a password.
    Hidden,
}

/// Which values a key takes, and where in its section they go.
pub(crate) enum Kind<S> {
    /// A duration within bounds.
    Span { from: Duration, to: Duration, place: fn(&mut S) -> &mut Duration },
    /// A whole number within bounds.
    Number { from: u64, to: u64, set: fn(&mut S, u64) -> Option<()>, get: fn(&S) -> u64 },
    /// One of a few words.
    Choice { words: &'static [&'static str], set: fn(&mut S, &str) -> Option<()>, get: fn(&S) -> &'static str },
    /// A text with rules of its own. `remedy` says what is accepted.
    Text { remedy: &'static str, set: fn(&mut S, &str) -> Result<(), &'static str>, get: fn(&S) -> String },
    /// A list of texts; the error says what is wrong with one of them.
    List { remedy: &'static str, set: fn(&mut S, &[&str]) -> Result<(), &'static str>, get: fn(&S) -> Vec<String> },
}

/// A value as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Given {
    /// A text of the file.
    Text(String),
    /// A whole number of the file.
    Number(i128),
    /// A list of texts of the file.
    List(Vec<String>),
    /// Something else of the file; the name of its type.
    Other(&'static str),
    /// A word of the environment or the command line, where everything is text: it becomes what the key takes.
    Word(String),
}

/// Why a value was refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// What is wrong, to be read after the key and value: `is shorter than 10s`.
    pub problem: String,
    /// What to do.
    pub remedy: String,
}

impl<S: Clone> Kind<S> {
    /// Puts a value where it belongs.
    pub fn set(&self, section: &mut S, given: &Given) -> Result<(), Refusal> {
        let refuse = |problem: String| Err(Refusal { problem, remedy: self.remedy() });
        match (self, given) {
            (Self::Span { from, to, place }, Given::Text(text) | Given::Word(text)) => match span::parse(text) {
                None => refuse("is no duration".to_owned()),
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
                Err(_) => refuse("is no whole number".to_owned()),
            },
            (Self::Choice { set, .. }, Given::Text(text) | Given::Word(text)) => match set(section, text) {
                Some(()) => Ok(()),
                None => refuse("is none of the words known here".to_owned()),
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
            (_, given) => refuse(format!("is {} where {} is needed", given.type_name(), self.type_name())),
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

    /// What is accepted, as advice.
    pub fn remedy(&self) -> String {
        match self {
            Self::Span { .. } => format!("Give {}, as text: a number and s, m, h or d", self.bounds().unwrap_or_default()),
            Self::Number { .. } => format!("Give {}", self.bounds().unwrap_or_default()),
            Self::Choice { words, .. } => format!("Give one of: {}", words.join(", ")),
            Self::Text { remedy, .. } | Self::List { remedy, .. } => (*remedy).to_owned(),
        }
    }

    /// What is accepted, where it is a range or a choice and not told by the key's description.
    pub fn bounds(&self) -> Option<String> {
        match self {
            Self::Span { from, to, .. } => Some(format!("a duration from {} to {}", span::show(*from), span::show(*to))),
            Self::Number { from, to, .. } => Some(format!("a whole number from {from} to {to}")),
            Self::Choice { words, .. } => Some(format!("one of: {}", words.join(", "))),
            Self::Text { .. } | Self::List { .. } => None,
        }
    }

    /// The value that `section` has, as TOML.
    pub fn literal(&self, section: &S) -> String {
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

/// Stores a number that is known to be within bounds in a field of any width.
pub(crate) fn put<T: TryFrom<u64>>(place: &mut T, number: u64) -> Option<()> {
    *place = T::try_from(number).ok()?;
    Some(())
}

/// A key whose values may be shown.
pub(crate) const fn plain<S>(name: &'static str, about: &'static str, kind: Kind<S>) -> Key<S> {
    Key { name, about, kind, shown: Shown::Plain }
}
