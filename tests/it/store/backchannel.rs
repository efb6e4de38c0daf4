//! Which account a `sub` is, and the pings on their way.

use super::{account, at, client_id};
use crate::backends::stores;
use panjereh::identity::decoupled::Ping;
use panjereh::identity::id::DeliveryId;
use panjereh::random::Random;
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
            assert!(due == 0 || !store.ping_is_due(at(due - 1)).await.unwrap(), "{}", backend.name);
            assert!(store.ping_is_due(at(due)).await.unwrap(), "{}", backend.name);
            let mut tx = store.write().await.unwrap();
            let claimed = tx.claim_pings(at(due), Duration::from_secs(5), 10).await.unwrap();
            tx.save().await.unwrap();
            assert_eq!(claimed, [Ping { attempt, ..ping.clone() }], "{}", backend.name);
        }
        assert_eq!(store.expire(at(999), 10).await.unwrap(), 0, "{}", backend.name);
        assert_eq!(store.expire(at(1000), 10).await.unwrap(), 1, "{}", backend.name);
        let mut tx = store.write().await.unwrap();
        tx.insert_ping(&ping, at(0), at(9000)).await.unwrap();
        tx.remove_ping(id).await.unwrap();
        tx.save().await.unwrap();
        assert!(!store.ping_is_due(at(8000)).await.unwrap(), "{}", backend.name);
    }
}
