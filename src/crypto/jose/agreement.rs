//! Key agreement for ECDH-ES: the curves on which a client may have its key (RFC 7518 §6.2.1.1, RFC 8037 §2).

use crate::crypto::jose::jwks::{JwkError, decoded, member};
use aws_lc_rs::agreement::{Algorithm, ECDH_P256, ECDH_P384, ECDH_P521, ParsedPublicKey, UnparsedPublicKey, X25519};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// A curve that a client's key can be on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Curve {
    P256,
    P384,
    P521,
    X25519,
}

impl Curve {
    pub(crate) const ALL: [Self; 4] = [Self::P256, Self::P384, Self::P521, Self::X25519];

    /// The `crv` of a key.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::X25519 => "X25519",
        }
    }

    /// The library's name for it.
    pub(crate) fn algorithm(self) -> &'static Algorithm {
        match self {
            Self::P256 => &ECDH_P256,
            Self::P384 => &ECDH_P384,
            Self::P521 => &ECDH_P521,
            Self::X25519 => &X25519,
        }
    }

    /// Length of one coordinate, in bytes.
    const fn len(self) -> usize {
        match self {
            Self::P256 | Self::X25519 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// An ephemeral public key as the header member `epk` (RFC 7518 §4.6.1.1): made from an uncompressed point (SEC 1 §2.3.3), or
    /// from the bytes as they are (RFC 7748 §6.1).
    pub(crate) fn jwk(self, public: &[u8]) -> Result<Value, JwkError> {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        if self == Self::X25519 {
            return Ok(json!({ "kty": "OKP", "crv": self.name(), "x": encode(public) }));
        }
        let coordinates = public.strip_prefix(&[4]).filter(|xy| xy.len() == 2 * self.len()).ok_or(JwkError::Invalid("x"))?;
        let (x, y) = coordinates.split_at(self.len());
        Ok(json!({ "kty": "EC", "crv": self.name(), "x": encode(x), "y": encode(y) }))
    }
}

/// A client's public key, parsed once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AgreementKey {
    pub(crate) curve: Curve,
    bytes: Vec<u8>,
}

impl AgreementKey {
    /// Parses a JWK.
    pub(crate) fn from_jwk(jwk: &Value) -> Result<Self, JwkError> {
        let crv = member(jwk, "crv")?;
        let curve = Curve::ALL.into_iter().find(|curve| curve.name() == crv).ok_or(JwkError::Unsupported)?;
        let coordinate = |name: &'static str| {
            decoded(jwk, name).and_then(|bytes| if bytes.len() == curve.len() { Ok(bytes) } else { Err(JwkError::Invalid(name)) })
        };
        let bytes = match (member(jwk, "kty")?, curve) {
            ("OKP", Curve::X25519) => coordinate("x")?,
            ("EC", Curve::P256 | Curve::P384 | Curve::P521) => [vec![4], coordinate("x")?, coordinate("y")?].concat(),
            _ => return Err(JwkError::Unsupported),
        };
        let key = Self { curve, bytes };
        // Parsing rejects a point that is not on the curve.
        ParsedPublicKey::try_from(key.unparsed()).map_err(|_| JwkError::Invalid("x"))?;
        Ok(key)
    }

    /// The key as the library's type.
    pub(crate) fn unparsed(&self) -> UnparsedPublicKey<&[u8]> {
        UnparsedPublicKey::new(self.curve.algorithm(), &self.bytes)
    }
}
