//! The clients that have to be notified of the end of a session.

use super::{account, at, client_id, expire, session_id};
use crate::backends::stores;
use panjereh::identity::id::{AccountId, SessionId};
use panjereh::records::session::SessionClient;
use panjereh::store::Store;

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
        // Twice: a second sign-in at the same client is the same entry.
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

#[tokio::test]
async fn a_client_whose_time_is_over_is_forgotten() {
    for backend in stores().await {
        let store = &backend.store;
        let (old, young) = (session_id(), session_id());
        keep(store, &[(holder(old, "a", account(1).id), 100), (holder(young, "a", account(1).id), 2000)]).await;
        assert_eq!(expire(store, at(1000), 100).await, 1, "{}", backend.name);
        let mut tx = store.write().await.unwrap();
        assert_eq!(tx.take_clients_of_session(old).await.unwrap(), []);
        assert_eq!(tx.take_clients_of_session(young).await.unwrap().len(), 1);
    }
}
