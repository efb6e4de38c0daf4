//! Signing keys in the store: made, rotated, withdrawn. The rule of rotation is in `crypto/rotation.rs`.

use crate::boot::failure::Failure;
use crate::client::words::SigningAlg;
use crate::crypto::keyring::{KeyError, KeyRecord, KeyState, Keyring};
use crate::crypto::rotation::{AlreadyRotating, RotationRule, plan_rotation, plan_withdrawal};
use crate::crypto::seal::MasterKey;
use crate::random::Random;
use crate::settings::{Keys, Settings};
use crate::store::Store;
use crate::time::Timestamp;

/// The signing keys that a server starts with. On a development machine those that are missing are made; elsewhere an operator
/// makes them, because it is their decision when.
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

/// The spans of a rotation: how long ahead a key is published is set up, how long behind follows from what it may have signed.
pub(crate) fn rule(keys: &Keys) -> RotationRule {
    RotationRule { publish_ahead: keys.publish_ahead, ..RotationRule::default() }
}

/// What is needed to make keys.
pub(crate) struct Maker<'a> {
    /// They are sealed under it.
    pub(crate) master: &'a MasterKey,
    /// They are made of it.
    pub(crate) random: &'a Random,
    /// They begin with it.
    pub(crate) now: Timestamp,
}

/// What became of one algorithm.
pub(crate) enum Made {
    /// It has a new key.
    Key(KeyRecord),
    /// A key is there, which was to be made only where none is.
    Present { alg: SigningAlg, kid: String },
    /// An earlier rotation has not ended.
    Rotating { alg: SigningAlg, kid: String, signs_from: Timestamp },
}

impl Maker<'_> {
    pub(crate) async fn make_missing(&self, store: &Store, algorithms: &[SigningAlg]) -> Result<Vec<Made>, Failure> {
        let records = self.records(store).await?;
        let mut made = Vec::new();
        for &alg in algorithms {
            let present = records.iter().find(|key| key.alg == alg && key.state(self.now) != KeyState::Retired);
            made.push(match present {
                None => Made::Key(KeyRecord::generate(alg, self.master, self.random, self.now, self.now)?),
                Some(key) => Made::Present { alg, kid: key.kid.clone() },
            });
        }
        save(store, &made, &[]).await?;
        Ok(made)
    }

    pub(crate) async fn rotate(
        &self,
        store: &Store,
        algorithms: &[SigningAlg],
        rule: RotationRule,
    ) -> Result<Vec<Made>, Failure> {
        let records = self.records(store).await?;
        let (mut made, mut retiring) = (Vec::new(), Vec::new());
        for &alg in algorithms {
            match plan_rotation(&records, alg, &rule, self.now) {
                Ok(plan) => {
                    made.push(Made::Key(plan.make_key(self.master, self.random, self.now)?));
                    retiring.extend(plan.retiring);
                }
                Err(AlreadyRotating { kid, signs_from }) => made.push(Made::Rotating { alg, kid, signs_from }),
            }
        }
        save(store, &made, &retiring).await?;
        Ok(made)
    }

    /// Replaces keys that somebody may have seen.
    pub(crate) async fn withdraw(&self, store: &Store, algorithms: &[SigningAlg]) -> Result<Vec<Made>, Failure> {
        let records = self.records(store).await?;
        let (mut made, mut retiring) = (Vec::new(), Vec::new());
        for &alg in algorithms {
            let plan = plan_withdrawal(&records, alg, self.now);
            made.push(Made::Key(plan.make_key(self.master, self.random, self.now)?));
            retiring.extend(plan.retiring);
        }
        save(store, &made, &retiring).await?;
        Ok(made)
    }

    /// All records, known to open under the master key: keys sealed under two of them would not serve together.
    async fn records(&self, store: &Store) -> Result<Vec<KeyRecord>, Failure> {
        let records = store.keys().await?;
        Keyring::open(&records, self.master)?;
        Ok(records)
    }
}

/// New keys and the new times of old ones in one transaction: there is no moment without a key that signs.
async fn save(store: &Store, made: &[Made], retiring: &[KeyRecord]) -> Result<(), Failure> {
    let mut tx = store.write().await?;
    for made in made {
        if let Made::Key(key) = made {
            tx.insert_key(key).await?;
        }
    }
    for key in retiring {
        tx.update_key_times(key).await?;
    }
    Ok(tx.save().await?)
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        let remedy = match error {
            KeyError::NotMade => "try again; if that does not help, report it",
            KeyError::Sealed { .. } => {
                "use the master key that this deployment began with (keys.master_key_file or PANJEREH_MASTER_KEY), from your backup"
            }
            KeyError::Contradiction { .. } => "restore the table of signing keys from a backup",
            KeyError::NoSigningKey(_) => "run `panjereh keys generate`",
        };
        Self::new(error.to_string(), remedy)
    }
}
