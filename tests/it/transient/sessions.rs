//! Browser sessions.

use crate::backends::{sqlite, stores, transients};
use crate::store::{at, expire};
use panjereh::identity::assurance::AuthenticationMethod;
use panjereh::identity::id::AccountId;
use panjereh::random::Random;
use panjereh::records::session::Session;
use panjereh::secret::TokenHash;
use panjereh::store::Store;
use panjereh::time::Timestamp;
use panjereh::transient::Transient;

fn session() -> Session {
    Session {
        id: crate::store::session_id(),
        account: AccountId::new(&Random::Os, at(0)),
        methods: vec![AuthenticationMethod::Passkey, AuthenticationMethod::RecoveryCode],
        auth_time: at(-5),
        began_at: at(0),
        seen_at: at(3),
    }
}

fn cookie() -> TokenHash {
    TokenHash::of(Random::Os.token().expose())
}

async fn put(transient: &Transient, store: &Store, token: &TokenHash, session: &Session) {
    transient.put_session(store, token, session, at(0)).await.unwrap().save().await.unwrap();
}

async fn found(transient: &Transient, token: &TokenHash, now: Timestamp) -> Option<Session> {
    transient.session(token, now).await.unwrap().map(|session| (*session).clone())
}

#[tokio::test]
async fn a_session_comes_back_until_its_lifetime_ends() {
    for backend in transients().await {
        let (transient, token, kept) = (&backend.transient, cookie(), session());
        assert_eq!(found(transient, &token, at(1)).await, None);
        put(transient, &backend.store.store, &token, &kept).await;
        assert_eq!(found(transient, &token, at(1)).await.as_ref(), Some(&kept), "{}", backend.name);
        assert_eq!(found(transient, &token, at(24 * 3600 - 1)).await, Some(kept), "{}", backend.name);
        assert_eq!(found(transient, &token, at(24 * 3600)).await, None, "{}", backend.name);
        assert_eq!(found(transient, &cookie(), at(1)).await, None);
    }
}

#[tokio::test]
async fn beside_the_durable_store_a_session_is_there_with_the_transaction_that_began_it_or_not_at_all() {
    for backend in stores().await {
        let transient = Transient::embedded(&backend.store);
        let (begun, dropped) = (cookie(), cookie());
        put(&transient, &backend.store, &begun, &session()).await;
        drop(transient.put_session(&backend.store, &dropped, &session(), at(0)).await.unwrap());
        backend.store.flush().await.unwrap();
        let restarted = Transient::embedded(&Store::open(&backend.url).await.unwrap());
        assert!(found(&restarted, &begun, at(1)).await.is_some(), "{}", backend.name);
        assert!(found(&restarted, &dropped, at(1)).await.is_none(), "{}", backend.name);
    }
}

#[tokio::test]
async fn the_time_a_session_was_last_seen_is_stored_and_an_ended_session_stays_ended() {
    for backend in transients().await {
        let (transient, token, kept) = (&backend.transient, cookie(), session());
        put(transient, &backend.store.store, &token, &kept).await;
        let seen = Session { seen_at: at(400), ..kept };
        assert!(transient.touch_session(&token, &seen, at(400)).await.unwrap());
        assert_eq!(found(transient, &token, at(400)).await.as_ref(), Some(&seen), "{}", backend.name);
        transient.end_session(&token).await.unwrap();
        assert_eq!(found(transient, &token, at(401)).await, None, "{}", backend.name);
        assert!(!transient.touch_session(&token, &seen, at(402)).await.unwrap(), "{}", backend.name);
        assert_eq!(found(transient, &token, at(403)).await, None, "{}: an ended session came back", backend.name);
    }
}

#[tokio::test]
async fn a_session_survives_a_restart_and_so_does_its_end() {
    for backend in stores().await {
        let (kept_token, ended_token, kept) = (cookie(), cookie(), session());
        let transient = Transient::embedded(&backend.store);
        put(&transient, &backend.store, &kept_token, &kept).await;
        put(&transient, &backend.store, &ended_token, &kept).await;
        transient.end_session(&ended_token).await.unwrap();
        backend.store.flush().await.unwrap();

        let restarted = Transient::embedded(&Store::open(&backend.url).await.unwrap());
        assert_eq!(found(&restarted, &kept_token, at(1)).await, Some(kept), "{}", backend.name);
        assert_eq!(found(&restarted, &ended_token, at(1)).await, None, "{}", backend.name);
    }
}

#[tokio::test]
async fn instances_that_share_a_database_see_each_others_ends() {
    let Some(backend) = crate::backends::postgres().await else { return };
    let (one, other) = (Transient::embedded(&backend.store), Transient::embedded(&backend.store));
    let (token, kept) = (cookie(), session());
    put(&one, &backend.store, &token, &kept).await;
    assert_eq!(found(&other, &token, at(1)).await, Some(kept));
    one.end_session(&token).await.unwrap();
    assert_eq!(found(&other, &token, at(1)).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_session_read_while_it_ends_is_not_remembered_as_alive() {
    let backend = sqlite().await;
    for _ in 0..100 {
        let (token, kept) = (cookie(), session());
        // Another handle on the same file wrote it, so this one has to read it from disk.
        put(&Transient::embedded(&backend.store), &backend.store, &token, &kept).await;
        backend.store.flush().await.unwrap();
        let transient = Transient::embedded(&backend.store);
        let readers: Vec<_> = (0..4)
            .map(|_| {
                let transient = transient.clone();
                tokio::spawn(async move { transient.session(&token, at(1)).await.unwrap().is_some() })
            })
            .collect();
        transient.end_session(&token).await.unwrap();
        for reader in readers {
            reader.await.unwrap();
        }
        assert_eq!(found(&transient, &token, at(1)).await, None, "a session lives on in memory");
    }
}

#[tokio::test]
async fn a_session_that_ended_is_known_as_ended_for_a_while_also_after_a_restart() {
    for backend in transients().await {
        let (transient, ended, other) = (&backend.transient, crate::store::session_id(), crate::store::session_id());
        assert!(!transient.has_ended(ended, at(0)).await.unwrap(), "{}", backend.name);
        transient.mark_ended(ended, at(180), at(0)).await.unwrap();
        assert!(transient.has_ended(ended, at(179)).await.unwrap(), "{}", backend.name);
        assert!(!transient.has_ended(ended, at(180)).await.unwrap(), "{}", backend.name);
        assert!(!transient.has_ended(other, at(1)).await.unwrap(), "{}", backend.name);
    }
    for backend in stores().await {
        let (before, after) = (crate::store::session_id(), crate::store::session_id());
        Transient::embedded(&backend.store).mark_ended(before, at(180), at(0)).await.unwrap();
        backend.store.flush().await.unwrap();
        let restarted = Transient::embedded(&Store::open(&backend.url).await.unwrap());
        // One is marked after the restart and before any look-up, the other was marked before the restart.
        restarted.mark_ended(after, at(180), at(0)).await.unwrap();
        for session in [before, after] {
            assert!(restarted.has_ended(session, at(1)).await.unwrap(), "{}", backend.name);
            assert!(!restarted.has_ended(session, at(180)).await.unwrap(), "{}", backend.name);
        }
    }
}

#[tokio::test]
async fn any_number_of_ended_sessions_are_known_and_those_of_long_ago_forgotten() {
    let backend = sqlite().await;
    let transient = Transient::embedded(&backend.store);
    let sessions: Vec<_> = (0..3000_i64).map(|second| (crate::store::session_id(), second)).collect();
    for (session, second) in &sessions {
        transient.mark_ended(*session, at(second + 180), at(*second)).await.unwrap();
    }
    for (session, second) in &sessions {
        assert_eq!(transient.has_ended(*session, at(2999)).await.unwrap(), second + 180 > 2999, "{second}");
    }
}

#[tokio::test]
async fn expired_sessions_are_removed_in_steps() {
    for backend in stores().await {
        let transient = Transient::embedded(&backend.store);
        for second in 0..7 {
            let kept = Session { began_at: at(60 + second - 24 * 3600), ..session() };
            put(&transient, &backend.store, &cookie(), &kept).await;
        }
        assert_eq!(expire(&backend.store, at(59), 10).await, 0, "{}", backend.name);
        assert_eq!(expire(&backend.store, at(64), 3).await, 3, "{}", backend.name);
        assert_eq!(expire(&backend.store, at(64), 3).await, 2);
        assert_eq!(expire(&backend.store, at(64), 3).await, 0, "{}", backend.name);
    }
}
