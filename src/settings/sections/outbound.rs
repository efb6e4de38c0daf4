//! `[outbound]`: requests that this program itself makes, to addresses that clients registered.

use crate::settings::key::{Kind, Section, plain, put};
use crate::settings::network::Network;
use std::path::PathBuf;
use std::time::Duration;

/// Whether a request may go out without TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PlainHttp {
    /// Only `https`.
    #[default]
    Refused,
    /// `http`, too.
    Allowed,
}

/// `[outbound]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outbound {
    /// Networks that are not of the public Internet and may be reached all the same.
    pub allow_private_addresses: Vec<Network>,
    /// Whether `http` is good enough.
    pub plain_http: PlainHttp,
    /// A PEM file with authorities that are trusted besides the system's.
    pub ca_file: Option<PathBuf>,
    /// How long a request may take in all.
    pub timeout: Duration,
    /// The longest answer that is read, in bytes.
    pub response_limit: usize,
}

impl Default for Outbound {
    fn default() -> Self {
        Self {
            allow_private_addresses: Vec::new(),
            plain_http: PlainHttp::Refused,
            ca_file: None,
            timeout: Duration::from_secs(5),
            response_limit: 256 * 1024,
        }
    }
}

pub(crate) const SECTION: Section<Outbound> = Section {
    name: "outbound",
    about: "Requests that the server itself makes, to addresses that agencies registered: their keys (jwks_uri), their logout. No proxy of\n\
            the environment is used, and no redirect is followed.",
    keys: &[
        plain(
            "allow_private_addresses",
            "Networks outside the public Internet that may be reached, such as [\"10.20.0.0/16\"]. None by default: else whoever\n\
             registers a client could make this server knock at doors inside the data centre.",
            Kind::List {
                remedy: "Give networks such as [\"10.20.0.0/16\", \"fd00::/8\"] (in the environment separated by commas)",
                set: |section, items| {
                    let networks: Option<Vec<Network>> = items.iter().map(|item| Network::parse(item)).collect();
                    section.allow_private_addresses =
                        networks.ok_or("holds something that is no network, or has bits set after its prefix")?;
                    Ok(())
                },
                get: |section| section.allow_private_addresses.iter().map(Network::to_string).collect(),
            },
        ),
        plain(
            "plain_http",
            "Whether http is good enough. Only for trying things out: logout tokens and keys then travel unprotected.",
            Kind::Choice {
                words: &["refused", "allowed"],
                set: |section, word| {
                    section.plain_http = match word {
                        "refused" => PlainHttp::Refused,
                        "allowed" => PlainHttp::Allowed,
                        _ => return None,
                    };
                    Some(())
                },
                get: |section| match section.plain_http {
                    PlainHttp::Refused => "refused",
                    PlainHttp::Allowed => "allowed",
                },
            },
        ),
        plain(
            "ca_file",
            "A PEM file with certificate authorities that are trusted besides the system's; \"\" for none. The certificate of one server\n\
             may stand there as well, unless it is marked as an authority (CA:TRUE): then it is not accepted as a server's.",
            Kind::Text {
                remedy: "Give the path of a PEM file, or \"\"",
                set: |section, text| {
                    section.ca_file = (!text.is_empty()).then(|| PathBuf::from(text));
                    Ok(())
                },
                get: |section| section.ca_file.as_ref().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default(),
            },
        ),
        plain(
            "timeout",
            "How long one request may take, from the look-up of the name to the last byte.",
            Kind::Span { from: Duration::from_secs(1), to: Duration::from_mins(1), place: |section| &mut section.timeout },
        ),
        plain(
            "response_limit",
            "The longest answer that is read, in bytes.",
            Kind::Number {
                from: 4_096,
                to: 10 * 1024 * 1024,
                set: |section, number| put(&mut section.response_limit, number),
                get: |section| section.response_limit as u64,
            },
        ),
    ],
};
