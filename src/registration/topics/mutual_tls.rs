//! What a client registers about its certificate (RFC 8705 §2.1.2, §3.4).

use crate::client::metadata::Client;
use crate::client::parts::mutual_tls::{CertificateBound, CertificateSubject, DistinguishedName};
use crate::client::words::TokenEndpointAuthMethod;
use crate::registration::access::Access;
use crate::registration::reader::Reader;
use crate::registration::row::{Row, by_both, line};
use serde_json::Value;

pub(crate) const ROWS: &[Row] = &[
    by_both(BOUND, &Bound, line("false", "true: tokens are bound to its certificate (RFC 8705)")),
    by_both(
        SUBJECT_DN,
        &Subject {
            parse: |text| DistinguishedName::parse(text).map(CertificateSubject::SubjectDn),
            text: |subject| if let CertificateSubject::SubjectDn(name) = subject { Some(name.to_string()) } else { None },
        },
        line(r#""…""#, "for tls_client_auth: the certificate's name, here or in one of the next four"),
    ),
    by_both(
        "tls_client_auth_san_dns",
        &Subject {
            parse: |text| entry(text).map(CertificateSubject::SanDns),
            text: |subject| if let CertificateSubject::SanDns(name) = subject { Some(name.clone()) } else { None },
        },
        line(r#""…""#, ""),
    ),
    by_both(
        "tls_client_auth_san_uri",
        &Subject {
            parse: |text| entry(text).map(CertificateSubject::SanUri),
            text: |subject| if let CertificateSubject::SanUri(name) = subject { Some(name.clone()) } else { None },
        },
        line(r#""…""#, ""),
    ),
    by_both(
        "tls_client_auth_san_ip",
        &Subject {
            parse: |text| text.parse().ok().map(CertificateSubject::SanIp),
            text: |subject| if let CertificateSubject::SanIp(address) = subject { Some(address.to_string()) } else { None },
        },
        line(r#""…""#, ""),
    ),
    by_both(
        "tls_client_auth_san_email",
        &Subject {
            parse: |text| entry(text).map(CertificateSubject::SanEmail),
            text: |subject| if let CertificateSubject::SanEmail(name) = subject { Some(name.clone()) } else { None },
        },
        line(r#""…""#, ""),
    ),
];

const BOUND: &str = "tls_client_certificate_bound_access_tokens";
const SUBJECT_DN: &str = "tls_client_auth_subject_dn";

/// `tls_client_certificate_bound_access_tokens`.
struct Bound;

impl Access for Bound {
    fn read(&self, name: &'static str, file: &mut Reader<'_, '_>, client: &mut Client) {
        let bound = file.flag(name).unwrap_or_default();
        client.token_policy.mutual_tls.tokens = if bound { CertificateBound::Yes } else { CertificateBound::No };
    }

    fn write(&self, client: &Client) -> Value {
        (client.token_policy.mutual_tls.tokens == CertificateBound::Yes).into()
    }

    #[cfg(test)]
    fn sample(&self) -> Value {
        true.into()
    }
}

/// One of the five names by which a certificate can be identified.
struct Subject {
    parse: fn(&str) -> Option<CertificateSubject>,
    text: fn(&CertificateSubject) -> Option<String>,
}

impl Access for Subject {
    fn read(&self, name: &'static str, file: &mut Reader<'_, '_>, client: &mut Client) {
        let Some(text) = file.text(name) else { return };
        match (self.parse)(text) {
            Some(subject) => client.token_policy.mutual_tls.subject = Some(subject),
            None => file
                .refuse(name, "write the name exactly as in the certificate: a distinguished name (RFC 4514), or one SAN entry"),
        }
    }

    fn write(&self, client: &Client) -> Value {
        client.token_policy.mutual_tls.subject.as_ref().and_then(self.text).into()
    }

    #[cfg(test)]
    fn sample(&self) -> Value {
        ["CN=tax", "192.0.2.1", "batch.tax.example"].into_iter().find(|text| (self.parse)(text).is_some()).into()
    }
}

fn entry(text: &str) -> Option<String> {
    (text.len() <= 512 && !text.contains('*')).then(|| text.to_owned())
}

/// The rules for the authentication method and the names (RFC 8705 §2).
pub(crate) fn check(client: &Client, file: &mut Reader<'_, '_>) {
    let named = client.token_policy.mutual_tls.subject.is_some();
    let subjects = ROWS.iter().filter(|row| row.name != BOUND && file.has(row.name));
    if subjects.count() > 1 {
        return file.refuse(SUBJECT_DN, "write only one of the five tls_client_auth_… names (RFC 8705 2.1.2)");
    }
    match client.auth_method {
        TokenEndpointAuthMethod::TlsClientAuth if !named => {
            file.refuse(SUBJECT_DN, "is missing: write the certificate's name here or in one of tls_client_auth_san_…");
        }
        TokenEndpointAuthMethod::SelfSignedTlsClientAuth if !file.has("jwks") && !file.has("jwks_uri") => {
            file.refuse(
                "jwks",
                "is missing: write a key with the certificate as x5c or x5t#S256 (RFC 8705 2.2.2), or write jwks_uri",
            );
        }
        TokenEndpointAuthMethod::TlsClientAuth => {}
        _ if named => {
            file.refuse("token_endpoint_auth_method", "write tls_client_auth, or leave out the tls_client_auth_… names");
        }
        _ => {}
    }
}
