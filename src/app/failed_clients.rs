//! Clients that failed to authenticate at this instance.

use quick_cache::sync::Cache;

/// Clients that failed to authenticate here recently, each with the address of the attempt. A client that is not in this cache
/// has its credentials compared without a look-up of the limit, which so costs nothing for clients that do not fail. Each
/// instance compares at most one guess of an attacker beyond the limit.
pub(crate) struct FailedClients(pub(crate) Cache<String, ()>);

impl Default for FailedClients {
    fn default() -> Self {
        Self(Cache::new(10_000))
    }
}
