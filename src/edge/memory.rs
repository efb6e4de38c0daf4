//! The memory that requests and answers hold while a client sends or reads them.
//!
//! Every connection has a little for free, enough for almost every request. What is beyond is taken from one pool for all, of which
//! one network holds a share. So the memory of the server does not grow with what strangers begin and do not finish, and a full pool
//! refuses large requests alone.

use crate::edge::shares::Shares;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What one connection holds for free, in bytes.
const FREE: usize = 8 * 1024;
/// The part of the pool that one address may hold.
const OF_ONE: usize = 8;

/// The memory of one connection.
pub(crate) struct Purse {
    free: AtomicUsize,
    pool: Arc<Shares>,
}

/// A pool of this many bytes.
pub(crate) fn pool(bytes: usize) -> Arc<Shares> {
    Arc::new(Shares::new(bytes, bytes / OF_ONE))
}

impl Purse {
    /// A new connection's.
    pub(crate) fn new(pool: &Arc<Shares>) -> Arc<Self> {
        Arc::new(Self { free: AtomicUsize::new(FREE), pool: Arc::clone(pool) })
    }

    /// Nothing yet, for this client.
    pub(crate) fn held(self: &Arc<Self>, who: Option<IpAddr>) -> HeldMemory {
        HeldMemory { purse: Arc::clone(self), who, free: 0, pooled: 0 }
    }
}

/// The pool is full, or the share of the client's network.
#[derive(Debug, thiserror::Error)]
#[error("too much memory is held by unfinished requests")]
pub(crate) struct NoMemory;

/// Memory that is held until this is dropped.
pub(crate) struct HeldMemory {
    purse: Arc<Purse>,
    who: Option<IpAddr>,
    free: usize,
    pooled: usize,
}

impl HeldMemory {
    /// Holds more.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), NoMemory> {
        let mut from_free = 0;
        let taken = self.purse.free.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |free| {
            from_free = free.min(bytes);
            Some(free - from_free)
        });
        debug_assert!(taken.is_ok());
        let rest = bytes - from_free;
        self.free += from_free;
        if rest > 0 {
            self.purse.pool.take(self.who, rest).map_err(|_| NoMemory)?;
            self.pooled += rest;
        }
        Ok(())
    }

    /// Holds less: first less of the pool.
    pub(crate) fn shrink(&mut self, bytes: usize) {
        let pooled = bytes.min(self.pooled);
        if pooled > 0 {
            self.purse.pool.give(self.who, pooled);
            self.pooled -= pooled;
        }
        let free = (bytes - pooled).min(self.free);
        self.purse.free.fetch_add(free, Ordering::Relaxed);
        self.free -= free;
    }

    /// Holds exactly this much.
    pub(crate) fn set(&mut self, bytes: usize) -> Result<(), NoMemory> {
        let held = self.free + self.pooled;
        if bytes > held {
            return self.grow(bytes - held);
        }
        self.shrink(held - bytes);
        Ok(())
    }
}

impl Drop for HeldMemory {
    fn drop(&mut self) {
        self.shrink(self.free + self.pooled);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)));

    #[test]
    fn a_connection_has_a_little_for_free_and_its_address_an_eighth_of_the_pool() {
        let pool = pool(8 * 10_000);
        let purse = Purse::new(&pool);
        let (mut first, mut second) = (purse.held(ONE), purse.held(ONE));
        assert!(first.grow(FREE).is_ok() && second.grow(10_000).is_ok());
        assert!(first.grow(1).is_err(), "the share of the address is full");
        assert!(Purse::new(&pool).held(ONE).grow(FREE).is_ok(), "the next connection has its own");
        let other = Some(IpAddr::from([192, 0, 2, 2]));
        assert!(purse.held(other).grow(10_000).is_ok());
        second.shrink(1);
        assert!(first.grow(1).is_ok());
        drop((first, second));
        assert!(Purse::new(&pool).held(ONE).grow(FREE + 10_000).is_ok(), "everything came back");
        assert_eq!(purse.free.load(Ordering::Relaxed), FREE);
    }

    #[test]
    fn a_trusted_proxy_holds_as_much_as_there_is() {
        let pool = pool(80_000);
        let purse = Purse::new(&pool);
        let mut held = purse.held(None);
        assert!(held.set(FREE + 80_000).is_ok() && held.set(FREE + 80_001).is_err());
        assert!(held.set(5).is_ok());
        assert_eq!(purse.free.load(Ordering::Relaxed), FREE - 5);
    }
}
