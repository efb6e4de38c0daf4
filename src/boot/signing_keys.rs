//! Signing keys in the store: generated, rotated, withdrawn. The rotation rule is in `crypto/rotation.rs`.

use crate::boot::failure::Failure;
use crate::client::words::SigningAlg;
use crate::crypto::keyring::{KeyError, KeyRecord, KeyState, Keyring};
use crate::crypto::rotation::{AlreadyRotating, RotationRule, plan_rotation, plan_withdrawal};
use crate::crypto::seal::MasterKey;
use crate::random::Random;
use crate::records::event::{EventDraft, EventKind};
use crate::records::principal::Principal;
use crate::settings::{Keys, Settings};
use crate::store::{Store, StoreError, Tx};
use crate::time::Timestamp;

/// Checks that the server can start with the signing keys in the store. On a development machine, missing keys are generated;
/// elsewhere the operator generates them, because the operator decides when.
pub(crate) async fn ready(store: &Store, settings: &Settings, maker: &Maker<'_>) -> Result<(), Failure> {
    if settings.is_local() {
        maker.make_missing(store, &SigningAlg::ALL).await?;
    }
    let records = store.keys().await?;
    let signs = |alg: &SigningAlg| records.iter().any(|key| key.alg == *alg && key.state(maker.now) == KeyState::Current);
    match SigningAlg::ALL.iter().find(|alg| !signs(alg)) {
        None => Ok(()),
        Some(alg) => Err(Failure::new(format!("there is no {} key that signs", alg.name()), "run `panjereh keys generate`")),
    }
}

/// The periods of a rotation. How long ahead a key is published is a setting; how long a key stays published afterwards follows
/// from what it may have signed.
pub(crate) fn rule(keys: &Keys) -> RotationRule {
    RotationRule { publish_ahead: keys.publish_ahead, ..RotationRule::default() }
}

/// What is needed to generate keys.
pub(crate) struct Maker<'a> {
    /// The keys are sealed under it.
    pub(crate) master: &'a MasterKey,
    /// The source of randomness.
    pub(crate) random: &'a Random,
    /// The time at which the new keys begin.
    pub(crate) now: Timestamp,
    /// Who makes them, for the event log.
    pub(crate) actor: Principal,
}

/// The result for one algorithm.
pub(crate) enum Made {
    /// A key was generated.
    Key(KeyRecord),
    /// A key exists already, and only missing keys were to be generated.
    Present { alg: SigningAlg, kid: String },
    /// The previous rotation has not ended.
    Rotating { alg: SigningAlg, kid: String, signs_from: Timestamp },
}

/// What a command changes.
#[derive(Default)]
struct Change {
    made: Vec<Made>,
    retiring: Vec<KeyRecord>,
}

/// How often a command plans anew because another process changed the keys meanwhile.
const ATTEMPTS: usize = 3;

impl Maker<'_> {
    pub(crate) async fn make_missing(&self, store: &Store, algorithms: &[SigningAlg]) -> Result<Vec<Made>, Failure> {
        let plan = |records: &[KeyRecord], alg: SigningAlg, change: &mut Change| {
            let present = records.iter().find(|key| key.alg == alg && key.state(self.now) != KeyState::Retired);
            change.made.push(match present {
                None => Made::Key(KeyRecord::generate(alg, self.master, self.random, self.now, self.now)?),
                Some(key) => Made::Present { alg, kid: key.kid.clone() },
            });
            Ok(())
        };
        self.change(store, algorithms, plan).await
    }

    pub(crate) async fn rotate(
        &self,
        store: &Store,
        algorithms: &[SigningAlg],
        rule: RotationRule,
    ) -> Result<Vec<Made>, Failure> {
        let plan = |records: &[KeyRecord], alg: SigningAlg, change: &mut Change| {
            match plan_rotation(records, alg, &rule, self.now) {
                Ok(plan) => {
                    change.made.push(Made::Key(plan.make_key(self.master, self.random, self.now)?));
                    change.retiring.extend(plan.retiring);
                }
                Err(AlreadyRotating { kid, signs_from }) => change.made.push(Made::Rotating { alg, kid, signs_from }),
            }
            Ok(())
        };
        self.change(store, algorithms, plan).await
    }

    /// Replaces keys that may be compromised.
    pub(crate) async fn withdraw(&self, store: &Store, algorithms: &[SigningAlg]) -> Result<Vec<Made>, Failure> {
        let plan = |records: &[KeyRecord], alg: SigningAlg, change: &mut Change| {
            let plan = plan_withdrawal(records, alg, self.now);
            change.made.push(Made::Key(plan.make_key(self.master, self.random, self.now)?));
            change.retiring.extend(plan.retiring);
            Ok(())
        };
        self.change(store, algorithms, plan).await
    }

    /// Plans from the current records and stores the result. If another process changed the keys in between, it plans anew:
    /// otherwise it could undo the withdrawal of a key. Keys are generated before the transaction.
    async fn change(
        &self,
        store: &Store,
        algorithms: &[SigningAlg],
        plan: impl Fn(&[KeyRecord], SigningAlg, &mut Change) -> Result<(), KeyError>,
    ) -> Result<Vec<Made>, Failure> {
        for _ in 0..ATTEMPTS {
            let (records, mut change) = (self.records(store).await?, Change::default());
            for &alg in algorithms {
                plan(&records, alg, &mut change)?;
            }
            if self.save(store, &records, &change).await? {
                return Ok(change.made);
            }
        }
        Err(StoreError::Conflict("signing_keys".to_owned()).into())
    }

    /// All records, after a check that they open under the master key: keys sealed under two master keys would not work together.
    async fn records(&self, store: &Store) -> Result<Vec<KeyRecord>, Failure> {
        let records = store.keys().await?;
        Keyring::open(&records, self.master)?;
        Ok(records)
    }
}

impl Maker<'_> {
    /// Stores new keys and the new times of old ones in one transaction, so that a key that signs exists at every moment. Returns
    /// whether it did: it changes nothing if the keys are not those that were read.
    async fn save(&self, store: &Store, read: &[KeyRecord], change: &Change) -> Result<bool, Failure> {
        let mut tx = store.write().await?;
        if !tx.keys_are_still(read).await? {
            return Ok(false);
        }
        for made in &change.made {
            if let Made::Key(key) = made {
                tx.insert_key(key).await?;
                self.write_down(&mut tx, format!("{} key {} made", key.alg.name(), key.kid)).await?;
            }
        }
        for key in &change.retiring {
            tx.update_key_times(key).await?;
            self.write_down(&mut tx, format!("{} key {} retires", key.alg.name(), key.kid)).await?;
        }
        tx.save().await?;
        Ok(true)
    }

    async fn write_down(&self, tx: &mut Tx, reason: String) -> Result<(), StoreError> {
        let event = EventDraft::new(self.random, self.now, EventKind::KeysChanged).by(self.actor.clone());
        tx.append_event(&event.because(reason)).await
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        let remedy = match error {
            KeyError::NotMade => "try again; if that does not help, report it",
            KeyError::Sealed { .. } => {
                "restore the master key that this deployment began with, from your backup (keys.master_key_file or PANJEREH_MASTER_KEY)"
            }
            KeyError::Contradiction { .. } => "restore the table of signing keys from a backup",
            KeyError::NoSigningKey(_) => "run `panjereh keys generate`",
        };
        Self::new(error.to_string(), remedy)
    }
}
