//! What people began who have to prove more: wrong answers in a row, and claims that wait.

use super::{account, at, expire};
use crate::backends::stores;
use panjereh::secret::TokenHash;
use panjereh::store::{NewClaim, Store};

async fn count(store: &Store, lane: &TokenHash, most: u32) -> bool {
    let mut tx = store.write().await.unwrap();
    let may_try = tx.count_miss(lane, most, at(1)).await.unwrap();
    tx.save().await.unwrap();
    may_try
}

async fn uncount(store: &Store, lane: &TokenHash) {
    let mut tx = store.write().await.unwrap();
    tx.uncount_miss(lane).await.unwrap();
    tx.save().await.unwrap();
}

#[tokio::test]
async fn an_answer_that_nothing_was_compared_with_is_taken_back_and_the_count_never_goes_below_zero() {
    for backend in stores().await {
        let (store, lane) = (&backend.store, TokenHash::of("lane"));
        for _ in 0..20 {
            assert!(count(store, &lane, 2).await, "{}", backend.name);
            uncount(store, &lane).await;
            uncount(store, &lane).await;
        }
        assert!(
            count(store, &lane, 2).await && count(store, &lane, 2).await && !count(store, &lane, 2).await,
            "{}",
            backend.name
        );
    }
}

#[tokio::test]
async fn a_claim_is_used_once_when_its_time_is_over_and_the_holder_did_not_object() {
    for backend in stores().await {
        let store = &backend.store;
        let held = account(1);
        let (mine, other, objected) = (TokenHash::of("mine"), TokenHash::of("other"), TokenHash::of("objected"));
        let mut tx = store.write().await.unwrap();
        tx.insert_account(&held).await.unwrap();
        for claimant in [&objected, &mine] {
            let new = NewClaim { account: held.id, claimant, now: at(1), matures_at: at(10), expires_at: at(20) };
            assert!(tx.begin_claim(&new).await.unwrap());
            if claimant == &objected {
                tx.object_to_claims(held.id, at(2)).await.unwrap();
            }
        }
        tx.save().await.unwrap();
        let take = async |claimant: &TokenHash, seconds| {
            let mut tx = store.write().await.unwrap();
            let taken = tx.take_claim(held.id, claimant, at(seconds)).await.unwrap();
            tx.save().await.unwrap();
            taken
        };
        assert!(!take(&mine, 9).await && !take(&mine, 20).await, "{}: too early, too late", backend.name);
        assert!(!take(&objected, 10).await && !take(&other, 10).await, "{}", backend.name);
        assert!(take(&mine, 10).await && !take(&mine, 10).await, "{}: once", backend.name);
        assert_eq!((expire(store, at(19), 100).await, expire(store, at(20), 100).await), (0, 1), "{}", backend.name);
    }
}
