//! Redirect URIs: which may be registered, and which registered one a request means.
//!
//! Compared as strings: RFC 9700 §4.1.3 forbids patterns, and normalisation would make different URIs equal. The one exception is
//! the port of a native application's loopback URI (RFC 8252 §7.3).

use crate::client::metadata::Client;
use crate::client::words::ApplicationType;
use url::Url;

/// Hosts that mean the person's own device.
const LOOPBACK_HOSTS: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];

/// Longest redirect URI, in bytes.
pub(crate) const MOST_BYTES: usize = 2048;

/// Why a redirect URI cannot be registered; the text says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RedirectUriProblem {
    /// Not an absolute URI (RFC 6749 §3.1.2).
    #[error("write an absolute URI, such as https://agency.example/callback")]
    NotAbsolute,
    /// Longer than [`MOST_BYTES`].
    #[error("use at most {MOST_BYTES} characters")]
    TooLong,
    /// It has a fragment (RFC 6749 §3.1.2).
    #[error("leave out the fragment (# and what follows)")]
    Fragment,
    /// It has a user name or a password.
    #[error("leave out the user name and password before the @")]
    UserInfo,
    /// Its host has characters that no host name has and that have a meaning where addresses are listed, for example in a content
    /// security policy.
    #[error("write a host name of letters, digits, dots and hyphens")]
    Host,
    /// It has a wildcard.
    #[error("write every redirect URI out: patterns with * are not matched")]
    Wildcard,
    /// A browser would write it differently, so that it would never compare equal.
    #[error("write it as a browser does: {0}")]
    NotNormal(String),
    /// `http` to another machine, or a scheme that a web application cannot own.
    #[error("use https (http is accepted for localhost, 127.0.0.1 and [::1] only)")]
    NotHttps,
    /// A private-use scheme without a dot (RFC 8252 §7.1).
    #[error(
        "use https, http to a loopback address, or a scheme that is a domain name of yours in reverse, such as ir.example.app:/callback"
    )]
    NotOwned,
}

/// Whether a redirect URI may be registered for an application of this kind.
pub fn check_registrable(uri: &str, application_type: ApplicationType) -> Result<(), RedirectUriProblem> {
    if uri.len() > MOST_BYTES {
        return Err(RedirectUriProblem::TooLong);
    }
    let url = Url::parse(uri).map_err(|_| RedirectUriProblem::NotAbsolute)?;
    if url.fragment().is_some() {
        return Err(RedirectUriProblem::Fragment);
    }
    if !url.username().is_empty() || url.password().is_some() || authority(uri).contains('@') {
        return Err(RedirectUriProblem::UserInfo);
    }
    if uri.contains('*') {
        return Err(RedirectUriProblem::Wildcard);
    }
    if !url.host_str().is_none_or(is_plain_host) {
        return Err(RedirectUriProblem::Host);
    }
    // A browser adds the `/` to a bare origin, so the registered URI may lack it.
    if url.as_str().strip_suffix('/').unwrap_or(url.as_str()) != uri.strip_suffix('/').unwrap_or(uri) {
        return Err(RedirectUriProblem::NotNormal(url.into()));
    }
    let loopback = url.host_str().is_some_and(|host| LOOPBACK_HOSTS.contains(&host));
    match (url.scheme(), application_type) {
        ("https", _) => Ok(()),
        ("http", _) if loopback => Ok(()),
        ("http", _) | (_, ApplicationType::Web) => Err(RedirectUriProblem::NotHttps),
        (scheme, ApplicationType::Native) if scheme.contains('.') => Ok(()),
        (_, ApplicationType::Native) => Err(RedirectUriProblem::NotOwned),
    }
}

/// A URL allows more characters in a host than host names have, `;` and `,` among them (RFC 1123 §2.1 does not allow these).
fn is_plain_host(host: &str) -> bool {
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    match inner {
        Some(address) => address.bytes().all(|b| b.is_ascii_hexdigit() || b":.".contains(&b)),
        None => host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b)),
    }
}

/// Whether this is a redirect URI of the client.
pub fn is_registered(client: &Client, requested: &str) -> bool {
    client.redirect_uris.iter().any(|registered| matches(client.application_type, registered, requested))
}

/// Whether this is a URI of the client to which the browser may be sent after logout.
pub(crate) fn is_registered_for_logout(client: &Client, requested: &str) -> bool {
    client.post_logout_redirect_uris.iter().any(|registered| matches(client.application_type, registered, requested))
}

/// The host of an `https` or `http` redirect URI, which has an owner; `None` for loopback addresses and private-use schemes.
pub(crate) fn owned_host(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
    url.host_str().filter(|host| !LOOPBACK_HOSTS.contains(host)).map(str::to_owned)
}

fn matches(application_type: ApplicationType, registered: &str, requested: &str) -> bool {
    if registered == requested {
        return true;
    }
    application_type == ApplicationType::Native
        && matches!((without_port(registered), without_port(requested)), (Some(one), Some(other)) if one == other)
}

/// Host and rest of an `http` loopback URI, without its port.
fn without_port(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let (host, rest) = LOOPBACK_HOSTS.iter().find_map(|host| rest.strip_prefix(host).map(|rest| (*host, rest)))?;
    let Some(port) = rest.strip_prefix(':') else {
        return (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((host, rest));
    };
    let (port, rest) = port.split_at(port.find(['/', '?']).unwrap_or(port.len()));
    let is_port = port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0);
    is_port.then_some((host, rest))
}

/// What is between `//` and the path, as it is written.
fn authority(uri: &str) -> &str {
    let rest = uri.split_once("//").map_or("", |(_, rest)| rest);
    rest.split(['/', '?', '#', '\\']).next().unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::metadata::tests::a_client;
    use proptest::prelude::*;

    const REGISTERED: &str = "https://tax.example/callback";

    fn web(uri: &str) -> Result<(), RedirectUriProblem> {
        check_registrable(uri, ApplicationType::Web)
    }

    fn native(uri: &str) -> Result<(), RedirectUriProblem> {
        check_registrable(uri, ApplicationType::Native)
    }

    #[test]
    fn rfc6749_3_1_2_3_a_requested_uri_is_compared_with_the_registered_ones_as_a_string() {
        let client = a_client(|client| client.redirect_uris = vec![REGISTERED.to_owned()]);
        assert!(is_registered(&client, REGISTERED));
        for trick in [
            "https://tax.example/callback/",
            "https://tax.example/callback?x=1",
            "https://tax.example/callback#x",
            "https://tax.example/callback2",
            "https://tax.example/callback/../other",
            "https://tax.example/callback%2f..%2fother",
            "https://tax.example/%63allback",
            "https://tax.example:443/callback",
            "https://tax.example:8443/callback",
            "https://TAX.example/callback",
            "HTTPS://tax.example/callback",
            "https://tax.example./callback",
            "http://tax.example/callback",
            "https://tax.example@evil.example/callback",
            "https://evil.example/https://tax.example/callback",
            "https://tax.example\\@evil.example/callback",
            "https://tax.example.evil.example/callback",
            "https://evil.example?https://tax.example/callback",
            "https://tаx.example/callback",
            " https://tax.example/callback",
            "https://tax.example/callback ",
            "https://tax.example/callback\0",
            "",
        ] {
            assert!(!is_registered(&client, trick), "{trick}");
        }
    }

    #[test]
    fn rfc8252_7_3_the_port_of_a_native_loopback_uri_may_vary() {
        let client = a_client(|client| {
            client.application_type = ApplicationType::Native;
            client.redirect_uris = vec!["http://127.0.0.1/cb".to_owned(), "http://[::1]:8000/cb?x".to_owned()];
        });
        for fine in [
            "http://127.0.0.1/cb",
            "http://127.0.0.1:1/cb",
            "http://127.0.0.1:65535/cb",
            "http://[::1]:9/cb?x",
            "http://[::1]/cb?x",
        ] {
            assert!(is_registered(&client, fine), "{fine}");
        }
        for trick in [
            "http://127.0.0.1:0/cb",
            "http://127.0.0.1:65536/cb",
            "http://127.0.0.1:/cb",
            "http://127.0.0.1:+80/cb",
            "http://127.0.0.1:80@evil.example/cb",
            "http://127.0.0.1:80.evil.example/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://127.0.0.1:8\u{664}/cb",
            "http://127.0.0.1:80/cb/",
            "http://127.0.0.1:80/CB",
            "http://127.0.0.1:80/cb#x",
            "http://127.0.0.1:80\\cb",
            "https://127.0.0.1:80/cb",
            "http://localhost:80/cb",
            "http://127.1:80/cb",
            "http://user@127.0.0.1:80/cb",
            "http://[::1]:9/cb",
        ] {
            assert!(!is_registered(&client, trick), "{trick}");
        }
    }

    #[test]
    fn rfc8252_7_3_the_port_of_a_web_application_may_not_vary() {
        let client = a_client(|client| client.redirect_uris = vec!["http://localhost:8081/cb".to_owned()]);
        assert!(is_registered(&client, "http://localhost:8081/cb"));
        assert!(!is_registered(&client, "http://localhost:8082/cb"));
        assert!(!is_registered(&client, "http://localhost/cb"));
    }

    #[test]
    fn rfc6749_3_1_2_a_registered_uri_is_absolute_and_has_no_fragment() {
        assert_eq!(web(REGISTERED), Ok(()));
        assert_eq!(web("https://tax.example"), Ok(()));
        assert_eq!(web("https://tax.example/cb?area=1"), Ok(()));
        for relative in ["/callback", "callback", "//tax.example/callback", "", "https://"] {
            assert_eq!(web(relative), Err(RedirectUriProblem::NotAbsolute), "{relative}");
        }
        assert_eq!(web("https://tax.example/cb#"), Err(RedirectUriProblem::Fragment));
        assert_eq!(web("https://tax.example/cb#x"), Err(RedirectUriProblem::Fragment));
        assert_eq!(web(&format!("https://tax.example/{}", "a".repeat(MOST_BYTES))), Err(RedirectUriProblem::TooLong));
    }

    #[test]
    fn rfc9700_4_1_3_a_registered_uri_is_no_pattern_and_has_one_spelling() {
        assert_eq!(web("https://*.tax.example/cb"), Err(RedirectUriProblem::Wildcard));
        assert_eq!(web("https://tax.example/*"), Err(RedirectUriProblem::Wildcard));
        assert_eq!(web("https://tax.example@evil.example/cb"), Err(RedirectUriProblem::UserInfo));
        assert_eq!(web("https://@evil.example/cb"), Err(RedirectUriProblem::UserInfo));
        for odd in [
            "https://TAX.example/cb",
            "https://tax.example:443/cb",
            "https://tax.example/a/../cb",
            "https://tax.example\\cb",
            "https://مالیات.example/cb",
            "http://2130706433/cb",
            " https://tax.example/cb",
        ] {
            assert!(matches!(web(odd), Err(RedirectUriProblem::NotNormal(_))), "{odd}: {:?}", web(odd));
        }
    }

    #[test]
    fn rfc9700_4_1_3_a_web_application_is_answered_over_https_or_on_the_same_machine() {
        for fine in ["http://localhost:8081/cb", "http://127.0.0.1:9999/cb", "http://[::1]/cb"] {
            assert_eq!(web(fine), Ok(()), "{fine}");
        }
        for wrong in
            ["http://tax.example/cb", "http://localhost.evil.example/cb", "ir.example.app:/cb", "javascript:alert(1)", "data:,x"]
        {
            assert_eq!(web(wrong), Err(RedirectUriProblem::NotHttps), "{wrong}");
        }
    }

    #[test]
    fn rfc8252_7_1_a_native_application_may_use_a_scheme_that_is_its_domain_in_reverse() {
        assert_eq!(native("ir.example.app:/cb"), Ok(()));
        assert_eq!(native("http://127.0.0.1/cb"), Ok(()));
        assert_eq!(native("https://app.example/cb"), Ok(()));
        assert_eq!(native("http://app.example/cb"), Err(RedirectUriProblem::NotHttps));
        for foreign in ["myapp:/cb", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd"] {
            assert_eq!(native(foreign), Err(RedirectUriProblem::NotOwned), "{foreign}");
        }
    }

    #[test]
    fn a_loopback_address_and_a_private_scheme_belong_to_no_host() {
        assert_eq!(owned_host("https://tax.example:8443/cb").as_deref(), Some("tax.example"));
        assert_eq!(owned_host("http://localhost:8081/cb"), None);
        assert_eq!(owned_host("ir.example.app:/cb"), None);
    }

    proptest! {
        #[test]
        fn only_the_registered_uri_itself_matches(requested in ".{0,60}") {
            let client = a_client(|client| client.redirect_uris = vec![REGISTERED.to_owned()]);
            prop_assert_eq!(is_registered(&client, &requested), requested == REGISTERED);
        }

        #[test]
        fn a_loopback_uri_that_matches_is_read_as_loopback_by_a_browser(tail in "[:/?#@\\\\a-z0-9.\\[\\]]{0,20}") {
            let client = a_client(|client| {
                client.application_type = ApplicationType::Native;
                client.redirect_uris = vec!["http://127.0.0.1/cb".to_owned()];
            });
            let requested = format!("http://127.0.0.1{tail}/cb");
            if is_registered(&client, &requested) {
                let url = Url::parse(&requested).unwrap();
                prop_assert_eq!(url.host_str(), Some("127.0.0.1"));
            }
        }

        #[test]
        fn any_text_is_checked_without_a_panic(uri in ".{0,80}") {
            let _ = (web(&uri), native(&uri), owned_host(&uri));
        }
    }
}
