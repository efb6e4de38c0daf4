//! A client's public keys: as it registered them (`jwks`), or as it publishes them (`jwks_uri`; OpenID Connect Core §10.1.1).
//!
//! Fetched keys are kept in memory. They are fetched again when they are old, and when a signature names a key that is not among them:
//! then the client has rotated. One request fetches at a time, the others wait or use what there is; between two attempts lies a pause, so
//! that nobody makes us call a client by sending it invented key names. While the client does not answer, the keys that it had go on.

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

/// How long fetched keys are used without asking again.
const FRESH: Duration = Duration::from_mins(10);
/// How long keys go on while their client does not answer.
const USABLE: Duration = Duration::from_hours(24);
/// The shortest time between two attempts at one address.
pub const PAUSE: Duration = Duration::from_secs(20);
/// Most keys of one set; a signature is tried with few of them anyway.
const MOST_KEYS: usize = 64;

/// The keys of a client.
#[derive(Debug)]
pub enum ClientKeys<'c> {
    /// Registered as they are.
    Registered(&'c Value),
    /// Fetched.
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
pub enum NoKeys {
    /// The client registered neither `jwks` nor `jwks_uri`.
    #[error("the client has registered no keys")]
    NotRegistered,
    /// Its `jwks_uri` was never answered, or not for a day.
    #[error("jwks_uri: {0}")]
    NotFetched(OutboundError),
    /// What it answered is no set of public keys.
    #[error("jwks_uri holds no set of public keys that can be used")]
    NotASet,
    /// The last attempt failed a moment ago.
    #[error("jwks_uri was not usable a moment ago")]
    Paused,
}

impl NoKeys {
    /// Whether the client's server is to be asked again in a moment; otherwise what is registered has to change.
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::NotFetched(_) | Self::Paused)
    }
}

/// The keys with which a client's signatures are verified. `kid` is the name that a signature gives its key: where fetched keys do not
/// hold it, they are fetched anew. Whether it is among what is returned, the caller sees when it verifies.
pub async fn client_keys<'c>(app: &App, client: &'c Client, kid: Option<&str>) -> Result<ClientKeys<'c>, NoKeys> {
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
        // Somebody is on the way already; old keys that hold the right one need not wait for them.
        (Err(_), Some(keys)) if kid.is_none_or(|kid| holds(&keys, kid)) => return Ok(keys),
        (Err(_), _) => set.fetching.lock().await,
    };
    // Whoever fetched while we waited did it for us, too.
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
    let keys = app.outbound.get_json(uri).await.map_err(NoKeys::NotFetched)?;
    let few = keys["keys"].as_array().is_some_and(|keys| keys.len() <= MOST_KEYS);
    if !few || check_client_jwks(&keys).is_err() {
        return Err(NoKeys::NotASet);
    }
    Ok(Arc::new(keys))
}

/// Keys that answer without asking the client: young enough, and with the one that is named.
fn good(set: &KeySet, kid: Option<&str>, now: Timestamp) -> Option<Arc<Value>> {
    let (keys, fetched) = set.held()?;
    (now.since(fetched) < FRESH && kid.is_none_or(|kid| holds(&keys, kid))).then_some(keys)
}

/// Keys that are better than none.
fn usable(set: &KeySet, now: Timestamp) -> Option<Arc<Value>> {
    set.held().filter(|(_, fetched)| now.since(*fetched) < USABLE).map(|(keys, _)| keys)
}

fn holds(keys: &Value, kid: &str) -> bool {
    keys["keys"].as_array().is_some_and(|keys| keys.iter().any(|key| key["kid"] == kid))
}
