//! A private key that signs: parsed once, then used for every signature. Nothing here knows of records or times.

use super::jwks::{JwkError, ec_jwk, okp_jwk, rsa_jwk};
use crate::oidc::client::SigningAlg;
use crate::secret::Secret;
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::error::{KeyRejected, Unspecified};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding,
    RsaKeyPair,
};
use serde_json::Value;

/// One key pair in memory. `Send + Sync`: many threads sign with one.
pub(super) enum KeyPair {
    /// ES256.
    Ecdsa(EcdsaKeyPair),
    /// RS256 or PS256, by its padding.
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    /// EdDSA.
    Ed25519(Ed25519KeyPair),
}

impl KeyPair {
    /// A new pair. Its randomness is the library's own (the operating system's): key generation takes no other.
    pub(super) fn generate(alg: SigningAlg) -> Result<Self, Unspecified> {
        Ok(match alg {
            SigningAlg::ES256 => Self::Ecdsa(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?),
            SigningAlg::RS256 => Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048)?, &RSA_PKCS1_SHA256),
            SigningAlg::PS256 => Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048)?, &RSA_PSS_SHA256),
            SigningAlg::EdDSA => Self::Ed25519(Ed25519KeyPair::generate()?),
        })
    }

    /// Reads an unencrypted PKCS#8 document.
    pub(super) fn from_pkcs8(alg: SigningAlg, pkcs8: &[u8]) -> Result<Self, KeyRejected> {
        Ok(match alg {
            SigningAlg::ES256 => Self::Ecdsa(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)?),
            SigningAlg::RS256 => Self::Rsa(RsaKeyPair::from_pkcs8(pkcs8)?, &RSA_PKCS1_SHA256),
            SigningAlg::PS256 => Self::Rsa(RsaKeyPair::from_pkcs8(pkcs8)?, &RSA_PSS_SHA256),
            SigningAlg::EdDSA => Self::Ed25519(Ed25519KeyPair::from_pkcs8(pkcs8)?),
        })
    }

    /// An unencrypted PKCS#8 document.
    pub(super) fn to_pkcs8(&self) -> Result<Secret<Vec<u8>>, Unspecified> {
        Ok(Secret::new(match self {
            Self::Ecdsa(pair) => pair.to_pkcs8v1()?.as_ref().to_vec(),
            Self::Rsa(pair, _) => pair.as_der()?.as_ref().to_vec(),
            Self::Ed25519(pair) => pair.to_pkcs8()?.as_ref().to_vec(),
        }))
    }

    /// The public half, with the members that its type requires and no other.
    pub(super) fn public_jwk(&self) -> Result<Value, JwkError> {
        match self {
            Self::Ecdsa(pair) => ec_jwk(pair.public_key().as_ref()),
            Self::Ed25519(pair) => Ok(okp_jwk(pair.public_key().as_ref())),
            Self::Rsa(pair, _) => {
                let public = pair.public_key();
                let (modulus, exponent) = (public.modulus(), public.exponent());
                Ok(rsa_jwk(modulus.big_endian_without_leading_zero(), exponent.big_endian_without_leading_zero()))
            }
        }
    }

    /// A JWS signature over `message` (RFC 7518 §3.3 to §3.5, RFC 8037 §3.1).
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let random = SystemRandom::new();
        match self {
            Self::Ecdsa(pair) => Ok(pair.sign(&random, message)?.as_ref().to_vec()),
            Self::Ed25519(pair) => Ok(pair.try_sign(message)?.as_ref().to_vec()),
            Self::Rsa(pair, padding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*padding, &random, message, &mut signature)?;
                Ok(signature)
            }
        }
    }
}

impl std::fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[key pair]")
    }
}

#[cfg(test)]
mod tests {
    use super::super::jwks::VerifyingKey;
    use super::*;

    #[test]
    fn a_pair_read_back_signs_for_the_same_public_key() {
        for alg in SigningAlg::ALL {
            let made = KeyPair::generate(alg).unwrap();
            let read = KeyPair::from_pkcs8(alg, made.to_pkcs8().unwrap().expose()).unwrap();
            assert_eq!(made.public_jwk(), read.public_jwk());
            let public = VerifyingKey::from_jwk(&made.public_jwk().unwrap(), alg).unwrap();
            assert!(public.verify(b"message", &read.sign(b"message").unwrap()), "{alg:?}");
            assert!(!public.verify(b"massage", &read.sign(b"message").unwrap()), "{alg:?}");
        }
    }

    #[test]
    fn a_key_of_one_type_is_not_read_as_another() {
        let pkcs8 = KeyPair::generate(SigningAlg::ES256).unwrap().to_pkcs8().unwrap();
        for alg in [SigningAlg::RS256, SigningAlg::PS256, SigningAlg::EdDSA] {
            assert!(KeyPair::from_pkcs8(alg, pkcs8.expose()).is_err(), "{alg:?}");
        }
    }
}
