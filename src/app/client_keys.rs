//! A client's public keys: as registered (`jwks`), or as published by the client (`jwks_uri`; OpenID Connect Core §10.1.1).
//!
//! Fetched keys are cached in memory. They are fetched again when they are old (by the client's own `Cache-Control`, if that says
//! less than [`FRESH`]), when a signature names a key that is not among them, and when a signature is wrong: the client may have
//! replaced a key under the same name, or names none. One request fetches at a time; the others wait or use the cached keys. A pause
//! separates two attempts, so that an attacker who sends invented key names or signatures cannot make this server call a client
//! again and again. While the client does not answer, its cached keys stay in use.

use crate::app::App;
use crate::app::key_sets::{HeldKeys, KeySet};
use crate::client::metadata::Client;
use crate::crypto::jose::jwks::useful_keys;
use crate::outbound::OutboundError;
use crate::time::Timestamp;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// How long fetched keys are used at most without fetching again.
const FRESH: Duration = Duration::from_mins(10);
/// How long keys stay in use while their client does not answer.
const USABLE: Duration = Duration::from_hours(24);
/// The shortest time between two fetches from one address.
pub(crate) const PAUSE: Duration = Duration::from_secs(20);
/// The maximum number of useful keys of one set that are kept; a signature is tried with few of them anyway.
const MOST_KEYS: usize = 64;

/// Why there are no keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoKeys {
    /// The client registered neither `jwks` nor `jwks_uri`.
    #[error("the client has registered no keys")]
    NotRegistered,
    /// Its `jwks_uri` has never answered, or not for a day.
    #[error("jwks_uri: {0}")]
    NotFetched(OutboundError),
    /// The answer is not a set of public keys.
    #[error("jwks_uri does not return a usable set of public keys")]
    NotASet,
    /// The last attempt failed a moment ago.
    #[error("jwks_uri failed a moment ago and is not fetched again yet")]
    Paused,
}

impl NoKeys {
    /// Whether a later fetch can succeed. Otherwise the registration has to change.
    pub(crate) const fn may_pass(&self) -> bool {
        matches!(self, Self::NotFetched(_) | Self::Paused)
    }
}

/// What `attempt` gets with the keys of a client. `kid` is the key name in the signature: if the fetched keys do not contain it, they are
/// fetched again first. If the attempt fails in a way that newer keys could mend, the keys are fetched once more: a client may have
/// replaced a key under the same name, or names no key at all.
pub(crate) async fn with_keys<T, E>(
    app: &App,
    client: &Client,
    kid: Option<&str>,
    attempt: impl Fn(&Value) -> Result<T, E>,
    newer_keys_may_help: impl Fn(&E) -> bool,
) -> Result<Result<T, E>, NoKeys> {
    if let Some(keys) = &client.jwks {
        return Ok(attempt(keys));
    }
    let uri = client.jwks_uri.as_deref().ok_or(NoKeys::NotRegistered)?;
    let now = app.clock.now();
    let set = key_set(app, uri)?;
    let keys = fetched(app, uri, &set, kid, now).await?;
    match attempt(&keys) {
        Err(error) if newer_keys_may_help(&error) => match newer(app, uri, &set, &keys, now).await {
            Some(keys) => Ok(attempt(&keys)),
            None => Ok(Err(error)),
        },
        result => Ok(result),
    }
}

fn key_set(app: &App, uri: &str) -> Result<Arc<KeySet>, NoKeys> {
    app.key_sets.0.get_or_insert_with(uri, || Ok(Arc::default()))
}

async fn fetched(app: &App, uri: &str, set: &KeySet, kid: Option<&str>, now: Timestamp) -> Result<Arc<Value>, NoKeys> {
    if let Some(keys) = good(set, kid, now) {
        return Ok(keys);
    }
    let mut fetching = match (set.fetching.try_lock(), usable(set, now)) {
        (Ok(fetching), _) => fetching,
        // Another request is already fetching. Cached keys that include the named one are used without waiting for it.
        (Err(_), Some(keys)) if kid.is_none_or(|kid| holds(&keys, kid)) => return Ok(keys),
        (Err(_), _) => set.fetching.lock().await,
    };
    // Another request may have fetched while this one waited.
    if let Some(keys) = good(set, kid, now) {
        return Ok(keys);
    }
    if is_paused(*fetching, now) {
        return usable(set, now).ok_or(NoKeys::Paused);
    }
    *fetching = Some(now);
    fetch(app, uri, set, now).await.or_else(|problem| usable(set, now).ok_or(problem))
}

/// Keys that were fetched after these; `None` if the client was called a moment ago, or does not answer.
async fn newer(app: &App, uri: &str, set: &KeySet, than: &Arc<Value>, now: Timestamp) -> Option<Arc<Value>> {
    let mut fetching = set.fetching.lock().await;
    // Another request may have fetched in the meantime.
    if let Some(held) = set.held().filter(|held| !Arc::ptr_eq(&held.keys, than)) {
        return Some(held.keys);
    }
    if is_paused(*fetching, now) {
        return None;
    }
    *fetching = Some(now);
    fetch(app, uri, set, now).await.ok()
}

fn is_paused(tried: Option<Timestamp>, now: Timestamp) -> bool {
    tried.is_some_and(|tried| now.since(tried) < PAUSE)
}

/// Fetches the keys. Every member of the set that is of no use here is ignored (RFC 7517 §5), so that a client may publish keys for
/// others beside those for us.
async fn fetch(app: &App, uri: &str, set: &KeySet, now: Timestamp) -> Result<Arc<Value>, NoKeys> {
    let keys = match app.outbound.strangers().get_json_to_cache(uri).await {
        Ok(fetched) => useful_keys(&fetched.json, MOST_KEYS).map(|keys| (keys, fetched.fresh_for)).ok_or(NoKeys::NotASet),
        Err(problem) => Err(NoKeys::NotFetched(problem)),
    };
    let (keys, told) = keys.inspect_err(|problem| tracing::warn!(uri, %problem, "a client's keys could not be fetched"))?;
    let keys = Arc::new(keys);
    let fresh_for = told.map_or(FRESH, |told| told.clamp(PAUSE, FRESH));
    set.hold(HeldKeys { keys: Arc::clone(&keys), fetched_at: now, fresh_for });
    Ok(keys)
}

/// Keys that can be used without fetching: fresh, and with the named key among them.
fn good(set: &KeySet, kid: Option<&str>, now: Timestamp) -> Option<Arc<Value>> {
    let held = set.held()?;
    (now.since(held.fetched_at) < held.fresh_for && kid.is_none_or(|kid| holds(&held.keys, kid))).then_some(held.keys)
}

/// Keys that are old but may still be used while the client does not answer.
fn usable(set: &KeySet, now: Timestamp) -> Option<Arc<Value>> {
    set.held().filter(|held| now.since(held.fetched_at) < USABLE).map(|held| held.keys)
}

fn holds(keys: &Value, kid: &str) -> bool {
    keys["keys"].as_array().is_some_and(|keys| keys.iter().any(|key| key["kid"] == kid))
}
