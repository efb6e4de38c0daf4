//! The keys of a client's certificate (RFC 8705 §2.1.2, §3.4) in an agency file and in what clients say of themselves.

use super::reader::Reader;
use crate::oidc::client::{Client, TokenEndpointAuthMethod};
use crate::oidc::mutual_tls::{CertificateBound, CertificateSubject, DistinguishedName, MutualTls};
use serde_json::Value;

pub(super) const KEYS: [&str; 6] = [
    "tls_client_auth_subject_dn",
    "tls_client_auth_san_dns",
    "tls_client_auth_san_uri",
    "tls_client_auth_san_ip",
    "tls_client_auth_san_email",
    "tls_client_certificate_bound_access_tokens",
];

/// Reads them.
pub(super) fn mutual_tls(file: &mut Reader<'_, '_>) -> MutualTls {
    let bound = file.flag("tls_client_certificate_bound_access_tokens").unwrap_or_default();
    let mut subjects = Vec::new();
    for key in &KEYS[..5] {
        let Some(text) = file.text(key) else { continue };
        match subject(key, text) {
            Some(subject) => subjects.push(subject),
            None => file
                .refuse(key, "write the name as the certificate has it: a distinguished name as in RFC 4514, or one SAN entry"),
        }
    }
    if subjects.len() > 1 {
        file.refuse(
            "tls_client_auth_subject_dn",
            "a client has exactly one of the five tls_client_auth_… names (RFC 8705 2.1.2)",
        );
    }
    MutualTls { subject: subjects.pop(), tokens: if bound { CertificateBound::Yes } else { CertificateBound::No } }
}

fn subject(key: &str, text: &str) -> Option<CertificateSubject> {
    let sound = !text.is_empty() && text.len() <= 512 && !text.contains('*');
    let owned = || sound.then(|| text.to_owned());
    match key {
        "tls_client_auth_subject_dn" => DistinguishedName::parse(text).map(CertificateSubject::SubjectDn),
        "tls_client_auth_san_dns" => owned().map(CertificateSubject::SanDns),
        "tls_client_auth_san_uri" => owned().map(CertificateSubject::SanUri),
        "tls_client_auth_san_ip" => text.parse().ok().map(CertificateSubject::SanIp),
        _ => owned().map(CertificateSubject::SanEmail),
    }
}

/// How the method and the names fit together (RFC 8705 §2).
pub(super) fn check(client: &Client, file: &mut Reader<'_, '_>) {
    let named = client.token_policy.mutual_tls.subject.is_some();
    match client.auth_method {
        TokenEndpointAuthMethod::TlsClientAuth if !named => {
            file.refuse(
                "tls_client_auth_subject_dn",
                "is missing: say whose certificate it is, by this name or one of tls_client_auth_san_…",
            );
        }
        TokenEndpointAuthMethod::SelfSignedTlsClientAuth if !file.has("jwks") && !file.has("jwks_uri") => {
            file.refuse(
                "jwks",
                "is missing: put the certificate there as x5c or x5t#S256 of a key (RFC 8705 2.2.2), or give jwks_uri",
            );
        }
        TokenEndpointAuthMethod::TlsClientAuth => {}
        _ if named => {
            file.refuse("token_endpoint_auth_method", "write tls_client_auth, or leave out the tls_client_auth_… names");
        }
        _ => {}
    }
}

/// What is registered, by its keys, for telling the client (RFC 7591 §3.2.1).
pub(super) fn metadata(mutual_tls: &MutualTls) -> [(&'static str, Value); 6] {
    let fields = described(mutual_tls);
    fields.map(|(key, text)| match key {
        "tls_client_certificate_bound_access_tokens" => (key, Value::Bool(mutual_tls.tokens == CertificateBound::Yes)),
        _ if text.is_empty() => (key, Value::Null),
        _ => (key, Value::String(text)),
    })
}

/// Every field by its key, for showing what a file changes.
pub(super) fn describe(mutual_tls: &MutualTls) -> Vec<(&'static str, String)> {
    described(mutual_tls).to_vec()
}

fn described(mutual_tls: &MutualTls) -> [(&'static str, String); 6] {
    let (mut fields, bound) = (KEYS.map(|key| (key, String::new())), mutual_tls.tokens == CertificateBound::Yes);
    fields[5].1 = bound.to_string();
    match &mutual_tls.subject {
        Some(CertificateSubject::SubjectDn(name)) => fields[0].1 = format!("{name}"),
        Some(CertificateSubject::SanDns(name)) => fields[1].1.clone_from(name),
        Some(CertificateSubject::SanUri(name)) => fields[2].1.clone_from(name),
        Some(CertificateSubject::SanIp(address)) => fields[3].1 = address.to_string(),
        Some(CertificateSubject::SanEmail(name)) => fields[4].1.clone_from(name),
        None => {}
    }
    fields
}
