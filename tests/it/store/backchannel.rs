//! Which account a `sub` is, and the pings on their way.

use super::{account, at, client_id};
use crate::backends::stores;
use panjereh::identity::decoupled::Ping;
use panjereh::identity::id::DeliveryId;
use panjereh::oidc::client::ClientId;
use panjereh::random::Random;
use panjereh::store::Store;
use std::time::Duration;

#[tokio::test]
async fn a_subject_is_known_as_the_account_that_it_was_told_for_first() {
    for backend in stores().await {
        let (me, other) = (account(1).id, account(2).id);
        assert_eq!(backend.store.account_of_subject("sub").await.unwrap(), None, "{}", backend.name);
        for account in [me, me, other] {
            let mut tx = backend.store.write().await.unwrap();
            tx.know_subject("sub", account).await.unwrap();
            tx.save().await.unwrap();
        }
        assert_eq!(backend.store.account_of_subject("sub").await.unwrap(), Some(me), "{}", backend.name);
        assert_eq!(backend.store.account_of_subject("Sub").await.unwrap(), None, "{}", backend.name);
    }
}

/// What is due, but for a client that is passed over.
async fn due_at(store: &Store, now: i64) -> Vec<(DeliveryId, ClientId)> {
    assert_eq!(store.due_pings(&[&client_id("tax"), &client_id("other")], at(now), 10).await.unwrap(), []);
    store.due_pings(&[&client_id("other"), &client_id("ta")], at(now), 10).await.unwrap()
}

#[tokio::test]
async fn a_ping_is_due_again_later_and_later_until_it_is_removed_or_given_up() {
    for backend in stores().await {
        let store = &backend.store;
        let id = DeliveryId::new(&Random::Os, at(0));
        let ping = Ping { id, client: client_id("tax"), sealed: "sealed".to_owned(), attempt: 0 };
        let mut tx = store.write().await.unwrap();
        tx.insert_ping(&ping, at(0), at(1000)).await.unwrap();
        tx.save().await.unwrap();
        for (attempt, due) in [(1, 0), (2, 5), (3, 45)] {
            assert!(due == 0 || due_at(store, due - 1).await.is_empty(), "{}", backend.name);
            assert_eq!(due_at(store, due).await, [(id, client_id("tax"))], "{}", backend.name);
            let mut tx = store.write().await.unwrap();
            let claimed = tx.claim_ping(id, at(due), Duration::from_secs(5)).await.unwrap();
            tx.save().await.unwrap();
            assert_eq!(claimed, Some(Ping { attempt, ..ping.clone() }), "{}", backend.name);
        }
        assert_eq!(store.expire(at(999), 10).await.unwrap(), 0, "{}", backend.name);
        assert_eq!(store.expire(at(1000), 10).await.unwrap(), 1, "{}", backend.name);
        let mut tx = store.write().await.unwrap();
        tx.insert_ping(&ping, at(0), at(9000)).await.unwrap();
        tx.remove_ping(id).await.unwrap();
        tx.save().await.unwrap();
        assert!(due_at(store, 8000).await.is_empty(), "{}", backend.name);
    }
}
