//! The types of authorization details that a resource declares (RFC 9396 §2.1), and their names.

use crate::text::LocalName;
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

const TYPE: &str = "type";

/// So many entries has a list.
pub const MOST_ENTRIES: usize = 32;

/// Longest text, in characters.
pub const LONGEST_TEXT: usize = 500;

/// The fields that every type may have, where they are lists of text (RFC 9396 §2.2).
pub const COMMON_LISTS: [&str; 4] = ["locations", "actions", "datatypes", "privileges"];

/// The one that is a text.
pub const IDENTIFIER: &str = "identifier";

/// The name of a type: 1 to 128 characters out of `A-Z a-z 0-9 - . _ ~ : /`, compared as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct TypeName(String);

impl TypeName {
    /// Takes a name.
    pub fn parse(text: &str) -> Option<Self> {
        let known = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/".contains(&b);
        ((1..=128).contains(&text.len()) && text.bytes().all(known)).then(|| Self(text.to_owned()))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for TypeName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).ok_or_else(|| serde::de::Error::custom("not the name of a type"))
    }
}

/// Whether a field can have this name: 1 to 64 characters out of `A-Z a-z 0-9 - . _`.
pub fn is_field_name(name: &str) -> bool {
    let known = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
    (1..=64).contains(&name.len()) && name.bytes().all(known) && name != TYPE
}

/// The largest number that every JSON reader reads as it is (RFC 8259 §6).
pub const LARGEST: u64 = (1 << 53) - 1;

/// What the values of a field are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Text.
    Text,
    /// A list of texts.
    Texts,
    /// A whole number, not negative.
    Number,
    /// Yes or no.
    Flag,
}

impl FieldKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Text, Self::Texts, Self::Number, Self::Flag];

    /// The name in an agency file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Texts => "texts",
            Self::Number => "number",
            Self::Flag => "flag",
        }
    }

    /// What `most` can be at most: characters, entries, or the number itself.
    pub const fn limit(self) -> u64 {
        match self {
            Self::Text => LONGEST_TEXT as u64,
            Self::Texts => MOST_ENTRIES as u64,
            Self::Number => LARGEST,
            Self::Flag => 1,
        }
    }
}

/// Whether a field has to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// It may be left out.
    #[default]
    Optional,
    /// It may not.
    Required,
}

/// A value that a text may have, with what it means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldValue {
    /// On the wire.
    pub value: String,
    /// On the page.
    pub title: LocalName,
}

/// A field of a type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// On the wire.
    pub name: String,
    /// On the page.
    pub title: LocalName,
    /// What its values are.
    pub kind: FieldKind,
    /// Whether it has to be there.
    pub presence: Presence,
    /// At most so many characters, entries, or this number.
    pub most: u64,
    /// The only values that there are, for text; any where there are none.
    pub values: Vec<FieldValue>,
}

/// Who may ask for details of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asker {
    /// A client for a person, who is shown them.
    #[default]
    Person,
    /// A client for itself as well (`client_credentials`).
    Client,
}

/// A type as a resource declares it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetailType {
    /// On the wire.
    pub name: TypeName,
    /// On the page.
    pub title: LocalName,
    /// Who may ask for it.
    pub asker: Asker,
    /// Its fields, in the order of the page.
    pub fields: Vec<Field>,
}
