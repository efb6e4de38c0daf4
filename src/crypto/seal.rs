//! Sealing: authenticated encryption of values that leave this process or are stored, and must come back unread and unchanged.
//!
//! One master key; from it one key for each purpose, and from that one key for each message, by HKDF-SHA256 (RFC 5869); with that
//! AES-256-GCM. A message has 192 random bits: 96 choose its key, 96 are the nonce. So no key ever comes near the 2^32 messages that
//! NIST SP 800-38D §8.3 allows with random nonces, however many are sealed for a purpose (`docs/adr/0010-sealing.md`). The purpose is
//! authenticated too, so that a value that was sealed for one purpose does not open for another.

use crate::random::Random;
use crate::secret::Secret;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Prk, Salt};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use zeroize::Zeroize as _;

/// HKDF salt (RFC 5869 §3.1): a constant of this program, so that another program under the same master key derives other keys.
const SALT: &[u8] = b"panjereh";

/// The key that protects all other keys: 32 bytes from a file or the environment. An attacker who has it has every private key.
#[derive(Clone, Debug)]
pub struct MasterKey(Secret<[u8; 32]>);

/// Why a text is not a master key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MasterKeyError {
    /// Not base64.
    #[error("a master key is 32 bytes in base64; this is not base64")]
    NotBase64,
    /// Base64 of another number of bytes.
    #[error("a master key is 32 bytes in base64; these are {0} bytes")]
    WrongLength(usize),
}

impl MasterKey {
    /// From its 32 bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Secret::new(bytes))
    }

    /// Reads 32 bytes of base64: standard or URL-safe, with or without padding; white space around it is ignored.
    pub(crate) fn parse_base64(text: &str) -> Result<Self, MasterKeyError> {
        // Tools that make such keys (openssl, head | base64) differ in alphabet and padding; the bytes are the same.
        let unpadded = Secret::new(text.trim().trim_end_matches('=').replace('-', "+").replace('_', "/"));
        let bytes = STANDARD_NO_PAD.decode(unpadded.expose()).map_err(|_| MasterKeyError::NotBase64)?;
        let bytes = Secret::new(bytes);
        let key = bytes.expose().as_slice().try_into().map_err(|_| MasterKeyError::WrongLength(bytes.expose().len()))?;
        Ok(Self::from_bytes(key))
    }

    /// Generates a key.
    pub(crate) fn generate(random: &Random) -> Self {
        Self::from_bytes(random.bytes())
    }

    /// Standard base64 with padding (44 characters), as [`parse_base64`](Self::parse_base64) reads it.
    pub(crate) fn to_base64(&self) -> Secret<String> {
        Secret::new(STANDARD.encode(self.0.expose()))
    }

    /// The key that seals for `purpose`. Derive it once and keep it: its key schedule is prepared here.
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "HKDF-SHA256 refuses only outputs over 255 hashes; an AES-256 key is one"
    )]
    pub fn derive(&self, purpose: &str) -> SealKey {
        let prk = self.extract();
        let info = [b"seal each:".as_slice(), purpose.as_bytes()];
        let of_messages = Prk::from(prk.expand(&info, HKDF_SHA256).expect("32 bytes are within HKDF's limit"));
        let info = [b"seal:".as_slice(), purpose.as_bytes()];
        let okm = prk.expand(&info, &AES_256_GCM).expect("32 bytes are within HKDF's limit");
        SealKey { of_messages, before: LessSafeKey::new(UnboundKey::from(okm)), purpose: purpose.to_owned() }
    }

    /// 32 secret bytes for a `purpose` other than sealing. They never equal the key that [`derive`](Self::derive) makes.
    #[expect(clippy::expect_used, reason = "HKDF-SHA256 refuses only outputs over 255 hashes; 32 bytes are one")]
    pub(crate) fn derive_bytes(&self, purpose: &str) -> Secret<[u8; 32]> {
        let prk = self.extract();
        let info = [b"bytes:".as_slice(), purpose.as_bytes()];
        let mut bytes = [0; 32];
        prk.expand(&info, HKDF_SHA256).and_then(|okm| okm.fill(&mut bytes)).expect("32 bytes are within HKDF's limit");
        let secret = Secret::new(bytes);
        bytes.zeroize();
        secret
    }

    fn extract(&self) -> Prk {
        Salt::new(HKDF_SHA256, SALT).extract(self.0.expose())
    }
}

/// How many of the random bits of a message choose its key, in bytes.
const SALT_LEN: usize = 12;
/// What stands before the ciphertext: salt and nonce.
const HEAD_LEN: usize = SALT_LEN + NONCE_LEN;

/// Seals and opens for one purpose.
pub struct SealKey {
    /// The keys of messages are derived from it.
    of_messages: Prk,
    /// The one key of all messages, of version 0.1: it opens what is stored under it, and seals nothing.
    before: LessSafeKey,
    purpose: String,
}

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealKey").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

impl SealKey {
    /// Seals `plain`: base64url without padding of salt, nonce, ciphertext and tag (40 bytes longer than `plain`).
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "AES-GCM refuses only messages over 2^36 bytes, more than memory holds"
    )]
    pub fn seal(&self, random: &Random, plain: &[u8]) -> String {
        let (salt, nonce) = (random.bytes::<SALT_LEN>(), random.bytes::<NONCE_LEN>());
        let mut sealed = Vec::with_capacity(HEAD_LEN + plain.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(&salt);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let tag = self
            .key_of(&salt)
            .and_then(|key| {
                key.seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), self.aad(), &mut sealed[HEAD_LEN..]).ok()
            })
            .expect("the message is within AES-GCM's limit");
        sealed.extend_from_slice(tag.as_ref());
        URL_SAFE_NO_PAD.encode(sealed)
    }

    /// Opens a sealed text; `None` if it was changed, cut, or sealed for another purpose or under another master key.
    pub(crate) fn open(&self, sealed: &str) -> Option<Vec<u8>> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        self.open_message(bytes.clone()).or_else(|| self.open_before(bytes))
    }

    fn open_message(&self, bytes: Vec<u8>) -> Option<Vec<u8>> {
        let (salt, rest) = bytes.split_first_chunk::<SALT_LEN>()?;
        let (nonce, _) = rest.split_first_chunk::<NONCE_LEN>()?;
        let (key, nonce) = (self.key_of(salt)?, *nonce);
        self.open_after(&key, nonce, bytes, HEAD_LEN)
    }

    /// What version 0.1 sealed: signing keys and deliveries in the database, and what browsers have kept.
    fn open_before(&self, bytes: Vec<u8>) -> Option<Vec<u8>> {
        let nonce = *bytes.first_chunk::<NONCE_LEN>()?;
        self.open_after(&self.before, nonce, bytes, NONCE_LEN)
    }

    fn open_after(&self, key: &LessSafeKey, nonce: [u8; NONCE_LEN], mut bytes: Vec<u8>, head: usize) -> Option<Vec<u8>> {
        let plain_len = key.open_within(Nonce::assume_unique_for_key(nonce), self.aad(), &mut bytes, head..).ok()?.len();
        bytes.truncate(plain_len);
        Some(bytes)
    }

    /// The key of one message.
    fn key_of(&self, salt: &[u8; SALT_LEN]) -> Option<LessSafeKey> {
        let info = [b"message:".as_slice(), salt];
        let okm = self.of_messages.expand(&info, &AES_256_GCM).ok()?;
        Some(LessSafeKey::new(UnboundKey::from(okm)))
    }

    fn aad(&self) -> Aad<&[u8]> {
        Aad::from(self.purpose.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn master() -> MasterKey {
        MasterKey::from_bytes([7; 32])
    }

    #[test]
    fn what_is_sealed_opens_again_and_never_looks_the_same_twice() {
        let (key, random) = (master().derive("code"), Random::seeded(1));
        for plain in [b"".as_slice(), b"x", &[0xff; 1000]] {
            let sealed = key.seal(&random, plain);
            assert_eq!(key.open(&sealed).as_deref(), Some(plain));
            assert_ne!(sealed, key.seal(&random, plain));
        }
    }

    #[test]
    fn every_message_has_a_key_of_its_own_so_that_no_key_nears_the_bound_of_sp_800_38d_8_3() {
        let (key, random) = (master().derive("code"), Random::seeded(1));
        let heads: std::collections::HashSet<Vec<u8>> =
            (0..1000).map(|_| URL_SAFE_NO_PAD.decode(key.seal(&random, b"grant")).unwrap()[..SALT_LEN].to_vec()).collect();
        assert_eq!(heads.len(), 1000);
        // The salt decides the key: the same nonce and plaintext under two salts are two ciphertexts, and neither opens under the other.
        let sealed = URL_SAFE_NO_PAD.decode(key.seal(&random, b"grant")).unwrap();
        let mut other = sealed.clone();
        other[0] ^= 1;
        assert_eq!(key.open(&URL_SAFE_NO_PAD.encode(other)), None);
        assert_eq!(sealed.len(), HEAD_LEN + b"grant".len() + AES_256_GCM.tag_len());
    }

    #[test]
    fn what_version_0_1_sealed_still_opens_and_for_its_own_purpose_alone() {
        // The master key 32 times 7, the purpose "code", the nonce 12 times 3, the plaintext "grant"; made by another implementation of
        // HKDF-SHA256 and AES-256-GCM.
        let sealed = "AwMDAwMDAwMDAwMDlGa8v_bQWpGU0c-oxu6w0OVcEnEN";
        assert_eq!(master().derive("code").open(sealed).as_deref(), Some(b"grant".as_slice()));
        assert_eq!(master().derive("cookie").open(sealed), None);
    }

    #[test]
    fn a_sealed_text_with_any_bit_changed_is_refused() {
        let key = master().derive("code");
        let bytes = URL_SAFE_NO_PAD.decode(key.seal(&Random::seeded(1), b"grant")).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(key.open(&URL_SAFE_NO_PAD.encode(changed)), None, "bit {bit}");
        }
    }

    #[test]
    fn a_cut_lengthened_or_senseless_text_is_refused() {
        let key = master().derive("code");
        let sealed = key.seal(&Random::seeded(1), b"grant");
        for cut in 0..sealed.len() {
            assert_eq!(key.open(&sealed[..cut]), None, "{cut}");
        }
        for text in [format!("{sealed}A"), format!("{sealed}="), format!(" {sealed}"), "پنجره".to_owned()] {
            assert_eq!(key.open(&text), None, "{text}");
        }
    }

    #[test]
    fn purposes_and_master_keys_do_not_mix() {
        let sealed = master().derive("code").seal(&Random::seeded(1), b"grant");
        assert_eq!(master().derive("cookie").open(&sealed), None);
        assert_eq!(MasterKey::from_bytes([8; 32]).derive("code").open(&sealed), None);
        assert!(master().derive("code").open(&sealed).is_some());
    }

    #[test]
    fn derived_bytes_are_stable_and_differ_by_purpose() {
        assert!(master().derive_bytes("pairwise") == master().derive_bytes("pairwise"));
        assert!(master().derive_bytes("pairwise") != master().derive_bytes("code"));
        assert!(master().derive_bytes("pairwise") != MasterKey::from_bytes([8; 32]).derive_bytes("pairwise"));
    }

    #[test]
    fn a_master_key_is_read_in_every_dialect_of_base64() {
        let key = MasterKey::from_bytes([0xfb; 32]);
        let standard = key.to_base64().expose().clone();
        let url_safe = standard.replace('+', "-").replace('/', "_");
        let unpadded = url_safe.trim_end_matches('=').to_owned();
        for text in [standard.clone(), format!(" {standard}\n"), url_safe, unpadded] {
            let read = MasterKey::parse_base64(&text).unwrap();
            assert!(read.derive_bytes("x") == key.derive_bytes("x"), "{text}");
        }
    }

    #[test]
    fn another_length_is_no_master_key_and_the_error_does_not_repeat_it() {
        assert_eq!(MasterKey::parse_base64(&STANDARD.encode([1; 16])).unwrap_err(), MasterKeyError::WrongLength(16));
        assert_eq!(MasterKey::parse_base64("").unwrap_err(), MasterKeyError::WrongLength(0));
        assert_eq!(MasterKey::parse_base64("secret!").unwrap_err(), MasterKeyError::NotBase64);
        assert!(!format!("{:?}", MasterKey::from_bytes([1; 32])).contains('1'));
    }

    proptest! {
        #[test]
        fn what_was_sealed_opens_and_what_was_not_does_not(
            plain in prop::collection::vec(any::<u8>(), 0..200),
            text in "[A-Za-z0-9_-]{0,120}|.{0,40}",
        ) {
            let key = master().derive("code");
            prop_assert_eq!(key.open(&key.seal(&Random::seeded(1), &plain)), Some(plain));
            prop_assert_eq!(key.open(&text), None);
        }

        #[test]
        fn a_master_key_survives_its_text_and_nothing_shorter_or_longer_is_one(
            bytes in any::<[u8; 32]>(),
            other in prop::collection::vec(any::<u8>(), 0..64),
        ) {
            let key = MasterKey::from_bytes(bytes);
            let read = MasterKey::parse_base64(key.to_base64().expose()).unwrap();
            prop_assert!(read.0 == key.0);
            prop_assert_eq!(MasterKey::parse_base64(&STANDARD.encode(&other)).is_ok(), other.len() == 32);
        }
    }
}
