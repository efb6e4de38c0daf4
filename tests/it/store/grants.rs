//! Grants, refresh tokens, and their end.

use super::{account, at, expire, grant, session_id};
use crate::backends::stores;
use panjereh::client::scope::Scope;
use panjereh::oidc::binding::Binding;
use panjereh::oidc::claims::request::RequestedClaims;
use panjereh::records::grant::Grant;
use panjereh::secret::TokenHash;
use panjereh::store::{KeptRefresh, RefreshClaim, Store};

async fn kept_grants<const N: usize>(store: &Store, expire_at: i64) -> [Grant; N] {
    let (kept, session) = (account(1), session_id());
    let grants = std::array::from_fn(|_| grant(kept.id, session));
    let mut tx = store.write().await.unwrap();
    for grant in &grants {
        tx.insert_grant(grant, at(expire_at)).await.unwrap();
    }
    tx.save().await.unwrap();
    grants
}

#[tokio::test]
async fn a_grant_lives_until_it_ends_alone_or_with_its_session() {
    for backend in stores().await {
        let store = &backend.store;
        let [first, second, third] = kept_grants(store, 1000).await;
        let other = grant(first.account, session_id());
        let online = || Grant { scopes: vec![Scope::Openid, Scope::NationalId], ..grant(first.account, first.session) };
        let (one, two) = (online(), online());
        let mut tx = store.write().await.unwrap();
        for grant in [&other, &one, &two] {
            tx.insert_grant(grant, at(1000)).await.unwrap();
        }
        assert_eq!(tx.grant(first.id).await.unwrap().as_ref(), Some(&first), "{}", backend.name);
        tx.end_grant(first.id, at(20)).await.unwrap();
        tx.end_grant(first.id, at(21)).await.unwrap();
        assert_eq!(tx.grant(first.id).await.unwrap(), None);
        assert_eq!(tx.end_grants_of_session(second.session, at(30)).await.unwrap(), 2, "{}", backend.name);
        tx.save().await.unwrap();

        let mut tx = store.write().await.unwrap();
        assert_eq!(tx.grant(one.id).await.unwrap(), None);
        assert_eq!(tx.grant(two.id).await.unwrap(), None);
        // Grants for offline access live on (Back-Channel Logout 1.0 §2.7).
        assert_eq!(tx.grant(second.id).await.unwrap(), Some(second), "{}", backend.name);
        assert_eq!(tx.grant(third.id).await.unwrap(), Some(third));
        assert_eq!(tx.grant(other.id).await.unwrap(), Some(other));
    }
}

#[tokio::test]
async fn a_grant_with_empty_optional_fields_comes_back_the_same() {
    for backend in stores().await {
        let plain = Grant {
            nonce: None,
            methods: Vec::new(),
            bound_to: None,
            details: None,
            resources: Vec::new(),
            claims: RequestedClaims::default(),
            ..grant(account(1).id, session_id())
        };
        let mut tx = backend.store.write().await.unwrap();
        tx.insert_grant(&plain, at(1000)).await.unwrap();
        assert_eq!(tx.grant(plain.id).await.unwrap().as_ref(), Some(&plain), "{}", backend.name);
        // It is bound once.
        let [key, other] = ["0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I", "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"];
        tx.bind_grant(plain.id, &Binding::parse(key).unwrap()).await.unwrap();
        tx.bind_grant(plain.id, &Binding::parse(other).unwrap()).await.unwrap();
        assert_eq!(tx.grant(plain.id).await.unwrap(), Some(Grant { bound_to: Binding::parse(key), ..plain }), "{}", backend.name);
    }
}

#[tokio::test]
async fn rfc9700_4_14_2_only_the_first_use_of_a_refresh_token_is_first() {
    for backend in stores().await {
        let store = &backend.store;
        let [kept] = kept_grants(store, 1000).await;
        let (used, old) = (TokenHash::of("used"), TokenHash::of("old"));
        let mut tx = store.write().await.unwrap();
        tx.insert_refresh(&used, kept.id, at(10), at(100)).await.unwrap();
        tx.insert_refresh(&old, kept.id, at(10), at(40)).await.unwrap();
        tx.save().await.unwrap();

        let seen = KeptRefresh { grant: kept.id, issued_at: at(10), expires_at: at(100), used_at: None };
        assert_eq!(store.refresh_token(&used).await.unwrap(), Some(seen), "{}: looking uses nothing up", backend.name);
        assert_eq!(store.refresh_token(&TokenHash::of("never issued")).await.unwrap(), None);

        let mut tx = store.write().await.unwrap();
        assert_eq!(tx.claim_refresh(&used, at(50)).await.unwrap(), RefreshClaim::First(kept.id), "{}", backend.name);
        let again = RefreshClaim::Again { grant: kept.id, used_at: at(50) };
        assert_eq!(tx.claim_refresh(&used, at(60)).await.unwrap(), again);
        assert_eq!(tx.claim_refresh(&used, at(500)).await.unwrap(), again);
        assert_eq!(tx.refresh_token(&used).await.unwrap(), Some(KeptRefresh { used_at: Some(at(50)), ..seen }));
        assert_eq!(tx.claim_refresh(&old, at(40)).await.unwrap(), RefreshClaim::Expired);
        assert_eq!(tx.claim_refresh(&TokenHash::of("never issued"), at(50)).await.unwrap(), RefreshClaim::Unknown);
        tx.save().await.unwrap();
        assert_eq!(store.refresh_token(&used).await.unwrap(), Some(KeptRefresh { used_at: Some(at(50)), ..seen }));
    }
}

#[tokio::test]
async fn a_refresh_token_used_by_sixteen_at_once_serves_exactly_one() {
    for backend in stores().await {
        let [kept] = kept_grants(&backend.store, 1000).await;
        let token = TokenHash::of("token");
        let mut tx = backend.store.write().await.unwrap();
        tx.insert_refresh(&token, kept.id, at(10), at(100)).await.unwrap();
        tx.save().await.unwrap();
        let attempts = (0..16).map(|_| {
            let store = backend.store.clone();
            tokio::spawn(async move {
                let mut tx = store.write().await.unwrap();
                let claim = tx.claim_refresh(&token, at(20)).await.unwrap();
                tx.save().await.unwrap();
                claim
            })
        });
        let mut claims = Vec::new();
        for attempt in attempts.collect::<Vec<_>>() {
            claims.push(attempt.await.unwrap());
        }
        let first = claims.iter().filter(|claim| **claim == RefreshClaim::First(kept.id)).count();
        let again = claims.iter().filter(|claim| **claim == RefreshClaim::Again { grant: kept.id, used_at: at(20) }).count();
        assert_eq!((first, again), (1, 15), "{}", backend.name);
    }
}

#[tokio::test]
async fn what_expired_goes_in_bounded_steps_and_a_refresh_token_keeps_its_grant() {
    for backend in stores().await {
        let store = &backend.store;
        let [prolonged, ..] = kept_grants::<6>(store, 50).await;
        let mut tx = store.write().await.unwrap();
        for n in 0..5 {
            tx.insert_refresh(&TokenHash::of(&format!("token {n}")), prolonged.id, at(10), at(20 + n)).await.unwrap();
        }
        tx.insert_refresh(&TokenHash::of("long"), prolonged.id, at(10), at(200)).await.unwrap();
        tx.save().await.unwrap();

        assert_eq!(expire(store, at(19), 3).await, 0, "{}", backend.name);
        // Five grants and five refresh tokens have expired by then: three of each, then two of each, then none.
        assert_eq!(expire(store, at(50), 3).await, 6, "{}", backend.name);
        assert_eq!(expire(store, at(50), 3).await, 4);
        assert_eq!(expire(store, at(50), 3).await, 0);

        let mut tx = store.write().await.unwrap();
        assert!(tx.grant(prolonged.id).await.unwrap().is_some());
        assert_eq!(tx.claim_refresh(&TokenHash::of("long"), at(60)).await.unwrap(), RefreshClaim::First(prolonged.id));
        assert_eq!(tx.claim_refresh(&TokenHash::of("token 0"), at(60)).await.unwrap(), RefreshClaim::Unknown);
    }
}
