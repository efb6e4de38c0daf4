//! Who has to hear that a session ended, and the deliveries that tell them.

use super::{account, at, client_id, session_id};
use crate::backends::stores;
use panjereh::identity::id::{AccountId, DeliveryId, SessionId};
use panjereh::identity::session::{LogoutDelivery, SessionClient};
use panjereh::random::Random;
use panjereh::store::Store;
use std::time::Duration;

fn holder(session: SessionId, client: &str, account: AccountId) -> SessionClient {
    SessionClient { session, client: client_id(client), account }
}

fn sorted(mut holders: Vec<SessionClient>) -> Vec<SessionClient> {
    holders.sort_by_key(|holder| (holder.session, holder.client.clone()));
    holders
}

async fn keep(store: &Store, holders: &[(SessionClient, i64)]) {
    let mut tx = store.write().await.unwrap();
    for (holder, until) in holders {
        tx.remember_client(holder, at(*until)).await.unwrap();
    }
    tx.save().await.unwrap();
}

#[tokio::test]
async fn the_clients_of_a_session_or_an_account_are_taken_once() {
    for backend in stores().await {
        let (me, other) = (account(1).id, account(2).id);
        let (here, there, strange) = (session_id(), session_id(), session_id());
        let all = [holder(here, "a", me), holder(here, "b", me), holder(there, "a", me), holder(strange, "a", other)];
        // Twice: a second sign-in at the same client is the same holder.
        for _ in 0..2 {
            keep(&backend.store, &all.clone().map(|holder| (holder, 1000))).await;
        }
        let mut tx = backend.store.write().await.unwrap();
        let taken = sorted(tx.take_clients_of_session(here).await.unwrap());
        assert_eq!(taken, sorted(all[..2].to_vec()), "{}", backend.name);
        assert_eq!(tx.take_clients_of_session(here).await.unwrap(), []);
        assert_eq!(tx.take_clients_of_account(me).await.unwrap(), all[2..3]);
        assert_eq!(tx.take_clients_of_account(other).await.unwrap(), all[3..]);
    }
}

async fn put_deliveries(store: &Store, count: usize) -> Vec<DeliveryId> {
    let ids: Vec<_> = (0..count).map(|_| DeliveryId::new(&Random::Os, at(0))).collect();
    let mut tx = store.write().await.unwrap();
    for id in &ids {
        tx.insert_delivery(*id, &holder(session_id(), "a", account(1).id), at(0), at(1000)).await.unwrap();
    }
    tx.save().await.unwrap();
    ids
}

async fn claim(store: &Store, now: i64) -> Vec<LogoutDelivery> {
    let mut claimed = Vec::new();
    for (id, client) in store.due_deliveries(&[], at(now), 100).await.unwrap() {
        assert_eq!(client, client_id("a"));
        let mut tx = store.write().await.unwrap();
        claimed.extend(tx.claim_delivery(id, at(now), Duration::from_secs(10)).await.unwrap());
        tx.save().await.unwrap();
    }
    claimed
}

async fn is_due(store: &Store, now: i64) -> bool {
    !store.due_deliveries(&[], at(now), 1).await.unwrap().is_empty()
}

#[tokio::test]
async fn a_delivery_is_due_again_later_and_later_until_it_is_removed() {
    for backend in stores().await {
        let store = &backend.store;
        let [id] = put_deliveries(store, 1).await[..] else { panic!("one") };
        for (attempt, now, next) in [(1, 0, 10), (2, 10, 90), (3, 90, 360)] {
            assert!(is_due(store, now).await);
            let claimed = claim(store, now).await;
            assert_eq!((claimed[0].id, claimed[0].attempt), (id, attempt), "{}", backend.name);
            assert!(!is_due(store, next - 1).await, "{}: {attempt}", backend.name);
            assert_eq!(claim(store, next - 1).await, []);
        }
        let mut tx = store.write().await.unwrap();
        tx.remove_delivery(id).await.unwrap();
        tx.save().await.unwrap();
        assert!(!is_due(store, 10_000).await);
    }
}

#[tokio::test]
async fn what_is_due_for_some_clients_is_passed_over() {
    for backend in stores().await {
        let mut tx = backend.store.write().await.unwrap();
        let mut ids = Vec::new();
        for (due, client) in [(0, "down"), (1, "down"), (2, "tax"), (3, "down-too"), (4, "ta"), (5, "tax")] {
            let id = DeliveryId::new(&Random::Os, at(0));
            tx.insert_delivery(id, &holder(session_id(), client, account(1).id), at(due), at(1000)).await.unwrap();
            ids.push((id, client_id(client)));
        }
        tx.save().await.unwrap();
        let (down, too) = (client_id("down"), client_id("down-too"));
        let due = backend.store.due_deliveries(&[&down, &too], at(9), 100).await.unwrap();
        assert_eq!(due, [ids[2].clone(), ids[4].clone(), ids[5].clone()], "{}", backend.name);
        assert_eq!(backend.store.due_deliveries(&[&down], at(3), 1).await.unwrap(), ids[2..3], "{}", backend.name);
        assert_eq!(backend.store.due_deliveries(&[], at(3), 100).await.unwrap(), ids[..4], "{}", backend.name);
    }
}

#[tokio::test]
async fn of_many_who_claim_at_once_each_delivery_goes_to_one() {
    for backend in stores().await {
        let mut expected = put_deliveries(&backend.store, 40).await;
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let store = backend.store.clone();
                tokio::spawn(async move { claim(&store, 1).await })
            })
            .collect();
        let mut got = Vec::new();
        for task in tasks {
            got.extend(task.await.unwrap().into_iter().map(|delivery| delivery.id));
        }
        got.sort_unstable();
        expected.sort_unstable();
        assert_eq!(got, expected, "{}", backend.name);
    }
}

#[tokio::test]
async fn what_nobody_took_in_time_expires() {
    for backend in stores().await {
        let store = &backend.store;
        let (old, young) = (session_id(), session_id());
        keep(store, &[(holder(old, "a", account(1).id), 100), (holder(young, "a", account(1).id), 2000)]).await;
        put_deliveries(store, 3).await;
        assert_eq!(store.expire(at(1000), 100).await.unwrap(), 4, "{}", backend.name);
        assert_eq!(claim(store, 1000).await, []);
        let mut tx = store.write().await.unwrap();
        assert_eq!(tx.take_clients_of_session(old).await.unwrap(), []);
        assert_eq!(tx.take_clients_of_session(young).await.unwrap().len(), 1);
    }
}
