//! Clients that failed to authenticate at this instance.

use quick_cache::sync::Cache;

/// Clients that failed to authenticate here recently, each with the address of the attempt. A client that is not in this cache
/// goes to the comparison without a query to the store, so that the limit costs nothing for clients that do not fail. Each
/// instance compares at most one guess of an attacker more than the limit allows.
pub(crate) struct FailedClients(pub(crate) Cache<String, ()>);

impl Default for FailedClients {
    fn default() -> Self {
        Self(Cache::new(10_000))
    }
}
