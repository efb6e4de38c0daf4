//! `[server]`: where the provider lives and how it takes requests.

use crate::settings::key::{Key, Kind, Section, plain, put};
use crate::settings::network::Network;
use std::net::SocketAddr;
use std::time::Duration;
use url::{Host, Url};

/// `[server]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// The issuer identifier (OpenID Connect Discovery §3): the URL under which everyone reaches this provider, without a slash at
    /// its end.
    pub issuer: String,
    /// The address and port on which it listens.
    pub listen: SocketAddr,
    /// Reverse proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// The longest request body, in bytes.
    pub body_limit: usize,
    /// How long a request may take.
    pub request_timeout: Duration,
    /// How long a connection may be without a request; it may take twice as long until it is closed.
    pub idle_timeout: Duration,
    /// How many connections are served at once.
    pub connections: usize,
    /// How long running requests may go on after the order to stop.
    pub shutdown_grace: Duration,
    /// How long a browser that was here comes by https alone.
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

pub(crate) const SECTION: Section<Server> =
    Section { name: "server", about: "Where the provider lives and how it takes requests.", keys: KEYS };

const KEYS: &[Key<Server>] = &[
    plain(
        "issuer",
        "The URL under which citizens and agencies reach this provider; it is the `iss` of every token and cannot change\n\
         later without every agency noticing. https, or http for localhost only; a host of its own, no path, no slash at its end.",
        Kind::Text {
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
        "The address and port on which it listens. TLS ends at the reverse proxy in front of it, or here: see [tls].",
        Kind::Text {
            remedy: "Give an IP address and a port, such as \"127.0.0.1:8080\", \"0.0.0.0:8080\" or \"[::]:8080\"",
            set: |section, text| {
                section.listen = text.parse().map_err(|_| "is no IP address with a port")?;
                Ok(())
            },
            get: |section| section.listen.to_string(),
        },
    ),
    plain(
        "trusted_proxies",
        "Networks of the reverse proxies whose X-Forwarded-For is believed, such as [\"10.0.0.0/8\"]. None by default: then\n\
         a client is the address that connects. Wrong entries here let anybody pretend to be anywhere.",
        Kind::List {
            remedy: "Give networks such as [\"10.0.0.0/8\", \"2001:db8::/32\"] (in the environment separated by commas)",
            set: |section, items| {
                let networks: Option<Vec<Network>> = items.iter().map(|item| Network::parse(item)).collect();
                section.trusted_proxies =
                    networks.ok_or("holds something that is no network, or has bits set after its prefix")?;
                Ok(())
            },
            get: |section| section.trusted_proxies.iter().map(Network::to_string).collect(),
        },
    ),
    plain(
        "body_limit",
        "The longest request body, in bytes.",
        Kind::Number {
            from: 4_096,
            to: 10 * 1024 * 1024,
            set: |section, number| put(&mut section.body_limit, number),
            get: |section| section.body_limit as u64,
        },
    ),
    plain(
        "request_timeout",
        "How long a request may take before it is given up.",
        Kind::Span { from: Duration::from_secs(1), to: Duration::from_mins(5), place: |section| &mut section.request_timeout },
    ),
    plain(
        "idle_timeout",
        "How long a connection may be without a request: idle, or sending the head of one, or not reading its answer. It is closed\n\
         after this time, and after twice this time at the latest.",
        Kind::Span { from: Duration::from_secs(1), to: Duration::from_hours(1), place: |section| &mut section.idle_timeout },
    ),
    plain(
        "connections",
        "How many connections are served at once; further ones wait. Each is an open file (see ulimit -n).",
        Kind::Number {
            from: 1,
            to: 1_000_000,
            set: |section, number| put(&mut section.connections, number),
            get: |section| section.connections as u64,
        },
    ),
    plain(
        "shutdown_grace",
        "How long requests that are running may go on after the order to stop (SIGTERM, SIGINT).",
        Kind::Span { from: Duration::ZERO, to: Duration::from_mins(10), place: |section| &mut section.shutdown_grace },
    ),
    plain(
        "hsts_max_age",
        "How long a browser that was here comes by https alone (Strict-Transport-Security, RFC 6797); 0s says nothing of it. Only for\n\
         an https issuer, never on localhost.",
        Kind::Span { from: Duration::ZERO, to: Duration::from_hours(2 * 365 * 24), place: |section| &mut section.hsts_max_age },
    ),
];

/// OpenID Connect Discovery §3: https, no query, no fragment. Compared as a string by every agency, so only one spelling is good:
/// the one without a slash at its end. Plain http stays on one's own machine.
fn check_issuer(text: &str) -> Result<(), &'static str> {
    let url = Url::parse(text).map_err(|_| "is no URL")?;
    match (url.scheme(), url.host()) {
        // Passkeys are bound to a name, never to an address (Web Authentication §5.1.2).
        (_, Some(Host::Ipv4(_) | Host::Ipv6(_))) => return Err("has an address where a host name is needed"),
        ("https", Some(_)) | ("http", Some(Host::Domain("localhost"))) => {}
        ("http", _) => return Err("would send tokens unencrypted"),
        _ => return Err("is no https URL"),
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
    // Cookies and passkeys belong to a whole host, and the pages link to `/assets/`: below a path nothing would work.
    if url.path() != "/" {
        return Err("has a path");
    }
    // `Url` writes a bare host with a slash behind it.
    if url.as_str().strip_suffix('/').unwrap_or(url.as_str()) != text {
        return Err("is not in its normal form (lower case, no default port)");
    }
    Ok(())
}
