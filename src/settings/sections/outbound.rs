//! `[outbound]`: requests that this program sends to addresses that clients registered.

use crate::settings::key::{Section, ValueKind, plain, put};
use crate::settings::network::Network;
use std::path::PathBuf;
use std::time::Duration;

/// Whether a request may be sent without TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PlainHttp {
    /// Only `https`.
    #[default]
    Refused,
    /// Also `http`.
    Allowed,
}

/// `[outbound]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outbound {
    /// Networks outside the public Internet that requests may reach.
    pub allow_private_addresses: Vec<Network>,
    /// Whether `http` is allowed.
    pub plain_http: PlainHttp,
    /// A PEM file with certificate authorities that are trusted in addition to the system's.
    pub ca_file: Option<PathBuf>,
    /// The longest time of a whole request.
    pub timeout: Duration,
    /// The longest response that is read, in bytes.
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

pub const SECTION: Section<Outbound> = Section {
    name: "outbound",
    about: "Requests that the server sends to addresses that agencies registered, for keys (jwks_uri) and for logout. They use\n\
            no proxy of the environment and follow no redirect.",
    keys: &[
        plain(
            "allow_private_addresses",
            "Networks outside the public Internet that requests may reach, such as [\"10.20.0.0/16\"]. None by default:\n\
             otherwise a person who registers a client could make this server send requests to hosts inside the data centre.",
            ValueKind::List {
                remedy: "Give networks such as [\"10.20.0.0/16\", \"fd00::/8\"] (in the environment separated by commas)",
                set: |section, items| {
                    let networks: Option<Vec<Network>> = items.iter().map(|item| Network::parse(item)).collect();
                    section.allow_private_addresses =
                        networks.ok_or("contains a text that is not a network, or a network with bits set after its prefix")?;
                    Ok(())
                },
                get: |section| section.allow_private_addresses.iter().map(Network::to_string).collect(),
            },
        ),
        plain(
            "plain_http",
            "Whether http is allowed too. Only for trials: without TLS, logout tokens and keys are sent unprotected.",
            ValueKind::Choice {
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
            "A PEM file with certificate authorities that are trusted in addition to the system's; \"\" for none. It can also\n\
             contain the certificate of a server. Such a certificate is not accepted if it is marked as an authority (CA:TRUE).",
            ValueKind::Text {
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
            "The longest time of one request, from the look-up of the name to the last byte.",
            ValueKind::Span { from: Duration::from_secs(1), to: Duration::from_mins(1), place: |section| &mut section.timeout },
        ),
        plain(
            "response_limit",
            "The longest response that is read, in bytes.",
            ValueKind::Number {
                from: 4_096,
                to: 10 * 1024 * 1024,
                set: |section, number| put(&mut section.response_limit, number),
                get: |section| section.response_limit as u64,
            },
        ),
    ],
};
