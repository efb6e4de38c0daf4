//! The head of a request: how long it is, and whether it names one host.

use axum::http::request::Parts;
use axum::http::uri::{Authority, Scheme};
use axum::http::{HeaderValue, Version, header};

/// The length of a head in bytes, as HTTP/1.1 writes it. HTTP/2 compresses it, so this is what both have in common.
pub(crate) fn length_of_head(parts: &Parts) -> usize {
    let uri = parts.uri.path_and_query().map_or(0, |path| path.as_str().len());
    let host = parts.uri.authority().map_or(0, |host| host.as_str().len());
    let lines: usize = parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    parts.method.as_str().len() + uri + host + lines + 12
}

/// Whether a request names exactly one host: one `Host` line with a host in it (RFC 9112 §3.2), which is also the one of the target
/// where that has one (RFC 9112 §3.2.2, RFC 9113 §8.3.1). A proxy in front and this server must not read different hosts in one
/// request. HTTP/1.0 has requests without a host; health checks of some balancers are such.
pub(crate) fn names_one_host(parts: &Parts) -> bool {
    let mut lines = parts.headers.get_all(header::HOST).iter();
    let (line, second) = (lines.next(), lines.next());
    let target = parts.uri.authority();
    if second.is_some() || !target.is_none_or(is_host) {
        return false;
    }
    match (line, target) {
        (None, None) => parts.version < Version::HTTP_11,
        (None, Some(_)) => parts.version != Version::HTTP_11,
        (Some(line), target) => host_of(line).is_some_and(|host| target.is_none_or(|target| are_same(&host, target, parts))),
    }
}

fn host_of(line: &HeaderValue) -> Option<Authority> {
    Authority::try_from(line.as_bytes()).ok().filter(is_host)
}

/// Whether it is a host, with a port or without, and nothing else (RFC 3986 §3.2). A comma is what is left of two lines that a proxy
/// made one of (RFC 9110 §5.3).
fn is_host(authority: &Authority) -> bool {
    let host = authority.host();
    let Some(after) = authority.as_str().strip_prefix(host) else { return false };
    let port = after.strip_prefix(':').unwrap_or(after);
    !host.is_empty() && !host.contains(',') && (port.is_empty() || authority.port_u16().is_some())
}

fn are_same(one: &Authority, other: &Authority, parts: &Parts) -> bool {
    let usual = if parts.uri.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
    let port = |authority: &Authority| authority.port_u16().unwrap_or(usual);
    one.host().eq_ignore_ascii_case(other.host()) && port(one) == port(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn parts(version: Version, target: &str, hosts: &[&str]) -> Parts {
        let mut request = Request::get(target).version(version);
        for host in hosts {
            request = request.header("host", *host);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn rfc9112_3_2_and_rfc9113_8_3_1_exactly_one_host_is_named() {
        let (v10, v11, v2) = (Version::HTTP_10, Version::HTTP_11, Version::HTTP_2);
        let there = "https://window.example/authorize";
        let right: &[(Version, &str, &[&str])] = &[
            (v11, "/", &["window.example"]),
            (v11, "/", &["window.example:"]),
            (v11, "/", &["[2001:db8::1]:8443"]),
            (v11, "/", &["localhost:8080"]),
            (v11, there, &["WINDOW.example:443"]),
            (v11, "http://window.example:80/", &["window.example"]),
            (v10, "/", &[]),
            (v2, there, &[]),
            (v2, there, &["window.example"]),
            (v2, "/", &["window.example"]),
        ];
        for (version, target, hosts) in right {
            assert!(names_one_host(&parts(*version, target, hosts)), "{version:?} {target} {hosts:?}");
        }
        let wrong: &[(Version, &str, &[&str])] = &[
            (v11, "/", &[]),
            (v11, there, &[]),
            (v2, "/", &[]),
            (v11, "/", &["window.example", "window.example"]),
            (v10, "/", &["window.example", "other.example"]),
            (v2, there, &["window.example", "window.example"]),
            (v11, there, &["other.example"]),
            (v2, there, &["other.example"]),
            (v2, there, &["window.example:8443"]),
        ];
        for (version, target, hosts) in wrong {
            assert!(!names_one_host(&parts(*version, target, hosts)), "{version:?} {target} {hosts:?}");
        }
        let unreadable = [
            "",
            ":443",
            "a, b",
            "a,b",
            "u@window.example",
            "window.example/",
            "window.example:x",
            "a:70000",
            "a b",
            "[::1",
            "a\\b",
        ];
        for host in unreadable {
            for (version, target) in [(v11, "/"), (v10, "/"), (v2, there)] {
                assert!(!names_one_host(&parts(version, target, &[host])), "{version:?} {target} {host:?}");
            }
        }
        assert!(!names_one_host(&parts(v2, "https://u@window.example/", &[])), "no user information");
    }

    #[test]
    fn the_length_of_a_head_is_what_http_1_1_would_write() {
        let text = "GET /a?b HTTP/1.1\r\nhost: window.example\r\nx: y\r\n\r\n";
        let mut parts = parts(Version::HTTP_11, "/a?b", &["window.example"]);
        parts.headers.insert("x", HeaderValue::from_static("y"));
        assert!(length_of_head(&parts).abs_diff(text.len()) < 8);
    }
}
