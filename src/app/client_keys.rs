//! A client's public keys: as registered (`jwks`), or as published by the client (`jwks_uri`; OpenID Connect Core §10.1.1).
//!
//! Fetched keys are cached in memory. They are fetched again when they are old, and when a signature names a key that is not
//! among them: the client has then rotated its keys. One request fetches at a time; the others wait or use the cached keys. A
//! pause separates two attempts, so that an attacker who sends invented key names cannot make this server call a client again and
//! again. While the client does not answer, its cached keys stay in use.

use crate::app::App;
use crate::app::key_sets::KeySet;
use crate::client::metadata::Client;
use crate::crypto::jose::jwks::check_client_jwks;
use crate::outbound::OutboundError;
use crate::time::Timestamp;
use serde_json::Value;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

/// How long fetched keys are used without fetching again.
const FRESH: Duration = Duration::from_mins(10);
/// How long keys stay in use while their client does not answer.
const USABLE: Duration = Duration::from_hours(24);
/// The shortest time between two fetches from one address.
pub(crate) const PAUSE: Duration = Duration::from_secs(20);
/// The maximum number of keys in one set; a signature is tried with few of them anyway.
const MOST_KEYS: usize = 64;

/// The keys of a client.
#[derive(Debug)]
pub(crate) enum ClientKeys<'c> {
    /// From the registered `jwks`.
    Registered(&'c Value),
    /// Fetched from `jwks_uri`.
    Fetched(Arc<Value>),
}

impl Deref for ClientKeys<'_> {
    type Target = Value;

    fn deref(&self) -> &Value {
        match self {
            Self::Registered(keys) => keys,
            Self::Fetched(keys) => keys,
        }
    }
}

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

/// The keys with which a client's signatures are verified. `kid` is the key name in the signature: if the fetched keys do not
/// contain it, they are fetched again. The result may still lack that key; the caller finds out when it verifies.
pub(crate) async fn client_keys<'c>(app: &App, client: &'c Client, kid: Option<&str>) -> Result<ClientKeys<'c>, NoKeys> {
    if let Some(keys) = &client.jwks {
        return Ok(ClientKeys::Registered(keys));
    }
    let uri = client.jwks_uri.as_deref().ok_or(NoKeys::NotRegistered)?;
    fetched(app, uri, kid, app.clock.now()).await.map(ClientKeys::Fetched)
}

async fn fetched(app: &App, uri: &str, kid: Option<&str>, now: Timestamp) -> Result<Arc<Value>, NoKeys> {
    let Ok(set) = app.key_sets.0.get_or_insert_with(uri, || Ok::<_, NoKeys>(Arc::default())) else { return Err(NoKeys::Paused) };
    if let Some(keys) = good(&set, kid, now) {
        return Ok(keys);
    }
    let mut fetching = match (set.fetching.try_lock(), usable(&set, now)) {
        (Ok(fetching), _) => fetching,
        // Another request is already fetching. Cached keys that include the named one are used without waiting for it.
        (Err(_), Some(keys)) if kid.is_none_or(|kid| holds(&keys, kid)) => return Ok(keys),
        (Err(_), _) => set.fetching.lock().await,
    };
    // Another request may have fetched while this one waited.
    if let Some(keys) = good(&set, kid, now) {
        return Ok(keys);
    }
    if fetching.is_some_and(|tried| now.since(tried) < PAUSE) {
        return usable(&set, now).ok_or(NoKeys::Paused);
    }
    *fetching = Some(now);
    match fetch(app, uri).await {
        Ok(keys) => {
            set.hold(Arc::clone(&keys), now);
            Ok(keys)
        }
        Err(problem) => {
            tracing::warn!(uri, %problem, "a client's keys could not be fetched");
            usable(&set, now).ok_or(problem)
        }
    }
}

async fn fetch(app: &App, uri: &str) -> Result<Arc<Value>, NoKeys> {
    let keys = app.outbound.strangers().get_json(uri).await.map_err(NoKeys::NotFetched)?;
    let few = keys["keys"].as_array().is_some_and(|keys| keys.len() <= MOST_KEYS);
    if !few || check_client_jwks(&keys).is_err() {
        return Err(NoKeys::NotASet);
    }
    Ok(Arc::new(keys))
}

/// Keys that can be used without fetching: fresh, and with the named key among them.
fn good(set: &KeySet, kid: Option<&str>, now: Timestamp) -> Option<Arc<Value>> {
    let (keys, fetched) = set.held()?;
    (now.since(fetched) < FRESH && kid.is_none_or(|kid| holds(&keys, kid))).then_some(keys)
}

/// Keys that are old but may still be used while the client does not answer.
fn usable(set: &KeySet, now: Timestamp) -> Option<Arc<Value>> {
    set.held().filter(|(_, fetched)| now.since(*fetched) < USABLE).map(|(keys, _)| keys)
}

fn holds(keys: &Value, kid: &str) -> bool {
    keys["keys"].as_array().is_some_and(|keys| keys.iter().any(|key| key["kid"] == kid))
}
