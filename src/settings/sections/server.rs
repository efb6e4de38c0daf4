//! `[server]`: the provider's URL and how it accepts requests.

use crate::settings::key::{Key, Section, ValueKind, plain, put};
use crate::settings::network::Network;
use std::net::SocketAddr;
use std::time::Duration;
use url::{Host, Url};

/// `[server]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// The issuer identifier (OpenID Connect Discovery §3): the URL at which citizens and clients reach this provider, without a
    /// slash at its end.
    pub issuer: String,
    /// The address and port on which it listens.
    pub(crate) listen: SocketAddr,
    /// Reverse proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: Vec<Network>,
    /// The longest request body, in bytes.
    pub(crate) body_limit: usize,
    /// The longest time of a request.
    pub request_timeout: Duration,
    /// How long a connection may be without a request. It is closed after this time, at the latest after twice this time.
    pub idle_timeout: Duration,
    /// The most connections at a time.
    pub connections: usize,
    /// How long running requests may continue after the signal to stop.
    pub shutdown_grace: Duration,
    /// How long a browser uses only https after a visit (RFC 6797).
    pub hsts_max_age: Duration,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            issuer: "http://localhost:8080".to_owned(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            trusted_proxies: Vec::new(),
            body_limit: 64 * 1024,
            request_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_mins(1),
            connections: 10_000,
            shutdown_grace: Duration::from_secs(30),
            hsts_max_age: Duration::from_hours(365 * 24),
        }
    }
}

pub const SECTION: Section<Server> =
    Section { name: "server", about: "The provider's URL and how it accepts requests.", keys: KEYS };

const KEYS: &[Key<Server>] = &[
    plain(
        "issuer",
        "The URL at which citizens and agencies reach this provider. It is the `iss` of every token: a later change breaks\n\
         every agency's configuration. https, or http for localhost only; a host of its own, no path, no slash at its end.",
        ValueKind::Text {
            remedy: "Give a URL such as \"https://window.example.gov\" (http only for localhost, no path, no slash at the end)",
            set: |section, text| {
                check_issuer(text)?;
                text.clone_into(&mut section.issuer);
                Ok(())
            },
            get: |section| section.issuer.clone(),
        },
    ),
    plain(
        "listen",
        "The address and port on which the server listens. TLS ends at a reverse proxy in front of it, or here: see [tls].",
        ValueKind::Text {
            remedy: "Give an IP address and a port, such as \"127.0.0.1:8080\", \"0.0.0.0:8080\" or \"[::]:8080\"",
            set: |section, text| {
                section.listen = text.parse().map_err(|_| "is not an IP address with a port")?;
                Ok(())
            },
            get: |section| section.listen.to_string(),
        },
    ),
    plain(
        "trusted_proxies",
        "Networks of the reverse proxies whose X-Forwarded-For is trusted, such as [\"10.0.0.0/8\"]. None by default: then the\n\
         client's address is the one that connects. With a wrong entry here, an attacker can pretend to have any address.",
        ValueKind::List {
            remedy: "Give networks such as [\"10.0.0.0/8\", \"2001:db8::/32\"] (in the environment separated by commas)",
            set: |section, items| {
                let networks: Option<Vec<Network>> = items.iter().map(|item| Network::parse(item)).collect();
                section.trusted_proxies =
                    networks.ok_or("contains a text that is not a network, or a network with bits set after its prefix")?;
                Ok(())
            },
            get: |section| section.trusted_proxies.iter().map(Network::to_string).collect(),
        },
    ),
    plain(
        "body_limit",
        "The longest request body, in bytes.",
        ValueKind::Number {
            from: 4_096,
            to: 10 * 1024 * 1024,
            set: |section, number| put(&mut section.body_limit, number),
            get: |section| section.body_limit as u64,
        },
    ),
    plain(
        "request_timeout",
        "The longest time of a request. After it the request is cancelled.",
        ValueKind::Span {
            from: Duration::from_secs(1),
            to: Duration::from_mins(5),
            place: |section| &mut section.request_timeout,
        },
    ),
    plain(
        "idle_timeout",
        "How long a connection may be without a request: idle, or while it sends the head of a request or does not read a\n\
         response. It is closed after this time, at the latest after twice this time.",
        ValueKind::Span { from: Duration::from_secs(1), to: Duration::from_hours(1), place: |section| &mut section.idle_timeout },
    ),
    plain(
        "connections",
        "The most connections at a time; further ones wait. Each connection is an open file (see ulimit -n).",
        ValueKind::Number {
            from: 1,
            to: 1_000_000,
            set: |section, number| put(&mut section.connections, number),
            get: |section| section.connections as u64,
        },
    ),
    plain(
        "shutdown_grace",
        "How long running requests may continue after the signal to stop (SIGTERM, SIGINT).",
        ValueKind::Span { from: Duration::ZERO, to: Duration::from_mins(10), place: |section| &mut section.shutdown_grace },
    ),
    plain(
        "hsts_max_age",
        "How long a browser uses only https after a visit (Strict-Transport-Security, RFC 6797); with 0s the header is not\n\
         sent. Only for an https issuer, never on localhost.",
        ValueKind::Span {
            from: Duration::ZERO,
            to: Duration::from_hours(2 * 365 * 24),
            place: |section| &mut section.hsts_max_age,
        },
    ),
];

/// OpenID Connect Discovery §3: https, no query, no fragment. Every agency compares it as a string, so only one spelling is
/// accepted: the one without a slash at its end. http is accepted for localhost only.
fn check_issuer(text: &str) -> Result<(), &'static str> {
    let url = Url::parse(text).map_err(|_| "is not a URL")?;
    match (url.scheme(), url.host()) {
        // Passkeys are bound to a host name, never to an IP address (Web Authentication §5.1.2).
        (_, Some(Host::Ipv4(_) | Host::Ipv6(_))) => return Err("has an IP address instead of a host name"),
        ("https", Some(_)) | ("http", Some(Host::Domain("localhost"))) => {}
        ("http", _) => return Err("would send tokens unencrypted"),
        _ => return Err("is not an https URL"),
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("has a query or a fragment");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("has a user name or password");
    }
    if text.ends_with('/') {
        return Err("ends with a slash");
    }
    // Cookies and passkeys belong to a whole host, and the pages link to `/assets/`: the server cannot work below a path.
    if url.path() != "/" {
        return Err("has a path");
    }
    // `Url` adds a slash after a bare host.
    if url.as_str().strip_suffix('/').unwrap_or(url.as_str()) != text {
        return Err("is not in its normal form (lower case, no default port)");
    }
    Ok(())
}
