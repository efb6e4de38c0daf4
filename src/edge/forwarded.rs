//! The address of a client behind proxies: `X-Forwarded-For`, or `Forwarded` (RFC 7239).
//!
//! Only what a trusted proxy wrote is read: the hops are walked from the nearest, and each is believed only where the one before it is
//! trusted. What comes before the first stranger is the stranger's own text, which must not change how the rest is read: so a line is
//! read from its end.

use crate::app::App;
use crate::settings::ForwardedHeader;
use axum::http::{HeaderMap, HeaderValue};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::Ordering;

/// What a proxy wrote about its client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hop {
    /// An address.
    Address(IpAddr),
    /// `unknown` or an obfuscated identifier (RFC 7239 §6.2, §6.3): the proxy does not tell the address.
    Undisclosed,
    /// Neither.
    Unreadable,
}

/// Why the address of the client is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doubt {
    Undisclosed = 1,
    Unreadable = 2,
    /// The proxy wrote the header that is not read.
    OtherHeader = 4,
}

/// The client: the peer, or what the last trusted proxy says about its peer. Where that says no address, it is the proxy's own, whose
/// visitors share one limit then; the operator is warned once.
pub(crate) fn client_address(app: &App, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let header = app.settings.server.forwarded_header;
    let (address, doubt) = walk(|address| app.settings.trusts_proxy(address), peer, header, headers);
    if let Some(doubt) = doubt {
        warn_once(app, doubt, address);
    }
    address
}

fn walk(
    is_trusted: impl Fn(IpAddr) -> bool,
    peer: IpAddr,
    header: ForwardedHeader,
    headers: &HeaderMap,
) -> (IpAddr, Option<Doubt>) {
    if !is_trusted(peer) {
        return (peer, None);
    }
    let mut address = peer;
    if !headers.contains_key(header.name()) {
        return (peer, headers.contains_key(header.other().name()).then_some(Doubt::OtherHeader));
    }
    for hop in hops(header, headers) {
        match hop {
            Hop::Address(next) => address = next,
            Hop::Undisclosed => return (address, Some(Doubt::Undisclosed)),
            Hop::Unreadable => return (address, Some(Doubt::Unreadable)),
        }
        if !is_trusted(address) {
            break;
        }
    }
    (address, None)
}

/// One warning for each kind: a line for each request would fill the disk.
fn warn_once(app: &App, doubt: Doubt, proxy: IpAddr) {
    let bit = doubt as u8;
    if app.warned_of_proxies.load(Ordering::Relaxed) & bit != 0
        || app.warned_of_proxies.fetch_or(bit, Ordering::Relaxed) & bit != 0
    {
        return;
    }
    let header = app.settings.server.forwarded_header;
    let problem = match doubt {
        Doubt::Undisclosed => "does not tell the address of its client",
        Doubt::Unreadable => "writes no address that can be read",
        Doubt::OtherHeader => "writes only the other header",
    };
    tracing::warn!(
        %proxy,
        header = header.name(),
        other = header.other().name(),
        "a trusted proxy {problem}: its visitors share one limit, so let it write server.forwarded_header; this is said once"
    );
}

/// The hops, the nearest first. A proxy may add to the existing line or write another one below it, so all lines are one list (RFC
/// 9110 §5.3).
fn hops(header: ForwardedHeader, headers: &HeaderMap) -> impl Iterator<Item = Hop> {
    let read = match header {
        ForwardedHeader::XForwardedFor => node,
        ForwardedHeader::Forwarded => element,
    };
    let lines = headers.get_all(header.name()).iter().rev();
    let items = lines.flat_map(|line: &HeaderValue| FromEnd { rest: Some(line.to_str().unwrap_or("?")), at: ',' });
    // Empty elements of a list are none (RFC 9110 §5.6.1).
    items.filter(|item| !item.is_empty()).map(read)
}

/// The parts of a list, from its end. A separator within a quoted string is none.
struct FromEnd<'a> {
    rest: Option<&'a str>,
    at: char,
}

impl<'a> Iterator for FromEnd<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest?;
        let mut is_quoted = false;
        for (at, letter) in rest.char_indices().rev() {
            let before = rest.get(..at).unwrap_or_default();
            if letter == '"' {
                // A quote after an odd number of backslashes is a part of the quoted string (RFC 9110 §5.6.4).
                let is_escaped = before.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1;
                is_quoted ^= !is_escaped;
            } else if letter == self.at && !is_quoted {
                self.rest = Some(before);
                return Some(trimmed(rest.get(at + 1..).unwrap_or_default()));
            }
        }
        self.rest = None;
        Some(trimmed(rest))
    }
}

fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// An element of `Forwarded` (RFC 7239 §4): pairs in any order, whose names have no case.
fn element(text: &str) -> Hop {
    let mut found = None;
    for pair in (FromEnd { rest: Some(text), at: ';' }).filter(|pair| !pair.is_empty()) {
        let Some((name, value)) = pair.split_once('=') else { return Hop::Unreadable };
        if trimmed(name).eq_ignore_ascii_case("for") && found.replace(node(trimmed(value))).is_some() {
            return Hop::Unreadable;
        }
    }
    // It tells something else, such as the protocol, and not the client.
    found.unwrap_or(Hop::Undisclosed)
}

/// A node (RFC 7239 §6), and what balancers write in the place of one: with a port or without, quoted or not, IPv6 with brackets or
/// without, with a zone or without.
fn node(text: &str) -> Hop {
    let unquoted = match text.strip_prefix('"') {
        Some(inner) => match inner.strip_suffix('"') {
            Some(inner) => inner.replace('\\', ""),
            None => return Hop::Unreadable,
        },
        None => text.to_owned(),
    };
    let text = trimmed(&unquoted);
    if let Some(address) = address(text) {
        return Hop::Address(address);
    }
    let (name, after) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((inner, after)) => (inner, after),
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    if !(after.is_empty() || after.strip_prefix(':').is_some_and(is_port)) {
        return Hop::Unreadable;
    }
    match address(name) {
        Some(address) => Hop::Address(address),
        None if name.eq_ignore_ascii_case("unknown") || is_obfuscated(name) => Hop::Undisclosed,
        None => Hop::Unreadable,
    }
}

/// An address. The zone of an IPv6 address (RFC 4007 §11) has a meaning on the proxy alone.
fn address(text: &str) -> Option<IpAddr> {
    match text.split_once('%') {
        Some((address, zone)) if !zone.is_empty() => address.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        _ => text.parse().ok(),
    }
}

fn is_port(text: &str) -> bool {
    let is_number = (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number || is_obfuscated(text)
}

/// RFC 7239 §6.3.
fn is_obfuscated(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    text.strip_prefix('_').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(is_part))
}

#[cfg(test)]
mod tests;
