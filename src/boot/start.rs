//! Assembles the opened parts to an [`App`], and starts the background tasks that keep it up to date.

use crate::app::client_cache::ClientCache;
use crate::app::hashing::Hashing;
use crate::app::key_sets::KeySets;
use crate::app::noted_events::NotedEvents;
use crate::app::readiness::Readiness;
use crate::app::recent_clients::RecentClients;
use crate::app::wake::Wake;
use crate::app::{App, Seals};
use crate::boot::failure::Failure;
use crate::boot::messages::{MailboxParts, channel};
use crate::client::words::SigningAlg;
use crate::crypto::certificate::Authorities;
use crate::crypto::jose::dpop::DpopNonces;
use crate::crypto::keyring::Keyring;
use crate::crypto::pairwise::PairwiseSalt;
use crate::crypto::passkey::Passkeys;
use crate::crypto::refresh_chain::RefreshChain;
use crate::crypto::seal::MasterKey;
use crate::flows::delivery::run::keep_delivering;
use crate::outbound::Outbound;
use crate::random::Random;
use crate::registry::Registry;
use crate::settings::Settings;
use crate::store::Store;
use crate::time::Clock;
use crate::transient::Transient;
use crate::upkeep::jobs;
use arc_swap::ArcSwap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU8;
use std::time::Duration;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

/// How often changes of clients and keys by other instances are looked up.
const REFRESH: Duration = Duration::from_secs(3);
/// How often memory that hashing no longer needs is freed.
const REST: Duration = Duration::from_secs(20);

/// How long a stop waits until the jobs are handed over. Longer than a statement waits for a locked row.
const HANDED_OVER_WITHIN: Duration = Duration::from_secs(5);

/// The parts that a program starts with.
pub struct Parts {
    /// The settings.
    pub settings: Settings,
    /// Durable state, with the current schema.
    pub store: Store,
    /// Short-lived state.
    pub transient: Transient,
    /// The key under which everything is sealed.
    pub master: MasterKey,
    /// The civil registry.
    pub registry: Registry,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub random: Random,
}

impl Parts {
    /// Assembles them.
    pub async fn assemble(self) -> Result<Arc<App>, Failure> {
        let Self { settings, store, transient, master, registry, clock, random } = self;
        let keyring = Keyring::open(&store.keys().await?, &master)?;
        for alg in SigningAlg::ALL {
            keyring.signing_key(alg, clock.now())?;
        }
        let client_cache = ClientCache::load(&store, settings.tokens.profile)
            .await
            .map_err(|cause| Failure::new(cause.to_string(), "check that the database of database.url answers, and try again"))?;
        let wake = Arc::new(Notify::new());
        let sms =
            channel(&settings.sms, &MailboxParts { store: &store, master: &master, clock: &clock, random: &random }, &wake)?;
        let origin = url::Url::parse(settings.issuer()).map_err(unusable)?;
        let rp_id = origin.host_str().ok_or_else(|| unusable("server.issuer has no host"))?;
        let ca = settings.outbound.ca_file.as_ref().map(|path| read(path, "outbound.ca_file")).transpose()?;
        let authorities = settings.tls.client_ca.as_ref().map(|path| client_authorities(path)).transpose()?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Arc::new(App {
            authorities,
            passkeys: Passkeys::new(rp_id, &origin, "Panjereh").map_err(unusable)?,
            seals: Seals::new(&master),
            dpop_nonces: DpopNonces::new(&master.derive_bytes("dpop nonce")),
            pairwise: PairwiseSalt::new(&master.derive_bytes("pairwise")),
            refresh_chain: RefreshChain::new(&master.derive_bytes("refresh chain")),
            outbound: Outbound::new(&settings.outbound, ca.as_deref()).map_err(unusable)?,
            key_sets: KeySets::default(),
            recent_clients: RecentClients::default(),
            wake: Wake::with_messages(wake),
            sms,
            hashing: Hashing::new(cores),
            readiness: Readiness::default(),
            noted_events: NotedEvents::default(),
            warned_of_proxies: AtomicU8::new(0),
            keyring: ArcSwap::from_pointee(keyring),
            client_cache: ArcSwap::from_pointee(client_cache),
            clock,
            random,
            settings,
            store,
            transient,
            registry,
        }))
    }
}

/// A setting that was well-formed when it was parsed but cannot be used.
fn unusable(cause: impl std::fmt::Display) -> Failure {
    Failure::new(cause.to_string(), "correct the settings")
}

fn client_authorities(path: &Path) -> Result<Authorities, Failure> {
    let pem = read(path, "tls.client_ca")?;
    let problem = || unusable(format!("tls.client_ca {} holds no certificates in PEM", path.display()));
    Authorities::from_pem(&pem).ok_or_else(problem)
}

fn read(path: &Path, setting: &str) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| unusable(format!("{setting} {} cannot be read: {error}", path.display())))
}

/// The tasks that run beside the server.
pub(crate) struct Background {
    jobs: JoinHandle<()>,
    stop_jobs: oneshot::Sender<()>,
}

impl Background {
    /// Hands the jobs over to another instance, for a clean stop. A step that does not end in time is ended: its transaction is rolled
    /// back, and another instance takes the jobs when the leases have expired.
    pub(crate) async fn stop(self) {
        let Self { mut jobs, stop_jobs } = self;
        drop(stop_jobs);
        match tokio::time::timeout(HANDED_OVER_WITHIN, &mut jobs).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the jobs ended before they were stopped"),
            Err(_) => {
                jobs.abort();
                tracing::warn!("the jobs could not be handed over in time; their leases expire by themselves");
            }
        }
    }
}

/// Keeps clients and keys up to date with the store, delivers the outbox, and runs the jobs that this instance leads.
pub(crate) fn start_background_tasks(app: &Arc<App>, master: MasterKey) -> Background {
    let (refreshed, opened_with) = (Arc::clone(app), master.clone());
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(REFRESH);
        loop {
            ticks.tick().await;
            if let Err(cause) = crate::app::reload::refresh(&refreshed, &opened_with).await {
                tracing::warn!(%cause, "clients and keys could not be refreshed; the cached ones stay in use");
            }
        }
    });
    tokio::spawn(keep_delivering(Arc::clone(app)));
    let resting = Arc::clone(app);
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(REST);
        loop {
            ticks.tick().await;
            resting.hashing.rest();
        }
    });
    let (stop_jobs, stopped) = oneshot::channel::<()>();
    let stopped = async move {
        // Dropping the sender is the stop signal, so an error means stop as well.
        stopped.await.ok();
    };
    Background { jobs: tokio::spawn(jobs::keep_running(Arc::clone(app), master, stopped)), stop_jobs }
}

/// Resolves when the system asks the program to stop.
pub(crate) async fn stop_signal() {
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
