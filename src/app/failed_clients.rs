//! Clients that failed to authenticate at this instance.

use quick_cache::sync::Cache;

/// Clients that failed here a short while ago, each with the address that it failed from. Who is not among them is let through to the
/// comparison without a question to the store, so that the limit costs nothing to those who do not fail. Of a guesser each instance
/// looks at one guess more than the limit allows, at most.
pub struct FailedClients(pub(crate) Cache<String, ()>);

impl Default for FailedClients {
    fn default() -> Self {
        Self(Cache::new(10_000))
    }
}
