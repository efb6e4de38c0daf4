//! `[tls]`: whether the program ends TLS itself.

use super::key::{Kind, Section, plain};
use std::path::PathBuf;

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
}

impl Default for Tls {
    fn default() -> Self {
        Self {
            mode: TlsMode::Off,
            certificate: PathBuf::from("keys/tls-certificate.pem"),
            key: PathBuf::from("keys/tls-key.pem"),
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

pub(super) const SECTION: Section = Section {
    name: "tls",
    about: "TLS of our own, for a deployment without a reverse proxy.",
    keys: &[
        plain(
            "mode",
            "off: TLS ends at the reverse proxy in front. files: it ends here, with the certificate and key below. self-signed: as files,\n\
             but where the files are missing a certificate that nobody trusts is made for the issuer's host; on localhost only.",
            Kind::Choice {
                words: &["off", "files", "self-signed"],
                set: |settings, word| {
                    settings.tls.mode = TlsMode::ALL.into_iter().find(|mode| mode.name() == word)?;
                    Some(())
                },
                get: |settings| settings.tls.mode.name(),
            },
        ),
        plain(
            "certificate",
            "A PEM file with the server's certificate, followed by those between it and its authority.",
            Kind::Text {
                remedy: "Give the path of a PEM file",
                set: |settings, text| {
                    settings.tls.certificate = path(text)?;
                    Ok(())
                },
                get: |settings| settings.tls.certificate.to_string_lossy().into_owned(),
            },
        ),
        plain(
            "key",
            "A PEM file with the certificate's private key.",
            Kind::Text {
                remedy: "Give the path of a PEM file",
                set: |settings, text| {
                    settings.tls.key = path(text)?;
                    Ok(())
                },
                get: |settings| settings.tls.key.to_string_lossy().into_owned(),
            },
        ),
    ],
};

fn path(text: &str) -> Result<PathBuf, &'static str> {
    if text.is_empty() { Err("names no file") } else { Ok(PathBuf::from(text)) }
}
