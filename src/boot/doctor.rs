//! What is wrong with a deployment, and what to do: the checks of `panjereh doctor`. They change nothing but a row that proves that the
//! database takes writes.

use crate::boot::failure::Failure;
use crate::boot::stores::open_checked_store;
use crate::client::words::SigningAlg;
use crate::crypto::keyring::{KeyRecord, KeyState, Keyring};
use crate::crypto::seal::MasterKey;
use crate::random::Random;
use crate::secret::Secret;
use crate::settings::Settings;
use crate::store::Store;
use crate::store::readiness::Proof;
use crate::time::Timestamp;
use crate::transient::Transient;

mod files;
mod machine;
mod network;
mod registry;

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing to do.
    Good,
    /// The server runs, and the operator should know.
    Warning,
    /// The server does not run, or not safely.
    Wrong,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// How bad it is.
    pub(crate) state: State,
    /// What was checked: one word.
    pub(crate) part: &'static str,
    /// What was found.
    pub(crate) what: String,
    /// What to do; empty if nothing.
    pub(crate) remedy: String,
}

impl Finding {
    fn good(part: &'static str, what: impl Into<String>) -> Self {
        Self { state: State::Good, part, what: what.into(), remedy: String::new() }
    }

    fn warning(part: &'static str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { state: State::Warning, part, what: what.into(), remedy: remedy.into() }
    }

    fn wrong(part: &'static str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { state: State::Wrong, part, what: what.into(), remedy: remedy.into() }
    }

    fn failed(part: &'static str, failure: &Failure) -> Self {
        Self::wrong(part, failure.what(), failure.remedy())
    }
}

/// A deployment and the moment at which it is examined.
pub(crate) struct Patient<'a> {
    /// Its settings.
    pub(crate) settings: &'a Settings,
    /// The content of `PANJEREH_MASTER_KEY`, if that is set.
    pub(crate) master_key: Option<&'a Secret<String>>,
    /// The clock of this machine.
    pub(crate) now: Timestamp,
}

/// Examines everything, and returns what was found in the order in which an operator mends it.
pub(crate) async fn examine(patient: &Patient<'_>) -> Vec<Finding> {
    let Patient { settings, now, .. } = *patient;
    let mut found = files::examine(settings);
    let (master, finding) = files::master_key(patient);
    found.push(finding);
    match open_checked_store(settings).await {
        Err(failure) => found.push(Finding::failed("database", &failure)),
        Ok(store) => {
            found.push(database(&store, now).await);
            found.extend(registry::examine(settings, &store).await);
            match store.keys().await {
                Ok(keys) => {
                    found.push(signing_keys(&keys, master.as_ref(), now));
                    found.push(machine::clock(&keys, settings, now));
                }
                Err(error) => found.push(Finding::failed("keys", &error.into())),
            }
        }
    }
    found.push(short_lived_state(settings).await);
    found.extend(network::examine(settings, now));
    let explained = "`panjereh config default` explains each";
    found.extend(settings.warnings().into_iter().map(|warning| Finding::warning("settings", warning, explained)));
    found.extend(machine::examine(settings));
    found
}

async fn database(store: &Store, now: Timestamp) -> Finding {
    let random = Random::Os;
    let proof = Proof { instance: random.bytes(), turn: 0, bytes: random.bytes::<1024>().to_vec() };
    match store.prove_writable(&proof, now).await {
        Ok(()) => Finding::good("database", "it answers, has the schema of this version, and takes writes"),
        Err(error) => Finding::failed("database", &error.into()),
    }
}

async fn short_lived_state(settings: &Settings) -> Finding {
    let Some(url) = settings.transient.redis() else {
        return Finding::good("transient", "short-lived state is kept in the database");
    };
    let checked = async { Transient::redis(url, &settings.transient.tls).await?.ready().await };
    match checked.await {
        Ok(()) => Finding::good("transient", "Redis answers"),
        Err(error) => Finding::failed("transient", &error.into()),
    }
}

fn signing_keys(keys: &[KeyRecord], master: Option<&MasterKey>, now: Timestamp) -> Finding {
    const PART: &str = "keys";
    let signs = |alg: &SigningAlg| keys.iter().any(|key| key.alg == *alg && key.state(now) == KeyState::Current);
    let missing: Vec<_> = SigningAlg::ALL.iter().filter(|alg| !signs(alg)).map(|alg| alg.name()).collect();
    if !missing.is_empty() {
        return Finding::wrong(PART, format!("no key signs {}", missing.join(", ")), "run `panjereh keys generate`");
    }
    match master.map(|master| Keyring::open(keys, master)) {
        Some(Err(error)) => {
            Finding::wrong(PART, error.to_string(), "restore the master key that this deployment began with, from your backup")
        }
        Some(Ok(_)) => Finding::good(PART, "every algorithm has a key that signs, and the master key opens them"),
        None => Finding::good(PART, "every algorithm has a key that signs"),
    }
}
