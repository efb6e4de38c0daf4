//! The slots of connections: how many there are, and which connection ends for a new one.
//!
//! A stranger can open connections and leave them. So a connection that waits for its client (idle, in the middle of a request, with
//! an answer that is not read) ends when its slot is needed: first those of the network that holds the most, among them the one that
//! was idle longest. A connection for which the server works is never ended.

use crate::edge::shares::{Full, Prefix, Shares, prefixes};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// One in so many connections ends at once when all slots are taken: to find them costs a look at every connection, which must not be
/// paid for each new one.
const PART: usize = 64;

/// How long a new connection waits at most until it looks again for an idle one.
const AGAIN: Duration = Duration::from_millis(100);

/// What goes on in one connection.
pub(crate) struct Place {
    /// The client; `None` for a trusted proxy.
    who: Option<IpAddr>,
    begun: AtomicUsize,
    running: AtomicUsize,
    /// Of the running requests, those whose body the server waits for.
    waiting: AtomicUsize,
    /// When it was last used, counted in requests of the whole server.
    used: AtomicU64,
    ended: Notify,
}

impl Place {
    fn new(who: Option<IpAddr>, now: u64) -> Self {
        Self {
            who,
            begun: AtomicUsize::new(0),
            running: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
            used: AtomicU64::new(now),
            ended: Notify::new(),
        }
    }

    /// How many requests have begun.
    pub(crate) fn begun(&self) -> usize {
        self.begun.load(Ordering::Relaxed)
    }

    /// Whether a request is running.
    pub(crate) fn is_running(&self) -> bool {
        self.running.load(Ordering::Relaxed) > 0
    }

    /// The number of requests begun, if it has changed since it was `seen` or a request is running.
    pub(crate) fn since(&self, seen: usize) -> Option<usize> {
        let begun = self.begun();
        (begun != seen || self.is_running()).then_some(begun)
    }

    /// The server waits for the body of one more of its requests, or of one less.
    pub(crate) fn waits(&self, for_body: Waits) {
        match for_body {
            Waits::Begins => self.waiting.fetch_add(1, Ordering::Relaxed),
            Waits::Ends => self.waiting.fetch_sub(1, Ordering::Relaxed),
        };
    }

    /// Whether everything here waits for the client.
    fn is_idle(&self) -> bool {
        self.running.load(Ordering::Relaxed) <= self.waiting.load(Ordering::Relaxed)
    }

    /// Resolves when the slot is needed for another connection.
    pub(crate) async fn ended(&self) {
        self.ended.notified().await;
    }
}

/// A change of whether a body is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waits {
    /// From now on.
    Begins,
    /// No longer.
    Ends,
}

/// All slots.
pub(crate) struct Slots {
    most: usize,
    shares: Shares,
    places: Mutex<HashMap<u64, Arc<Place>>>,
    freed: Notify,
    next: AtomicU64,
    used: AtomicU64,
}

/// The slot of one connection, free again when this is dropped.
pub(crate) struct Slot {
    slots: Arc<Slots>,
    id: u64,
    pub(crate) place: Arc<Place>,
}

/// A request that is running; it has ended when this is dropped.
pub(crate) struct Running {
    slots: Arc<Slots>,
    place: Arc<Place>,
}

impl Slots {
    pub(crate) fn new(most: usize, per_address: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            shares: Shares::new(most, per_address),
            places: Mutex::default(),
            freed: Notify::new(),
            next: AtomicU64::new(0),
            used: AtomicU64::new(0),
        })
    }

    fn places(&self) -> MutexGuard<'_, HashMap<u64, Arc<Place>>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A slot for a connection of this client; `None` if its network has too many and none of them is idle. Where every slot is taken
    /// and the server works for each of them, this waits.
    pub(crate) async fn admit(self: &Arc<Self>, who: Option<IpAddr>) -> Option<Slot> {
        loop {
            // Made before the look at the counts: a slot that is freed in between is not missed.
            let freed = self.freed.notified();
            match self.shares.take(who, 1) {
                Ok(()) => return Some(self.enter(who)),
                Err(Full::Of(prefix)) => {
                    if self.end_idle(Some(prefix)) == 0 {
                        metrics::counter!("panjereh_connections_ended_total", "reason" => "refused").increment(1);
                        return None;
                    }
                }
                Err(Full::All) => {
                    if self.end_idle(None) == 0 {
                        // A request that ends frees no slot but makes its connection idle, so this looks again.
                        let _ = tokio::time::timeout(AGAIN, freed).await;
                    }
                }
            }
        }
    }

    fn enter(self: &Arc<Self>, who: Option<IpAddr>) -> Slot {
        let place = Arc::new(Place::new(who, self.used.fetch_add(1, Ordering::Relaxed)));
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        self.places().insert(id, Arc::clone(&place));
        metrics::gauge!("panjereh_connections").increment(1);
        Slot { slots: Arc::clone(self), id, place }
    }

    /// Ends some idle connections, of this network only if one is given, and tells how many. Their slots are free at once.
    fn end_idle(&self, only: Option<Prefix>) -> usize {
        let is_meant = |place: &Place| match (only, place.who) {
            (None, _) => true,
            (Some(prefix), Some(who)) => prefixes(who).any(|(one, _)| one == prefix),
            (Some(_), None) => false,
        };
        let mut places = self.places();
        let mut idle: Vec<_> = places
            .iter()
            .filter(|(_, place)| is_meant(place) && place.is_idle())
            .map(|(id, place)| (Reverse(self.shares.weight(place.who)), place.used.load(Ordering::Relaxed), *id))
            .collect();
        let few = (self.most / PART).clamp(1, 1 + idle.len() / 4).min(idle.len());
        if few < idle.len() {
            idle.select_nth_unstable(few);
        }
        for (_, _, id) in idle.iter().take(few) {
            if let Some(place) = places.remove(id) {
                self.shares.give(place.who, 1);
                place.ended.notify_one();
            }
        }
        metrics::counter!("panjereh_connections_ended_total", "reason" => "idle").increment(few as u64);
        few
    }
}

impl Slot {
    /// A request begins.
    pub(crate) fn begin(&self) -> Running {
        self.place.begun.fetch_add(1, Ordering::Relaxed);
        self.place.running.fetch_add(1, Ordering::Relaxed);
        Running { slots: Arc::clone(&self.slots), place: Arc::clone(&self.place) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.place.running.fetch_sub(1, Ordering::Relaxed);
        self.place.used.store(self.slots.used.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        metrics::gauge!("panjereh_connections").decrement(1);
        if self.slots.places().remove(&self.id).is_some() {
            self.slots.shares.give(self.place.who, 1);
            self.slots.freed.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(n: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, n])
    }

    async fn is_ended(slot: &Slot) -> bool {
        tokio::time::timeout(Duration::ZERO, slot.place.ended()).await.is_ok()
    }

    #[tokio::test]
    async fn for_a_new_connection_the_idle_one_of_the_network_with_the_most_ends_the_one_unused_longest_first() {
        let slots = Slots::new(4, 3);
        let (honest, first) = (slots.admit(Some(host(1))).await.unwrap(), slots.admit(Some(host(2))).await.unwrap());
        let (second, third) = (slots.admit(Some(host(2))).await.unwrap(), slots.admit(Some(host(2))).await.unwrap());
        drop(first.begin());
        let _new = slots.admit(Some(host(3))).await.unwrap();
        assert!(is_ended(&second).await, "it was idle longest among those of the attacker");
        assert!(!is_ended(&honest).await && !is_ended(&first).await && !is_ended(&third).await);
    }

    #[tokio::test]
    async fn a_network_at_its_limit_loses_an_idle_connection_of_its_own_or_is_refused() {
        let slots = Slots::new(100, 2);
        let (first, second) = (slots.admit(Some(host(1))).await.unwrap(), slots.admit(Some(host(1))).await.unwrap());
        let (works, reads) = (first.begin(), second.begin());
        assert!(slots.admit(Some(host(1))).await.is_none(), "the server works for both");
        second.place.waits(Waits::Begins);
        let third = slots.admit(Some(host(1))).await.unwrap();
        assert!(is_ended(&second).await, "its body had not come");
        assert!(!is_ended(&first).await && !is_ended(&third).await);
        drop((works, reads));
    }

    #[tokio::test]
    async fn where_the_server_works_for_everyone_a_new_connection_waits() {
        let slots = Slots::new(1, 1);
        let first = slots.admit(Some(host(1))).await.unwrap();
        let works = first.begin();
        let waits = tokio::spawn({
            let slots = Arc::clone(&slots);
            async move { slots.admit(Some(host(2))).await.is_some() }
        });
        tokio::task::yield_now().await;
        assert!(!waits.is_finished());
        drop((works, first));
        assert!(waits.await.unwrap());
    }

    #[tokio::test]
    async fn connections_of_a_trusted_proxy_have_no_limit_of_their_own_and_end_last() {
        let slots = Slots::new(3, 1);
        let proxy = [slots.admit(None).await.unwrap(), slots.admit(None).await.unwrap()];
        let direct = slots.admit(Some(host(1))).await.unwrap();
        let _new = slots.admit(Some(host(2))).await.unwrap();
        assert!(is_ended(&direct).await && !is_ended(&proxy[0]).await);
    }
}
