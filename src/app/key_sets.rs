//! Key sets that were fetched from clients' `jwks_uri`, by address.

use crate::time::Timestamp;
use quick_cache::sync::Cache;
use serde_json::Value;
use std::sync::{Arc, RwLock};
use tokio::sync::Mutex;

/// How many clients' keys are kept; the ones least used make room.
const KEPT: usize = 10_000;

/// Keys that were fetched, by address.
pub struct KeySets(pub(crate) Cache<String, Arc<KeySet>>);

impl Default for KeySets {
    fn default() -> Self {
        Self(Cache::new(KEPT))
    }
}

/// What is known of one address.
#[derive(Default)]
pub(crate) struct KeySet {
    /// The last good answer and when it was fetched.
    pub(crate) held: RwLock<Option<(Arc<Value>, Timestamp)>>,
    /// Held by whoever fetches; when that was last tried.
    pub(crate) fetching: Mutex<Option<Timestamp>>,
}

impl KeySet {
    pub(crate) fn held(&self) -> Option<(Arc<Value>, Timestamp)> {
        self.held.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    pub(crate) fn hold(&self, keys: Arc<Value>, now: Timestamp) {
        *self.held.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Some((keys, now));
    }
}
