//! Looking up names: what a name leads to is judged where the connection is made, and nowhere is it looked up twice.

use crate::outbound::address::Doors;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::SocketAddr;
use std::sync::Arc;

/// A name that leads to addresses outside the public Internet only.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to addresses that are not public")]
pub(crate) struct NotPublic;

/// Looks up names and hands out those addresses only that may be reached.
pub(crate) struct GuardedResolver {
    doors: Arc<Doors>,
    #[cfg(test)]
    names: std::sync::Mutex<Vec<Vec<SocketAddr>>>,
}

impl GuardedResolver {
    pub(crate) fn new(doors: Doors) -> Self {
        Self {
            doors: Arc::new(doors),
            #[cfg(test)]
            names: std::sync::Mutex::default(),
        }
    }

    pub(crate) fn doors(&self) -> &Doors {
        &self.doors
    }

    /// What the next look-ups answer, the last first.
    #[cfg(test)]
    pub(crate) fn answers(&self, answers: Vec<Vec<SocketAddr>>) {
        *self.names.lock().unwrap() = answers;
    }

    #[cfg(test)]
    fn prepared(&self) -> Option<Vec<SocketAddr>> {
        self.names.lock().unwrap().pop()
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "in tests, answers are prepared")]
    const fn prepared(&self) -> Option<Vec<SocketAddr>> {
        None
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (doors, prepared) = (Arc::clone(&self.doors), self.prepared());
        Box::pin(async move {
            let found = match prepared {
                Some(found) => found,
                None => tokio::net::lookup_host((name.as_str(), 0)).await?.collect(),
            };
            let open: Vec<SocketAddr> = found.into_iter().filter(|address| doors.open_to(address.ip())).collect();
            if open.is_empty() {
                return Err(NotPublic.into());
            }
            Ok(Box::new(open.into_iter()) as Addrs)
        })
    }
}
