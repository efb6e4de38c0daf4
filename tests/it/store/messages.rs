//! What became of text messages, on both databases: accepted once, settled by receipts, forgotten after days.

use super::{at, client_id};
use crate::backends::stores;
use panjereh::identity::id::DeliveryId;
use panjereh::random::Random;
use panjereh::records::delivery::message::{MessageState, Purpose, Receipt};
use panjereh::records::delivery::{Delivery, DeliveryBody, DeliveryKind, Recipient};
use panjereh::store::Store;
use panjereh::store::messages::{AcceptedMessage, Settled};
use std::time::Duration;

const LEASE: Duration = Duration::from_secs(75);

async fn put(store: &Store, purpose: Purpose) -> DeliveryId {
    let id = DeliveryId::new(&Random::Os, at(0));
    let mut tx = store.write().await.unwrap();
    tx.insert_message(id, purpose, at(0), at(300)).await.unwrap();
    tx.save().await.unwrap();
    id
}

async fn accept(store: &Store, id: DeliveryId, provider: &str, parts: &[&str]) {
    let parts: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
    let mut tx = store.write().await.unwrap();
    tx.accept_message(AcceptedMessage { id, provider, parts: &parts }, at(1)).await.unwrap();
    tx.save().await.unwrap();
}

async fn settle(store: &Store, provider: &str, part: &str, state: MessageState) -> Settled {
    let receipt = Receipt { provider: provider.to_owned(), part: part.to_owned(), state };
    let mut tx = store.write().await.unwrap();
    let settled = tx.settle_message(&receipt, at(2)).await.unwrap();
    tx.save().await.unwrap();
    settled
}

async fn state(store: &Store, id: DeliveryId, now: i64) -> Option<MessageState> {
    store.message_state(id, at(now)).await.unwrap()
}

#[tokio::test]
async fn a_message_waits_until_its_time_is_over() {
    for backend in stores().await {
        let id = put(&backend.store, Purpose::Verify).await;
        assert_eq!(state(&backend.store, id, 299).await, Some(MessageState::Queued), "{}", backend.name);
        assert_eq!(state(&backend.store, id, 300).await, Some(MessageState::Expired), "{}", backend.name);
        let mut tx = backend.store.write().await.unwrap();
        tx.end_message(id, MessageState::Undeliverable, at(1)).await.unwrap();
        tx.end_message(id, MessageState::Expired, at(1)).await.unwrap();
        tx.save().await.unwrap();
        assert_eq!(state(&backend.store, id, 299).await, Some(MessageState::Undeliverable), "the first end counts");
    }
}

#[tokio::test]
async fn each_part_is_settled_once_and_the_last_one_delivers_the_message() {
    for backend in stores().await {
        let store = &backend.store;
        for purpose in Purpose::ALL {
            let id = put(store, purpose).await;
            let [first, second] = ["1", "2"].map(|part| format!("{}-{part}", purpose.name()));
            accept(store, id, "one", &[&first, &second]).await;
            assert_eq!(settle(store, "one", &first, MessageState::Delivered).await, Settled::Part);
            assert_eq!(settle(store, "one", &first, MessageState::Delivered).await, Settled::Part, "a second time");
            assert_eq!(state(store, id, 1).await, Some(MessageState::Accepted));
            let delivered = Settled::Message(purpose, MessageState::Delivered);
            assert_eq!(settle(store, "one", &second, MessageState::Delivered).await, delivered, "{}", backend.name);
            assert_eq!(settle(store, "one", &second, MessageState::Undeliverable).await, Settled::Part);
            assert_eq!(state(store, id, 1).await, Some(MessageState::Delivered));
        }
    }
}

#[tokio::test]
async fn a_receipt_of_another_provider_or_of_no_part_changes_nothing() {
    for backend in stores().await {
        let store = &backend.store;
        let id = put(store, Purpose::SignIn).await;
        accept(store, id, "one", &["7"]).await;
        assert_eq!(settle(store, "two", "7", MessageState::Undeliverable).await, Settled::Unknown, "{}", backend.name);
        assert_eq!(settle(store, "one", "8", MessageState::Undeliverable).await, Settled::Unknown);
        assert_eq!(state(store, id, 1).await, Some(MessageState::Accepted));
        let lost = Settled::Message(Purpose::SignIn, MessageState::Expired);
        assert_eq!(settle(store, "one", "7", MessageState::Expired).await, lost);
    }
}

#[tokio::test]
async fn the_same_receipt_at_many_instances_at_once_counts_once() {
    for backend in stores().await {
        let store = &backend.store;
        let id = put(store, Purpose::Notice).await;
        accept(store, id, "one", &["a", "b"]).await;
        let mut at_once = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let store = store.clone();
            at_once.spawn(async move { settle(&store, "one", "a", MessageState::Delivered).await });
        }
        assert!(at_once.join_all().await.iter().all(|settled| *settled == Settled::Part), "{}", backend.name);
        assert_eq!(state(store, id, 1).await, Some(MessageState::Accepted), "b is not delivered");
    }
}

#[tokio::test]
async fn messages_and_their_parts_are_forgotten_three_days_after_their_end_in_bounded_steps() {
    for backend in stores().await {
        let store = &backend.store;
        let days = 72 * 3600;
        for number in 0..3 {
            let id = put(store, Purpose::Counter).await;
            accept(store, id, "one", &[&format!("{number}")]).await;
        }
        let sweep = async |now| {
            let mut tx = store.write().await.unwrap();
            let removed = tx.expire_messages(at(now), 2).await.unwrap();
            tx.save().await.unwrap();
            removed
        };
        assert_eq!(sweep(days).await, 0, "{}", backend.name);
        assert_eq!([sweep(days + 300).await, sweep(days + 300).await, sweep(days + 300).await], [4, 2, 0]);
    }
}

#[tokio::test]
async fn a_leased_delivery_is_one_instances_until_it_is_postponed_or_the_lease_ends() {
    for backend in stores().await {
        let store = &backend.store;
        let id = DeliveryId::new(&Random::Os, at(0));
        let body = DeliveryBody::Sealed("sealed".to_owned());
        let recipient = Recipient::client(&client_id("any"));
        let row = Delivery { id, kind: DeliveryKind::Message, recipient, body, attempt: 0 };
        let mut tx = store.write().await.unwrap();
        tx.insert_delivery(&row, at(0), at(1000)).await.unwrap();
        tx.save().await.unwrap();
        let lease = async |now| {
            let mut tx = store.write().await.unwrap();
            let leased = tx.lease_delivery(id, at(now), LEASE).await.unwrap();
            tx.save().await.unwrap();
            leased.map(|delivery| delivery.attempt)
        };
        let postpone = async |attempt, due| {
            let mut tx = store.write().await.unwrap();
            tx.postpone_delivery(id, attempt, at(due)).await.unwrap();
            tx.save().await.unwrap();
        };
        assert_eq!((lease(0).await, lease(74).await, lease(75).await), (Some(1), None, Some(2)), "{}", backend.name);
        postpone(1, 76).await;
        assert_eq!(lease(80).await, None, "an attempt that is over says nothing any more");
        postpone(2, 80).await;
        assert_eq!((lease(79).await, lease(80).await), (None, Some(3)));
        assert_eq!(lease(1000).await, None, "it has given up");
    }
}
