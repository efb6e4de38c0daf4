//! The look-up of names. Addresses are judged here, at the one look-up whose result the connection uses: no second look-up can
//! differ.

use crate::outbound::address::AllowedAddresses;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::SocketAddr;
use std::sync::Arc;

/// A name that leads to addresses outside the public Internet only.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to addresses that are not public")]
pub(super) struct NotPublic;

/// Looks up names and returns only those addresses that may be called.
pub(super) struct GuardedResolver {
    allowed: Arc<AllowedAddresses>,
    #[cfg(test)]
    names: std::sync::Mutex<Vec<Vec<SocketAddr>>>,
}

impl GuardedResolver {
    pub(super) fn new(allowed: AllowedAddresses) -> Self {
        Self {
            allowed: Arc::new(allowed),
            #[cfg(test)]
            names: std::sync::Mutex::default(),
        }
    }

    /// Sets the answers of the next look-ups; the last of the list comes first.
    #[cfg(test)]
    pub(super) fn answers(&self, answers: Vec<Vec<SocketAddr>>) {
        *self.names.lock().unwrap() = answers;
    }

    #[cfg(test)]
    fn prepared(&self) -> Option<Vec<SocketAddr>> {
        self.names.lock().unwrap().pop()
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "a test prepares answers")]
    const fn prepared(&self) -> Option<Vec<SocketAddr>> {
        None
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (allowed, prepared) = (Arc::clone(&self.allowed), self.prepared());
        Box::pin(async move {
            let found = match prepared {
                Some(found) => found,
                None => tokio::net::lookup_host((name.as_str(), 0)).await?.collect(),
            };
            let open: Vec<SocketAddr> = found.into_iter().filter(|address| allowed.contain(address.ip())).collect();
            if open.is_empty() {
                return Err(NotPublic.into());
            }
            Ok(Box::new(open.into_iter()) as Addrs)
        })
    }
}
