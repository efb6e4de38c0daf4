//! `[database]`: durable state.

use crate::secret::Secret;
use crate::settings::key::{Key, Section, Shown, ValueKind, plain, put};
use crate::settings::server_tls::{ServerTls, tls_file, tls_policy};

/// `[database]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Database {
    /// `sqlite:PATH` or `postgres://…`. It may contain a password.
    pub(crate) url: Secret<String>,
    /// The most connections to PostgreSQL.
    pub(crate) postgres_connections: u32,
    /// What stands between this program and PostgreSQL.
    pub(crate) pooler: Pooler,
    /// TLS to PostgreSQL.
    pub(crate) tls: ServerTls,
}

/// What stands between this program and PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pooler {
    /// Nothing: a connection is a session of the server.
    #[default]
    None,
    /// A pooler such as PgBouncer in transaction mode: each transaction may run in another session of the server.
    Transaction,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: Secret::new("sqlite:data/panjereh.sqlite".to_owned()),
            postgres_connections: 16,
            pooler: Pooler::default(),
            tls: ServerTls::default(),
        }
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
        plain(
            "pooler",
            "none: this program connects to PostgreSQL itself. transaction: a pooler is between them and lends a server\n\
             connection for one transaction, as PgBouncer does with pool_mode = transaction (also right for session). Then no\n\
             statement stays prepared, and every statement is sent in a transaction, which costs two round trips more.",
            ValueKind::Choice {
                words: &["none", "transaction"],
                set: |section, word| {
                    section.pooler = match word {
                        "none" => Pooler::None,
                        "transaction" => Pooler::Transaction,
                        _ => return None,
                    };
                    Some(())
                },
                get: |section| match section.pooler {
                    Pooler::None => "none",
                    Pooler::Transaction => "transaction",
                },
            },
        ),
        tls_policy!(
            Database,
            &["auto", "verify-full", "verify-ca", "plain-text-over-the-network"],
            "TLS to PostgreSQL. auto: its certificate is verified with its name; on this machine (a loopback address, a UNIX\n\
             socket) clear text. verify-full: the same, also on this machine. verify-ca: the authority is verified, the name is\n\
             not. plain-text-over-the-network: no TLS, and an attacker on the way reads and changes every account. An sslmode in\n\
             database.url can only ask for more; a server without TLS is never talked to in clear text instead."
        ),
        tls_file!(
            "tls_ca",
            "A PEM file with the authorities that issue PostgreSQL's certificate, trusted beside the public ones; \"\" for none.",
            ca,
            Database
        ),
        tls_file!(
            "tls_certificate",
            "A PEM file with this program's own certificate, where PostgreSQL asks for one; \"\" for none.",
            certificate,
            Database
        ),
        tls_file!("tls_key", "A PEM file with the private key of tls_certificate; \"\" for none.", key, Database),
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
