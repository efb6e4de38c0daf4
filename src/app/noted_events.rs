//! Events that are counted in memory and written once for each minute: those that strangers cause, whose number must not be theirs to
//! choose, and those that are released so often that single sign-on would wait for them.
//!
//! What strangers do takes at most [`STRANGERS_A_MINUTE`] entries. When there are more (more networks, clients and reasons than that),
//! the rest is counted together, without network and account. Releases are written early when there are many; only while the database
//! takes nothing are they counted together.

use crate::client::words::ClientId;
use crate::identity::id::{AccountId, EventId};
use crate::records::event::kind::Kept;
use crate::records::event::{Event, EventKind, What};
use crate::records::origin::RequestOrigin;
use crate::records::principal::Principal;
use crate::time::Timestamp;
use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// For how long one entry counts.
pub const MINUTE: Duration = Duration::from_mins(1);
/// The entries for what strangers do in a minute. On disk that is 370,000 rows a day at most.
pub const STRANGERS_A_MINUTE: usize = 256;
/// The entries for releases: some megabytes of memory.
const RELEASES: usize = 16_384;
/// The entries for releases that are written before the minute is over.
const MANY_RELEASES: usize = 2_048;

/// Which events are taken out to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// Those whose minute is over at this time.
    Due(Timestamp),
    /// All: the program stops.
    All,
}

/// What makes two events one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    kind: EventKind,
    actor: Principal,
    account: Option<AccountId>,
    client: Option<ClientId>,
    what: Option<What>,
    origin: RequestOrigin,
    reason: Option<Cow<'static, str>>,
}

impl Key {
    /// Without what strangers can vary: network, account, details.
    fn coarse(self) -> Self {
        let actor = match self.actor {
            Principal::Citizen(_) => Principal::Citizen(None),
            actor => actor,
        };
        Self { actor, account: None, what: None, origin: RequestOrigin::default(), ..self }
    }

    /// Without the client as well: there may be as many clients as register themselves.
    fn coarsest(self) -> Self {
        Self { actor: Principal::System, client: None, ..self.coarse() }
    }
}

#[derive(Debug, Clone, Copy)]
struct Counted {
    id: EventId,
    at: Timestamp,
    times: u32,
}

#[derive(Default)]
struct Book {
    entries: HashMap<Key, Counted>,
    begun: Option<Timestamp>,
}

impl Book {
    fn note(&mut self, event: Event, most: usize) {
        let Event { id, at, kind, actor, account, client, what, origin, reason, times } = event;
        self.begun.get_or_insert(at);
        let mut key = Key { kind, actor, account, client, what, origin, reason };
        for bound in [most, most.saturating_mul(2)] {
            if self.entries.len() >= bound && !self.entries.contains_key(&key) {
                key = if bound == most { key.coarse() } else { key.coarsest() };
            }
        }
        match self.entries.entry(key) {
            Entry::Occupied(mut entry) => {
                let counted = entry.get_mut();
                counted.times = counted.times.saturating_add(times);
            }
            Entry::Vacant(entry) => {
                entry.insert(Counted { id, at, times });
            }
        }
    }

    fn take(&mut self, take: Take, many: usize) -> Vec<Event> {
        let due = match take {
            Take::All => true,
            Take::Due(now) => self.entries.len() >= many || self.begun.is_some_and(|begun| now.since(begun) >= MINUTE),
        };
        if !due {
            return Vec::new();
        }
        self.begun = None;
        let event = |(key, counted)| {
            let Key { kind, actor, account, client, what, origin, reason } = key;
            let Counted { id, at, times } = counted;
            Event { id, at, kind, actor, account, client, what, origin, reason, times }
        };
        self.entries.drain().map(event).collect()
    }
}

/// The events that wait to be written.
#[derive(Default)]
pub(crate) struct NotedEvents {
    strangers: Mutex<Book>,
    releases: Mutex<Book>,
}

impl NotedEvents {
    /// Counts an event.
    pub(crate) fn note(&self, event: Event) {
        match event.kind.kept() {
            Kept::Attempts => open(&self.strangers).note(event, STRANGERS_A_MINUTE),
            Kept::Use | Kept::Identity => open(&self.releases).note(event, RELEASES),
        }
    }

    /// Takes out what is to be written.
    pub(crate) fn take(&self, take: Take) -> Vec<Event> {
        let mut events = open(&self.strangers).take(take, usize::MAX);
        events.append(&mut open(&self.releases).take(take, MANY_RELEASES));
        events
    }
}

fn open(book: &Mutex<Book>) -> MutexGuard<'_, Book> {
    book.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use crate::records::event::EventDraft;
    use crate::records::origin::AddressPrefix;

    fn event(kind: EventKind, network: u8, seconds: i64) -> Event {
        let at = Timestamp::from_seconds(seconds);
        let network = AddressPrefix::of([10, 0, network, 1].into());
        let client = ClientId::parse("tax").unwrap();
        let origin = RequestOrigin { network: Some(network), browser: None };
        EventDraft::new(&Random::seeded(1), at, kind).by_citizen(None).at_client(&client).from(origin)
    }

    #[test]
    fn the_same_within_a_minute_is_one_event_with_a_count_and_the_time_of_the_first() {
        let noted = NotedEvents::default();
        for seconds in [3, 5, 62] {
            noted.note(event(EventKind::CodeWrong, 1, seconds));
        }
        assert_eq!(noted.take(Take::Due(Timestamp::from_seconds(62))), []);
        let taken = noted.take(Take::Due(Timestamp::from_seconds(63)));
        assert_eq!(taken.iter().map(|event| (event.at.seconds(), event.times)).collect::<Vec<_>>(), [(3, 3)]);
        assert_eq!(noted.take(Take::All), []);
    }

    #[test]
    fn strangers_from_many_networks_take_no_more_entries_and_each_attempt_is_counted() {
        let noted = NotedEvents::default();
        let networks = (0..=255_u8).chain(0..=255).enumerate();
        for (index, network) in networks {
            let kind = if index < 256 { EventKind::CodeWrong } else { EventKind::SignInFailed };
            noted.note(event(kind, network, 1));
        }
        let taken = noted.take(Take::All);
        assert_eq!(taken.len(), STRANGERS_A_MINUTE + 1);
        assert_eq!(taken.iter().map(|event| event.times).sum::<u32>(), 512);
        let rest = taken.iter().find(|event| event.origin.network.is_none()).unwrap();
        assert_eq!((rest.kind, rest.times), (EventKind::SignInFailed, 256));
    }

    #[test]
    fn many_releases_are_written_before_the_minute_is_over() {
        let noted = NotedEvents::default();
        for n in 0..MANY_RELEASES {
            let mut account = [0; 16];
            account[..8].copy_from_slice(&n.to_be_bytes());
            assert_eq!(noted.take(Take::Due(Timestamp::from_seconds(1))), []);
            noted.note(event(EventKind::ClaimsReleased, 1, 1).about(AccountId::from_bytes(account)));
        }
        assert_eq!(noted.take(Take::Due(Timestamp::from_seconds(1))).len(), MANY_RELEASES);
    }
}
