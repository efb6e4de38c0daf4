//! `[database]`: durable state.

use crate::secret::Secret;
use crate::settings::key::{Key, Kind, Section, Shown, plain, put};

/// `[database]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// `sqlite:PATH` or `postgres://…`; it may hold a password.
    pub url: Secret<String>,
    /// How many connections to PostgreSQL are held at most.
    pub postgres_connections: u32,
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
            about: "\"sqlite:PATH\" is embedded; \"postgres://USER:PASSWORD@HOST/DATABASE\" serves many instances. A password is better\n\
                    kept out of this file: set PANJEREH_DATABASE_URL.",
            kind: Kind::Text {
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
            "How many connections to PostgreSQL are held at most. SQLite does not use it.",
            Kind::Number {
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
            "" => Err("names no file"),
            ":memory:" => Err("would be forgotten, and several connections cannot share it"),
            _ => Ok(()),
        };
    }
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return url::Url::parse(text).map(|_| ()).map_err(|_| "is no URL");
    }
    Err("names no database known here")
}
