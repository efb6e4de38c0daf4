//! Mutual TLS (RFC 8705): what a client registers about its certificate, and the distinguished names of certificates.

use crate::client::words::TokenEndpointAuthMethod;
use serde::{Deserialize, Serialize};
use std::fmt::{self, Write as _};
use std::net::IpAddr;

/// What a client registers about its certificate.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MutualTls {
    /// The certificate's subject, for `tls_client_auth` (RFC 8705 §2.1.2): one of the five `tls_client_auth_*` members.
    #[serde(default)]
    pub subject: Option<CertificateSubject>,
    /// Whether its access tokens are bound to its certificate.
    #[serde(default)]
    pub tokens: CertificateBound,
}

/// `tls_client_certificate_bound_access_tokens` (RFC 8705 §3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CertificateBound {
    /// The access tokens are not bound.
    #[default]
    No,
    /// The access tokens are bound. The client presents its certificate at the token endpoint and with every token.
    Yes,
}

/// The subject of a client's certificate, in one of the forms of RFC 8705 §2.1.2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateSubject {
    /// `tls_client_auth_subject_dn`.
    SubjectDn(DistinguishedName),
    /// `tls_client_auth_san_dns`.
    SanDns(String),
    /// `tls_client_auth_san_uri`.
    SanUri(String),
    /// `tls_client_auth_san_ip`.
    SanIp(IpAddr),
    /// `tls_client_auth_san_email`.
    SanEmail(String),
}

/// A distinguished name: a list of parts, the most specific first (the order of RFC 4514). A part is a list of attributes, each
/// an object identifier and a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DistinguishedName(pub Vec<Vec<(String, String)>>);

/// Short names of attributes: those of RFC 4514 §3 and RFC 4519, and some other common ones.
const ATTRIBUTES: [(&str, &str); 13] = [
    ("CN", "2.5.4.3"),
    ("SN", "2.5.4.4"),
    ("SERIALNUMBER", "2.5.4.5"),
    ("C", "2.5.4.6"),
    ("L", "2.5.4.7"),
    ("ST", "2.5.4.8"),
    ("STREET", "2.5.4.9"),
    ("O", "2.5.4.10"),
    ("OU", "2.5.4.11"),
    ("ORGANIZATIONIDENTIFIER", "2.5.4.97"),
    ("UID", "0.9.2342.19200300.100.1.1"),
    ("DC", "0.9.2342.19200300.100.1.25"),
    ("EMAILADDRESS", "1.2.840.113549.1.9.1"),
];

/// The most bytes of a name.
const LONGEST: usize = 1024;

impl DistinguishedName {
    /// Reads the string form of RFC 4514 §3. Values in hexadecimal (`#04…`) and unknown short names are rejected.
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() || text.len() > LONGEST {
            return None;
        }
        let mut reader = Reader { rest: text };
        let mut parts = vec![vec![reader.attribute()?]];
        while let Some(sign) = reader.sign() {
            match sign {
                '+' => parts.last_mut()?.push(reader.attribute()?),
                ',' => parts.push(vec![reader.attribute()?]),
                _ => return None,
            }
        }
        Some(Self::of(parts))
    }

    /// A name of these parts, in RFC 4514's order. The attributes of a part are sorted, because their order has no meaning.
    pub(crate) fn of(mut parts: Vec<Vec<(String, String)>>) -> Self {
        for part in &mut parts {
            part.sort();
        }
        Self(parts)
    }
}

/// The string form of RFC 4514 §2.
impl fmt::Display for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in self.0.iter().enumerate() {
            for (within, (identifier, value)) in part.iter().enumerate() {
                let separator = match (at, within) {
                    (0, 0) => "",
                    (_, 0) => ",",
                    _ => "+",
                };
                let short =
                    ATTRIBUTES.iter().find(|(_, known)| known == identifier).map_or(identifier.as_str(), |(short, _)| short);
                write!(f, "{separator}{short}=")?;
                for (place, sign) in value.char_indices() {
                    let outer = sign == ' ' && (place == 0 || place + 1 == value.len());
                    match sign {
                        '"' | '+' | ',' | ';' | '<' | '>' | '\\' => write!(f, "\\{sign}")?,
                        '#' if place == 0 => f.write_str("\\#")?,
                        ' ' if outer => f.write_str("\\ ")?,
                        '\0' => f.write_str("\\00")?,
                        _ => f.write_char(sign)?,
                    }
                }
            }
        }
        Ok(())
    }
}

/// Reads a name from left to right.
struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    /// `CN=value`, up to an unescaped `,` or `+`.
    fn attribute(&mut self) -> Option<(String, String)> {
        let (name, rest) = self.rest.split_once('=')?;
        self.rest = rest.trim_start_matches(' ');
        let identifier = identifier(name.trim())?;
        if self.rest.starts_with('#') {
            return None;
        }
        let (mut value, mut kept) = (Vec::new(), 0);
        while let Some(sign) = self.rest.chars().next() {
            match sign {
                ',' | '+' => break,
                '\\' => {
                    value.extend(self.escaped()?);
                    kept = value.len();
                }
                // RFC 4514 §3: these must be escaped.
                '"' | ';' | '<' | '>' | '\0' => return None,
                _ => {
                    self.rest = &self.rest[sign.len_utf8()..];
                    value.extend(sign.encode_utf8(&mut [0; 4]).bytes());
                    kept = if sign == ' ' { kept } else { value.len() };
                }
            }
        }
        // An unescaped space at the end is not part of the value (RFC 4514 §2.4).
        value.truncate(kept);
        Some((identifier, String::from_utf8(value).ok()?))
    }

    /// What follows a backslash: a special character, or a byte as two hexadecimal digits.
    fn escaped(&mut self) -> Option<Vec<u8>> {
        let rest = self.rest.strip_prefix('\\')?;
        let sign = rest.chars().next()?;
        if " \"#+,;<=>\\".contains(sign) {
            self.rest = &rest[1..];
            return Some(vec![u8::try_from(sign).ok()?]);
        }
        let digits = rest.get(..2).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
        self.rest = &rest[2..];
        Some(vec![u8::from_str_radix(digits, 16).ok()?])
    }

    /// The separator after an attribute; `None` at the end.
    fn sign(&mut self) -> Option<char> {
        let sign = self.rest.chars().next()?;
        self.rest = self.rest[sign.len_utf8()..].trim_start_matches(' ');
        Some(sign)
    }
}

/// The object identifier for a short name (in upper or lower case), or the one that the text spells in numbers.
fn identifier(name: &str) -> Option<String> {
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        let sound = name.split('.').count() > 2 && name.split('.').all(|part| part.parse::<u64>().is_ok());
        return sound.then(|| name.to_owned());
    }
    ATTRIBUTES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, identifier)| (*identifier).to_owned())
}

impl TokenEndpointAuthMethod {
    /// Whether the client authenticates with a certificate (RFC 8705 §2).
    pub const fn needs_certificate(self) -> bool {
        matches!(self, Self::TlsClientAuth | Self::SelfSignedTlsClientAuth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(text: &str) -> Option<Vec<Vec<(String, String)>>> {
        DistinguishedName::parse(text).map(|name| name.0)
    }

    fn part(identifier: &str, value: &str) -> (String, String) {
        (identifier.to_owned(), value.to_owned())
    }

    #[test]
    fn rfc4514_4_the_examples_of_the_standard_are_read() {
        let read = name("UID=jsmith,DC=example,DC=net").unwrap();
        assert_eq!(read[0], [part("0.9.2342.19200300.100.1.1", "jsmith")]);
        assert_eq!(read[2], [part("0.9.2342.19200300.100.1.25", "net")]);
        let read = name("OU=Sales+CN=J.  Smith,DC=example,DC=net").unwrap();
        assert_eq!(read[0], [part("2.5.4.11", "Sales"), part("2.5.4.3", "J.  Smith")]);
        assert_eq!(name("CN=James \\\"Jim\\\" Smith\\, III,DC=net").unwrap()[0], [part("2.5.4.3", "James \"Jim\" Smith, III")]);
        assert_eq!(name("CN=Before\\0dAfter,DC=net").unwrap()[0], [part("2.5.4.3", "Before\rAfter")]);
        assert_eq!(name("CN=Lu\\C4\\8Di\\C4\\87").unwrap()[0], [part("2.5.4.3", "Lučić")]);
    }

    #[test]
    fn rfc4514_2_4_spaces_at_the_ends_of_a_value_count_only_when_escaped() {
        assert_eq!(name("CN = a b , O=c").unwrap(), [[part("2.5.4.3", "a b")], [part("2.5.4.10", "c")]]);
        assert_eq!(name("CN=\\ a\\ ").unwrap(), [[part("2.5.4.3", " a ")]]);
    }

    #[test]
    fn a_text_that_is_no_distinguished_name_is_rejected() {
        for bad in
            ["", "CN", "CN=a,", "CN=a;O=b", "XX=a", "CN=#0403", "CN=\\", "CN=\\zz", "1=a", "1..2=a", "CN=a\"b", "CN=\\ff", "=a"]
        {
            assert_eq!(name(bad), None, "{bad}");
        }
        assert_eq!(name(&format!("CN={}", "a".repeat(LONGEST))), None);
    }

    proptest! {
        #[test]
        fn anything_is_read_without_a_panic(text in ".{0,60}", known in "(CN|O|C)=[a-c\\\\,+ \"#0-9]{0,30}") {
            let _ = (DistinguishedName::parse(&text), DistinguishedName::parse(&known));
        }

        #[test]
        fn an_escaped_value_is_read_back(values in proptest::collection::vec("[^\\x00]{0,12}", 1..4)) {
            let escape = |value: &str| value.bytes().fold(String::new(), |text, byte| text + &format!("\\{byte:02x}"));
            let text: Vec<String> = values.iter().map(|value| format!("O={}", escape(value))).collect();
            let expected: Vec<_> = values.iter().map(|value| vec![part("2.5.4.10", value)]).collect();
            let read = DistinguishedName::parse(&text.join(","));
            prop_assert_eq!(read.clone().map(|name| name.0), Some(expected));
            prop_assert_eq!(read.as_ref().and_then(|name| DistinguishedName::parse(&name.to_string())), read);
        }
    }
}
