//! Resources: the APIs that access tokens are for, and the audience of a token (RFC 8707 §2, RFC 9068 §2.2, RFC 7519 §4.1.3).

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use url::Url;

/// The most bytes of a resource's name.
const LONGEST: usize = 512;

/// The name of a resource: an absolute URI without a fragment (RFC 8707 §2). Compared without normalisation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct ResourceUri(String);

impl ResourceUri {
    /// Reads an absolute URI of at most 512 visible ASCII characters, without a fragment and without user information.
    pub fn parse(text: &str) -> Option<Self> {
        let visible = (1..=LONGEST).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        let url = visible.then(|| Url::parse(text).ok()).flatten()?;
        let plain = !text.contains('#') && url.username().is_empty() && url.password().is_none();
        plain.then(|| Self(text.to_owned()))
    }

    /// The URI as a text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ResourceUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ResourceUri {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not an absolute URI without a fragment"))
    }
}

/// `aud`: one name as a text, several as a list (RFC 7519 §4.1.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Audience(pub(crate) Vec<String>);

impl Audience {
    /// One name.
    pub(crate) fn one(name: impl Into<String>) -> Self {
        Self(vec![name.into()])
    }

    /// Several names.
    pub(crate) fn of(names: impl IntoIterator<Item = String>) -> Self {
        Self(names.into_iter().collect())
    }

    /// The names of these resources.
    pub(crate) fn of_resources(resources: &[ResourceUri]) -> Self {
        Self::of(resources.iter().map(|resource| resource.0.clone()))
    }

    /// The audience with this name added.
    #[must_use]
    pub(crate) fn and(mut self, name: &str) -> Self {
        self.0.push(name.to_owned());
        self
    }

    /// Whether the audience contains this name.
    pub(crate) fn names(&self, name: &str) -> bool {
        self.0.iter().any(|known| known == name)
    }
}

impl Serialize for Audience {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => serializer.serialize_str(one),
            several => several.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Audience {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Wire {
            One(String),
            Several(Vec<String>),
        }
        Ok(match Wire::deserialize(deserializer)? {
            Wire::One(name) => Self::one(name),
            Wire::Several(names) => Self(names),
        })
    }
}
