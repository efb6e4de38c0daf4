//! Room `flows/` (floor 4): one file per story, top to bottom.
//!
//! A story takes the [`App`], who asks and what is asked; it asks the clock once, first refuses, then writes, then answers.
//! It knows nothing of HTTP and nothing of SQL. Start with [`redeem_code`], then [`authorize`] and [`sign_in`].

pub mod approve;
pub mod authenticate_client;
pub mod authorize;
pub mod backchannel;
pub mod cancel;
pub mod client_credentials;
pub mod client_keys;
pub mod code;
pub mod consent;
pub mod decoupled;
pub mod deliver;
pub mod device;
pub mod directory;
pub mod dpop;
pub mod enroll;
pub mod exchange;
pub mod hashing;
pub mod interact;
pub mod introspect;
pub mod issue;
pub mod known_browser;
pub mod log_out;
pub mod one_time_code;
pub mod par;
pub mod park;
pub mod passkey_sign_in;
pub mod ping;
pub mod protect;
pub mod prove;
pub mod redeem_code;
pub mod refresh;
pub mod register_client;
mod requested;
mod respond;
pub mod revoke;
pub mod session;
pub mod session_end;
pub mod sign_in;
pub mod step_up;
pub mod tell_clients;
pub mod throttle;
pub mod userinfo;

use crate::crypto::certificate::Authorities;
use crate::crypto::dpop::DpopNonces;
use crate::crypto::keyring::Keyring;
use crate::crypto::pairwise::PairwiseSalt;
use crate::crypto::passkey::Passkeys;
use crate::crypto::refresh_chain::RefreshChain;
use crate::crypto::seal::{MasterKey, SealKey};
use crate::identity::event::{Event, EventKind};
use crate::identity::id::{AccountId, EventId};
use crate::messaging::Sms;
use crate::oidc::client::ClientId;
use crate::outbound::Outbound;
use crate::random::Random;
use crate::registry::Registry;
use crate::settings::Settings;
use crate::store::Store;
use crate::time::{Clock, Timestamp};
use crate::transient::Transient;
use arc_swap::ArcSwap;
use client_keys::KeySets;
use directory::Directory;
use hashing::Hashing;
use throttle::FailedClients;
use tokio::sync::Notify;

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
    /// Rung when logout tokens are to be delivered.
    pub logouts_due: Notify,
    /// Rung when pings are to be delivered.
    pub pings_due: Notify,
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
    /// What clients are told with that an answer is there.
    pub notice: SealKey,
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
            browser: master.derive("known browser"),
        }
    }
}

impl App {
    /// A line for the audit log.
    pub(crate) fn event(&self, kind: EventKind, account: Option<AccountId>, client: Option<&ClientId>, now: Timestamp) -> Event {
        Event { id: EventId::new(&self.random, now), at: now, kind, account, client: client.cloned() }
    }
}

/// Something that every story needs did not work: a store, the transient state, a key. The caller learns no more than that.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// Durable state.
    #[error("store: {0}")]
    Store(#[from] crate::store::StoreError),
    /// Short-lived state.
    #[error("transient: {0}")]
    Transient(#[from] crate::transient::TransientError),
    /// Signing.
    #[error("signing: {0}")]
    Sign(#[from] crate::crypto::sign::SignError),
    /// Encrypting.
    #[error("encrypting: {0}")]
    Encrypt(#[from] crate::crypto::jwe::JweError),
    /// Keys.
    #[error("keys: {0}")]
    Keys(#[from] crate::crypto::keyring::KeyError),
    /// WebAuthn would not begin.
    #[error("passkey: {0}")]
    Passkey(#[from] crate::crypto::passkey::PasskeyError),
    /// A worker thread died.
    #[error("worker: {0}")]
    Worker(String),
}
