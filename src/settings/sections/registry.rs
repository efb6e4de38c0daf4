//! `[registry]`: the civil registry.

use crate::settings::key::{Section, ValueKind, plain, put};
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// The source of civil registry records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RegistrySource {
    /// The table of persons in this server's database, filled by `panjereh registry import`.
    #[default]
    Local,
    /// A service of the country's registry, asked over HTTPS.
    Remote,
}

/// `[registry]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registry {
    /// The source of records.
    pub source: RegistrySource,
    /// The registry's name: in the evidence of accounts, and `iss` of signed answers.
    pub name: String,
    /// The base URL of the service, without a slash at its end.
    pub url: String,
    /// A file with the public keys of the service.
    pub keys: Option<PathBuf>,
    /// A PEM file with the authorities that issue the service's certificate.
    pub ca: Option<PathBuf>,
    /// A PEM file with the certificate that this server shows to the service.
    pub certificate: Option<PathBuf>,
    /// A PEM file with that certificate's private key.
    pub key: Option<PathBuf>,
    /// The longest time of a question, with all tries.
    pub timeout: Duration,
    /// How often a question is sent at most.
    pub tries: u32,
    /// How many questions may be under way at once.
    pub concurrency: usize,
}

impl Default for Registry {
    fn default() -> Self {
        Self {
            source: RegistrySource::Local,
            name: "local".to_owned(),
            url: String::new(),
            keys: None,
            ca: None,
            certificate: None,
            key: None,
            timeout: Duration::from_secs(5),
            tries: 3,
            concurrency: 32,
        }
    }
}

/// A key for the path of a file.
macro_rules! file {
    ($name:literal, $field:ident, $about:literal) => {
        plain(
            $name,
            $about,
            ValueKind::Text {
                remedy: "Give the path of a file, or \"\"",
                set: |section: &mut Registry, text| {
                    section.$field = (!text.is_empty()).then(|| PathBuf::from(text));
                    Ok(())
                },
                get: |section| section.$field.as_ref().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default(),
            },
        )
    };
}

pub const SECTION: Section<Registry> = Section {
    name: "registry",
    about: "The civil registry against which people are verified. docs/registry.md has the wire of a remote one.",
    keys: &[
        plain(
            "source",
            "\"local\" is the table of persons in this server's database, which `panjereh registry import FILE.csv` fills.\n\
             \"remote\" is a service: url, keys, certificate and key are then required.",
            ValueKind::Choice {
                words: &["local", "remote"],
                set: |section, word| {
                    section.source = match word {
                        "local" => RegistrySource::Local,
                        "remote" => RegistrySource::Remote,
                        _ => return None,
                    };
                    Some(())
                },
                get: |section| match section.source {
                    RegistrySource::Local => "local",
                    RegistrySource::Remote => "remote",
                },
            },
        ),
        plain(
            "name",
            "The name of the registry in the evidence of each account. A remote one signs its answers under this name (iss).",
            ValueKind::Text {
                remedy: "Give a name of 1 to 200 characters",
                set: |section, text| {
                    if text.is_empty() || text.len() > 200 || text.chars().any(char::is_control) {
                        return Err("is empty, is longer than 200 bytes, or has control characters");
                    }
                    text.clone_into(&mut section.name);
                    Ok(())
                },
                get: |section| section.name.clone(),
            },
        ),
        plain(
            "url",
            "The base URL of a remote registry, such as \"https://registry.example.gov\". http is accepted for a loopback address.",
            ValueKind::Text {
                remedy: "Give an absolute URL without query and fragment, or \"\"",
                set: |section, text| {
                    let is_base = |url: Url| url.query().is_none() && url.fragment().is_none() && url.host().is_some();
                    if !text.is_empty() && !Url::parse(text).is_ok_and(is_base) {
                        return Err("is not such a URL");
                    }
                    text.trim_end_matches('/').clone_into(&mut section.url);
                    Ok(())
                },
                get: |section| section.url.clone(),
            },
        ),
        file!(
            "keys",
            keys,
            "A JWK Set (RFC 7517) with the public keys that sign the answers of a remote registry: ES256, PS256 or EdDSA. To\n\
             change a key, add the new one, restart, and remove the old one when the registry signs with the new one."
        ),
        file!(
            "ca",
            ca,
            "A PEM file with the authorities that issue the certificate of a remote registry, and no others; \"\" for those of\n\
             the system."
        ),
        file!("certificate", certificate, "A PEM file with the certificate that this server shows to a remote registry."),
        file!("key", key, "A PEM file with the private key of that certificate."),
        plain(
            "timeout",
            "The longest time of one question to a remote registry, with all tries. A citizen waits for two of them at most:\n\
             about the person, and about the number.",
            ValueKind::Span { from: Duration::from_secs(1), to: Duration::from_secs(10), place: |section| &mut section.timeout },
        ),
        plain(
            "tries",
            "How often a question is sent to a remote registry that does not answer, within that time.",
            ValueKind::Number {
                from: 1,
                to: 10,
                set: |section, number| put(&mut section.tries, number),
                get: |section| section.tries.into(),
            },
        ),
        plain(
            "concurrency",
            "How many questions to a remote registry may be under way at once, in each instance.",
            ValueKind::Number {
                from: 1,
                to: 10_000,
                set: |section, number| put(&mut section.concurrency, number),
                get: |section| section.concurrency as u64,
            },
        ),
    ],
};
