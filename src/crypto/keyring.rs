//! Signing keys: records as the store keeps them, and the ring of parsed keys that signs and verifies.
//!
//! A key's record holds its times: the key is published as soon as its record exists, signs from `signs_from` until `retired_at`,
//! and stays published until `removed_at`. Its state follows from the times and *now*, so every instance performs a rotation at
//! the same moment without a message. `rotation.rs` decides the times.

use crate::client::words::SigningAlg;
use crate::crypto::jose::jwks::{JwkError, VerifyingKey, thumbprint};
use crate::crypto::jose::key_pair::KeyPair;
use crate::crypto::seal::{MasterKey, SealKey};
use crate::random::Random;
use crate::secret::Secret;
use crate::time::Timestamp;
use quick_cache::sync::Cache;
use serde_json::{Value, json};
use std::time::Duration;

/// `typ` of ID tokens and every other plain JWT (RFC 7519 §5.1).
pub const TYP_JWT: &str = "JWT";
/// `typ` of JWT access tokens (RFC 9068 §2.1).
pub const TYP_ACCESS_TOKEN: &str = "at+jwt";
/// `typ` of logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.4).
pub(crate) const TYP_LOGOUT_TOKEN: &str = "logout+jwt";

/// `typ` of introspection responses (RFC 9701 §5).
pub(crate) const TYP_INTROSPECTION: &str = "token-introspection+jwt";

/// The state of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyState {
    /// Published, but does not sign yet.
    Next,
    /// Signs.
    Current,
    /// No longer signs; stays published until every token that it signed has expired.
    Retired,
}

/// A signing key as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// `kid`: the RFC 7638 thumbprint.
    pub kid: String,
    /// The one algorithm it signs (RFC 8725 §3.1).
    pub alg: SigningAlg,
    /// When it was made and first published.
    pub created_at: Timestamp,
    /// When it begins to sign.
    pub signs_from: Timestamp,
    /// When it stops signing.
    pub retired_at: Option<Timestamp>,
    /// When it leaves the JWKS.
    pub removed_at: Option<Timestamp>,
    /// The public half as it is published: `kty`, its members, `kid`, `alg`, `use`.
    pub public_jwk: Value,
    /// The private half: PKCS#8, sealed under the master key for this `kid` alone.
    pub sealed_private: String,
}

/// Why keys cannot be made or used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The library could not make a key pair.
    #[error("the key pair could not be made")]
    NotMade,
    /// The private half cannot be opened: the master key is another one, or the record is damaged.
    #[error("the private half of signing key {kid} does not open: is the master key the one it was made under?")]
    Sealed {
        /// Which key.
        kid: String,
    },
    /// The private half, public half, `kid` and algorithm do not match.
    #[error("the record of signing key {kid} contradicts itself")]
    Contradiction {
        /// Which key.
        kid: String,
    },
    /// No key of this algorithm signs at this moment.
    #[error("there is no current {} key: make one with `panjereh keys generate`", .0.name())]
    NoSigningKey(SigningAlg),
}

impl From<JwkError> for KeyError {
    fn from(_: JwkError) -> Self {
        Self::NotMade
    }
}

impl KeyRecord {
    /// Makes a key that is published from `now` on and signs from `signs_from` on.
    pub fn generate(
        alg: SigningAlg,
        master: &MasterKey,
        random: &Random,
        now: Timestamp,
        signs_from: Timestamp,
    ) -> Result<Self, KeyError> {
        let pair = KeyPair::generate(alg).map_err(|_| KeyError::NotMade)?;
        let mut public_jwk = pair.public_jwk()?;
        let kid = thumbprint(&public_jwk)?;
        public_jwk["kid"] = json!(kid);
        public_jwk["alg"] = json!(alg.name());
        public_jwk["use"] = json!("sig");
        let pkcs8 = pair.to_pkcs8().map_err(|_| KeyError::NotMade)?;
        let sealed_private = sealing_key(master, &kid).seal(random, pkcs8.expose());
        Ok(Self { kid, alg, created_at: now, signs_from, retired_at: None, removed_at: None, public_jwk, sealed_private })
    }

    /// Its state at `now`.
    pub(crate) fn state(&self, now: Timestamp) -> KeyState {
        if self.retired_at.is_some_and(|at| at <= now) {
            KeyState::Retired
        } else if self.signs_from <= now {
            KeyState::Current
        } else {
            KeyState::Next
        }
    }

    /// Whether it is in the JWKS at `now`. What it signed is accepted for just as long.
    pub(crate) fn is_published(&self, now: Timestamp) -> bool {
        self.removed_at.is_none_or(|at| now < at)
    }
}

/// The purpose names the key, so that a private half that was moved to another record cannot be opened.
fn sealing_key(master: &MasterKey, kid: &str) -> SealKey {
    master.derive(&format!("signing key {kid}"))
}

/// A key of the ring: its record, and both halves parsed.
#[derive(Debug)]
pub(crate) struct SigningKey {
    record: KeyRecord,
    /// The signer. A key in hardware would be another `JwtSigner` in its place.
    pub(crate) pair: KeyPair,
    verifying: VerifyingKey,
}

impl SigningKey {
    fn open(record: &KeyRecord, master: &MasterKey) -> Result<Self, KeyError> {
        let kid = || record.kid.clone();
        let pkcs8 = sealing_key(master, &record.kid).open(&record.sealed_private).map(Secret::new);
        let pkcs8 = pkcs8.ok_or_else(|| KeyError::Sealed { kid: kid() })?;
        let contradiction = || KeyError::Contradiction { kid: kid() };
        let pair = KeyPair::from_pkcs8(record.alg, pkcs8.expose()).map_err(|_| contradiction())?;
        // The published key must be the public half of the key that signs, or relying parties reject every token.
        let public = pair.public_jwk().map_err(|_| contradiction())?;
        let own = thumbprint(&public).map_err(|_| contradiction())?;
        if own != record.kid || thumbprint(&record.public_jwk) != Ok(own) {
            return Err(contradiction());
        }
        let verifying = VerifyingKey::from_jwk(&public, record.alg).map_err(|_| contradiction())?;
        Ok(Self { record: record.clone(), pair, verifying })
    }

    /// `kid`.
    pub(crate) fn kid(&self) -> &str {
        &self.record.kid
    }

    /// Its algorithm.
    pub(crate) fn alg(&self) -> SigningAlg {
        self.record.alg
    }
}

fn digest_of(token: &str) -> [u8; 32] {
    crate::secret::TokenHash::of(token).0
}

/// All keys, each private half parsed once. Shared by every request behind an `Arc`.
#[derive(Debug)]
pub struct Keyring {
    keys: Vec<SigningKey>,
    good: Cache<[u8; 32], ()>,
}

/// How many tokens with a good signature are remembered; 64 bytes each.
const KNOWN_GOOD: usize = 16_384;

impl Keyring {
    /// Opens every record's private half under the master key.
    pub fn open(records: &[KeyRecord], master: &MasterKey) -> Result<Self, KeyError> {
        let keys = records.iter().map(|record| SigningKey::open(record, master)).collect::<Result<_, _>>()?;
        Ok(Self { keys, good: Cache::new(KNOWN_GOOD) })
    }

    /// The key that signs `alg` at `now`: of several current keys, the one that began to sign last.
    pub(crate) fn signing_key(&self, alg: SigningAlg, now: Timestamp) -> Result<&SigningKey, KeyError> {
        let current = self.keys.iter().filter(|key| key.alg() == alg && key.record.state(now) == KeyState::Current);
        current.max_by_key(|key| key.record.signs_from).ok_or(KeyError::NoSigningKey(alg))
    }

    /// The key with this `kid`, if it is published at `now`.
    pub(crate) fn verifying_key(&self, kid: &str, now: Timestamp) -> Option<&VerifyingKey> {
        self.keys.iter().find(|key| key.kid() == kid && key.record.is_published(now)).map(|key| &key.verifying)
    }

    /// The key with this `kid`, also for `after_removal` after it left the key set. It is for `id_token_hint` alone: what a removed
    /// key signed gives no access.
    pub(crate) fn hint_key(&self, kid: &str, now: Timestamp, after_removal: Duration) -> Option<&VerifyingKey> {
        let found = self.keys.iter().find(|key| key.kid() == kid)?;
        let serves = found.record.removed_at.is_none_or(|at| now < at || now.since(at) < after_removal);
        serves.then_some(&found.verifying)
    }

    /// Remembers that this token, byte for byte, has a good signature by one of these keys: this process has just made or checked
    /// it. An ECDSA verification costs as much as three signatures, and clients send a new access token to UserInfo at once.
    pub(crate) fn remember_good(&self, token: &str) {
        self.good.insert(digest_of(token), ());
    }

    /// Whether this token, byte for byte, was remembered. Its key, `typ` and times must still be checked.
    pub(crate) fn is_known_good(&self, token: &str) -> bool {
        self.good.get(&digest_of(token)).is_some()
    }

    /// The JWKS document (RFC 7517 §5): every key published at `now`, in the order of the records.
    pub fn jwks_json(&self, now: Timestamp) -> Value {
        let published = self.keys.iter().filter(|key| key.record.is_published(now));
        json!({ "keys": published.map(|key| &key.record.public_jwk).collect::<Vec<_>>() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use KeyState::{Current, Next, Retired};

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn master() -> MasterKey {
        MasterKey::from_bytes([7; 32])
    }

    fn record(alg: SigningAlg) -> KeyRecord {
        KeyRecord::generate(alg, &master(), &Random::seeded(1), NOW, NOW).unwrap()
    }

    #[test]
    fn rfc7517_4_a_published_key_says_its_use_algorithm_and_id_and_nothing_private() {
        let records = SigningAlg::ALL.map(record);
        let jwks = Keyring::open(&records, &master()).unwrap().jwks_json(NOW);
        for (jwk, record) in jwks["keys"].as_array().unwrap().iter().zip(&records) {
            assert_eq!(jwk["kid"], json!(record.kid));
            assert_eq!(jwk["alg"], json!(record.alg.name()));
            assert_eq!(jwk["use"], json!("sig"));
            assert_eq!(thumbprint(jwk).as_ref(), Ok(&record.kid));
        }
        assert_eq!(crate::crypto::jose::jwks::check_client_jwks(&jwks), Ok(()));
    }

    #[test]
    fn a_key_sealed_under_another_master_key_does_not_open() {
        let record = record(SigningAlg::ES256);
        let error = Keyring::open(std::slice::from_ref(&record), &MasterKey::from_bytes([8; 32])).unwrap_err();
        assert_eq!(error, KeyError::Sealed { kid: record.kid });
    }

    #[test]
    fn a_private_half_moved_to_another_record_does_not_open() {
        let (mut victim, other) = (record(SigningAlg::ES256), record(SigningAlg::ES256));
        victim.sealed_private = other.sealed_private;
        assert!(matches!(Keyring::open(&[victim], &master()), Err(KeyError::Sealed { .. })));
    }

    #[test]
    fn a_public_half_that_is_not_the_private_halfs_is_a_contradiction() {
        let (mut victim, other) = (record(SigningAlg::ES256), record(SigningAlg::ES256));
        victim.public_jwk = other.public_jwk;
        assert!(matches!(Keyring::open(&[victim], &master()), Err(KeyError::Contradiction { .. })));
    }

    #[test]
    fn state_and_publication_follow_from_the_times() {
        let mut key = record(SigningAlg::EdDSA);
        let at = |seconds| NOW.plus(Duration::from_secs(seconds));
        (key.signs_from, key.retired_at, key.removed_at) = (at(10), Some(at(20)), Some(at(30)));
        let told = [0, 10, 19, 20, 29, 30].map(|s| (key.state(at(s)), key.is_published(at(s))));
        assert_eq!(told, [(Next, true), (Current, true), (Current, true), (Retired, true), (Retired, true), (Retired, false)]);
    }

    #[test]
    fn the_ring_signs_with_the_current_key_of_the_algorithm_and_says_when_there_is_none() {
        let ring = Keyring::open(&[record(SigningAlg::ES256)], &master()).unwrap();
        assert!(ring.signing_key(SigningAlg::ES256, NOW).is_ok());
        assert_eq!(ring.signing_key(SigningAlg::RS256, NOW).unwrap_err(), KeyError::NoSigningKey(SigningAlg::RS256));
        let early = NOW.minus(Duration::from_secs(1));
        assert_eq!(ring.signing_key(SigningAlg::ES256, early).unwrap_err(), KeyError::NoSigningKey(SigningAlg::ES256));
        assert!(KeyError::NoSigningKey(SigningAlg::RS256).to_string().contains("RS256"));
    }
}
