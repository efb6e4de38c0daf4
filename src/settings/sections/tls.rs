//! `[tls]`: whether TLS ends at this program, and mutual TLS.

use crate::settings::key::{Section, ValueKind, plain};
use std::net::SocketAddr;
use std::path::PathBuf;
use url::Url;

/// Where TLS ends, and the source of the certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TlsMode {
    /// TLS ends at a reverse proxy in front of this program.
    #[default]
    Off,
    /// TLS ends here, with a certificate from files.
    Files,
    /// TLS ends here, with a self-signed certificate that is created if the files are missing. For trials.
    SelfSigned,
}

/// `[tls]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// Where TLS ends.
    pub mode: TlsMode,
    /// A PEM file: the server's certificate, then the intermediate certificates.
    pub certificate: PathBuf,
    /// A PEM file: the certificate's private key.
    pub key: PathBuf,
    /// A second address, at which clients are asked for a certificate (RFC 8705).
    pub mutual_listen: Option<SocketAddr>,
    /// The URL at which clients reach an address that asks for certificates, without a slash at its end; empty for none.
    pub mutual_url: String,
    /// A PEM file with the authorities for `tls_client_auth`.
    pub client_ca: Option<PathBuf>,
    /// The header in which a trusted proxy passes on a client's certificate; empty for none.
    pub client_certificate_header: String,
}

impl Tls {
    /// Whether clients can present a certificate.
    pub(crate) fn takes_certificates(&self) -> bool {
        self.mutual_listen.is_some() || !self.client_certificate_header.is_empty()
    }
}

impl Default for Tls {
    fn default() -> Self {
        Self {
            mode: TlsMode::Off,
            certificate: PathBuf::from("keys/tls-certificate.pem"),
            key: PathBuf::from("keys/tls-key.pem"),
            mutual_listen: None,
            mutual_url: String::new(),
            client_ca: None,
            client_certificate_header: String::new(),
        }
    }
}

impl TlsMode {
    const ALL: [Self; 3] = [Self::Off, Self::Files, Self::SelfSigned];

    const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Files => "files",
            Self::SelfSigned => "self-signed",
        }
    }
}

pub const SECTION: Section<Tls> = Section {
    name: "tls",
    about: "TLS that ends at this program, for a deployment without a reverse proxy; mutual TLS with clients.",
    keys: &[
        plain(
            "mode",
            "off: TLS ends at a reverse proxy in front. files: TLS ends here, with the certificate and key below. self-signed:\n\
             as files, but if the files are missing, a self-signed certificate for the issuer's host is created; on localhost\n\
             only.",
            ValueKind::Choice {
                words: &["off", "files", "self-signed"],
                set: |section, word| {
                    section.mode = TlsMode::ALL.into_iter().find(|mode| mode.name() == word)?;
                    Some(())
                },
                get: |section| section.mode.name(),
            },
        ),
        plain(
            "certificate",
            "A PEM file with the server's certificate, followed by the intermediate certificates.",
            ValueKind::Text {
                remedy: "Give the path of a PEM file",
                set: |section, text| {
                    section.certificate = path(text)?;
                    Ok(())
                },
                get: |section| section.certificate.to_string_lossy().into_owned(),
            },
        ),
        plain(
            "key",
            "A PEM file with the certificate's private key.",
            ValueKind::Text {
                remedy: "Give the path of a PEM file",
                set: |section, text| {
                    section.key = path(text)?;
                    Ok(())
                },
                get: |section| section.key.to_string_lossy().into_owned(),
            },
        ),
        plain(
            "mutual_listen",
            "A second address and port, at which clients are asked for a certificate (mutual TLS, RFC 8705); \"\" for none.\n\
             server.listen never asks for one: browsers would then ask citizens to choose a certificate.",
            ValueKind::Text {
                remedy: "Give an IP address and a port, such as \"0.0.0.0:8444\", or \"\"",
                set: |section, text| {
                    let address = || text.parse().map_err(|_| "is not an IP address with a port");
                    section.mutual_listen = if text.is_empty() { None } else { Some(address()?) };
                    Ok(())
                },
                get: |section| section.mutual_listen.map(|address| address.to_string()).unwrap_or_default(),
            },
        ),
        plain(
            "mutual_url",
            "The URL at which clients reach an address that asks for certificates, here or at a proxy. Discovery lists its\n\
             endpoints (mtls_endpoint_aliases). \"\" if it is the issuer's URL.",
            ValueKind::Text {
                remedy: "Give an https URL without a path and without a slash at the end, or \"\"",
                set: |section, text| {
                    let sound = text.is_empty()
                        || Url::parse(text)
                            .is_ok_and(|url| url.scheme() == "https" && url.as_str().strip_suffix('/') == Some(text));
                    if !sound {
                        return Err("is not an https URL of a host without a path");
                    }
                    text.clone_into(&mut section.mutual_url);
                    Ok(())
                },
                get: |section| section.mutual_url.clone(),
            },
        ),
        plain(
            "client_ca",
            "A PEM file with the authorities that issue certificates to clients directly, without an intermediate\n\
             (tls_client_auth). \"\" for none: then only certificates that clients registered are accepted\n\
             (self_signed_tls_client_auth).",
            ValueKind::Text {
                remedy: "Give the path of a PEM file, or \"\"",
                set: |section, text| {
                    section.client_ca = (!text.is_empty()).then(|| PathBuf::from(text));
                    Ok(())
                },
                get: |section| section.client_ca.as_ref().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default(),
            },
        ),
        plain(
            "client_certificate_header",
            "The header in which a proxy of server.trusted_proxies passes on the certificate that a client presented: in the\n\
             form of RFC 9440, as percent-encoded PEM or as base64; \"\" for none. The proxy must verify that the client has\n\
             the private key, and must remove this header from every request that a client sends.",
            ValueKind::Text {
                remedy: "Give a header's name such as \"client-cert\", or \"\"",
                set: |section, text| {
                    if !text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
                        return Err("is not a header name in lower case");
                    }
                    text.clone_into(&mut section.client_certificate_header);
                    Ok(())
                },
                get: |section| section.client_certificate_header.clone(),
            },
        ),
    ],
};

fn path(text: &str) -> Result<PathBuf, &'static str> {
    if text.is_empty() { Err("is empty") } else { Ok(PathBuf::from(text)) }
}
