//! The certificate that a client shows (RFC 8705): in its TLS connection with us, or in a header of a proxy that is trusted.

use crate::crypto::certificate::ClientCertificate;
use crate::flows::App;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

/// The certificate of a request, if there is one.
pub struct ShownCertificate(pub Option<ClientCertificate>);

impl FromRequestParts<Arc<App>> for ShownCertificate {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        Ok(Self(certificate_of(app, parts)))
    }
}

/// The certificate of a request. A header counts only where the settings name it, and only from a proxy that they trust: everybody else
/// could write anybody's certificate there.
pub fn certificate_of(app: &App, parts: &Parts) -> Option<ClientCertificate> {
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
