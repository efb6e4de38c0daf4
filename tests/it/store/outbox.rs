//! The outbox: each delivery is retried after a growing delay until it succeeds or is given up, and one instance at a time has
//! it.

use super::{account, at, client_id, session_id};
use crate::backends::stores;
use panjereh::identity::id::DeliveryId;
use panjereh::random::Random;
use panjereh::records::delivery::{Delivery, DeliveryBody, DeliveryKind, DueDelivery, Recipient};
use panjereh::store::Store;
use std::time::Duration;

const PAUSE: Duration = Duration::from_secs(10);

fn to(client: &str) -> Recipient {
    Recipient::client(&client_id(client))
}

fn delivery(kind: DeliveryKind, client: &str) -> Delivery {
    let body = DeliveryBody::Sealed(format!("sealed for {client}"));
    Delivery { id: DeliveryId::new(&Random::Os, at(0)), kind, recipient: to(client), body, attempt: 0 }
}

async fn put(store: &Store, rows: &[(Delivery, i64)]) {
    let mut tx = store.write().await.unwrap();
    for (row, due) in rows {
        tx.insert_delivery(row, at(*due), at(1000)).await.unwrap();
    }
    tx.save().await.unwrap();
}

async fn claim(store: &Store, kind: DeliveryKind, now: i64) -> Vec<Delivery> {
    let mut claimed = Vec::new();
    for due in store.due_deliveries(kind, &[], at(now), 100).await.unwrap() {
        let mut tx = store.write().await.unwrap();
        claimed.extend(tx.claim_delivery(due.id, at(now), PAUSE).await.unwrap());
        tx.save().await.unwrap();
    }
    claimed
}

async fn due(store: &Store, kind: DeliveryKind, now: i64) -> Vec<DueDelivery> {
    store.due_deliveries(kind, &[], at(now), 100).await.unwrap()
}

#[tokio::test]
async fn every_kind_and_body_comes_back_as_it_was_put() {
    for backend in stores().await {
        for kind in DeliveryKind::ALL {
            let sealed = delivery(kind, "tax");
            put(&backend.store, &[(sealed.clone(), 0)]).await;
            let expected = Delivery { attempt: 1, ..sealed };
            assert_eq!(claim(&backend.store, kind, 0).await, [expected], "{}: {kind:?}", backend.name);
        }
        let body = DeliveryBody::LogoutBeforeOutbox { session: session_id(), account: account(1).id };
        let before = Delivery { body, attempt: 2, ..delivery(DeliveryKind::LogoutToken, "health") };
        put(&backend.store, &[(before.clone(), 0)]).await;
        let expected = Delivery { attempt: 3, ..before };
        assert_eq!(claim(&backend.store, DeliveryKind::LogoutToken, 0).await, [expected], "{}", backend.name);
    }
}

#[tokio::test]
async fn a_delivery_is_due_again_later_and_later_until_it_is_removed() {
    for backend in stores().await {
        let (store, kind) = (&backend.store, DeliveryKind::LogoutToken);
        let row = delivery(kind, "a");
        put(store, &[(row.clone(), 0)]).await;
        for (attempt, now, next) in [(1, 0, 10), (2, 10, 90), (3, 90, 360)] {
            assert_eq!(due(store, kind, now).await, [DueDelivery { id: row.id, recipient: to("a") }]);
            let claimed = claim(store, kind, now).await;
            assert_eq!((claimed[0].id, claimed[0].attempt), (row.id, attempt), "{}", backend.name);
            assert_eq!(due(store, kind, next - 1).await, [], "{}: {attempt}", backend.name);
            assert_eq!(claim(store, kind, next - 1).await, []);
        }
        let mut tx = store.write().await.unwrap();
        tx.remove_delivery(row.id).await.unwrap();
        tx.save().await.unwrap();
        assert_eq!(due(store, kind, 10_000).await, []);
    }
}

#[tokio::test]
async fn what_is_due_for_busy_recipients_and_of_other_kinds_is_passed_over() {
    for backend in stores().await {
        let clients = [(0, "down"), (1, "down"), (2, "tax"), (3, "down-too"), (4, "ta"), (5, "tax")];
        let rows = clients.map(|(due, client)| (delivery(DeliveryKind::Ping, client), due));
        put(&backend.store, &rows).await;
        put(&backend.store, &[(delivery(DeliveryKind::LogoutToken, "tax"), 0)]).await;
        let expected = rows.map(|(row, _)| DueDelivery { id: row.id, recipient: row.recipient });
        let busy = [to("down"), to("down-too")];
        let due = async |not_for: &[&Recipient], now, limit| {
            backend.store.due_deliveries(DeliveryKind::Ping, not_for, at(now), limit).await.unwrap()
        };
        let free = [2, 4, 5].map(|index| expected[index].clone());
        assert_eq!(due(&[&busy[0], &busy[1]], 9, 100).await, free, "{}", backend.name);
        assert_eq!(due(&[&busy[0]], 3, 1).await, expected[2..3], "{}", backend.name);
        assert_eq!(due(&[], 3, 100).await, expected[..4], "{}", backend.name);
    }
}

#[tokio::test]
async fn of_many_that_claim_at_once_each_delivery_goes_to_one() {
    for backend in stores().await {
        let kind = DeliveryKind::LogoutToken;
        let rows: Vec<_> = (0..40).map(|_| (delivery(kind, "a"), 0)).collect();
        put(&backend.store, &rows).await;
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let store = backend.store.clone();
                tokio::spawn(async move { claim(&store, kind, 1).await })
            })
            .collect();
        let mut got = Vec::new();
        for task in tasks {
            got.extend(task.await.unwrap().into_iter().map(|delivery| delivery.id));
        }
        let mut expected: Vec<_> = rows.into_iter().map(|(row, _)| row.id).collect();
        got.sort_unstable();
        expected.sort_unstable();
        assert_eq!(got, expected, "{}", backend.name);
    }
}

#[tokio::test]
async fn what_gave_up_is_removed_in_bounded_steps() {
    for backend in stores().await {
        let store = &backend.store;
        let rows: Vec<_> = (0..3).map(|_| (delivery(DeliveryKind::Ping, "a"), 0)).collect();
        put(store, &rows).await;
        for (now, removed) in [(999, 0), (1000, 2), (1000, 1), (1000, 0)] {
            let mut tx = store.write().await.unwrap();
            assert_eq!(tx.expire_deliveries(at(now), 2).await.unwrap(), removed, "{}", backend.name);
            tx.save().await.unwrap();
        }
        assert_eq!(due(store, DeliveryKind::Ping, 1000).await, [], "{}", backend.name);
    }
}

#[tokio::test]
async fn a_delivery_whose_time_is_over_is_neither_due_nor_claimed_even_before_it_is_removed() {
    for backend in stores().await {
        let waiting = delivery(DeliveryKind::Ping, "tax");
        put(&backend.store, &[(waiting.clone(), 0)]).await;
        assert_eq!(due(&backend.store, DeliveryKind::Ping, 999).await.len(), 1, "{}", backend.name);
        assert_eq!(due(&backend.store, DeliveryKind::Ping, 1000).await, [], "{}", backend.name);
        let mut tx = backend.store.write().await.unwrap();
        assert!(tx.claim_delivery(waiting.id, at(1000), PAUSE).await.unwrap().is_none(), "{}", backend.name);
        assert_eq!(tx.expire_deliveries(at(1000), 10).await.unwrap(), 1, "{}", backend.name);
    }
}
