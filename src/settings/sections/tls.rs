//! `[tls]`: whether the program ends TLS itself.

use crate::settings::key::{Kind, Section, plain};
use std::net::SocketAddr;
use std::path::PathBuf;
use url::Url;

/// Where TLS ends, and where the certificate comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TlsMode {
    /// At a reverse proxy in front of it.
    #[default]
    Off,
    /// Here, with a certificate in files.
    Files,
    /// Here, with a certificate that it makes itself where there is none yet: for trying things out.
    SelfSigned,
}

/// `[tls]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// Where TLS ends.
    pub mode: TlsMode,
    /// A PEM file: the server's certificate, then those between it and its authority.
    pub certificate: PathBuf,
    /// A PEM file: the certificate's private key.
    pub key: PathBuf,
    /// A second address, at which clients are asked for a certificate (RFC 8705).
    pub mutual_listen: Option<SocketAddr>,
    /// The URL under which clients reach an address that asks for certificates, without a slash at its end; empty for none.
    pub mutual_url: String,
    /// A PEM file with the authorities for `tls_client_auth`.
    pub client_ca: Option<PathBuf>,
    /// The header in which a trusted proxy hands on a client's certificate; empty for none.
    pub client_certificate_header: String,
}

impl Tls {
    /// Whether clients can show a certificate.
    pub fn takes_certificates(&self) -> bool {
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

pub(crate) const SECTION: Section<Tls> = Section {
    name: "tls",
    about: "TLS of our own, for a deployment without a reverse proxy.",
    keys: &[
        plain(
            "mode",
            "off: TLS ends at the reverse proxy in front. files: it ends here, with the certificate and key below. self-signed: as files,\n\
             but where the files are missing a certificate that nobody trusts is made for the issuer's host; on localhost only.",
            Kind::Choice {
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
            "A PEM file with the server's certificate, followed by those between it and its authority.",
            Kind::Text {
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
            Kind::Text {
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
            "A second address and port, at which clients are asked for a certificate (mutual TLS, RFC 8705); \"\" for none. The first one\n\
             never asks: browsers would ask citizens which certificate to show.",
            Kind::Text {
                remedy: "Give an IP address and a port, such as \"0.0.0.0:8444\", or \"\"",
                set: |section, text| {
                    let address = || text.parse().map_err(|_| "is no IP address with a port");
                    section.mutual_listen = if text.is_empty() { None } else { Some(address()?) };
                    Ok(())
                },
                get: |section| section.mutual_listen.map(|address| address.to_string()).unwrap_or_default(),
            },
        ),
        plain(
            "mutual_url",
            "The URL under which clients reach an address that asks for certificates, here or at a proxy; discovery announces its\n\
             endpoints (mtls_endpoint_aliases). \"\" where it is the issuer's own.",
            Kind::Text {
                remedy: "Give an https URL without a path and without a slash at the end, or \"\"",
                set: |section, text| {
                    let sound = text.is_empty()
                        || Url::parse(text)
                            .is_ok_and(|url| url.scheme() == "https" && url.as_str().strip_suffix('/') == Some(text));
                    if !sound {
                        return Err("is no https URL of a bare host");
                    }
                    text.clone_into(&mut section.mutual_url);
                    Ok(())
                },
                get: |section| section.mutual_url.clone(),
            },
        ),
        plain(
            "client_ca",
            "A PEM file with the authorities that issue certificates to clients (tls_client_auth), each that issues them directly; \"\"\n\
             for none: then only certificates that clients registered themselves count (self_signed_tls_client_auth).",
            Kind::Text {
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
            "The header in which a proxy of server.trusted_proxies hands on the certificate that a client showed it, as RFC 9440 writes\n\
             it, as PEM with percent signs or as base64; \"\" for none. The proxy must verify that the client has the key, and must\n\
             remove the header from every request that it did not write it into.",
            Kind::Text {
                remedy: "Give a header's name such as \"client-cert\", or \"\"",
                set: |section, text| {
                    if !text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
                        return Err("is no header's name in lower case");
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
    if text.is_empty() { Err("names no file") } else { Ok(PathBuf::from(text)) }
}
