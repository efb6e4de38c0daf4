//! The audit log: every field is read back, and every event gets one place in one order, once.

use super::{account, at, client_id, event};
use crate::backends::stores;
use panjereh::identity::id::{AccountId, EventId, GrantId, InstanceId, OfficerId, PasskeyId};
use panjereh::random::Random;
use panjereh::records::event::kind::Kept;
use panjereh::records::event::{Event, EventKind, PlacedEvent, What};
use panjereh::records::job::{Job, LEASE};
use panjereh::records::origin::{AddressPrefix, BrowserFamily, RequestOrigin};
use panjereh::records::principal::Principal;
use panjereh::store::{Store, Stretch};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

async fn append(store: &Store, events: &[Event]) {
    let mut tx = store.write().await.unwrap();
    for event in events {
        tx.append_event(event).await.unwrap();
    }
    tx.save().await.unwrap();
}

/// One step of the leader of the order; returns how many events got a place.
async fn place(store: &Store, holder: InstanceId, now: i64, limit: u32) -> usize {
    let lease = store.lead(Job::EventOrder, holder, at(now).plus(LEASE), at(now)).await.unwrap().expect("it leads");
    let mut tx = store.write().await.unwrap();
    let last = tx.run_job(&lease, at(now)).await.unwrap().expect("it leads");
    let placed = tx.place_events(last, limit).await.unwrap();
    tx.set_progress(Job::EventOrder, last + i64::try_from(placed).unwrap()).await.unwrap();
    tx.save().await.unwrap();
    placed
}

fn instance() -> InstanceId {
    InstanceId::new(&Random::Os, at(0))
}

#[tokio::test]
async fn every_actor_every_detail_and_every_origin_comes_back() {
    let me = account(1).id;
    let actors = [
        Principal::Citizen(Some(account(2).id)),
        Principal::Citizen(None),
        Principal::Client(client_id("health")),
        Principal::Officer(OfficerId::new(&Random::Os, at(0))),
        Principal::Operator,
        Principal::System,
    ];
    let details = [
        Some(What::Passkey(PasskeyId::new(&Random::Os, at(0)))),
        Some(What::Grant(GrantId::new(&Random::Os, at(0)))),
        Some(What::Target(client_id("registry"))),
        Some(What::Search("kind=signed_in".to_owned())),
        None,
    ];
    let browsers = [
        BrowserFamily::Chrome,
        BrowserFamily::Edge,
        BrowserFamily::Firefox,
        BrowserFamily::Opera,
        BrowserFamily::Safari,
        BrowserFamily::Samsung,
        BrowserFamily::Other,
    ];
    let plain = || event(me, EventKind::SignedIn, 1);
    let mut events = vec![plain(), Event { account: Some(me), client: None, ..plain() }];
    events.extend(actors.map(|actor| Event { actor, ..plain() }));
    events.extend(details.map(|what| Event { what, ..plain() }));
    let v6 = Some(AddressPrefix::of("2001:db8:7:1::9".parse().unwrap()));
    events.extend(browsers.map(|browser| Event { origin: RequestOrigin { network: v6, browser: Some(browser) }, ..plain() }));
    events.push(Event { origin: RequestOrigin::default(), ..plain() });
    events.push(Event { reason: Some("پرونده‌ی ۱۴".into()), times: 3, ..plain() });
    events.sort_by_key(|event| std::cmp::Reverse(event.id));
    for backend in stores().await {
        append(&backend.store, &events).await;
        assert_eq!(backend.store.events_of(me, 100).await.unwrap(), events, "{}", backend.name);
    }
}

#[tokio::test]
async fn events_get_their_places_in_the_order_of_their_ids_in_bounded_steps_and_keep_them() {
    for backend in stores().await {
        let (store, me, leader) = (&backend.store, account(1).id, instance());
        assert!(!store.has_event_without_place().await.unwrap());
        let mut events: Vec<_> = (0..7).map(|second| event(me, EventKind::SignedIn, second)).collect();
        events.reverse();
        append(store, &events).await;
        events.reverse();
        assert!(store.has_event_without_place().await.unwrap());
        assert_eq!(store.events_after(0, 100).await.unwrap(), [], "{}", backend.name);
        for placed in [3, 3, 1, 0] {
            assert_eq!(place(store, leader, 0, 3).await, placed, "{}", backend.name);
        }
        assert!(!store.has_event_without_place().await.unwrap());
        // An older event that was committed later comes after those that have their places.
        let late = event(me, EventKind::SignedOut, -5);
        append(store, std::slice::from_ref(&late)).await;
        assert_eq!(place(store, leader, 1, 3).await, 1);
        events.push(late);
        let expected: Vec<_> = (1..).zip(events).map(|(seq, event)| PlacedEvent { seq, event }).collect();
        assert_eq!(store.events_after(0, 100).await.unwrap(), expected, "{}", backend.name);
        assert_eq!(store.events_after(2, 2).await.unwrap(), expected[2..4], "{}", backend.name);
    }
}

#[tokio::test]
async fn a_step_that_is_not_saved_leaves_no_gap() {
    for backend in stores().await {
        let (store, leader) = (&backend.store, instance());
        append(store, &[event(account(1).id, EventKind::SignedIn, 1)]).await;
        let lease = store.lead(Job::EventOrder, leader, at(10), at(0)).await.unwrap().unwrap();
        let mut tx = store.write().await.unwrap();
        let last = tx.run_job(&lease, at(0)).await.unwrap().unwrap();
        assert_eq!(tx.place_events(last, 10).await.unwrap(), 1);
        tx.set_progress(Job::EventOrder, 1).await.unwrap();
        drop(tx);
        assert_eq!(place(store, leader, 1, 10).await, 1);
        assert_eq!(store.events_after(0, 10).await.unwrap()[0].seq, 1, "{}", backend.name);
    }
}

/// On PostgreSQL many transactions write at once, and one may commit long after another that began later.
#[tokio::test]
async fn an_event_that_is_committed_late_gets_a_later_place_and_changes_none() {
    for backend in stores().await.into_iter().filter(|backend| backend.name == "PostgreSQL") {
        let (store, me, leader) = (&backend.store, account(1).id, instance());
        let (early, later) = (event(me, EventKind::SignedIn, 1), event(me, EventKind::SignedOut, 2));
        let mut slow = store.write().await.unwrap();
        slow.append_event(&early).await.unwrap();
        append(store, std::slice::from_ref(&later)).await;
        assert_eq!(place(store, leader, 3, 10).await, 1);
        slow.save().await.unwrap();
        assert_eq!(place(store, leader, 4, 10).await, 1);
        let placed = store.events_after(0, 10).await.unwrap();
        assert_eq!(placed, [PlacedEvent { seq: 1, event: later }, PlacedEvent { seq: 2, event: early }]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn while_many_write_and_two_instances_lead_in_turn_the_order_only_grows() {
    for backend in stores().await {
        let (me, over) = (AccountId::new(&Random::Os, at(0)), Arc::new(AtomicBool::new(false)));
        let writers: Vec<_> = (0..8)
            .map(|_| {
                let store = backend.store.clone();
                tokio::spawn(async move {
                    for second in 0..25 {
                        append(&store, &[event(me, EventKind::SignedIn, second)]).await;
                    }
                })
            })
            .collect();
        let (store, done) = (Store::open(&backend.url).await.unwrap(), over.clone());
        let ordering = tokio::spawn(async move {
            let (leaders, mut seen) = ([instance(), instance()], Vec::<(i64, EventId)>::new());
            for turn in 0.. {
                let last_turn = done.load(Ordering::Acquire);
                // Each finds the other's lease expired.
                while place(&store, leaders[turn % 2], i64::try_from(turn).unwrap() * 11, 9).await == 9 {}
                let placed = store.events_after(0, 1000).await.unwrap();
                let now: Vec<_> = placed.iter().map(|placed| (placed.seq, placed.event.id)).collect();
                assert_eq!(now[..seen.len()], seen, "a place changed");
                seen = now;
                if last_turn {
                    return seen;
                }
            }
            seen
        });
        for writer in writers {
            writer.await.unwrap();
        }
        over.store(true, Ordering::Release);
        let order = ordering.await.unwrap();
        let seqs: Vec<_> = order.iter().map(|(seq, _)| *seq).collect();
        assert_eq!(seqs, (1..=200).collect::<Vec<_>>(), "{}: gaps", backend.name);
        assert_eq!(order.iter().map(|(_, id)| *id).collect::<BTreeSet<_>>().len(), 200, "{}", backend.name);
    }
}

#[tokio::test]
async fn a_stretch_of_time_is_read_in_bounded_steps_of_one_person_or_of_all() {
    for backend in stores().await {
        let (store, me, other) = (&backend.store, account(1).id, account(2).id);
        let events: Vec<_> =
            (1..=6).map(|second| event(if second % 2 == 0 { me } else { other }, EventKind::SignedIn, second)).collect();
        append(store, &events).await;
        let mut stretch = Stretch::between(None, at(2), at(6));
        let mut read = Vec::new();
        loop {
            let step = store.events_between(stretch, 3).await.unwrap();
            let Some(last) = step.last() else { break };
            assert!(step.len() <= 3 && step.iter().all(|read| read.seq.is_none()));
            stretch.after = last.event.id;
            read.extend(step.into_iter().map(|read| read.event));
        }
        assert_eq!(read, events[1..5], "{}: from 2 to before 6", backend.name);
        let mine = store.events_between(Stretch::between(Some(me), at(2), at(6)), 100).await.unwrap();
        let mine: Vec<_> = mine.into_iter().map(|read| read.event).collect();
        assert_eq!(mine, [events[1].clone(), events[3].clone()], "{}", backend.name);
        assert_eq!(store.last_place().await.unwrap(), 0);
        assert_eq!(place(store, instance(), 0, 4).await, 4);
        assert_eq!(store.last_place().await.unwrap(), 4);
        let all = store.events_between(Stretch::between(None, at(0), at(100)), 100).await.unwrap();
        let seqs: Vec<_> = all.iter().map(|read| read.seq).collect();
        assert_eq!(seqs, [Some(1), Some(2), Some(3), Some(4), None, None], "{}", backend.name);
    }
}

async fn expire_events(store: &Store, class: Kept, kept_since: i64, limit: u32) -> usize {
    let mut tx = store.write().await.unwrap();
    let looked_at = tx.expire_events(class, at(kept_since), limit).await.unwrap();
    tx.save().await.unwrap();
    looked_at
}

async fn left(store: &Store) -> Vec<(EventKind, i64)> {
    let placed = store.events_after(0, 10_000).await.unwrap();
    placed.into_iter().map(|placed| (placed.event.kind, placed.event.at.seconds() - at(0).seconds())).collect()
}

#[tokio::test]
async fn events_are_removed_class_by_class_and_each_class_looks_at_each_event_once() {
    for backend in stores().await {
        let (store, me) = (&backend.store, account(1).id);
        let kinds = [EventKind::PasswordSet, EventKind::SignedIn, EventKind::CodeWrong];
        let events: Vec<_> = (1..=6).flat_map(|second| kinds.map(|kind| event(me, kind, second))).collect();
        append(store, &events).await;
        assert_eq!(expire_events(store, Kept::Attempts, 100, 1_000).await, 0, "none has a place");
        place(store, instance(), 0, 1_000).await;
        // The three of each second share a step and a clock.
        assert_eq!(expire_events(store, Kept::Attempts, 4, 7).await, 7, "{}", backend.name);
        assert_eq!(expire_events(store, Kept::Attempts, 4, 7).await, 7);
        assert_eq!(expire_events(store, Kept::Attempts, 4, 7).await, 0, "what follows is younger");
        assert_eq!(expire_events(store, Kept::Use, 2, 1_000).await, 14);
        let all: Vec<_> = (1..=6).flat_map(|second| kinds.map(|kind| (kind, second))).collect();
        let kept = |(kind, second): &(EventKind, i64)| match kind {
            EventKind::CodeWrong => *second > 4,
            EventKind::SignedIn => *second > 2,
            _ => true,
        };
        let expected: Vec<_> = all.into_iter().filter(kept).collect();
        let mut found = left(store).await;
        found.sort_by_key(|(_, second)| *second);
        let order = |events: &[(EventKind, i64)]| {
            let mut names: Vec<_> = events.iter().map(|(kind, second)| (*second, kind.name())).collect();
            names.sort_unstable();
            names
        };
        assert_eq!(order(&found), order(&expected), "{}", backend.name);
        // Events of later are found from where the class stopped.
        append(store, &[event(me, EventKind::CodeWrong, 7)]).await;
        place(store, instance(), 100, 10).await;
        while expire_events(store, Kept::Attempts, 7, 5).await > 0 {}
        assert!(left(store).await.iter().all(|(kind, _)| *kind != EventKind::CodeWrong), "{}", backend.name);
    }
}

#[tokio::test]
async fn removing_many_events_goes_on_in_bounded_steps_to_the_end() {
    for backend in stores().await {
        let (store, me) = (&backend.store, account(1).id);
        let events: Vec<_> = (0..6_000)
            .map(|n| event(me, if n % 3 == 0 { EventKind::SignedIn } else { EventKind::ClientFailed }, n / 100))
            .collect();
        append(store, &events).await;
        let leader = instance();
        while place(store, leader, 0, 1_000).await == 1_000 {}
        let mut steps = 0;
        while expire_events(store, Kept::Attempts, 1_000, 500).await > 0 {
            steps += 1;
        }
        assert_eq!((steps, left(store).await.len()), (12, 2_000), "{}", backend.name);
    }
}
