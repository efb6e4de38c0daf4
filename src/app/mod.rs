//! Room `app/`: what every story needs, made once at start, and the services that stories share.

pub mod failed_clients;
pub mod key_sets;
pub mod reload;
pub mod unavailable;
pub mod wake;

pub mod client_cache;
pub mod client_keys;
pub mod hashing;
pub mod known_browser;
pub mod throttle;

use crate::app::client_cache::Directory;
use crate::app::failed_clients::FailedClients;
use crate::app::hashing::Hashing;
use crate::app::key_sets::KeySets;

use crate::app::wake::Wake;
use crate::crypto::certificate::Authorities;
use crate::crypto::jose::dpop::DpopNonces;
use crate::crypto::keyring::Keyring;
use crate::crypto::pairwise::PairwiseSalt;
use crate::crypto::passkey::Passkeys;
use crate::crypto::refresh_chain::RefreshChain;
use crate::crypto::seal::{MasterKey, SealKey};
use crate::identity::id::EventId;
use crate::messaging::Sms;
use crate::outbound::Outbound;
use crate::random::Random;
use crate::records::event::{EventDraft, EventKind};
use crate::registry::Registry;
use crate::settings::Settings;
use crate::store::Store;
use crate::time::{Clock, Timestamp};
use crate::transient::Transient;
use arc_swap::ArcSwap;

/// Everything a story needs, made once at start.
pub struct App {
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub random: Random,
    /// How this deployment is set up.
    pub settings: Settings,
    /// Durable state.
    pub store: Store,
    /// Short-lived state.
    pub transient: Transient,
    /// Signing keys, replaced as a whole when they change.
    pub keyring: ArcSwap<Keyring>,
    /// Agencies and clients, replaced as a whole when they change.
    pub directory: ArcSwap<Directory>,
    /// The civil registry.
    pub registry: Registry,
    /// Text messages.
    pub sms: Sms,
    /// Requests to addresses that clients registered.
    pub outbound: Outbound,
    /// Keys fetched from clients' `jwks_uri`.
    pub key_sets: KeySets,
    /// Clients that failed to authenticate here.
    pub failed_clients: FailedClients,
    /// Wakes the delivery loop.
    pub wake: Wake,
    /// Authorities for clients' certificates (RFC 8705 §2.1).
    pub authorities: Option<Authorities>,
    /// WebAuthn.
    pub passkeys: Passkeys,
    /// What is sealed under the master key, by purpose.
    pub seals: Seals,
    /// Nonces for DPoP proofs.
    pub dpop_nonces: DpopNonces,
    /// Salt of pairwise subjects.
    pub pairwise: PairwiseSalt,
    /// Which refresh token follows on which.
    pub refresh_chain: RefreshChain,
    /// Bounds how many passwords are hashed at once: each takes 19 MiB and a core.
    pub hashing: Hashing,
}

/// Sealing keys, one per purpose, so that what was sealed for one cannot be opened as another.
pub struct Seals {
    /// Authorization codes.
    pub code: SealKey,
    /// Recovery codes between their making and their being shown.
    pub recovery: SealKey,
    /// What a sign-out page was opened for.
    pub logout: SealKey,
    /// What a CIBA ping needs: `auth_req_id` and the notification token.
    pub notice: SealKey,
    /// What a logout token in the outbox is made from.
    pub logout_token: SealKey,
    /// What a browser keeps of an earlier sign-in.
    pub browser: SealKey,
}

impl Seals {
    /// Derives all of them.
    pub fn new(master: &MasterKey) -> Self {
        Self {
            code: master.derive("code"),
            recovery: master.derive("recovery"),
            logout: master.derive("logout"),
            notice: master.derive("notice"),
            logout_token: master.derive("logout token"),
            browser: master.derive("known browser"),
        }
    }
}

impl App {
    /// A line for the audit log, which needs an actor:
    /// `app.event(kind, now).by_client(client.id()).about(account).of_grant(grant).from(client.origin())`.
    pub(crate) fn event(&self, kind: EventKind, now: Timestamp) -> EventDraft {
        EventDraft { id: EventId::new(&self.random, now), at: now, kind }
    }
}
