//! The certificate of a client (RFC 8705): from its TLS connection to us, or from a header of a trusted proxy.

use crate::app::App;
use crate::crypto::certificate::ClientCertificate;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

/// The certificate of a request, if there is one.
pub(crate) struct ShownCertificate(pub(crate) Option<ClientCertificate>);

impl FromRequestParts<Arc<App>> for ShownCertificate {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        Ok(Self(certificate_of(app, parts)))
    }
}

/// The certificate of a request. A header counts only where the settings name it, and only from a proxy that they trust: any
/// other sender could put the certificate of another client there.
pub(crate) fn certificate_of(app: &App, parts: &Parts) -> Option<ClientCertificate> {
    if let Some(shown) = parts.extensions.get::<ClientCertificate>() {
        return Some(shown.clone());
    }
    let name = app.settings.tls.client_certificate_header.as_str();
    if name.is_empty() {
        return None;
    }
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip();
    let mut values = parts.headers.get_all(name).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    app.settings.trusts_proxy(peer).then(|| read(value.to_str().ok()?)).flatten()
}

/// The forms in use: a byte sequence (RFC 9440 §2.1), PEM with percent signs (nginx), and plain base64 of DER (HAProxy).
fn read(value: &str) -> Option<ClientCertificate> {
    let value = value.trim();
    if value.contains("BEGIN") {
        let pem = url::form_urlencoded::parse(format!("c={}", value.replace('+', "%2B")).as_bytes()).next()?.1.into_owned();
        return ClientCertificate::from_pem(pem.as_bytes());
    }
    let base64 = value.strip_prefix(':').and_then(|rest| rest.strip_suffix(':')).unwrap_or(value);
    ClientCertificate::from_der(&STANDARD.decode(base64).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    /// The certificate of a client of the certification runs, and its DER.
    static PEM: LazyLock<(Vec<u8>, &str)> = LazyLock::new(|| {
        let file = include_str!("../../../tests/conformance/certificates/conformance-tls.pem");
        let certificate = &file[file.find("-----BEGIN CERTIFICATE").unwrap()..];
        let pem = &certificate[..certificate.find("-----END CERTIFICATE-----").unwrap() + 25];
        let body: String = pem.lines().filter(|line| !line.starts_with("--")).collect();
        (STANDARD.decode(body).unwrap(), pem)
    });

    #[test]
    fn the_same_certificate_is_read_from_every_form_that_proxies_write() {
        let (der, pem) = (&PEM.0, PEM.1);
        let expected = ClientCertificate::from_der(der);
        let encoded: String = url::form_urlencoded::byte_serialize(pem.as_bytes()).collect();
        let base64 = STANDARD.encode(der);
        for form in [base64.clone(), format!(":{base64}:"), format!(" {base64} "), encoded.replace('+', "%20")] {
            assert!(expected.is_some() && read(&form) == expected, "{form:.40}");
        }
    }

    proptest! {
        #[test]
        fn what_is_cut_or_lengthened_or_no_certificate_is_none(
            cut in 1_usize..300,
            more in "[A-Za-z0-9+/]{4}",
            text in "[ -~]{0,80}",
        ) {
            let der = &PEM.0;
            let kept = der.len() - cut.min(der.len());
            prop_assert!(read(&STANDARD.encode(&der[..kept])).is_none());
            let mut lengthened = der.clone();
            lengthened.extend(more.bytes());
            prop_assert!(read(&STANDARD.encode(lengthened)).is_none());
            prop_assert!(read(&text).is_none());
        }
    }
}
