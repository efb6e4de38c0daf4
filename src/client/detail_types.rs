//! The types of authorization details that a resource declares (RFC 9396 §2.1), and their names.

use crate::text::LocalName;
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

const TYPE: &str = "type";

/// The most entries of a list.
pub const MOST_ENTRIES: usize = 32;

/// The most characters of a text.
pub const LONGEST_TEXT: usize = 500;

/// The common fields of RFC 9396 §2.2 that are lists of texts. Every type may have them.
pub(crate) const COMMON_LISTS: [&str; 4] = ["locations", "actions", "datatypes", "privileges"];

/// The common field of RFC 9396 §2.2 that is a text.
pub(crate) const IDENTIFIER: &str = "identifier";

/// The name of a type: 1 to 128 characters out of `A-Z a-z 0-9 - . _ ~ : /`. Compared without normalisation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct TypeName(String);

impl TypeName {
    /// Reads a name.
    pub fn parse(text: &str) -> Option<Self> {
        let known = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/".contains(&b);
        ((1..=128).contains(&text.len()) && text.bytes().all(known)).then(|| Self(text.to_owned()))
    }

    /// The name as a text.
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

/// The largest whole number that every JSON parser reads exactly (RFC 8259 §6).
pub(crate) const LARGEST: u64 = (1 << 53) - 1;

/// The type of a field's values.
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
    /// All kinds.
    pub(crate) const ALL: [Self; 4] = [Self::Text, Self::Texts, Self::Number, Self::Flag];

    /// The name in an agency file.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Texts => "texts",
            Self::Number => "number",
            Self::Flag => "flag",
        }
    }

    /// The highest allowed value of [`Field::most`]: characters, entries, or the number itself.
    pub const fn limit(self) -> u64 {
        match self {
            Self::Text => LONGEST_TEXT as u64,
            Self::Texts => MOST_ENTRIES as u64,
            Self::Number => LARGEST,
            Self::Flag => 1,
        }
    }
}

/// Whether a field is required.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// The field may be absent.
    #[default]
    Optional,
    /// The field must be present.
    Required,
}

/// A value that a text field may have, with its meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldValue {
    /// The value on the wire.
    pub value: String,
    /// The meaning, as the consent page shows it.
    pub title: LocalName,
}

/// A field of a type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// The name on the wire.
    pub name: String,
    /// The name on the consent page.
    pub title: LocalName,
    /// The type of its values.
    pub kind: FieldKind,
    /// Whether it is required.
    pub presence: Presence,
    /// The most characters of a text, the most entries of a list, or the largest number.
    pub most: u64,
    /// The allowed values of a text. If the list is empty, every text is allowed.
    pub values: Vec<FieldValue>,
}

/// For whose access a client may request details of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asker {
    /// For a person's access. The consent page shows the details to that person.
    #[default]
    Person,
    /// For the client's own access too (`client_credentials`).
    Client,
}

/// A type of authorization details that a resource declares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetailType {
    /// The name on the wire.
    pub name: TypeName,
    /// The name on the consent page.
    pub title: LocalName,
    /// For whose access a client may request it.
    pub asker: Asker,
    /// Its fields, in the order of the consent page.
    pub fields: Vec<Field>,
}
