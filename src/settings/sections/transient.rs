//! `[transient]`: short-lived state.

use crate::secret::Secret;
use crate::settings::key::{Key, Section, Shown, ValueKind};

/// `[transient]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Transient {
    /// `redis://…`, which may contain a password. Empty: embedded, in the durable store.
    pub(crate) url: Secret<String>,
}

impl Default for Transient {
    fn default() -> Self {
        Self { url: Secret::new(String::new()) }
    }
}

impl Transient {
    /// The address of the Redis server that stores it; `None` if it is embedded.
    pub(crate) fn redis(&self) -> Option<&str> {
        Some(self.url.expose().as_str()).filter(|url| !url.is_empty())
    }
}

pub(crate) const SECTION: Section<Transient> = Section {
    name: "transient",
    about: "Short-lived state: sessions, codes, interactions, rate limits.",
    keys: &[Key {
        name: "url",
        about: "\"\" stores it with the durable state; \"redis://:PASSWORD@HOST:6379/0\" stores it in Redis, shared by many\n\
                instances. Do not write a password into this file: set PANJEREH_TRANSIENT_URL.",
        kind: ValueKind::Text {
            remedy: "Give \"redis://HOST:6379/0\", or \"\" for embedded (TLS to Redis is not built in: use a tunnel)",
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
        return Err("is not the URL of a supported store for short-lived state");
    }
    url::Url::parse(text).ok().filter(url::Url::has_host).map(|_| ()).ok_or("is not a URL")
}
