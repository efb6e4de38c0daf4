//! Room `app/` (floor *app*): what every story needs, made once at start, and the services that stories share.
//!
//! Here: [`App`], which every story takes first: clock, randomness, settings, stores, keys, clients. Then what stands between stories
//! and stores: clients in memory (`client_cache.rs`) and their reload (`reload.rs`), keys of clients (`client_keys.rs`), hashing off
//! the async threads (`hashing.rs`), every limit (`throttle/`), browsers in which a citizen signed in before (`known_browser.rs`),
//! events that are counted before they are written (`noted_events.rs`), whether this instance can serve (`readiness.rs`), and the one error that means "a dependency failed" (`unavailable.rs`).
//!
//! Not here: stories (`flows/`), and how an `App` is made (`boot/start.rs`).
//!
//! Start with [`App`].

pub(crate) mod key_sets;
pub mod noted_events;
pub(crate) mod readiness;
pub(crate) mod recent_clients;
pub mod reload;
pub(crate) mod unavailable;
pub(crate) mod wake;

pub(crate) mod client_cache;
pub(crate) mod client_keys;
pub(crate) mod hashing;
pub(crate) mod known_browser;
pub mod throttle;

use crate::app::client_cache::ClientCache;
use crate::app::hashing::Hashing;
use crate::app::key_sets::KeySets;
use crate::app::noted_events::NotedEvents;
use crate::app::readiness::{Faults, Parts, Readiness};
use crate::app::recent_clients::RecentClients;
use crate::app::wake::Wake;
use crate::crypto::certificate::Authorities;
use crate::crypto::jose::dpop::DpopNonces;
use crate::crypto::keyring::Keyring;
use crate::crypto::pairwise::PairwiseSalt;
use crate::crypto::passkey::Passkeys;
use crate::crypto::refresh_chain::RefreshChain;
use crate::crypto::seal::{MasterKey, SealKey};
use crate::identity::id::DeliveryId;
use crate::messaging::Sms;
use crate::messaging::message::{Notification, SmsError, SmsMessage};
use crate::outbound::Outbound;
use crate::random::Random;
use crate::records::event::{Event, EventDraft, EventKind};
use crate::records::principal::Principal;
use crate::registry::Registry;
use crate::registry::answer::Asking;
use crate::settings::Settings;
use crate::store::Store;
use crate::time::{Clock, Timestamp};
use crate::transient::Transient;
use arc_swap::ArcSwap;
use std::sync::atomic::AtomicU8;

/// What every story needs, made once at start.
pub struct App {
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub random: Random,
    /// The settings of this deployment.
    pub settings: Settings,
    /// Durable state.
    pub store: Store,
    /// Short-lived state.
    pub transient: Transient,
    /// Signing keys, replaced as a whole when they change.
    pub(crate) keyring: ArcSwap<Keyring>,
    /// Agencies and clients, replaced as a whole when they change.
    pub client_cache: ArcSwap<ClientCache>,
    /// The civil registry.
    pub registry: Registry,
    /// Text messages.
    pub(crate) sms: Sms,
    /// HTTP requests to addresses that clients registered.
    pub(crate) outbound: Outbound,
    /// Keys fetched from clients' `jwks_uri`.
    pub(crate) key_sets: KeySets,
    /// Clients that authenticated here a moment ago.
    pub(crate) recent_clients: RecentClients,
    /// Wakes the delivery loop.
    pub(crate) wake: Wake,
    /// Authorities for clients' certificates (RFC 8705 §2.1).
    pub(crate) authorities: Option<Authorities>,
    /// WebAuthn.
    pub(crate) passkeys: Passkeys,
    /// What is sealed under the master key, by purpose.
    pub(crate) seals: Seals,
    /// Nonces for DPoP proofs.
    pub(crate) dpop_nonces: DpopNonces,
    /// Salt of pairwise subjects.
    pub(crate) pairwise: PairwiseSalt,
    /// Computes the successor of a refresh token.
    pub(crate) refresh_chain: RefreshChain,
    /// Whether this instance can serve.
    pub(crate) readiness: Readiness,
    /// Events that are counted before they are written.
    pub(crate) noted_events: NotedEvents,
    /// Bounds how many passwords are hashed at once: each hash takes 19 MiB and a core.
    pub(crate) hashing: Hashing,
    /// What the operator was warned of about trusted proxies, one bit a kind.
    pub(crate) warned_of_proxies: AtomicU8,
}

/// Sealing keys, one per purpose, so that what was sealed for one cannot be opened as another.
pub(crate) struct Seals {
    /// Authorization codes.
    pub(crate) code: SealKey,
    /// Recovery codes between their creation and the page that shows them.
    pub(crate) recovery: SealKey,
    /// The request that a sign-out page was opened for.
    pub(crate) logout: SealKey,
    /// What a CIBA ping needs: `auth_req_id` and the notification token.
    pub(crate) notice: SealKey,
    /// The data from which a logout token in the outbox is made.
    pub(crate) logout_token: SealKey,
    /// The value that a browser stores after a sign-in.
    pub(crate) browser: SealKey,
    /// What is kept of evidence.
    pub(crate) evidence: SealKey,
    /// Letters with codes, and the codes.
    pub(crate) letter: SealKey,
}

impl Seals {
    /// Derives all of them from the master key.
    pub(crate) fn new(master: &MasterKey) -> Self {
        Self {
            code: master.derive("code"),
            recovery: master.derive("recovery"),
            logout: master.derive("logout"),
            notice: master.derive("notice"),
            logout_token: master.derive("logout token"),
            browser: master.derive("known browser"),
            evidence: master.derive("evidence"),
            letter: master.derive("letter"),
        }
    }
}

impl App {
    /// Whether this instance can serve: its stores take what a sign-in writes.
    pub(crate) async fn ready(&self) -> Result<(), Faults> {
        let parts = Parts { store: &self.store, transient: &self.transient, random: &self.random };
        self.readiness.check(parts, self.clock.now()).await
    }

    /// What a question to the civil registry needs.
    pub(crate) const fn asking(&self) -> Asking<'_> {
        Asking { clock: &self.clock, random: &self.random }
    }

    /// Takes a text message without a code, and returns the id under which what becomes of it can be asked.
    pub async fn notify(&self, notification: Notification<'_>, now: Timestamp) -> Result<DeliveryId, SmsError> {
        let Notification { to, text, purpose, lifetime } = notification;
        let id = DeliveryId::new(&self.random, now);
        let message = SmsMessage { id, to: to.clone(), text: text.to_owned(), code: None, purpose, lifetime };
        self.sms.send(&message, now).await?;
        self.note(self.event(EventKind::MessageSent, now).by(Principal::System).because(purpose.name()));
        Ok(id)
    }

    /// An entry for the audit log; the actor is still to be added:
    /// `app.event(kind, now).by_client(client.id()).about(account).of_grant(grant).from(client.origin())`.
    pub(crate) fn event(&self, kind: EventKind, now: Timestamp) -> EventDraft {
        EventDraft::new(&self.random, now, kind)
    }

    /// Counts an event of a kind that is folded. It is written within about a minute.
    pub(crate) fn note(&self, event: Event) {
        self.noted_events.note(event);
    }
}
