//! From opened parts to a running [`App`], and what keeps it fresh in the background.

use crate::crypto::certificate::Authorities;
use crate::crypto::dpop::DpopNonces;
use crate::crypto::keyring::Keyring;
use crate::crypto::pairwise::PairwiseSalt;
use crate::crypto::passkey::Passkeys;
use crate::crypto::refresh_chain::RefreshChain;
use crate::crypto::seal::MasterKey;
use crate::flows::client_keys::KeySets;
use crate::flows::deliver::{Kind, keep_delivering};
use crate::flows::directory::{self, Directory};
use crate::flows::hashing::Hashing;
use crate::flows::throttle::FailedClients;
use crate::flows::{App, Seals};
use crate::messaging::Sms;
use crate::messaging::outbox::Outbox;
use crate::oidc::client::SigningAlg;
use crate::outbound::Outbound;
use crate::random::Random;
use crate::registry::Registry;
use crate::settings::Settings;
use crate::store::Store;
use crate::time::Clock;
use crate::transient::Transient;
use arc_swap::ArcSwap;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// How often another instance's changes of clients and keys are looked for.
const REFRESH: Duration = Duration::from_secs(3);
/// How often what has expired is swept up, and how much at once.
const SWEEP: (Duration, u32) = (Duration::from_secs(20), 5_000);

/// What goes wrong at start is told in one sentence; it ends the program.
pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// The parts that a program starts with.
pub struct Parts {
    /// How it is set up.
    pub settings: Settings,
    /// Durable state, on the right schema.
    pub store: Store,
    /// Short-lived state.
    pub transient: Transient,
    /// What everything is sealed under.
    pub master: MasterKey,
    /// The civil registry.
    pub registry: Registry,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub random: Random,
}

impl Parts {
    /// Puts them together.
    pub async fn assemble(self) -> Outcome<Arc<App>> {
        let Self { settings, store, transient, master, registry, clock, random } = self;
        let keyring = Keyring::open(&store.keys().await?, &master)?;
        for alg in SigningAlg::ALL {
            keyring.signing_key(alg, clock.now())?;
        }
        let directory = Directory::load(&store, settings.tokens.profile).await?;
        let origin = url::Url::parse(settings.issuer())?;
        let rp_id = origin.host_str().ok_or("server.issuer has no host")?;
        let ca = settings.outbound.ca_file.as_ref().map(|path| read_authorities(path)).transpose()?;
        let authorities = settings.tls.client_ca.as_ref().map(|path| client_authorities(path)).transpose()?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Arc::new(App {
            authorities,
            passkeys: Passkeys::new(rp_id, &origin, "Panjereh")?,
            seals: Seals::new(&master),
            dpop_nonces: DpopNonces::new(&master.derive_bytes("dpop nonce")),
            pairwise: PairwiseSalt::new(&master.derive_bytes("pairwise")),
            refresh_chain: RefreshChain::new(&master.derive_bytes("refresh chain")),
            outbound: Outbound::new(&settings.outbound, ca.as_deref())?,
            key_sets: KeySets::default(),
            failed_clients: FailedClients::default(),
            logouts_due: Notify::new(),
            pings_due: Notify::new(),
            sms: Sms::File(Outbox::new(&settings.sms.outbox)),
            hashing: Hashing::new(cores),
            keyring: ArcSwap::from_pointee(keyring),
            directory: ArcSwap::from_pointee(directory),
            clock,
            random,
            settings,
            store,
            transient,
            registry,
        }))
    }
}

fn client_authorities(path: &Path) -> Outcome<Authorities> {
    let pem = std::fs::read(path).map_err(|error| format!("tls.client_ca {} cannot be read: {error}", path.display()))?;
    Authorities::from_pem(&pem).ok_or_else(|| format!("tls.client_ca {} holds no certificates in PEM", path.display()).into())
}

fn read_authorities(path: &Path) -> Outcome<Vec<u8>> {
    std::fs::read(path).map_err(|error| format!("outbound.ca_file {} cannot be read: {error}", path.display()).into())
}

/// Keeps clients and keys in step with the store, delivers logout tokens and pings, and sweeps up what has expired.
pub fn keep_house(app: &Arc<App>, master: MasterKey) {
    let refreshed = Arc::clone(app);
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(REFRESH);
        loop {
            ticks.tick().await;
            if let Err(cause) = directory::refresh(&refreshed, &master).await {
                tracing::warn!(%cause, "clients and keys could not be refreshed; the ones in memory go on");
            }
        }
    });
    // A task each: pings are awaited by somebody at a counter, and no logout token is to stand in their way.
    tokio::spawn(keep_delivering(Arc::clone(app), Kind::LogoutTokens));
    tokio::spawn(keep_delivering(Arc::clone(app), Kind::Pings));
    let swept = Arc::clone(app);
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(SWEEP.0);
        loop {
            ticks.tick().await;
            swept.hashing.rest();
            if let Err(cause) = swept.store.expire(swept.clock.now(), SWEEP.1).await {
                tracing::warn!(%cause, "what has expired could not be swept up");
            }
        }
    });
}

/// Resolves when the system asks the program to stop.
pub async fn stop_signal() {
    let interrupted = tokio::signal::ctrl_c();
    let Ok(mut terminated) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else {
        let _ = interrupted.await;
        return;
    };
    tokio::select! {
        _ = interrupted => {}
        _ = terminated.recv() => {}
    }
}
