//! `[transient]`: short-lived state.

use crate::secret::Secret;
use crate::settings::key::{Key, Section, Shown, ValueKind};
use crate::settings::server_tls::{ServerTls, tls_file, tls_policy};

/// `[transient]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Transient {
    /// `redis://…` or `rediss://…`, which may contain a password. Empty: embedded, in the durable store.
    pub(crate) url: Secret<String>,
    /// TLS to Redis.
    pub(crate) tls: ServerTls,
}

impl Default for Transient {
    fn default() -> Self {
        Self { url: Secret::new(String::new()), tls: ServerTls::default() }
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
    keys: &[
        Key {
            name: "url",
            about: "\"\" stores it with the durable state; \"rediss://:PASSWORD@HOST:6379/0\" stores it in Redis, shared by many\n\
                    instances, over TLS; \"redis://…\" is without TLS, for a Redis on this machine (unix:///PATH for a socket). Do\n\
                    not write a password into this file: set PANJEREH_TRANSIENT_URL.",
            kind: ValueKind::Text {
                remedy: "Give \"rediss://HOST:6379/0\", \"redis://127.0.0.1:6379/0\", or \"\" for embedded",
                set: |section, text| {
                    check(text)?;
                    section.url = Secret::new(text.to_owned());
                    Ok(())
                },
                get: |section| section.url.expose().clone(),
            },
            shown: Shown::Hidden,
        },
        tls_policy!(
            Transient,
            &["auto", "verify-full", "plain-text-over-the-network"],
            "TLS to Redis. auto: rediss:// is TLS, and the certificate is verified with its name; redis:// is for this machine\n\
             only. verify-full: redis:// too is TLS. plain-text-over-the-network: redis:// is clear text everywhere, and an\n\
             attacker on the way reads and changes every session."
        ),
        tls_file!(
            "tls_ca",
            "A PEM file with the authorities that issue Redis's certificate, trusted in place of the public ones; \"\" for the\n\
             public ones.",
            ca,
            Transient
        ),
        tls_file!(
            "tls_certificate",
            "A PEM file with this program's own certificate, where Redis asks for one; \"\" for none.",
            certificate,
            Transient
        ),
        tls_file!("tls_key", "A PEM file with the private key of tls_certificate; \"\" for none.", key, Transient),
    ],
};

fn check(text: &str) -> Result<(), &'static str> {
    if text.is_empty() {
        return Ok(());
    }
    let url = url::Url::parse(text).map_err(|_| "is not a URL")?;
    match url.scheme() {
        "redis" | "rediss" if !url.has_host() => Err("is not a URL"),
        // `#insecure` turns verification off in the form that Redis's clients know.
        "redis" | "rediss" if url.fragment().is_some() => Err("has a part after #, which is not supported"),
        "redis" | "rediss" => Ok(()),
        "unix" | "redis+unix" if url.path().len() > 1 => Ok(()),
        "unix" | "redis+unix" => Err("has no path of a socket"),
        _ => Err("is not the URL of a supported store for short-lived state"),
    }
}
