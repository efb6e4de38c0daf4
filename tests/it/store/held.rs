//! A row cached in memory is never older than what was saved.

use super::schema::execute;
use super::{account, at, client_id, event, grant, mobile, session_id};
use crate::backends::{sqlite, stores};
use panjereh::client::scope::Scope;
use panjereh::identity::account::{Account, AccountStatus};
use panjereh::records::consent::Consent;
use panjereh::records::event::EventKind;
use panjereh::records::grant::Grant;
use panjereh::secret::TokenHash;
use panjereh::store::{GRANT_EXISTS, Store};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

async fn somebody(store: &Store) -> Account {
    let kept = account(1);
    let mut tx = store.write().await.unwrap();
    tx.insert_account(&kept).await.unwrap();
    tx.save().await.unwrap();
    kept
}

#[tokio::test]
async fn a_change_is_seen_by_every_later_read_however_often_it_was_read_before() {
    for backend in stores().await {
        let store = &backend.store;
        let (kept, tax) = (somebody(store).await, client_id("tax"));
        let first = Grant { scopes: vec![Scope::Openid], ..grant(kept.id, session_id()) };
        let second = grant(kept.id, session_id());
        let mut tx = store.write().await.unwrap();
        tx.insert_grant(&first, at(1000)).await.unwrap();
        tx.insert_grant(&second, at(1000)).await.unwrap();
        tx.save().await.unwrap();
        for turn in 0..3 {
            let consent = Consent {
                account: kept.id,
                client: tax.clone(),
                scopes: vec![Scope::Openid],
                claims: Vec::new(),
                given_at: at(turn),
                shown: None,
            };
            for _ in 0..2 {
                assert_eq!(store.visit(kept.id, &tax).await.unwrap().unwrap().1, None, "{}", backend.name);
            }
            let mut tx = store.write().await.unwrap();
            tx.put_consent(&consent).await.unwrap();
            tx.save().await.unwrap();
            for _ in 0..2 {
                assert_eq!(store.visit(kept.id, &tax).await.unwrap().unwrap().1.as_deref(), Some(&consent), "{}", backend.name);
            }
            let mut tx = store.write().await.unwrap();
            assert!(tx.withdraw_consent(kept.id, &tax).await.unwrap());
            tx.set_mobile(kept.id, &mobile(u32::try_from(70 + turn).unwrap()), at(turn)).await.unwrap();
            tx.save().await.unwrap();
            assert_eq!(store.account(kept.id).await.unwrap().unwrap().mobile_verified_at, at(turn));
        }

        assert!(store.granted_account(first.id).await.unwrap().is_some());
        let mut tx = store.write().await.unwrap();
        tx.end_grants_of_session(first.session, at(20)).await.unwrap();
        tx.save().await.unwrap();
        assert_eq!(store.granted_account(first.id).await.unwrap(), None, "{}", backend.name);
        assert!(store.granted_account(second.id).await.unwrap().is_some());
        let mut tx = store.write().await.unwrap();
        tx.end_sessions(kept.id, second.auth_time.plus(std::time::Duration::from_secs(1))).await.unwrap();
        tx.save().await.unwrap();
        assert_eq!(store.granted_account(second.id).await.unwrap(), None, "{}", backend.name);
        let mut tx = store.write().await.unwrap();
        tx.close_account(kept.id, at(40)).await.unwrap();
        tx.save().await.unwrap();
        assert_eq!(store.account(kept.id).await.unwrap().unwrap().status, AccountStatus::Closed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_read_that_overlaps_a_change_leaves_nothing_old_behind() {
    let backend = sqlite().await;
    let (kept, over) = (somebody(&backend.store).await, Arc::new(AtomicBool::new(false)));
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (store, over) = (backend.store.clone(), over.clone());
            tokio::spawn(async move {
                while !over.load(Ordering::Relaxed) {
                    store.account(kept.id).await.unwrap();
                    // A cached row answers at once; yield the thread to the others.
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for turn in 0..400 {
        let mut tx = backend.store.write().await.unwrap();
        tx.set_mobile(kept.id, &mobile(5), at(turn)).await.unwrap();
        tx.save().await.unwrap();
        for _ in 0..3 {
            assert_eq!(backend.store.account(kept.id).await.unwrap().unwrap().mobile_verified_at, at(turn));
        }
    }
    over.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.await.unwrap();
    }
}

#[tokio::test]
async fn a_change_whose_caller_went_away_while_it_was_saved_is_not_missed() {
    let backend = sqlite().await;
    let store = &backend.store;
    let kept = somebody(store).await;
    for (turn, polls) in (0..).zip([1, 2, 3, 1, 2, 3]) {
        assert!(store.account(kept.id).await.unwrap().is_some());
        let mut tx = store.write().await.unwrap();
        tx.set_mobile(kept.id, &mobile(5), at(turn)).await.unwrap();
        let mut save = Box::pin(tx.save());
        for _ in 0..polls {
            let _: bool = std::future::poll_fn(|context| Poll::Ready(save.as_mut().poll(context).is_ready())).await;
        }
        drop(save);
        store.flush().await.unwrap();
        // The saving task may be notified a moment after the disk has it.
        let mut seen = store.account(kept.id).await.unwrap();
        for _ in 0..10_000 {
            if seen.as_ref().is_some_and(|account| account.mobile_verified_at == at(turn)) {
                break;
            }
            tokio::task::yield_now().await;
            seen = store.account(kept.id).await.unwrap();
        }
        assert_eq!(seen.unwrap().mobile_verified_at, at(turn));
    }
}

#[tokio::test]
async fn rfc6749_4_1_2_a_second_grant_of_one_code_is_a_conflict_and_leaves_the_first_alone() {
    for backend in stores().await {
        let store = &backend.store;
        let kept = somebody(store).await;
        let granted = grant(kept.id, session_id());
        for (turn, expected) in [None, Some(GRANT_EXISTS), Some(GRANT_EXISTS)].into_iter().enumerate() {
            let token = TokenHash::of(&turn.to_string());
            let add = async {
                let mut tx = store.write().await?;
                tx.insert_grant(&granted, at(1000)).await?;
                tx.insert_refresh(&token, granted.id, at(10), at(500)).await?;
                tx.append_event(&event(kept.id, EventKind::TokensIssued, 10)).await?;
                tx.save().await
            };
            let outcome = add.await;
            assert_eq!(outcome.as_ref().err().and_then(|error| error.conflict()), expected, "{}: {outcome:?}", backend.name);
        }
        assert_eq!(store.events_of(kept.id, 10).await.unwrap().len(), 1, "{}", backend.name);
        assert_eq!(store.granted_account(granted.id).await.unwrap().map(|(_, grant)| grant).as_deref(), Some(&granted));
    }
}

#[tokio::test]
async fn a_grant_that_was_just_added_and_its_account_are_found_without_asking_the_database() {
    let backend = sqlite().await;
    let store = &backend.store;
    let kept = somebody(store).await;
    assert!(store.account(kept.id).await.unwrap().is_some());
    let granted = grant(kept.id, session_id());
    let mut tx = store.write().await.unwrap();
    tx.insert_grant(&granted, at(1000)).await.unwrap();
    tx.save().await.unwrap();
    execute(&backend.url, "DELETE FROM grants").await;
    execute(&backend.url, "DELETE FROM accounts").await;
    assert_eq!(store.granted_account(granted.id).await.unwrap(), Some((Arc::new(kept), Arc::new(granted))));
}

#[tokio::test]
async fn a_sign_in_by_password_caches_the_account_with_its_consent_and_a_new_consent_counts() {
    let backend = sqlite().await;
    let (store, tax) = (&backend.store, client_id("tax"));
    let kept = somebody(store).await;
    let consent = |given_at| Consent {
        account: kept.id,
        client: tax.clone(),
        scopes: vec![Scope::Openid],
        claims: Vec::new(),
        given_at: at(given_at),
        shown: None,
    };
    let put = async |given_at| {
        let mut tx = store.write().await.unwrap();
        tx.put_consent(&consent(given_at)).await.unwrap();
        tx.save().await.unwrap();
    };
    put(1).await;
    let reopened = Store::open(&backend.url).await.unwrap();
    let (account, _) = reopened.account_and_password(&kept.person.national_id, &tax).await.unwrap().unwrap();
    assert_eq!(*account, kept);
    execute(&backend.url, "DELETE FROM consents").await;
    let held = reopened.visit(kept.id, &tax).await.unwrap();
    assert_eq!(held, Some((Arc::new(kept.clone()), Some(Arc::new(consent(1))))), "it was not asked again");
    store.account_and_password(&kept.person.national_id, &tax).await.unwrap();
    put(2).await;
    execute(&backend.url, "DELETE FROM accounts").await;
    let held = store.visit(kept.id, &tax).await.unwrap();
    assert_eq!(held, Some((Arc::new(kept.clone()), Some(Arc::new(consent(2))))));
}

#[test]
fn a_change_whose_runtime_ends_while_it_is_saved_leaves_no_stale_row() {
    let runtime = || tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let home = runtime();
    let (backend, kept) = home.block_on(async {
        let backend = sqlite().await;
        let kept = somebody(&backend.store).await;
        (backend, kept)
    });
    for turn in 1..30 {
        home.block_on(backend.store.account(kept.id)).unwrap();
        let (store, away) = (backend.store.clone(), runtime());
        away.spawn(async move {
            let mut tx = store.write().await.unwrap();
            tx.set_mobile(kept.id, &mobile(u32::try_from(70 + turn).unwrap()), at(turn)).await.unwrap();
            tx.save().await.unwrap();
        });
        std::thread::sleep(std::time::Duration::from_micros(u64::try_from(100 * turn).unwrap()));
        away.shutdown_background();
        home.block_on(async {
            backend.store.flush().await.unwrap();
            let cached = || async { backend.store.account(kept.id).await.unwrap().unwrap().mobile_verified_at };
            let other = Store::open(&backend.url).await.unwrap();
            // The removal from the cache follows the commit.
            for _ in 0..200 {
                if cached().await == other.account(kept.id).await.unwrap().unwrap().mobile_verified_at {
                    return;
                }
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            panic!("turn {turn}: the cached row is stale");
        });
    }
}
