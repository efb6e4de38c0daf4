//! `panjereh keys`: signing keys are generated, listed and rotated. The work is done in `boot/signing_keys.rs`.

use crate::boot::failure::Failure;
use crate::boot::master_key;
use crate::boot::master_key::master_key;
use crate::boot::signing_keys::{Made, Maker, rule};
use crate::boot::stores::open_checked_store;
use crate::cli::output::print;
use crate::cli::sources::Surroundings;
use crate::cli::table::table;
use crate::client::words::SigningAlg;
use crate::crypto::keyring::{KeyRecord, KeyState};
use crate::random::Random;
use crate::records::principal::Principal;
use crate::time::{Clock, Timestamp};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum KeysCommand {
    /// Generate missing keys, and the master key if there is neither a master key nor any signing key
    Generate(Algorithms),
    /// List the keys with their states and times
    List,
    /// Replace the current keys: new ones are published now and sign later; old ones stay published as long as they are needed
    Rotate {
        #[command(flatten)]
        algorithms: Algorithms,
        /// For keys that may be compromised: remove the old ones at once. All that they signed is rejected from now on, and
        /// agencies may reject sign-ins until they have fetched the key set again
        #[arg(long)]
        now: bool,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Algorithms {
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

pub(crate) async fn run(command: KeysCommand, surroundings: &Surroundings) -> Result<(), Failure> {
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
            let master = master_key(&settings, from_environment.as_ref(), &random)?;
            let maker = Maker { master: &master, random: &random, now, actor: Principal::Operator };
            report(&maker.make_missing(&store, algorithms.or_all()).await?)
        }
        KeysCommand::Rotate { algorithms, now: at_once } => {
            let master = master_key(&settings, surroundings.master_key().as_ref(), &random)?;
            let maker = Maker { master: &master, random: &random, now, actor: Principal::Operator };
            let made = if at_once {
                maker.withdraw(&store, algorithms.or_all()).await?
            } else {
                maker.rotate(&store, algorithms.or_all(), rule(&settings.keys)).await?
            };
            report(&made)
        }
    };
    print(&text)
}

fn report(made: &[Made]) -> String {
    let line = |made: &Made| match made {
        Made::Key(key) => format!("{}: generated key {}, which signs from {}\n", key.alg.name(), key.kid, date(key.signs_from)),
        Made::Present { alg, kid } => {
            format!("{}: nothing to do, key {kid} exists; `panjereh keys rotate` replaces it\n", alg.name())
        }
        Made::Rotating { alg, kid, signs_from } => format!(
            "{}: nothing to do, key {kid} is published already and signs from {}; rotate again after that\n",
            alg.name(),
            date(*signs_from)
        ),
    };
    made.iter().map(line).collect::<Vec<_>>().concat()
}

fn list(records: &[KeyRecord], now: Timestamp) -> String {
    if records.is_empty() {
        return "there are no keys; generate them with `panjereh keys generate`\n".to_owned();
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
pub(crate) fn date(at: Timestamp) -> String {
    jiff::Timestamp::from_second(at.seconds()).map_or_else(|_| format!("{} s after 1970", at.seconds()), |at| at.to_string())
}
