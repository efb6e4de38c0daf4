//! Encryption for a client: a JWE in compact form (RFC 7516 §7.1), with the algorithms of RFC 7518 that clients may register.
//! Nothing is decrypted here.
//!
//! Key and algorithms are the client's registered ones. Each JWE has its own content key, initialization vector and, for ECDH-ES,
//! ephemeral key.

use crate::client::parts::protection::{ContentEncryption, Encryption, KeyManagement};
use crate::crypto::jose::agreement::AgreementKey;
use crate::crypto::jose::jwks::{JwkError, is_private, keys_of, rsa_components};
use crate::random::Random;
use crate::secret::Secret;
use aws_lc_rs::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{PrivateKey, agree};
use aws_lc_rs::cipher::{self, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::digest::{self, SHA256};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hmac;
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::key_wrap::{self, AesKek, KeyWrap as _};
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// Why nothing can be encrypted for a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecipientError {
    /// No key of the set has the right type and is meant for encryption.
    #[error("no key of the set is for encryption by the registered algorithm")]
    NoneFits,
    /// The key for encryption is malformed.
    #[error(transparent)]
    Key(#[from] JwkError),
}

/// The cryptographic library failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the content could not be encrypted")]
pub struct JweError;

impl From<Unspecified> for JweError {
    fn from(_: Unspecified) -> Self {
        Self
    }
}

/// What is encrypted.
#[derive(Debug, Clone, Copy)]
pub enum Content<'a> {
    /// A signed JWT: the result is a nested one (RFC 7519 §5.2).
    Jwt(&'a str),
    /// Claims as JSON.
    Claims(&'a [u8]),
}

/// The client that a JWE is for: one public key, one pair of algorithms.
#[derive(Debug)]
pub struct Recipient {
    encryption: Encryption,
    kid: Option<Value>,
    key: PublicKey,
}

#[derive(Debug)]
enum PublicKey {
    Rsa(OaepPublicEncryptingKey),
    Agreement(AgreementKey),
}

impl Recipient {
    /// Takes the first key that the set marks for encryption, or else the first key that it marks for nothing else.
    pub fn of(jwks: &Value, encryption: Encryption) -> Result<Self, RecipientError> {
        let fitting = |jwk: &&Value| encryption.alg.fits(jwk) && !is_private(jwk);
        let keys = || keys_of(jwks).unwrap_or_default().iter().filter(fitting);
        let jwk = keys().find(|jwk| jwk.get("use").is_some()).or_else(|| keys().next()).ok_or(RecipientError::NoneFits)?;
        let key = match encryption.alg {
            KeyManagement::RsaOaep256 => {
                let key = rsa_components(jwk)?.try_into().and_then(OaepPublicEncryptingKey::new);
                PublicKey::Rsa(key.map_err(|_| JwkError::Invalid("n"))?)
            }
            KeyManagement::EcdhEs | KeyManagement::EcdhEsA128Kw | KeyManagement::EcdhEsA256Kw => {
                PublicKey::Agreement(AgreementKey::from_jwk(jwk)?)
            }
        };
        let kid = jwk.get("kid").filter(|kid| kid.is_string()).cloned();
        Ok(Self { encryption, kid, key })
    }

    /// Encrypts the content as a JWE that only this client can decrypt.
    pub fn encrypt(&self, content: Content<'_>, random: &Random) -> Result<String, JweError> {
        let enc = self.encryption.enc;
        let mut header = json!({ "alg": self.encryption.alg.name(), "enc": enc.name() });
        if let Some(kid) = &self.kid {
            header["kid"] = kid.clone();
        }
        let plaintext = match content {
            Content::Jwt(jwt) => {
                // RFC 7519 §5.2: `cty` tells the reader that the content is another JWT.
                header["cty"] = json!("JWT");
                jwt.as_bytes()
            }
            Content::Claims(claims) => claims,
        };
        let (key, encrypted_key) = match &self.key {
            PublicKey::Rsa(public) => {
                let key = fresh_key(enc, random);
                let mut encrypted = vec![0; public.ciphertext_size()];
                let encrypted = public.encrypt(&OAEP_SHA256_MGF1SHA256, key.expose(), &mut encrypted, None)?.to_vec();
                (key, encrypted)
            }
            PublicKey::Agreement(key) => {
                let ephemeral = PrivateKey::generate(key.curve.algorithm())?;
                header["epk"] = key.curve.jwk(ephemeral.compute_public_key()?.as_ref()).map_err(|_| JweError)?;
                agreed(self.encryption, &ephemeral, key, random)?
            }
        };
        let header = URL_SAFE_NO_PAD.encode(header.to_string());
        let vector = random.bytes::<16>();
        let vector = vector.get(..vector_len(enc)).ok_or(JweError)?;
        let Sealed { ciphertext, tag } = seal(enc, key.expose(), vector, header.as_bytes(), plaintext)?;
        let parts = [encrypted_key.as_slice(), vector, &ciphertext, &tag].map(|part| URL_SAFE_NO_PAD.encode(part));
        Ok(format!("{header}.{}", parts.join(".")))
    }
}

fn fresh_key(enc: ContentEncryption, random: &Random) -> Secret<Vec<u8>> {
    let bytes = Secret::new(random.bytes::<64>());
    Secret::new(bytes.expose().iter().copied().take(enc.key_len()).collect())
}

/// RFC 7518 §4.6: the content key, and what the JWE carries of it. `ECDH-ES` alone agrees on the content key and carries nothing;
/// with the other algorithms the agreed key wraps a fresh content key.
fn agreed(
    Encryption { alg, enc }: Encryption,
    ephemeral: &PrivateKey,
    key: &AgreementKey,
    random: &Random,
) -> Result<(Secret<Vec<u8>>, Vec<u8>), JweError> {
    let derive = |algorithm: &'static str, len: usize| {
        let derive = |shared: &[u8]| Ok(concat_kdf(shared, algorithm, [b"", b""], len));
        agree(ephemeral, key.unparsed(), JweError, derive)
    };
    let cipher = match alg {
        KeyManagement::EcdhEsA128Kw => &key_wrap::AES_128,
        KeyManagement::EcdhEsA256Kw => &key_wrap::AES_256,
        KeyManagement::EcdhEs | KeyManagement::RsaOaep256 => return Ok((derive(enc.name(), enc.key_len())?, Vec::new())),
    };
    let wrapping = derive(alg.name(), key_wrap::BlockCipher::key_len(cipher))?;
    let key = fresh_key(enc, random);
    let wrapped = wrap(cipher, wrapping.expose(), key.expose())?;
    Ok((key, wrapped))
}

/// The key wrap of RFC 3394 §2.2.1.
fn wrap(cipher: &'static key_wrap::AesBlockCipher, wrapping: &[u8], key: &[u8]) -> Result<Vec<u8>, JweError> {
    let mut wrapped = vec![0; key.len() + 8];
    Ok(AesKek::new(cipher, wrapping)?.wrap(key, &mut wrapped)?.to_vec())
}

/// The Concat KDF as RFC 7518 §4.6.2 uses it, with SHA-256; `parties` are `apu` and `apv`, `len` is in bytes.
fn concat_kdf(shared: &[u8], algorithm: &str, parties: [&[u8]; 2], len: usize) -> Secret<Vec<u8>> {
    let with_length = |value: &[u8]| [be32(value.len()).as_slice(), value].concat();
    let [apu, apv] = parties;
    let other_info = [with_length(algorithm.as_bytes()), with_length(apu), with_length(apv), be32(len * 8).to_vec()].concat();
    let mut key = Vec::with_capacity(len.next_multiple_of(32));
    let mut round = 0;
    while key.len() < len {
        round += 1;
        let mut hash = digest::Context::new(&SHA256);
        hash.update(&be32(round));
        hash.update(shared);
        hash.update(&other_info);
        key.extend_from_slice(hash.finish().as_ref());
    }
    key.truncate(len);
    Secret::new(key)
}

/// A length as 32 bits, big-endian. Every length here is far below that limit.
fn be32(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

const fn vector_len(enc: ContentEncryption) -> usize {
    match enc {
        ContentEncryption::A128Gcm | ContentEncryption::A256Gcm => 12,
        ContentEncryption::A128CbcHs256 | ContentEncryption::A256CbcHs512 => 16,
    }
}

struct Sealed {
    ciphertext: Vec<u8>,
    tag: Vec<u8>,
}

/// Authenticated encryption of `plaintext`, with `aad` as additional authenticated data.
fn seal(enc: ContentEncryption, key: &[u8], vector: &[u8], aad: &[u8], plaintext: &[u8]) -> Result<Sealed, JweError> {
    match enc {
        ContentEncryption::A128Gcm => gcm(&aead::AES_128_GCM, key, vector, aad, plaintext),
        ContentEncryption::A256Gcm => gcm(&aead::AES_256_GCM, key, vector, aad, plaintext),
        ContentEncryption::A128CbcHs256 => cbc_hmac(&A128CBC_HS256, key, vector, aad, plaintext),
        ContentEncryption::A256CbcHs512 => cbc_hmac(&A256CBC_HS512, key, vector, aad, plaintext),
    }
}

/// AES-GCM (RFC 7518 §5.3).
fn gcm(algorithm: &'static aead::Algorithm, key: &[u8], vector: &[u8], aad: &[u8], plaintext: &[u8]) -> Result<Sealed, JweError> {
    let key = LessSafeKey::new(UnboundKey::new(algorithm, key)?);
    let mut ciphertext = plaintext.to_vec();
    let nonce = Nonce::try_assume_unique_for_key(vector)?;
    let tag = key.seal_in_place_separate_tag(nonce, Aad::from(aad), &mut ciphertext)?;
    Ok(Sealed { ciphertext, tag: tag.as_ref().to_vec() })
}

/// The two algorithms of a `CBC-HS` pair (RFC 7518 §5.2.3, §5.2.5).
struct CbcHmac {
    cipher: &'static cipher::Algorithm,
    mac: hmac::Algorithm,
}

static A128CBC_HS256: CbcHmac = CbcHmac { cipher: &cipher::AES_128, mac: hmac::HMAC_SHA256 };
static A256CBC_HS512: CbcHmac = CbcHmac { cipher: &cipher::AES_256, mac: hmac::HMAC_SHA512 };

/// AES-CBC with HMAC (RFC 7518 §5.2.2.1): the first half of the key authenticates, the second encrypts; the tag is half the HMAC.
fn cbc_hmac(pair: &CbcHmac, key: &[u8], vector: &[u8], aad: &[u8], plaintext: &[u8]) -> Result<Sealed, JweError> {
    let (mac_key, enc_key) = key.split_at(key.len() / 2);
    let encrypting = PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(pair.cipher, enc_key)?)?;
    let context = EncryptionContext::Iv128(FixedLength::try_from(vector)?);
    let mut ciphertext = plaintext.to_vec();
    encrypting.less_safe_encrypt(&mut ciphertext, context)?;

    let mut hmac = hmac::Context::with_key(&hmac::Key::new(pair.mac, mac_key));
    hmac.update(aad);
    hmac.update(vector);
    hmac.update(&ciphertext);
    hmac.update(&u64::try_from(aad.len() * 8).map_err(|_| JweError)?.to_be_bytes());
    let mut tag = hmac.sign().as_ref().to_vec();
    tag.truncate(mac_key.len());
    Ok(Sealed { ciphertext, tag })
}

#[cfg(test)]
#[path = "jwe_tests.rs"]
mod tests;
