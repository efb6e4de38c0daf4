//! Client certificates (RFC 8705), parsed and compared with the registered values. TLS has already verified that the client holds
//! the private key; this file decides what the certificate proves.

use crate::client::parts::mutual_tls::{CertificateSubject, DistinguishedName};
use crate::oidc::binding::CertificateThumbprint;
use crate::time::Timestamp;
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use serde_json::Value;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

/// Longest certificate, in bytes.
const LONGEST: usize = 16 * 1024;

/// A certificate that a client presented, as DER.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate(Arc<[u8]>);

impl ClientCertificate {
    /// Takes one certificate in DER.
    pub fn from_der(der: &[u8]) -> Option<Self> {
        if der.len() > LONGEST {
            return None;
        }
        // No trailing bytes: with them, the same signed certificate would have a second thumbprint.
        X509Certificate::from_der(der).ok().filter(|(rest, _)| rest.is_empty())?;
        Some(Self(Arc::from(der)))
    }

    /// Takes one certificate in PEM.
    pub(crate) fn from_pem(pem: &[u8]) -> Option<Self> {
        Self::from_der(&CertificateDer::from_pem_slice(pem).ok()?)
    }

    /// `x5t#S256` (RFC 8705 §3.1).
    pub fn thumbprint(&self) -> Option<CertificateThumbprint> {
        CertificateThumbprint::parse(&URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, &self.0)))
    }

    /// Whether it names this subject (RFC 8705 §2.1.2). [`Authorities`] checks whether a trusted authority issued it.
    pub(crate) fn is_of(&self, subject: &CertificateSubject) -> bool {
        let Ok((_, certificate)) = X509Certificate::from_der(&self.0) else { return false };
        match subject {
            CertificateSubject::SubjectDn(name) => distinguished_name(&certificate).as_ref() == Some(name),
            // RFC 4343: host names are compared without case. A wildcard names many hosts, so it identifies no client.
            CertificateSubject::SanDns(host) => {
                has_name(&certificate, |name| matches!(name, GeneralName::DNSName(known) if known.eq_ignore_ascii_case(host)))
            }
            CertificateSubject::SanUri(uri) => {
                has_name(&certificate, |name| matches!(name, GeneralName::URI(known) if known == uri))
            }
            CertificateSubject::SanIp(address) => has_name(
                &certificate,
                |name| matches!(name, GeneralName::IPAddress(known) if ip_address(known) == Some(*address)),
            ),
            CertificateSubject::SanEmail(email) => {
                has_name(&certificate, |name| matches!(name, GeneralName::RFC822Name(known) if known == email))
            }
        }
    }

    /// Whether the client registered it in its key set, as `x5c` or `x5t#S256` (RFC 8705 §2.2.2).
    pub(crate) fn is_registered_in(&self, jwks: &Value) -> bool {
        let der = STANDARD.encode(&self.0);
        let thumbprint = self.thumbprint();
        let keys = jwks.get("keys").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        keys.iter().any(|key| {
            let first = key.get("x5c").and_then(|chain| chain.get(0)).and_then(Value::as_str);
            let x5t = key.get("x5t#S256").and_then(Value::as_str);
            first == Some(der.as_str()) || (x5t.is_some() && x5t == thumbprint.as_ref().map(CertificateThumbprint::as_str))
        })
    }

    /// Whether `now` is within its validity period.
    pub(crate) fn is_valid_at(&self, now: Timestamp) -> bool {
        let Ok((_, certificate)) = X509Certificate::from_der(&self.0) else { return false };
        let validity = certificate.validity();
        (validity.not_before.timestamp()..=validity.not_after.timestamp()).contains(&now.seconds())
    }
}

/// The certificate of a server, as far as an operator asks about it.
pub(crate) struct ServerCertificate {
    der: ClientCertificate,
    ends_at: Timestamp,
}

impl ServerCertificate {
    /// Takes the first certificate in PEM.
    pub(crate) fn from_pem(pem: &[u8]) -> Option<Self> {
        let der = ClientCertificate::from_pem(pem)?;
        let (_, certificate) = X509Certificate::from_der(&der.0).ok()?;
        let ends_at = Timestamp::from_seconds(certificate.validity().not_after.timestamp());
        Some(Self { der, ends_at })
    }

    /// When it expires.
    pub(crate) const fn ends_at(&self) -> Timestamp {
        self.ends_at
    }

    /// Whether it names this host; a wildcard stands for one label (RFC 9525 §6.3).
    pub(crate) fn is_for(&self, host: &str) -> bool {
        let Ok((_, certificate)) = X509Certificate::from_der(&self.der.0) else { return false };
        let under = host.split_once('.').map(|(_, under)| format!("*.{under}"));
        let matches = |known: &str| {
            known.eq_ignore_ascii_case(host) || under.as_ref().is_some_and(|under| known.eq_ignore_ascii_case(under))
        };
        has_name(&certificate, |name| matches!(name, GeneralName::DNSName(known) if matches(known)))
    }
}

fn has_name(certificate: &X509Certificate<'_>, is_it: impl Fn(&GeneralName<'_>) -> bool) -> bool {
    let names = certificate.subject_alternative_name().ok().flatten();
    names.is_some_and(|names| names.value.general_names.iter().any(is_it))
}

fn ip_address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from).ok();
    v4.or_else(|| <[u8; 16]>::try_from(bytes).map(IpAddr::from).ok())
}

/// The subject in the order of RFC 4514 §2.1: the last part in the certificate comes first.
fn distinguished_name(certificate: &X509Certificate<'_>) -> Option<DistinguishedName> {
    let mut parts = Vec::new();
    for part in certificate.subject().iter_rdn() {
        let attributes =
            part.iter().map(|attribute| Some((attribute.attr_type().to_id_string(), attribute.as_str().ok()?.to_owned())));
        parts.push(attributes.collect::<Option<Vec<_>>>()?);
    }
    parts.reverse();
    Some(DistinguishedName::of(parts))
}

/// Certificate authorities that may issue client certificates (RFC 8705 §2.1).
#[derive(Debug, Clone)]
pub struct Authorities(Arc<dyn ClientCertVerifier>);

impl Authorities {
    /// Reads their certificates from PEM; `None` if the text has none, or has one that cannot be used.
    pub fn from_pem(pem: &[u8]) -> Option<Self> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            roots.add(certificate.ok()?).ok()?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().ok().map(Self)
    }

    /// For a listener that refuses every client that they do not vouch for.
    pub(crate) fn verifier(&self) -> Arc<dyn ClientCertVerifier> {
        Arc::clone(&self.0)
    }

    /// Whether one of them issued this certificate directly, for client authentication, and it is valid at `now`.
    pub(crate) fn vouch_for(&self, certificate: &ClientCertificate, now: Timestamp) -> bool {
        let Ok(seconds) = u64::try_from(now.seconds()) else { return false };
        let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        self.0.verify_client_cert(&CertificateDer::from(&*certificate.0), &[], now).is_ok()
    }
}
