//! What a token is bound to: a DPoP key (RFC 9449) or a client certificate (RFC 8705 §3).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize};

/// `x5t#S256`: the SHA-256 of a certificate's DER, in base64url (RFC 8705 §3.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CertificateThumbprint(String);

impl CertificateThumbprint {
    /// Accepts 43 characters of base64url, as a SHA-256 has.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (text.len() == 43 && text.bytes().all(known)).then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What tokens are bound to. It is stored as text: a DPoP key's thumbprint unchanged, a certificate's with the prefix
/// `x5t#S256:`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Binding {
    /// A DPoP key (RFC 9449).
    Key(Jkt),
    /// A certificate (RFC 8705 §3).
    Certificate(CertificateThumbprint),
}

/// The prefix of a certificate's thumbprint.
const CERTIFICATE: &str = "x5t#S256:";

impl Binding {
    /// Parses what `into` wrote.
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix(CERTIFICATE) {
            Some(thumbprint) => CertificateThumbprint::parse(thumbprint).map(Self::Certificate),
            None => Jkt::parse(text).map(Self::Key),
        }
    }
}

impl From<Binding> for String {
    fn from(binding: Binding) -> Self {
        match binding {
            Binding::Key(jkt) => jkt.as_str().to_owned(),
            Binding::Certificate(thumbprint) => format!("{CERTIFICATE}{}", thumbprint.as_str()),
        }
    }
}

impl TryFrom<String> for Binding {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("no thumbprint")
    }
}

/// The thumbprint of a key that tokens are bound to (RFC 9449 §6.1, RFC 7638): 43 characters of base64url.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Jkt(String);

impl Jkt {
    /// Accepts 32 bytes in base64url without padding.
    pub fn parse(text: &str) -> Option<Self> {
        let is_sha256 = text.len() == 43 && URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == 32);
        is_sha256.then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Jkt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a SHA-256 thumbprint"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc8705_3_1_a_thumbprint_is_a_sha256_in_base64url() {
        assert!(CertificateThumbprint::parse("A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0").is_some());
        for bad in ["", "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0=", "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v", "+"] {
            assert_eq!(CertificateThumbprint::parse(bad), None, "{bad}");
        }
    }
}
