//! Key sets that were fetched from clients' `jwks_uri`, by address.

use crate::time::Timestamp;
use quick_cache::sync::Cache;
use serde_json::Value;
use std::sync::{Arc, RwLock};
use std::time::Duration;
use tokio::sync::Mutex;

/// The maximum number of clients whose keys are cached; the least used are evicted.
const KEPT: usize = 10_000;

/// Fetched keys, by address.
pub(crate) struct KeySets(pub(crate) Cache<String, Arc<KeySet>>);

impl Default for KeySets {
    fn default() -> Self {
        Self(Cache::new(KEPT))
    }
}

/// A good answer.
#[derive(Clone)]
pub(crate) struct HeldKeys {
    /// The keys in it that are of use.
    pub(crate) keys: Arc<Value>,
    /// When it was fetched.
    pub(crate) fetched_at: Timestamp,
    /// How long it is used without fetching again.
    pub(crate) fresh_for: Duration,
}

/// The cached state of one address.
#[derive(Default)]
pub(crate) struct KeySet {
    /// The last good answer.
    held: RwLock<Option<HeldKeys>>,
    /// Locked by the request that fetches; holds the time of the last attempt.
    pub(crate) fetching: Mutex<Option<Timestamp>>,
}

impl KeySet {
    pub(crate) fn held(&self) -> Option<HeldKeys> {
        self.held.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    pub(crate) fn hold(&self, keys: HeldKeys) {
        *self.held.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(keys);
    }
}
