//! A private key that signs: parsed once, then used for every signature. It knows nothing of key records or times.

use crate::client::words::SigningAlg;
use crate::crypto::jose::jwks::JwkError;
use crate::secret::Secret;
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::error::{KeyRejected, Unspecified};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding,
    RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::crypto::JwtSigner;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::signature::{Error as SignatureError, Signer};
use jsonwebtoken::{Algorithm, DecodingKey};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::Value;

/// One key pair in memory. `Send + Sync`: many threads sign with one.
pub enum KeyPair {
    /// ES256.
    Ecdsa(EcdsaKeyPair),
    /// RS256 or PS256: a key serves only one of them (RFC 8725 §3.1).
    Rsa(RsaKeyPair, Algorithm),
    /// EdDSA.
    Ed25519(Ed25519KeyPair),
}

impl KeyPair {
    /// Generates a pair. The library uses the operating system's randomness and accepts no other source.
    pub(crate) fn generate(alg: SigningAlg) -> Result<Self, Unspecified> {
        Ok(match alg {
            SigningAlg::ES256 => Self::Ecdsa(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?),
            SigningAlg::RS256 | SigningAlg::PS256 => Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048)?, alg.into()),
            SigningAlg::EdDSA => Self::Ed25519(Ed25519KeyPair::generate()?),
        })
    }

    /// Reads an unencrypted PKCS#8 document.
    pub(crate) fn from_pkcs8(alg: SigningAlg, pkcs8: &[u8]) -> Result<Self, KeyRejected> {
        Ok(match alg {
            SigningAlg::ES256 => Self::Ecdsa(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)?),
            SigningAlg::RS256 | SigningAlg::PS256 => Self::Rsa(RsaKeyPair::from_pkcs8(pkcs8)?, alg.into()),
            SigningAlg::EdDSA => Self::Ed25519(Ed25519KeyPair::from_pkcs8(pkcs8)?),
        })
    }

    /// An unencrypted PKCS#8 document.
    pub(crate) fn to_pkcs8(&self) -> Result<Secret<Vec<u8>>, Unspecified> {
        Ok(Secret::new(match self {
            Self::Ecdsa(pair) => pair.to_pkcs8v1()?.as_ref().to_vec(),
            Self::Rsa(pair, _) => pair.as_der()?.as_ref().to_vec(),
            Self::Ed25519(pair) => pair.to_pkcs8()?.as_ref().to_vec(),
        }))
    }

    /// Reads an unencrypted PKCS#8 document in PEM.
    pub(crate) fn from_pem(alg: SigningAlg, pem: &[u8]) -> Option<Self> {
        let pkcs8 = PrivatePkcs8KeyDer::from_pem_slice(pem).ok()?;
        Self::from_pkcs8(alg, pkcs8.secret_pkcs8_der()).ok()
    }

    /// An unencrypted PKCS#8 document in PEM (RFC 7468 §10).
    pub(crate) fn to_pem(&self) -> Result<Secret<String>, Unspecified> {
        let body = Secret::new(STANDARD.encode(self.to_pkcs8()?.expose()));
        // Base64 is ASCII, so that every piece is a text.
        let lines: Vec<&str> = body.expose().as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
        Ok(Secret::new(format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))))
    }

    /// The public half, with the members that its type requires and no other.
    pub(crate) fn public_jwk(&self) -> Result<Value, JwkError> {
        let public = match self {
            Self::Ecdsa(pair) => DecodingKey::from_ec_der(pair.public_key().as_ref()),
            Self::Ed25519(pair) => DecodingKey::from_ed_der(pair.public_key().as_ref()),
            Self::Rsa(pair, _) => {
                let (n, e) = (pair.public_key().modulus(), pair.public_key().exponent());
                DecodingKey::from_rsa_raw_components(n.big_endian_without_leading_zero(), e.big_endian_without_leading_zero())
            }
        };
        let jwk = Jwk::from_decoding_key(&public, None).map_err(|_| JwkError::Unsupported)?;
        serde_json::to_value(jwk).map_err(|_| JwkError::Unsupported)
    }
}

impl JwtSigner for KeyPair {
    fn algorithm(&self) -> Algorithm {
        match self {
            Self::Ecdsa(_) => Algorithm::ES256,
            Self::Rsa(_, alg) => *alg,
            Self::Ed25519(_) => Algorithm::EdDSA,
        }
    }
}

impl Signer<Vec<u8>> for KeyPair {
    /// A JWS signature over `message` (RFC 7518 §3.3 to §3.5, RFC 8037 §3.1).
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        let random = SystemRandom::new();
        let made = match self {
            Self::Ecdsa(pair) => pair.sign(&random, message).map(|signature| signature.as_ref().to_vec()),
            Self::Ed25519(pair) => pair.try_sign(message).map(|signature| signature.as_ref().to_vec()),
            Self::Rsa(pair, alg) => {
                let padding: &dyn RsaEncoding = if *alg == Algorithm::PS256 { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &random, message, &mut signature).map(|()| signature)
            }
        };
        made.map_err(SignatureError::from_source)
    }
}

impl std::fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[key pair]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::jose::jwks::VerifyingKey;

    #[test]
    fn a_pair_read_back_signs_for_the_same_public_key() {
        for alg in SigningAlg::ALL {
            let made = KeyPair::generate(alg).unwrap();
            let read = KeyPair::from_pkcs8(alg, made.to_pkcs8().unwrap().expose()).unwrap();
            assert_eq!(made.public_jwk(), read.public_jwk());
            let public = VerifyingKey::from_jwk(&made.public_jwk().unwrap(), alg).unwrap();
            assert!(public.verify(b"message", &read.try_sign(b"message").unwrap()), "{alg:?}");
            assert!(!public.verify(b"massage", &read.try_sign(b"message").unwrap()), "{alg:?}");
        }
    }

    #[test]
    fn a_pair_is_read_back_from_its_pem_and_from_nothing_else() {
        for alg in SigningAlg::ALL {
            let made = KeyPair::generate(alg).unwrap();
            let pem = made.to_pem().unwrap();
            assert_eq!(KeyPair::from_pem(alg, pem.expose().as_bytes()).unwrap().public_jwk(), made.public_jwk());
            assert!(KeyPair::from_pem(alg, pem.expose().replace("PRIVATE", "PUBLIC").as_bytes()).is_none());
        }
        assert!(KeyPair::from_pem(SigningAlg::ES256, b"").is_none());
    }

    #[test]
    fn a_key_of_one_type_is_not_read_as_another() {
        let pkcs8 = KeyPair::generate(SigningAlg::ES256).unwrap().to_pkcs8().unwrap();
        for alg in [SigningAlg::RS256, SigningAlg::PS256, SigningAlg::EdDSA] {
            assert!(KeyPair::from_pkcs8(alg, pkcs8.expose()).is_err(), "{alg:?}");
        }
    }
}
