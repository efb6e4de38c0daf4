//! `[transient]`: short-lived state.

use crate::secret::Secret;
use crate::settings::key::{Key, Kind, Section, Shown};

/// `[transient]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transient {
    /// `redis://…`, which may hold a password; empty: embedded, in the durable store.
    pub url: Secret<String>,
}

impl Default for Transient {
    fn default() -> Self {
        Self { url: Secret::new(String::new()) }
    }
}

impl Transient {
    /// The address of the Redis that keeps it; `None` when it is embedded.
    pub fn redis(&self) -> Option<&str> {
        Some(self.url.expose().as_str()).filter(|url| !url.is_empty())
    }
}

pub(crate) const SECTION: Section<Transient> = Section {
    name: "transient",
    about: "Short-lived state: sessions, codes, interactions, rate limits.",
    keys: &[Key {
        name: "url",
        about: "\"\" keeps it beside the durable state; \"redis://:PASSWORD@HOST:6379/0\" in Redis, shared by many instances. A password\n\
                is better kept out of this file: set PANJEREH_TRANSIENT_URL.",
        kind: Kind::Text {
            remedy: "Give \"redis://HOST:6379/0\", or \"\" for embedded (TLS to Redis is not built in: put a tunnel before it)",
            set: |section, text| {
                check(text)?;
                section.url = Secret::new(text.to_owned());
                Ok(())
            },
            get: |section| section.url.expose().clone(),
        },
        shown: Shown::Hidden,
    }],
};

fn check(text: &str) -> Result<(), &'static str> {
    if text.is_empty() {
        return Ok(());
    }
    if !text.starts_with("redis://") {
        return Err("names no short-lived store known here");
    }
    url::Url::parse(text).ok().filter(url::Url::has_host).map(|_| ()).ok_or("is no URL")
}
