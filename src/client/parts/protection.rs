//! How personal data for a client is protected, as the client registered it (OpenID Connect Registration §2): UserInfo as a
//! signed JWT, ID tokens and UserInfo encrypted to the client's key (OpenID Connect Core §5.3.2, §10.2).

use crate::client::words::SigningAlg;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How the client gets the key of the encrypted content: the `alg` of a JWE (RFC 7518 §4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyManagement {
    /// RSAES OAEP with SHA-256 and MGF1 with SHA-256 (RFC 7518 §4.3).
    #[serde(rename = "RSA-OAEP-256")]
    RsaOaep256,
    /// The key is agreed by ephemeral-static Diffie-Hellman (RFC 7518 §4.6, RFC 8037 §3.2).
    #[serde(rename = "ECDH-ES")]
    EcdhEs,
    /// The agreed key wraps a fresh one with AES-128 (RFC 7518 §4.4).
    #[serde(rename = "ECDH-ES+A128KW")]
    EcdhEsA128Kw,
    /// The agreed key wraps a fresh one with AES-256 (RFC 7518 §4.4).
    #[serde(rename = "ECDH-ES+A256KW")]
    EcdhEsA256Kw,
}

impl KeyManagement {
    /// All, in the order in which discovery lists them.
    pub const ALL: [Self; 4] = [Self::EcdhEs, Self::EcdhEsA128Kw, Self::EcdhEsA256Kw, Self::RsaOaep256];

    /// The JOSE name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RsaOaep256 => "RSA-OAEP-256",
            Self::EcdhEs => "ECDH-ES",
            Self::EcdhEsA128Kw => "ECDH-ES+A128KW",
            Self::EcdhEsA256Kw => "ECDH-ES+A256KW",
        }
    }

    /// Whether a public key can be used with this algorithm: its type must fit, and `use`, `alg` and `key_ops` must allow it if
    /// they are present (RFC 7517 §4.2 to §4.4).
    pub(crate) fn fits(self, jwk: &Value) -> bool {
        let says = |name: &str, value: &str| jwk.get(name).is_some_and(|found| found == value);
        let says_nothing_else = |name: &str, value: &str| jwk.get(name).is_none() || says(name, value);
        let of_type = match self {
            Self::RsaOaep256 => says("kty", "RSA"),
            Self::EcdhEs | Self::EcdhEsA128Kw | Self::EcdhEsA256Kw => {
                let on = |curves: &[&str]| curves.iter().any(|curve| says("crv", curve));
                (says("kty", "EC") && on(&["P-256", "P-384", "P-521"])) || (says("kty", "OKP") && on(&["X25519"]))
            }
        };
        // A public key for key agreement has no operation of its own. Some programs write an empty list, others the private
        // key's.
        let encrypts = |op: &Value| ["encrypt", "wrapKey", "deriveKey", "deriveBits"].iter().any(|known| op == known);
        let operations = |ops: &Value| ops.as_array().is_some_and(|ops| ops.is_empty() || ops.iter().any(encrypts));
        of_type
            && says_nothing_else("use", "enc")
            && says_nothing_else("alg", self.name())
            && jwk.get("key_ops").is_none_or(operations)
    }
}

/// How the content is encrypted: the `enc` of a JWE (RFC 7518 §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ContentEncryption {
    /// AES-128 in Galois/Counter Mode (RFC 7518 §5.3).
    #[serde(rename = "A128GCM")]
    A128Gcm,
    /// AES-256 in Galois/Counter Mode.
    #[serde(rename = "A256GCM")]
    A256Gcm,
    /// AES-128 in CBC mode with HMAC SHA-256 (RFC 7518 §5.2.3); the default (OpenID Connect Registration §2).
    #[default]
    #[serde(rename = "A128CBC-HS256")]
    A128CbcHs256,
    /// AES-256 in CBC mode with HMAC SHA-512 (RFC 7518 §5.2.5).
    #[serde(rename = "A256CBC-HS512")]
    A256CbcHs512,
}

impl ContentEncryption {
    /// All, in the order in which discovery lists them.
    pub const ALL: [Self; 4] = [Self::A128CbcHs256, Self::A256CbcHs512, Self::A128Gcm, Self::A256Gcm];

    /// The JOSE name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::A128Gcm => "A128GCM",
            Self::A256Gcm => "A256GCM",
            Self::A128CbcHs256 => "A128CBC-HS256",
            Self::A256CbcHs512 => "A256CBC-HS512",
        }
    }

    /// The length of its key in bytes.
    pub(crate) const fn key_len(self) -> usize {
        match self {
            Self::A128Gcm => 16,
            Self::A256Gcm | Self::A128CbcHs256 => 32,
            Self::A256CbcHs512 => 64,
        }
    }
}

/// `…_encrypted_response_alg` and `…_encrypted_response_enc`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encryption {
    /// How the client gets the content's key.
    pub alg: KeyManagement,
    /// How the content is encrypted.
    pub enc: ContentEncryption,
}

/// One client's protection. By default there is none of it: ID tokens are signed anyway, and UserInfo is JSON over TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Protection {
    /// `id_token_encrypted_response_alg`, `…_enc`: for ID tokens and logout tokens (Back-Channel Logout 1.0 §2.4).
    pub id_token_encryption: Option<Encryption>,
    /// `userinfo_signed_response_alg`.
    pub userinfo_signing_alg: Option<SigningAlg>,
    /// `userinfo_encrypted_response_alg`, `…_enc`.
    pub userinfo_encryption: Option<Encryption>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_names_on_the_wire_are_the_names_in_the_store() {
        for alg in KeyManagement::ALL {
            assert_eq!(serde_json::to_value(alg).unwrap(), alg.name());
        }
        for enc in ContentEncryption::ALL {
            assert_eq!(serde_json::to_value(enc).unwrap(), enc.name());
        }
    }

    #[test]
    fn rfc7517_4_2_a_key_is_used_only_for_its_declared_use() {
        let ec = |more: Value| {
            let mut key = json!({ "kty": "EC", "crv": "P-256" });
            key.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            KeyManagement::EcdhEs.fits(&key)
        };
        for fitting in [json!({}), json!({ "use": "enc" }), json!({ "alg": "ECDH-ES" }), json!({ "key_ops": ["deriveBits"] })] {
            assert!(ec(fitting.clone()), "{fitting}");
        }
        for curve in [json!({ "crv": "P-384" }), json!({ "crv": "P-521" }), json!({ "kty": "OKP", "crv": "X25519" })] {
            assert!(ec(curve.clone()), "{curve}");
        }
        for other in [
            json!({ "use": "sig" }),
            json!({ "alg": "ES256" }),
            json!({ "alg": "ECDH-ES+A128KW" }),
            json!({ "key_ops": ["verify"] }),
            json!({ "crv": "secp256k1" }),
            json!({ "crv": "X25519" }),
            json!({ "kty": "OKP" }),
            json!({ "kty": "OKP", "crv": "Ed25519" }),
            json!({ "kty": "RSA" }),
            json!({ "use": 1 }),
        ] {
            assert!(!ec(other.clone()), "{other}");
        }
        assert!(KeyManagement::RsaOaep256.fits(&json!({ "kty": "RSA" })));
        assert!(!KeyManagement::RsaOaep256.fits(&json!({ "kty": "EC", "crv": "P-256" })));
    }
}
