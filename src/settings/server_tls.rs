//! TLS to a server of our own, PostgreSQL or Redis: the rule, and the keys of its settings.
//!
//! What goes to these servers is every citizen's account and every session. So a server on another machine is reached by TLS, and its
//! certificate is verified. Clear text over a network is only where the operator has written that it is wanted; there is no mode that
//! tries TLS and falls back.

use std::net::IpAddr;
use std::path::PathBuf;

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TlsPolicy {
    /// TLS with a verified certificate; clear text to a server on this machine.
    #[default]
    Auto,
    /// TLS, and the certificate is verified with its name, also on this machine.
    VerifyFull,
    /// TLS, and the certificate is verified without its name.
    VerifyCa,
    /// Clear text, over a network too.
    PlainText,
}

/// The settings about TLS to one server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerTls {
    /// How the connection is protected.
    pub policy: TlsPolicy,
    /// A PEM file with the authorities that issue the server's certificate.
    pub ca: Option<PathBuf>,
    /// A PEM file with the certificate of this program, for a server that asks for one.
    pub certificate: Option<PathBuf>,
    /// A PEM file with that certificate's private key.
    pub key: Option<PathBuf>,
}

/// What a connection will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    /// Clear text.
    Plain,
    /// TLS; the authority is verified.
    VerifyCa,
    /// TLS; authority and name are verified.
    VerifyFull,
}

/// Why a connection would not be protected as it must be. Each text follows the name of the setting with the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotProtected {
    /// The address asks for clear text, or for TLS only where the server offers it.
    #[error("leads to another machine without TLS, where an attacker on the network reads and changes everything")]
    ClearText,
    /// The address asks for TLS without verification.
    #[error("asks for TLS without looking at the certificate (sslmode=require), so that any machine could answer")]
    Unverified,
    /// The address has an `sslmode` that does not exist.
    #[error("has an sslmode that does not exist")]
    UnknownMode,
    /// A certificate without its key, or a key without its certificate.
    #[error("has a client certificate of which one half is missing: tls_certificate and tls_key belong together")]
    HalfIdentity,
}

impl ServerTls {
    /// What a connection to `host` is, without a wish in the address.
    pub(crate) fn wire(&self, host: &str) -> Result<Wire, NotProtected> {
        if self.certificate.is_some() != self.key.is_some() {
            return Err(NotProtected::HalfIdentity);
        }
        Ok(match self.policy {
            TlsPolicy::Auto if is_this_machine(host) => Wire::Plain,
            TlsPolicy::Auto | TlsPolicy::VerifyFull => Wire::VerifyFull,
            TlsPolicy::VerifyCa => Wire::VerifyCa,
            TlsPolicy::PlainText => Wire::Plain,
        })
    }

    /// The same with the `sslmode` of a PostgreSQL address, which may only ask for more than the settings do.
    pub(crate) fn wire_with(&self, host: &str, sslmode: Option<&str>) -> Result<Wire, NotProtected> {
        let set = self.wire(host)?;
        match sslmode {
            None => Ok(set),
            Some("verify-full") => Ok(Wire::VerifyFull),
            Some("verify-ca") if set == Wire::VerifyFull && self.policy == TlsPolicy::VerifyFull => Ok(set),
            Some("verify-ca") => Ok(Wire::VerifyCa),
            Some("require") => Err(NotProtected::Unverified),
            Some("disable" | "allow" | "prefer") if set == Wire::Plain => Ok(set),
            Some("disable" | "allow" | "prefer") => Err(NotProtected::ClearText),
            Some(_) => Err(NotProtected::UnknownMode),
        }
    }
}

/// Whether a host is this machine: a loopback address, `localhost`, or the path of a UNIX socket.
pub(crate) fn is_this_machine(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    host.starts_with('/')
        || bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

/// The key `tls` of a section whose field `tls` is a [`ServerTls`]. `$words` are the accepted words.
macro_rules! tls_policy {
    ($section:ty, $words:expr, $about:literal) => {
        $crate::settings::key::plain(
            "tls",
            $about,
            $crate::settings::key::ValueKind::Choice {
                words: $words,
                set: |section: &mut $section, word| {
                    section.tls.policy = $crate::settings::server_tls::policy($words, word)?;
                    Some(())
                },
                get: |section| $crate::settings::server_tls::word(section.tls.policy),
            },
        )
    };
}
pub(crate) use tls_policy;

/// A key of such a section for a file.
macro_rules! tls_file {
    ($name:literal, $about:literal, $field:ident, $section:ty) => {
        $crate::settings::key::plain(
            $name,
            $about,
            $crate::settings::key::ValueKind::Text {
                remedy: "Give the path of a PEM file, or \"\"",
                set: |section: &mut $section, text| {
                    section.tls.$field = (!text.is_empty()).then(|| std::path::PathBuf::from(text));
                    Ok(())
                },
                get: |section| section.tls.$field.as_ref().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default(),
            },
        )
    };
}
pub(crate) use tls_file;

const WORDS: [(TlsPolicy, &str); 4] = [
    (TlsPolicy::Auto, "auto"),
    (TlsPolicy::VerifyFull, "verify-full"),
    (TlsPolicy::VerifyCa, "verify-ca"),
    (TlsPolicy::PlainText, "plain-text-over-the-network"),
];

/// The policy of a word, if the section accepts that word.
pub(crate) fn policy(accepted: &[&str], word: &str) -> Option<TlsPolicy> {
    WORDS.into_iter().find(|(_, name)| *name == word && accepted.contains(name)).map(|(policy, _)| policy)
}

/// The word of a policy.
pub(crate) fn word(policy: TlsPolicy) -> &'static str {
    WORDS.into_iter().find(|(known, _)| *known == policy).map_or("auto", |(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(policy: TlsPolicy) -> ServerTls {
        ServerTls { policy, ..ServerTls::default() }
    }

    #[test]
    fn this_machine_is_a_loopback_address_localhost_or_a_socket_and_nothing_that_looks_like_it() {
        for here in ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost", "LOCALHOST", "::ffff:127.0.0.1", "/run/postgresql"] {
            assert!(is_this_machine(here), "{here}");
        }
        for elsewhere in
            ["10.0.0.1", "db", "localhost.example", "127.0.0.1.example", "0.0.0.0", "::", "::ffff:10.0.0.1", "", "127.1", "db/x"]
        {
            assert!(!is_this_machine(elsewhere), "{elsewhere}");
        }
    }

    #[test]
    fn another_machine_is_reached_in_clear_text_only_where_the_setting_says_so() {
        assert_eq!(with(TlsPolicy::Auto).wire("db.example"), Ok(Wire::VerifyFull));
        assert_eq!(with(TlsPolicy::Auto).wire("127.0.0.1"), Ok(Wire::Plain));
        assert_eq!(with(TlsPolicy::VerifyFull).wire("127.0.0.1"), Ok(Wire::VerifyFull));
        assert_eq!(with(TlsPolicy::PlainText).wire("db.example"), Ok(Wire::Plain));
    }

    #[test]
    fn an_sslmode_may_ask_for_more_and_never_for_less() {
        let auto = with(TlsPolicy::Auto);
        for weak in ["disable", "allow", "prefer"] {
            assert_eq!(auto.wire_with("db.example", Some(weak)), Err(NotProtected::ClearText), "{weak}");
            assert_eq!(with(TlsPolicy::VerifyFull).wire_with("::1", Some(weak)), Err(NotProtected::ClearText), "{weak}");
            assert_eq!(auto.wire_with("127.0.0.1", Some(weak)), Ok(Wire::Plain), "{weak}");
            assert_eq!(with(TlsPolicy::PlainText).wire_with("db.example", Some(weak)), Ok(Wire::Plain), "{weak}");
        }
        for host in ["db.example", "127.0.0.1"] {
            assert_eq!(auto.wire_with(host, Some("require")), Err(NotProtected::Unverified));
            assert_eq!(auto.wire_with(host, Some("verify-full")), Ok(Wire::VerifyFull));
            assert_eq!(auto.wire_with(host, Some("verify-ca")), Ok(Wire::VerifyCa));
            assert_eq!(auto.wire_with(host, Some("Verify")), Err(NotProtected::UnknownMode));
        }
        assert_eq!(with(TlsPolicy::VerifyFull).wire_with("db.example", Some("verify-ca")), Ok(Wire::VerifyFull));
        assert_eq!(with(TlsPolicy::PlainText).wire_with("db.example", Some("verify-full")), Ok(Wire::VerifyFull));
    }

    #[test]
    fn a_certificate_and_its_key_come_together() {
        let half = ServerTls { key: Some("key.pem".into()), ..ServerTls::default() };
        assert_eq!(half.wire("db.example"), Err(NotProtected::HalfIdentity));
    }
}
