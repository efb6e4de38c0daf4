//! `panjereh keys`: signing keys, made, listed and rotated. The rule of rotation is in `crypto/rotation.rs`.

use super::failure::Failure;
use super::master_key::{self, master_key};
use super::output::print;
use super::sources::Surroundings;
use super::table::table;
use super::world::open_checked_store;
use crate::crypto::keyring::{KeyError, KeyRecord, KeyState, Keyring};
use crate::crypto::rotation::{AlreadyRotating, RotationRule, plan_rotation, plan_withdrawal};
use crate::crypto::seal::MasterKey;
use crate::oidc::client::SigningAlg;
use crate::random::Random;
use crate::settings::{Keys, Settings};
use crate::store::Store;
use crate::time::{Clock, Timestamp};

#[derive(Debug, clap::Subcommand)]
pub(super) enum KeysCommand {
    /// Make the keys that are missing, and the master key where there is neither it nor any key
    Generate(Algorithms),
    /// List the keys with their states and times
    List,
    /// Replace current keys: the new ones are published now and sign later, the old ones stay published as long as they are needed
    Rotate {
        #[command(flatten)]
        algorithms: Algorithms,
        /// For keys that somebody may have seen: take the old ones away at once. All that they signed is refused from now on, and
        /// agencies may refuse sign-ins until they have fetched the key set again
        #[arg(long)]
        now: bool,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct Algorithms {
    /// Only this algorithm: ES256, RS256, PS256 or EdDSA (may be repeated) [default: all four]
    #[arg(long = "alg", value_name = "ALG", value_parser = algorithm)]
    algorithms: Vec<SigningAlg>,
}

impl Algorithms {
    fn or_all(&self) -> &[SigningAlg] {
        if self.algorithms.is_empty() { &SigningAlg::ALL } else { &self.algorithms }
    }
}

fn algorithm(text: &str) -> Result<SigningAlg, String> {
    let names = SigningAlg::ALL.map(SigningAlg::name).join(", ");
    SigningAlg::ALL.into_iter().find(|alg| alg.name() == text).ok_or_else(|| format!("use one of {names}"))
}

pub(super) async fn run(command: KeysCommand, surroundings: &Surroundings) -> Result<(), Failure> {
    let settings = surroundings.settings()?;
    let store = open_checked_store(&settings).await?;
    let (random, now) = (Random::Os, Clock::System.now());
    let text = match command {
        KeysCommand::List => list(&store.keys().await?, now),
        KeysCommand::Generate(algorithms) => {
            let from_environment = surroundings.master_key();
            if from_environment.is_none() && !settings.keys.master_key_file.exists() && store.keys().await?.is_empty() {
                master_key::make(&settings.keys.master_key_file, &random)?;
            }
            let maker = Maker { master: &master_key(&settings, from_environment.as_ref(), &random)?, random: &random, now };
            told(&maker.make_missing(&store, algorithms.or_all()).await?)
        }
        KeysCommand::Rotate { algorithms, now: at_once } => {
            let master = master_key(&settings, surroundings.master_key().as_ref(), &random)?;
            let maker = Maker { master: &master, random: &random, now };
            let made = if at_once {
                maker.withdraw(&store, algorithms.or_all()).await?
            } else {
                maker.rotate(&store, algorithms.or_all(), rule(&settings.keys)).await?
            };
            told(&made)
        }
    };
    print(&text)
}

/// The signing keys that a server starts with. On a development machine those that are missing are made; elsewhere an operator
/// makes them, because it is their decision when.
pub async fn ready(store: &Store, settings: &Settings, maker: &Maker<'_>) -> Result<Vec<KeyRecord>, Failure> {
    if settings.is_local() {
        maker.make_missing(store, &SigningAlg::ALL).await?;
    }
    let records = store.keys().await?;
    let signs = |alg: &SigningAlg| records.iter().any(|key| key.alg == *alg && key.state(maker.now) == KeyState::Current);
    match SigningAlg::ALL.iter().find(|alg| !signs(alg)) {
        None => Ok(records),
        Some(alg) => Err(Failure::new(format!("there is no {} key that signs", alg.name()), "run `panjereh keys generate`")),
    }
}

/// The spans of a rotation: how long ahead a key is published is set up, how long behind follows from what it may have signed.
pub fn rule(keys: &Keys) -> RotationRule {
    RotationRule { publish_ahead: keys.publish_ahead, ..RotationRule::default() }
}

/// What is needed to make keys.
pub struct Maker<'a> {
    /// They are sealed under it.
    pub master: &'a MasterKey,
    /// They are made of it.
    pub random: &'a Random,
    /// They begin with it.
    pub now: Timestamp,
}

/// What became of one algorithm.
enum Made {
    Key(KeyRecord),
    Nothing { alg: SigningAlg, why: String },
}

impl Maker<'_> {
    async fn make_missing(&self, store: &Store, algorithms: &[SigningAlg]) -> Result<Vec<Made>, Failure> {
        let records = self.records(store).await?;
        let mut made = Vec::new();
        for &alg in algorithms {
            let present = records.iter().find(|key| key.alg == alg && key.state(self.now) != KeyState::Retired);
            made.push(match present {
                None => Made::Key(KeyRecord::generate(alg, self.master, self.random, self.now, self.now)?),
                Some(key) => Made::Nothing { alg, why: format!("key {} is there; `panjereh keys rotate` replaces it", key.kid) },
            });
        }
        save(store, &made, &[]).await?;
        Ok(made)
    }

    async fn rotate(&self, store: &Store, algorithms: &[SigningAlg], rule: RotationRule) -> Result<Vec<Made>, Failure> {
        let records = self.records(store).await?;
        let (mut made, mut retiring) = (Vec::new(), Vec::new());
        for &alg in algorithms {
            match plan_rotation(&records, alg, &rule, self.now) {
                Ok(plan) => {
                    made.push(Made::Key(plan.make_key(self.master, self.random, self.now)?));
                    retiring.extend(plan.retiring);
                }
                Err(AlreadyRotating { kid, signs_from }) => {
                    let why =
                        format!("key {kid} is published already and signs from {}; rotate again after that", date(signs_from));
                    made.push(Made::Nothing { alg, why });
                }
            }
        }
        save(store, &made, &retiring).await?;
        Ok(made)
    }

    /// Replaces keys that somebody may have seen.
    async fn withdraw(&self, store: &Store, algorithms: &[SigningAlg]) -> Result<Vec<Made>, Failure> {
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

fn told(made: &[Made]) -> String {
    let line = |made: &Made| match made {
        Made::Key(key) => format!("{}: made key {}, which signs from {}\n", key.alg.name(), key.kid, date(key.signs_from)),
        Made::Nothing { alg, why } => format!("{}: nothing to do, {why}\n", alg.name()),
    };
    made.iter().map(line).collect::<Vec<_>>().concat()
}

fn list(records: &[KeyRecord], now: Timestamp) -> String {
    if records.is_empty() {
        return "there are no keys; make them with `panjereh keys generate`\n".to_owned();
    }
    let state = |key: &KeyRecord| match key.state(now) {
        KeyState::Next => "next",
        KeyState::Current => "current",
        KeyState::Retired if key.is_published(now) => "retired",
        KeyState::Retired => "removed",
    };
    let when = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), date);
    let row = |key: &KeyRecord| {
        let [signs_from, signs_until, published_until] = [Some(key.signs_from), key.retired_at, key.removed_at].map(when);
        [key.alg.name().to_owned(), state(key).to_owned(), signs_from, signs_until, published_until, key.kid.clone()]
    };
    let rows: Vec<_> = records.iter().map(row).collect();
    table(["ALG", "STATE", "SIGNS FROM", "SIGNS UNTIL", "PUBLISHED UNTIL", "KID"], &rows)
}

/// ISO 8601 in UTC, to the second.
pub(super) fn date(at: Timestamp) -> String {
    jiff::Timestamp::from_second(at.seconds()).map_or_else(|_| format!("{} s after 1970", at.seconds()), |at| at.to_string())
}
