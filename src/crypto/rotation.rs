//! The rotation rule: a new key is published before it signs, and an old one stays published until every token that it signed has
//! expired. Relying parties cache key sets for hours; a key that signs before they have fetched it breaks their sign-ins.

use crate::client::words::SigningAlg;
use crate::crypto::keyring::{KeyError, KeyRecord, KeyState};
use crate::crypto::seal::MasterKey;
use crate::random::Random;
use crate::records::session::SESSION_LIFETIME;
use crate::time::Timestamp;
use std::time::Duration;

/// The two periods of a rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RotationRule {
    /// How long a new key is published before it signs. At least as long as relying parties may cache the JWKS.
    pub(crate) publish_ahead: Duration,
    /// How long an old key stays published after its last signature. At least the life of the longest-lived token, clock
    /// differences included.
    pub(crate) keep_published: Duration,
}

/// 24 hours ahead; afterwards an hour longer than a session, because an ID token may come back as `id_token_hint` at its end.
impl Default for RotationRule {
    fn default() -> Self {
        Self { publish_ahead: Duration::from_hours(24), keep_published: SESSION_LIFETIME.saturating_add(Duration::from_hours(1)) }
    }
}

/// What a rotation changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RotationPlan {
    /// The algorithm whose key is replaced.
    pub(crate) alg: SigningAlg,
    /// When the new key begins to sign.
    pub(crate) signs_from: Timestamp,
    /// The keys that stop then, with their new times.
    pub retiring: Vec<KeyRecord>,
}

/// A rotation is already under way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("key {kid} is published already and signs from {} (seconds since 1970) on; nothing is left to rotate until then", .signs_from.seconds())]
pub struct AlreadyRotating {
    /// The key that waits to sign.
    pub(crate) kid: String,
    /// When it begins to sign.
    pub(crate) signs_from: Timestamp,
}

/// Whether the key of `alg` that signs at `now` has signed for `after`, and no successor waits.
pub(crate) fn is_due(records: &[KeyRecord], alg: SigningAlg, after: Duration, now: Timestamp) -> bool {
    let in_state = |state| records.iter().filter(move |key| key.alg == alg && key.state(now) == state);
    let signed_long_enough = in_state(KeyState::Current).any(|key| now.since(key.signs_from) >= after);
    signed_long_enough && in_state(KeyState::Next).next().is_none()
}

/// Plans the replacement of the current key of `alg`. If no key signs, the new one signs at once: no relying party can have
/// cached a key set that still verifies anything.
pub fn plan_rotation(
    records: &[KeyRecord],
    alg: SigningAlg,
    rule: &RotationRule,
    now: Timestamp,
) -> Result<RotationPlan, AlreadyRotating> {
    let in_state = |state| records.iter().filter(move |key| key.alg == alg && key.state(now) == state);
    if let Some(waiting) = in_state(KeyState::Next).next() {
        return Err(AlreadyRotating { kid: waiting.kid.clone(), signs_from: waiting.signs_from });
    }
    let mut retiring: Vec<KeyRecord> = in_state(KeyState::Current).cloned().collect();
    let signs_from = if retiring.is_empty() { now } else { now.plus(rule.publish_ahead) };
    for key in &mut retiring {
        // The old key stops at the moment at which the new one starts: there is no gap, and never do both sign.
        key.retired_at = Some(signs_from);
        key.removed_at = Some(signs_from.plus(rule.keep_published));
    }
    Ok(RotationPlan { alg, signs_from, retiring })
}

/// Plans the withdrawal of every key of `alg`, for when an attacker may have read one: none of them signs or is published any
/// longer, and tokens that they signed are rejected. The new key signs at once, so relying parties that cache the key set reject
/// its tokens until they fetch the set again, as they do on an unknown `kid` (OpenID Connect Core §10.1.1).
pub fn plan_withdrawal(records: &[KeyRecord], alg: SigningAlg, now: Timestamp) -> RotationPlan {
    let mut retiring: Vec<KeyRecord> = records.iter().filter(|key| key.alg == alg && key.is_published(now)).cloned().collect();
    for key in &mut retiring {
        key.retired_at = Some(key.retired_at.map_or(now, |at| at.min(now)));
        key.removed_at = Some(now);
    }
    RotationPlan { alg, signs_from: now, retiring }
}

impl RotationPlan {
    /// Makes the new key. The caller stores it together with the new times of [`retiring`](Self::retiring), in one transaction.
    pub fn make_key(&self, master: &MasterKey, random: &Random, now: Timestamp) -> Result<KeyRecord, KeyError> {
        KeyRecord::generate(self.alg, master, random, now, self.signs_from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::keyring::Keyring;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
    const HOUR: Duration = Duration::from_hours(1);

    fn master() -> MasterKey {
        MasterKey::from_bytes([7; 32])
    }

    /// What `keys rotate` does, on a list instead of a store.
    fn rotate(records: &mut Vec<KeyRecord>, alg: SigningAlg, now: Timestamp) -> Result<String, AlreadyRotating> {
        let plan = plan_rotation(records, alg, &RotationRule::default(), now)?;
        let made = plan.make_key(&master(), &Random::seeded(1), now).unwrap();
        apply(records, &plan, made.clone());
        Ok(made.kid)
    }

    fn apply(records: &mut Vec<KeyRecord>, plan: &RotationPlan, made: KeyRecord) {
        for key in records.iter_mut() {
            if let Some(changed) = plan.retiring.iter().find(|changed| changed.kid == key.kid) {
                *key = changed.clone();
            }
        }
        records.push(made);
    }

    fn published(ring: &Keyring, now: Timestamp) -> Vec<String> {
        let jwks = ring.jwks_json(now);
        jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn a_new_key_is_published_before_it_signs_and_an_old_one_until_nothing_signed_by_it_can_be_valid() {
        let mut records = Vec::new();
        let old = rotate(&mut records, SigningAlg::ES256, NOW).unwrap();
        let rotated_at = NOW.plus(HOUR * 1000);
        let new = rotate(&mut records, SigningAlg::ES256, rotated_at).unwrap();
        let ring = Keyring::open(&records, &master()).unwrap();
        let signer = |now| ring.signing_key(SigningAlg::ES256, now).unwrap().kid().to_owned();
        let at = |hours: u32| rotated_at.plus(HOUR * hours);

        // Hour by hour for three days: a key always signs, and each key that signed within the last session's life is published.
        let mut history: Vec<(Timestamp, String)> = Vec::new();
        for hour in 0..72 {
            history.push((at(hour), signer(at(hour))));
            for (_, kid) in history.iter().filter(|(when, _)| at(hour).since(*when) <= SESSION_LIFETIME) {
                assert!(published(&ring, at(hour)).contains(kid), "hour {hour}");
                assert!(ring.verifying_key(kid, at(hour)).is_some(), "hour {hour}");
            }
        }
        assert_eq!((signer(at(0)), signer(at(23)), signer(at(24))), (old.clone(), old.clone(), new.clone()));
        assert_eq!(published(&ring, at(0)), [old.clone(), new.clone()]);
        assert_eq!(published(&ring, at(24 + 25)), [new]);
        assert!(ring.verifying_key(&old, at(24 + 25)).is_none());
    }

    #[test]
    fn the_old_key_signs_until_the_very_moment_the_new_one_starts() {
        let mut records = Vec::new();
        let old = rotate(&mut records, SigningAlg::EdDSA, NOW).unwrap();
        let new = rotate(&mut records, SigningAlg::EdDSA, NOW).unwrap();
        let ring = Keyring::open(&records, &master()).unwrap();
        let start = NOW.plus(HOUR * 24);
        let before = start.minus(Duration::from_millis(1));
        assert_eq!(ring.signing_key(SigningAlg::EdDSA, before).unwrap().kid(), old);
        assert_eq!(ring.signing_key(SigningAlg::EdDSA, start).unwrap().kid(), new);
    }

    #[test]
    fn the_first_key_signs_at_once() {
        let plan = plan_rotation(&[], SigningAlg::ES256, &RotationRule::default(), NOW).unwrap();
        assert_eq!((plan.signs_from, plan.retiring), (NOW, vec![]));
    }

    #[test]
    fn a_key_is_due_after_its_time_and_not_while_its_successor_waits() {
        let mut records = Vec::new();
        let after = HOUR * 1000;
        assert!(!is_due(&records, SigningAlg::ES256, after, NOW), "without a key the operator makes one");
        rotate(&mut records, SigningAlg::ES256, NOW).unwrap();
        let due_at = NOW.plus(after);
        assert!(!is_due(&records, SigningAlg::ES256, after, due_at.minus(Duration::from_millis(1))));
        assert!(is_due(&records, SigningAlg::ES256, after, due_at));
        assert!(!is_due(&records, SigningAlg::RS256, after, due_at));
        rotate(&mut records, SigningAlg::ES256, due_at).unwrap();
        assert!(!is_due(&records, SigningAlg::ES256, after, due_at), "its successor is published");
        assert!(is_due(&records, SigningAlg::ES256, after, due_at.plus(HOUR * 24).plus(after)));
    }

    #[test]
    fn a_rotation_under_way_is_not_begun_again() {
        let mut records = Vec::new();
        rotate(&mut records, SigningAlg::ES256, NOW).unwrap();
        let waiting = rotate(&mut records, SigningAlg::ES256, NOW).unwrap();
        let refused = rotate(&mut records, SigningAlg::ES256, NOW.plus(HOUR)).unwrap_err();
        assert_eq!(refused, AlreadyRotating { kid: waiting, signs_from: NOW.plus(HOUR * 24) });
        assert!(rotate(&mut records, SigningAlg::ES256, NOW.plus(HOUR * 24)).is_ok());
    }

    #[test]
    fn withdrawn_keys_neither_sign_nor_are_published_and_a_new_one_signs_at_once() {
        let mut records = Vec::new();
        let current = rotate(&mut records, SigningAlg::ES256, NOW).unwrap();
        let next = rotate(&mut records, SigningAlg::ES256, NOW).unwrap();
        let other = rotate(&mut records, SigningAlg::EdDSA, NOW).unwrap();
        let seen_at = NOW.plus(HOUR);
        let plan = plan_withdrawal(&records, SigningAlg::ES256, seen_at);
        let made = plan.make_key(&master(), &Random::seeded(2), seen_at).unwrap();
        apply(&mut records, &plan, made.clone());
        let ring = Keyring::open(&records, &master()).unwrap();
        assert_eq!(ring.signing_key(SigningAlg::ES256, seen_at).unwrap().kid(), made.kid);
        assert_eq!(published(&ring, seen_at), [other, made.kid]);
        // The key that was to sign next never does.
        assert!([current, next].iter().all(|kid| ring.verifying_key(kid, NOW.plus(HOUR * 30)).is_none()));
        assert_eq!(plan_withdrawal(&records, SigningAlg::ES256, seen_at.plus(HOUR)).retiring.len(), 1, "what is gone stays gone");
    }

    #[test]
    fn one_algorithm_rotates_without_touching_another() {
        let mut records = Vec::new();
        rotate(&mut records, SigningAlg::ES256, NOW).unwrap();
        let other = rotate(&mut records, SigningAlg::EdDSA, NOW).unwrap();
        rotate(&mut records, SigningAlg::ES256, NOW).unwrap();
        let ring = Keyring::open(&records, &master()).unwrap();
        assert_eq!(ring.signing_key(SigningAlg::EdDSA, NOW.plus(HOUR * 1000)).unwrap().kid(), other);
    }
}
