//! The slots of connections: how many there are, and which connection ends for a new one.
//!
//! A stranger can open connections and leave them. So a connection that waits for its client (idle, in the middle of a request, with
//! an answer that is not read) ends when its slot is needed: first those of the network that holds the most, among them the one that
//! was idle longest. A connection for which the server works is never ended. A network that is at its own limit waits a moment for each
//! such exchange, and only so many of its connections wait as it may have.

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

/// How long a connection of a network that is at its limit waits before an idle one of the same network ends for it. Without this a
/// client that opens again what was ended would keep the server busy with opening and ending.
const TURN: Duration = Duration::from_millis(500);

/// Where all slots are taken, a network that holds so much of its own limit, in per mille, waits for its turn as well: what ended for
/// its new connection would most likely be its own.
const HEAVY: usize = 250;

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
    turn: Duration,
    shares: Shares,
    /// The connections that wait for their turn.
    turns: Shares,
    places: Mutex<HashMap<u64, Arc<Place>>>,
    freed: Notify,
    next: AtomicU64,
    used: AtomicU64,
}

/// What was decided about a new connection.
pub(crate) enum Admission {
    /// It has a slot.
    Now(Slot),
    /// Its network is at its limit: it waits for the place of an idle one.
    Later(Turn),
    /// It is closed.
    Never,
}

/// A place in the queue of a network that is at its limit.
pub(crate) struct Turn {
    slots: Arc<Slots>,
    who: Option<IpAddr>,
}

impl Turn {
    /// A slot after a moment; `None` if none of the network's connections is idle then.
    pub(crate) async fn slot(self) -> Option<Slot> {
        tokio::time::sleep(self.slots.turn).await;
        self.slots.make_room(self.who).await
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.slots.turns.give(self.who, 1);
    }
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
        Self::with_turn(most, per_address, TURN)
    }

    fn with_turn(most: usize, per_address: usize, turn: Duration) -> Arc<Self> {
        Arc::new(Self {
            most,
            turn,
            shares: Shares::new(most, per_address),
            turns: Shares::new(most, per_address),
            places: Mutex::default(),
            freed: Notify::new(),
            next: AtomicU64::new(0),
            used: AtomicU64::new(0),
        })
    }

    fn places(&self) -> MutexGuard<'_, HashMap<u64, Arc<Place>>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Decides about a connection of this client. Where every slot is taken and the server works for each of them, this waits.
    pub(crate) async fn admit(self: &Arc<Self>, who: Option<IpAddr>) -> Admission {
        let refused = match self.shares.take(who, 1) {
            Ok(()) => return Admission::Now(self.enter(who)),
            Err(Full::All) if self.shares.weight(who) < HEAVY => {
                return self.make_room(who).await.map_or(Admission::Never, Admission::Now);
            }
            Err(Full::All) => self.turns.take(who, 1).is_err(),
            Err(Full::Of(prefix)) => !self.has_idle(prefix) || self.turns.take(who, 1).is_err(),
        };
        if refused {
            metrics::counter!("panjereh_connections_ended_total", "reason" => "refused").increment(1);
            return Admission::Never;
        }
        Admission::Later(Turn { slots: Arc::clone(self), who })
    }

    fn has_idle(&self, prefix: Prefix) -> bool {
        let of_it = |place: &Place| place.who.is_some_and(|who| prefixes(who).any(|(one, _)| one == prefix));
        self.places().values().any(|place| of_it(place) && place.is_idle())
    }

    /// A slot in the place of an idle connection; `None` if the client's network has too many and none of them is idle.
    async fn make_room(self: &Arc<Self>, who: Option<IpAddr>) -> Option<Slot> {
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

    /// A slot at once, or after its turn.
    async fn admit(slots: &Arc<Slots>, who: Option<IpAddr>) -> Option<Slot> {
        match slots.admit(who).await {
            Admission::Now(slot) => Some(slot),
            Admission::Later(turn) => turn.slot().await,
            Admission::Never => None,
        }
    }

    async fn is_ended(slot: &Slot) -> bool {
        tokio::time::timeout(Duration::ZERO, slot.place.ended()).await.is_ok()
    }

    #[tokio::test]
    async fn for_a_new_connection_the_idle_one_of_the_network_with_the_most_ends_the_one_unused_longest_first() {
        let slots = Slots::new(4, 3);
        let (honest, first) = (admit(&slots, Some(host(1))).await.unwrap(), admit(&slots, Some(host(2))).await.unwrap());
        let (second, third) = (admit(&slots, Some(host(2))).await.unwrap(), admit(&slots, Some(host(2))).await.unwrap());
        drop(first.begin());
        let _new = admit(&slots, Some(host(3))).await.unwrap();
        assert!(is_ended(&second).await, "it was idle longest among those of the attacker");
        assert!(!is_ended(&honest).await && !is_ended(&first).await && !is_ended(&third).await);
    }

    #[tokio::test]
    async fn a_network_at_its_limit_loses_an_idle_connection_of_its_own_or_is_refused() {
        let slots = Slots::with_turn(100, 2, Duration::ZERO);
        let (first, second) = (admit(&slots, Some(host(1))).await.unwrap(), admit(&slots, Some(host(1))).await.unwrap());
        let (works, reads) = (first.begin(), second.begin());
        assert!(admit(&slots, Some(host(1))).await.is_none(), "the server works for both");
        second.place.waits(Waits::Begins);
        let third = admit(&slots, Some(host(1))).await.unwrap();
        assert!(is_ended(&second).await, "its body had not come");
        assert!(!is_ended(&first).await && !is_ended(&third).await);
        drop((works, reads));
    }

    #[tokio::test]
    async fn only_so_many_connections_of_a_network_wait_for_their_turn_as_it_may_have() {
        let slots = Slots::with_turn(100, 2, Duration::ZERO);
        let open = [admit(&slots, Some(host(1))).await.unwrap(), admit(&slots, Some(host(1))).await.unwrap()];
        let mut waiting = Vec::new();
        for _ in 0..2 {
            let Admission::Later(turn) = slots.admit(Some(host(1))).await else { panic!("there is a turn") };
            waiting.push(turn);
        }
        assert!(matches!(slots.admit(Some(host(1))).await, Admission::Never));
        assert!(matches!(slots.admit(Some(host(2))).await, Admission::Now(_)), "others do not wait");
        assert!(!is_ended(&open[0]).await && !is_ended(&open[1]).await, "nothing ends before the turn");
        let slot = waiting.pop().unwrap().slot().await.unwrap();
        assert!(is_ended(&open[0]).await);
        assert!(matches!(slots.admit(Some(host(1))).await, Admission::Later(_)), "the next one may wait");
        drop((slot, open));
    }

    #[tokio::test]
    async fn where_all_slots_are_taken_a_network_with_many_waits_for_its_turn_and_one_with_few_does_not() {
        let slots = Slots::with_turn(4, 8, Duration::ZERO);
        let mut open = Vec::new();
        for n in [1, 1, 1, 2] {
            open.push(admit(&slots, Some(host(n))).await.unwrap());
        }
        let Admission::Later(turn) = slots.admit(Some(host(1))).await else { panic!("it has much of its limit") };
        let Admission::Now(second) = slots.admit(Some(host(2))).await else { panic!("it has little") };
        assert!(is_ended(&open[0]).await);
        assert!(turn.slot().await.is_some());
        assert!(is_ended(&open[1]).await && !is_ended(&open[3]).await && !is_ended(&second).await);
    }

    #[tokio::test]
    async fn where_the_server_works_for_everyone_a_new_connection_waits() {
        let slots = Slots::new(1, 1);
        let first = admit(&slots, Some(host(1))).await.unwrap();
        let works = first.begin();
        let waits = tokio::spawn({
            let slots = Arc::clone(&slots);
            async move { admit(&slots, Some(host(2))).await.is_some() }
        });
        tokio::task::yield_now().await;
        assert!(!waits.is_finished());
        drop((works, first));
        assert!(waits.await.unwrap());
    }

    #[tokio::test]
    async fn connections_of_a_trusted_proxy_have_no_limit_of_their_own_and_end_last() {
        let slots = Slots::new(3, 1);
        let proxy = [admit(&slots, None).await.unwrap(), admit(&slots, None).await.unwrap()];
        let direct = admit(&slots, Some(host(1))).await.unwrap();
        let _new = admit(&slots, Some(host(2))).await.unwrap();
        assert!(is_ended(&direct).await && !is_ended(&proxy[0]).await);
    }
}
