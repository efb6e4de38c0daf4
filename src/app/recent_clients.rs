//! Clients that authenticated at this instance a moment ago.

use crate::time::Timestamp;
use quick_cache::sync::Cache;

/// Clients that authenticated here within the last second, each with the address of the request. Their limit is not looked up
/// again, so that a busy client costs no look-up for each of its requests. A failure removes the entry. An instance therefore
/// compares at most one guess beyond the limit, and only from an address from which the right secret came within that second.
pub(crate) struct RecentClients(pub(crate) Cache<String, Timestamp>);

impl Default for RecentClients {
    fn default() -> Self {
        Self(Cache::new(10_000))
    }
}
