//! Rich authorization requests (RFC 9396): what a client asks for object by object, instead of by scope.
//!
//! Parsed here strictly and for every endpoint alike ([`AuthorizationDetails::asked_for`]): an array of flat objects of strings,
//! whole numbers, booleans and lists of strings. [`types`] holds what a type means: a resource declared it. A person must be able
//! to read all of it on one page, so it is small.

pub(crate) mod reach;
pub mod types;

use crate::client::detail_types::{COMMON_LISTS, IDENTIFIER, LARGEST, LONGEST_TEXT, MOST_ENTRIES, TypeName, is_field_name};
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::oidc::json::parse_strictly;
use crate::oidc::params::Params;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt;

/// Longest parameter, in bytes: it has to fit into a token, and the token into a header.
const LONGEST: usize = 4096;
/// Levels of nesting: array, object, list of strings.
const DEPTH: usize = 3;
/// Most objects in one request.
const MOST: usize = 8;
/// Most fields of one object.
const MOST_FIELDS: usize = 24;

const TYPE: &str = "type";

/// `invalid_authorization_details` (RFC 9396 §5, §8).
pub(crate) fn invalid(description: impl Into<Cow<'static, str>>) -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidAuthorizationDetails, description)
}

/// One object. Two are equal if they have the same fields with the same values, in any order (RFC 9396 §6.1).
#[derive(Clone, PartialEq, Eq)]
pub struct Detail {
    kind: TypeName,
    fields: Map<String, Value>,
}

impl Detail {
    /// Its type.
    pub const fn kind(&self) -> &TypeName {
        &self.kind
    }

    /// A field.
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.fields.get(name)
    }

    fn read(value: Value) -> Result<Self, OAuthError> {
        let Value::Object(mut fields) = value else { return Err(invalid("authorization_details must hold objects only")) };
        let kind = fields.remove(TYPE).as_ref().and_then(Value::as_str).and_then(TypeName::parse);
        let kind = kind.ok_or_else(|| invalid("each object of authorization_details needs a type, which is a text"))?;
        if fields.len() > MOST_FIELDS {
            return Err(invalid(format!("an object of authorization_details has more than {MOST_FIELDS} fields")));
        }
        if !fields.keys().all(|name| is_field_name(name)) {
            return Err(invalid("authorization_details: names of fields are 1 to 64 characters out of A-Z a-z 0-9 - . _"));
        }
        for (name, value) in &fields {
            let fits = match value {
                Value::Array(entries) => {
                    let twice = entries.iter().enumerate().any(|(at, entry)| entries[..at].contains(entry));
                    (1..=MOST_ENTRIES).contains(&entries.len()) && entries.iter().all(is_text) && !twice && name != IDENTIFIER
                }
                _ if COMMON_LISTS.contains(&name.as_str()) => false,
                Value::Number(number) => number.as_u64().is_some_and(|number| number <= LARGEST) && name != IDENTIFIER,
                Value::Bool(_) => name != IDENTIFIER,
                text => is_text(text),
            };
            if !fits {
                return Err(invalid(format!("authorization_details of type {kind}: the field {name} cannot be read")));
            }
        }
        Ok(Self { kind, fields })
    }

    fn to_object(&self) -> Map<String, Value> {
        let mut object = Map::from_iter([(TYPE.to_owned(), Value::from(self.kind.as_str()))]);
        object.extend(self.fields.clone());
        object
    }
}

/// Text that can be shown: not empty, of limited length, on one line, and without characters that change the text direction.
fn is_text(value: &Value) -> bool {
    let turns = |c: char| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let broken = |c: char| c.is_control() || turns(c) || matches!(c, '\u{2028}' | '\u{2029}');
    let shown = |text: &str| !text.trim().is_empty() && text.chars().count() <= LONGEST_TEXT && !text.chars().any(broken);
    value.as_str().is_some_and(shown)
}

/// `authorization_details`: at least one object, no two equal.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthorizationDetails(Vec<Detail>);

impl AuthorizationDetails {
    /// The parameter of a request at any endpoint. The caller still has to check the types ([`types::DetailTypes::check`]).
    pub(crate) fn asked_for(params: &Params) -> Result<Option<Self>, OAuthError> {
        params.get("authorization_details").map(Self::parse).transpose()
    }

    /// Parses the parameter (RFC 9396 §2): `invalid_authorization_details` for anything malformed (§5).
    pub fn parse(text: &str) -> Result<Self, OAuthError> {
        if text.len() > LONGEST {
            return Err(invalid(format!("authorization_details is longer than {LONGEST} bytes")));
        }
        match parse_strictly(text.as_bytes(), DEPTH) {
            Some(Value::Array(objects)) => Self::read(objects),
            _ => Err(invalid(
                "authorization_details must be a JSON array of objects whose fields are texts, whole numbers, true or false, or \
                 lists of texts, no name repeated",
            )),
        }
    }

    fn read(objects: Vec<Value>) -> Result<Self, OAuthError> {
        if objects.is_empty() || objects.len() > MOST {
            return Err(invalid(format!("authorization_details must hold 1 to {MOST} objects")));
        }
        let mut details: Vec<Detail> = Vec::new();
        for object in objects {
            let detail = Detail::read(object)?;
            // Two equal payments could be meant, or one. A client that means two makes them differ.
            if details.contains(&detail) {
                return Err(invalid("authorization_details holds the same object twice"));
            }
            details.push(detail);
        }
        Ok(Self(details))
    }

    /// The objects.
    pub fn iter(&self) -> impl Iterator<Item = &Detail> {
        self.0.iter()
    }

    /// The objects for which `holds` is true; `None` if there are none.
    #[must_use]
    pub fn only(&self, holds: impl Fn(&Detail) -> bool) -> Option<Self> {
        let kept: Vec<_> = self.0.iter().filter(|detail| holds(detail)).cloned().collect();
        (!kept.is_empty()).then_some(Self(kept))
    }

    /// What the token of one response carries: what was granted, or those objects of it that a token request names (RFC 9396 §6).
    /// Any other object is rejected (§8).
    pub fn narrowed(granted: Option<&Self>, asked: Option<&Self>) -> Result<Option<Self>, OAuthError> {
        let Some(asked) = asked else { return Ok(granted.cloned()) };
        let was_granted = |detail: &Detail| granted.is_some_and(|granted| granted.0.contains(detail));
        if asked.iter().all(was_granted) {
            return Ok(Some(asked.clone()));
        }
        Err(invalid(
            "authorization_details holds an object that was not granted: repeat granted ones as they are, or fewer of them",
        ))
    }
}

/// `Debug` shows the types only: the rest is between the client and the person.
impl fmt::Debug for AuthorizationDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|detail| &detail.kind)).finish()
    }
}

/// JSON as on the wire; in a binary format (a sealed code), a string with that JSON.
impl Serialize for AuthorizationDetails {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let objects: Vec<_> = self.0.iter().map(Detail::to_object).collect();
        if serializer.is_human_readable() {
            return objects.serialize(serializer);
        }
        let text = serde_json::to_string(&objects).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for AuthorizationDetails {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        let objects = if deserializer.is_human_readable() {
            Vec::<Value>::deserialize(deserializer)?
        } else {
            serde_json::from_str(&String::deserialize(deserializer)?).map_err(D::Error::custom)?
        };
        Self::read(objects).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests;
