//! `[server]`: the provider's URL and how it accepts requests.

use crate::settings::key::{Key, Section, ValueKind, plain, put};
use crate::settings::network::Network;
use std::net::SocketAddr;
use std::time::Duration;
use url::{Host, Url};

/// The header in which a proxy tells the address of its client. Exactly one is read: a proxy that writes one of them passes on the
/// other as its client sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`.
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

impl ForwardedHeader {
    /// Its name, in lower case.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        }
    }

    /// The header that is not read.
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::XForwardedFor => Self::Forwarded,
            Self::Forwarded => Self::XForwardedFor,
        }
    }
}

/// `[server]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// The issuer identifier (OpenID Connect Discovery §3): the URL at which citizens and clients reach this provider, without a
    /// slash at its end.
    pub issuer: String,
    /// The address and port on which it listens.
    pub(crate) listen: SocketAddr,
    /// The address and port at which metrics are served.
    pub metrics_listen: Option<SocketAddr>,
    /// Reverse proxies whose `forwarded_header` is trusted.
    pub trusted_proxies: Vec<Network>,
    /// The header in which a trusted proxy tells the address of its client.
    pub forwarded_header: ForwardedHeader,
    /// The longest head of a request, in bytes.
    pub head_limit: usize,
    /// The most header lines of a request.
    pub head_lines: usize,
    /// How long a client may take to send the head of a request.
    pub head_timeout: Duration,
    /// The longest request body, in bytes.
    pub(crate) body_limit: usize,
    /// How long a client may take to send the body of a request.
    pub body_timeout: Duration,
    /// The most bytes of unfinished requests and unread answers.
    pub request_memory: usize,
    /// The longest time of a request.
    pub request_timeout: Duration,
    /// How long a connection may be without a request. It is closed after this time, at the latest after twice this time.
    pub idle_timeout: Duration,
    /// The most connections at a time.
    pub connections: usize,
    /// The most connections at a time from one address.
    pub connections_per_address: usize,
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
            metrics_listen: None,
            trusted_proxies: Vec::new(),
            forwarded_header: ForwardedHeader::XForwardedFor,
            head_limit: 32 * 1024,
            head_lines: 100,
            head_timeout: Duration::from_secs(10),
            body_limit: 64 * 1024,
            body_timeout: Duration::from_secs(10),
            request_memory: 32 * 1024 * 1024,
            request_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_mins(1),
            connections: 2_048,
            connections_per_address: 128,
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
        "metrics_listen",
        "A second address and port, at which GET /metrics tells counts and durations to Prometheus, without TLS and to anybody\n\
         who reaches it; \"\" for none, and then nothing is counted. Let only the monitoring reach it.",
        ValueKind::Text {
            remedy: "Give an IP address and a port that only the monitoring reaches, such as \"127.0.0.1:9464\", or \"\"",
            set: |section, text| {
                let address = || text.parse().map_err(|_| "is not an IP address with a port");
                section.metrics_listen = if text.is_empty() { None } else { Some(address()?) };
                Ok(())
            },
            get: |section| section.metrics_listen.map(|address| address.to_string()).unwrap_or_default(),
        },
    ),
    plain(
        "trusted_proxies",
        "Networks of the reverse proxies whose forwarded_header is trusted, such as [\"10.0.0.0/8\"]. None by default: then the\n\
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
        "forwarded_header",
        "The header in which a trusted proxy tells the address of its client: x-forwarded-for, or forwarded (RFC 7239). Name\n\
         the one that the proxy writes; it passes on the other one as the client sent it, and so the other one is not read.",
        ValueKind::Choice {
            words: &["x-forwarded-for", "forwarded"],
            set: |section, word| {
                section.forwarded_header = match word {
                    "x-forwarded-for" => ForwardedHeader::XForwardedFor,
                    "forwarded" => ForwardedHeader::Forwarded,
                    _ => return None,
                };
                Some(())
            },
            get: |section| section.forwarded_header.name(),
        },
    ),
    plain(
        "head_limit",
        "The longest head of a request (request line and header lines), in bytes; a longer one is answered 431. It holds for\n\
         HTTP/1.1 and HTTP/2 alike.",
        ValueKind::Number {
            from: 8_192,
            to: 256 * 1024,
            set: |section, number| put(&mut section.head_limit, number),
            get: |section| section.head_limit as u64,
        },
    ),
    plain(
        "head_lines",
        "The most header lines of a request; more are answered 431.",
        ValueKind::Number {
            from: 20,
            to: 1_000,
            set: |section, number| put(&mut section.head_lines, number),
            get: |section| section.head_lines as u64,
        },
    ),
    plain(
        "head_timeout",
        "How long a client may take to send the head of a request, from its first byte. Then the connection is closed.",
        ValueKind::Span { from: Duration::from_secs(1), to: Duration::from_mins(1), place: |section| &mut section.head_timeout },
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
        "body_timeout",
        "How long a client may take to send the body of a request after its head. Then the request is answered 408.",
        ValueKind::Span { from: Duration::from_secs(1), to: Duration::from_mins(5), place: |section| &mut section.body_timeout },
    ),
    plain(
        "request_memory",
        "The most memory for requests that are not answered and answers that are not read yet, in bytes, beyond 8 KiB for\n\
         each connection. One address may use an eighth of it. A request that does not fit is answered 503.",
        ValueKind::Number {
            from: 1024 * 1024,
            to: 64 * 1024 * 1024 * 1024,
            set: |section, number| put(&mut section.request_memory, number),
            get: |section| section.request_memory as u64,
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
        "How long a connection may be without a request: idle, or while its client does not read a response.\n\
         It is closed after this time, at the latest after twice this time.",
        ValueKind::Span { from: Duration::from_secs(1), to: Duration::from_hours(1), place: |section| &mut section.idle_timeout },
    ),
    plain(
        "connections",
        "The most connections at a time. For a further one, a connection is closed on which the server waits for its client: of\n\
         the address with the most connections, the one that was idle longest. Without such a connection the further one waits.\n\
         Each connection is an open file (see ulimit -n), and takes up to 110 KiB when its client wants it to.",
        ValueKind::Number {
            from: 1,
            to: 1_000_000,
            set: |section, number| put(&mut section.connections, number),
            get: |section| section.connections as u64,
        },
    ),
    plain(
        "connections_per_address",
        "The most connections at a time from one IPv4 address or one IPv6 /64; twice as many from a /56, four times as many\n\
         from a /48. For a further one, an idle one of the same network is closed after a moment, or else the further one.\n\
         Trusted proxies have no such limit.",
        ValueKind::Number {
            from: 1,
            to: 1_000_000,
            set: |section, number| put(&mut section.connections_per_address, number),
            get: |section| section.connections_per_address as u64,
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
