//! `[database]`: durable state.

use crate::secret::Secret;
use crate::settings::key::{Key, Section, Shown, ValueKind, plain, put};

/// `[database]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Database {
    /// `sqlite:PATH` or `postgres://…`. It may contain a password.
    pub(crate) url: Secret<String>,
    /// The most connections to PostgreSQL.
    pub(crate) postgres_connections: u32,
}

impl Default for Database {
    fn default() -> Self {
        Self { url: Secret::new("sqlite:data/panjereh.sqlite".to_owned()), postgres_connections: 16 }
    }
}

pub(crate) const SECTION: Section<Database> = Section {
    name: "database",
    about: "Durable state: accounts, consents, grants, agencies, keys, the audit log.",
    keys: &[
        Key {
            name: "url",
            about: "\"sqlite:PATH\" is embedded; \"postgres://USER:PASSWORD@HOST/DATABASE\" serves many instances. Do not write\n\
                    a password into this file: set PANJEREH_DATABASE_URL.",
            kind: ValueKind::Text {
                remedy: "Give \"sqlite:PATH\" or \"postgres://USER:PASSWORD@HOST/DATABASE\"",
                set: |section, text| {
                    check(text)?;
                    section.url = Secret::new(text.to_owned());
                    Ok(())
                },
                get: |section| section.url.expose().clone(),
            },
            shown: Shown::Hidden,
        },
        plain(
            "postgres_connections",
            "The most connections to PostgreSQL. Not used with SQLite.",
            ValueKind::Number {
                from: 1,
                to: 1_000,
                set: |section, number| put(&mut section.postgres_connections, number),
                get: |section| section.postgres_connections.into(),
            },
        ),
    ],
};

fn check(text: &str) -> Result<(), &'static str> {
    if let Some(path) = text.strip_prefix("sqlite:") {
        return match path.strip_prefix("//").unwrap_or(path) {
            "" => Err("has no path of a file"),
            ":memory:" => Err("would be lost at each restart, and several connections cannot share it"),
            _ => Ok(()),
        };
    }
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return url::Url::parse(text).map(|_| ()).map_err(|_| "is not a URL");
    }
    Err("is not the URL of a supported database")
}
