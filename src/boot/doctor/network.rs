//! How the server is reached: TLS and the proxy in front of it.

use super::Finding;
use crate::crypto::certificate::ServerCertificate;
use crate::settings::{Settings, TlsMode};
use crate::time::Timestamp;
use std::time::Duration;

/// A certificate that ends earlier is reported.
const RENEWED_BEFORE: Duration = Duration::from_hours(21 * 24);

pub(super) fn examine(settings: &Settings, now: Timestamp) -> Vec<Finding> {
    vec![tls(settings, now), proxy(settings)]
}

fn tls(settings: &Settings, now: Timestamp) -> Finding {
    const PART: &str = "tls";
    let path = settings.tls.certificate.display();
    match settings.tls.mode {
        TlsMode::Off => return Finding::good(PART, "TLS ends at a proxy in front"),
        TlsMode::SelfSigned => return Finding::good(PART, "a certificate of its own, for this machine alone"),
        TlsMode::Files => {}
    }
    let pem = match std::fs::read(&settings.tls.certificate) {
        Ok(pem) => pem,
        Err(error) => return Finding::wrong(PART, format!("{path} cannot be read: {error}"), "correct tls.certificate"),
    };
    let Some(certificate) = ServerCertificate::from_pem(&pem) else {
        return Finding::wrong(PART, format!("{path} holds no certificate in PEM"), "put the certificate chain there");
    };
    let host = host(settings);
    if !certificate.is_for(&host) {
        let what = format!("the certificate in {path} does not name {host}");
        return Finding::wrong(PART, what, "get a certificate for the host of server.issuer");
    }
    if certificate.ends_at() <= now {
        return Finding::wrong(PART, format!("the certificate in {path} has expired"), "renew it");
    }
    let days = certificate.ends_at().since(now).as_secs() / 86_400;
    if certificate.ends_at() <= now.plus(RENEWED_BEFORE) {
        return Finding::warning(
            PART,
            format!("the certificate in {path} expires in {days} days"),
            "renew it, and restart the server",
        );
    }
    Finding::good(PART, format!("the certificate is for {host} and expires in {days} days"))
}

fn host(settings: &Settings) -> String {
    let url = url::Url::parse(settings.issuer()).ok();
    url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

fn proxy(settings: &Settings) -> Finding {
    const PART: &str = "proxy";
    let behind_one = settings.issuer().starts_with("https://") && settings.tls.mode == TlsMode::Off;
    match (behind_one, settings.server.trusted_proxies.is_empty()) {
        (true, true) => Finding::wrong(
            PART,
            "a proxy ends TLS, and server.trusted_proxies names none: all visitors share the limits of its one address",
            "name the proxy's address or network in server.trusted_proxies, and let it send X-Forwarded-For",
        ),
        (true, false) => Finding::good(PART, "the addresses of visitors are taken from the trusted proxies"),
        (false, true) => Finding::good(PART, "none; visitors connect directly"),
        (false, false) => Finding::warning(
            PART,
            "proxies are trusted, and visitors connect directly as well: who is in those networks chooses an address",
            "empty server.trusted_proxies if there is no proxy",
        ),
    }
}
