//! SQLite's one writer: transactions share commits, and neither a dropped transaction nor a cancelled future disturbs the others.

use super::{at, client_id, event, grant, session_id};
use crate::backends::{TestStore, sqlite, stores};
use panjereh::client::scope::Scope;
use panjereh::identity::id::AccountId;
use panjereh::random::Random;
use panjereh::records::consent::Consent;
use panjereh::records::event::EventKind;
use panjereh::store::{Store, StoreError};
use std::time::Duration;

fn somebody() -> AccountId {
    AccountId::new(&Random::Os, at(0))
}

fn consent(account: AccountId, client: &str) -> Consent {
    Consent { account, client: client_id(client), scopes: vec![Scope::Openid], claims: Vec::new(), given_at: at(1), shown: None }
}

async fn write_pair(store: &Store, id: AccountId) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    tx.append_event(&event(id, EventKind::SignedIn, 1)).await?;
    tx.append_event(&event(id, EventKind::TokensIssued, 2)).await?;
    tx.save().await
}

async fn events(store: &Store, id: AccountId) -> usize {
    store.events_of(id, 10).await.unwrap().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_saves_at_once_share_their_commits() {
    let TestStore { store, .. } = &sqlite().await;
    let before = store.commits();
    let ids: Vec<AccountId> = (0..64).map(|_| somebody()).collect();
    let tasks: Vec<_> = ids
        .iter()
        .map(|id| {
            let (store, id) = (store.clone(), *id);
            tokio::spawn(async move { write_pair(&store, id).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let commits = store.commits() - before;
    assert!(commits <= 32, "{commits} commits for 64 transactions");
    for id in ids {
        assert_eq!(events(store, id).await, 2);
    }
}

#[tokio::test]
async fn a_single_save_is_on_disk_when_it_returns() {
    let backend = sqlite().await;
    let id = somebody();
    write_pair(&backend.store, id).await.unwrap();
    // A connection of another process would see it, and so does a store that is opened anew.
    let again = Store::open(&backend.url).await.unwrap();
    assert_eq!(events(&again, id).await, 2);
    drop(backend.store);
    drop(again);
    let reopened = Store::open(&backend.url).await.unwrap();
    assert_eq!(events(&reopened, id).await, 2);
}

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing_alone_or_amid_others() {
    for backend in stores().await {
        let store = &backend.store;
        let (dropped, saved) = (somebody(), somebody());
        let mut tx = store.write().await.unwrap();
        tx.append_event(&event(dropped, EventKind::SignedIn, 1)).await.unwrap();
        tx.put_consent(&consent(dropped, "tax")).await.unwrap();
        drop(tx);
        write_pair(store, saved).await.unwrap();
        assert_eq!((events(store, dropped).await, events(store, saved).await), (0, 2), "{}", backend.name);
        assert_eq!(store.consents(dropped).await.unwrap(), [], "{}", backend.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn amid_many_each_transaction_is_saved_whole_or_not_at_all() {
    for backend in stores().await {
        let tasks: Vec<_> = (0..200)
            .map(|n| {
                let store = backend.store.clone();
                tokio::spawn(async move {
                    let id = somebody();
                    let mut tx = store.write().await.unwrap();
                    tx.append_event(&event(id, EventKind::SignedIn, 1)).await.unwrap();
                    if n % 3 == 0 {
                        tx.put_consent(&consent(id, "tax")).await.unwrap();
                    }
                    let duplicate = event(id, EventKind::TokensIssued, 2);
                    tx.append_event(&duplicate).await.unwrap();
                    match n % 4 {
                        0 => drop(tx),
                        1 => {
                            // SQLite may report it only with the save.
                            tx.append_event(&duplicate).await.ok();
                            tx.save().await.unwrap_err();
                        }
                        _ => {
                            tx.save().await.unwrap();
                            return (id, 2);
                        }
                    }
                    (id, 0)
                })
            })
            .collect();
        for task in tasks {
            let (id, expected) = task.await.unwrap();
            assert_eq!(events(&backend.store, id).await, expected, "{}", backend.name);
            assert!(expected > 0 || backend.store.consents(id).await.unwrap().is_empty(), "{}", backend.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_future_cancelled_anywhere_neither_blocks_nor_half_writes() {
    for backend in stores().await {
        let tasks: Vec<_> = (0..600)
            .map(|_| {
                let store = backend.store.clone();
                tokio::spawn(async move {
                    let id = somebody();
                    let patience = Duration::from_micros(Random::Os.below(3000));
                    let saved = tokio::time::timeout(patience, write_pair(&store, id)).await;
                    (id, saved.map(Result::unwrap).is_ok())
                })
            })
            .collect();
        let mut outcomes = Vec::new();
        for task in tasks {
            outcomes.push(task.await.unwrap());
        }
        let last = somebody();
        tokio::time::timeout(Duration::from_secs(10), write_pair(&backend.store, last))
            .await
            .expect("the writer is stuck")
            .unwrap();
        assert_eq!(events(&backend.store, last).await, 2);
        for (id, saved) in outcomes {
            let found = events(&backend.store, id).await;
            // A transaction cancelled while it waits for the disk may be saved or not; no reader finds half of it.
            assert!(found == 2 || (found == 0 && !saved), "{}: {found} of 2, saved: {saved}", backend.name);
        }
    }
}

/// Polls a future this many times at most; returns whether it was done by then.
async fn poll_only(future: impl Future<Output = Result<(), StoreError>>, polls: u64) -> bool {
    let mut future = Box::pin(future);
    for _ in 0..polls {
        if std::future::poll_fn(|context| std::task::Poll::Ready(future.as_mut().poll(context).is_ready())).await {
            return true;
        }
    }
    false
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_statement_cancelled_on_its_way_to_the_database_is_undone_and_its_neighbours_are_saved() {
    for backend in stores().await {
        let tasks: Vec<_> = (0..600)
            .map(|n| {
                let store = backend.store.clone();
                tokio::spawn(async move {
                    let id = somebody();
                    if n % 3 == 0 {
                        write_pair(&store, id).await.unwrap();
                        return (id, 2);
                    }
                    let mut tx = store.write().await.unwrap();
                    match n % 12 {
                        1 | 4 => tx.put_consent(&consent(id, "health")).await.unwrap(),
                        7 => tx.append_event(&event(id, EventKind::SignedIn, 1)).await.unwrap(),
                        _ => {}
                    }
                    poll_only(tx.put_consent(&consent(id, "tax")), n % 5).await;
                    (id, 0)
                })
            })
            .collect();
        let mut expected = Vec::new();
        for task in tasks {
            expected.push(task.await.unwrap());
        }
        write_pair(&backend.store, somebody()).await.unwrap();
        for (id, count) in expected {
            assert_eq!(events(&backend.store, id).await, count, "{}", backend.name);
            assert_eq!(backend.store.consents(id).await.unwrap(), [], "{}", backend.name);
        }
    }
}

#[tokio::test]
async fn a_cancelled_wait_for_the_writer_does_not_strand_a_batch() {
    let TestStore { store, .. } = &sqlite().await;
    for _ in 0..20 {
        let mut first = store.write().await.unwrap();
        first.put_consent(&consent(somebody(), "tax")).await.unwrap();
        let waiting = tokio::spawn({
            let store = store.clone();
            async move { store.write().await.map(drop) }
        });
        tokio::task::yield_now().await;
        // The first transaction sees a waiting one and leaves the commit to it; the waiting one is gone before its turn.
        let save = tokio::spawn(first.save());
        waiting.abort();
        tokio::time::timeout(Duration::from_secs(5), save).await.expect("no transaction committed").unwrap().unwrap();
    }
}

#[tokio::test]
async fn statements_sent_together_are_as_many_as_they_were_and_see_each_other() {
    for backend in stores().await {
        let store = &backend.store;
        let id = somebody();
        let mut tx = store.write().await.unwrap();
        for second in 0..50 {
            tx.append_event(&event(id, EventKind::SignedIn, second)).await.unwrap();
        }
        let granted = grant(id, session_id());
        tx.insert_grant(&granted, at(100)).await.unwrap();
        assert_eq!(tx.grant(granted.id).await.unwrap().as_ref(), Some(&granted), "{}", backend.name);
        tx.end_grant(granted.id, at(20)).await.unwrap();
        assert_eq!(tx.grant(granted.id).await.unwrap(), None, "{}", backend.name);
        tx.append_event(&event(id, EventKind::SignedOut, 60)).await.unwrap();
        tx.save().await.unwrap();
        assert_eq!(store.events_of(id, 100).await.unwrap().len(), 51, "{}", backend.name);
    }
}

#[tokio::test]
async fn a_long_transaction_does_not_keep_others_from_reading() {
    for backend in stores().await {
        let store = &backend.store;
        let id = somebody();
        let mut tx = store.write().await.unwrap();
        tx.append_event(&event(id, EventKind::SignedIn, 1)).await.unwrap();
        assert_eq!(events(store, id).await, 0, "{}: what is not saved is seen by others", backend.name);
        tx.save().await.unwrap();
        assert_eq!(events(store, id).await, 1);
    }
}
