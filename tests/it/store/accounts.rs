//! Accounts, consents and the audit log.

use super::{account, at, client_id, event, grant, mobile, national_id, session_id};
use crate::backends::stores;
use panjereh::identity::account::AccountStatus;
use panjereh::identity::consent::Consent;
use panjereh::identity::event::{Event, EventKind};
use panjereh::identity::id::{AccountId, EventId};
use panjereh::oidc::claims_request::UserClaim;
use panjereh::oidc::scope::Scope;
use panjereh::random::Random;

#[tokio::test]
async fn an_account_comes_back_as_it_was_kept_by_id_and_by_national_id() {
    for backend in stores().await {
        let store = &backend.store;
        let kept = account(1);
        let mut tx = store.write().await.unwrap();
        tx.insert_account(&kept).await.unwrap();
        assert_eq!(tx.account(kept.id).await.unwrap().as_ref(), Some(&kept), "{}", backend.name);
        assert_eq!(tx.account(AccountId::new(&Random::Os, at(0))).await.unwrap(), None);
        tx.save().await.unwrap();
        assert_eq!(store.account(kept.id).await.unwrap().as_ref(), Some(&kept), "{}", backend.name);
        assert_eq!(store.account_by_national_id(&national_id(1)).await.unwrap(), Some(kept));
        assert_eq!(store.account_by_national_id(&national_id(2)).await.unwrap(), None);
        assert_eq!(store.account(AccountId::new(&Random::Os, at(0))).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_person_has_one_account_and_the_second_attempt_names_the_rule_and_leaves_nothing() {
    for backend in stores().await {
        let store = &backend.store;
        let mut tx = store.write().await.unwrap();
        tx.insert_account(&account(1)).await.unwrap();
        tx.save().await.unwrap();

        let second = account(1);
        let mut tx = store.write().await.unwrap();
        tx.append_event(&event(second.id, EventKind::AccountCreated, 1)).await.unwrap();
        let refused = tx.insert_account(&second).await.unwrap_err();
        assert_eq!(refused.conflict(), Some("accounts_national_id"), "{}", backend.name);
        assert!(tx.append_event(&event(second.id, EventKind::SignedIn, 2)).await.is_err(), "a broken transaction goes on");
        assert!(tx.save().await.is_err(), "{}: a broken transaction was saved", backend.name);
        assert_eq!(store.events_of(second.id, 10).await.unwrap(), [], "{}", backend.name);
    }
}

#[tokio::test]
async fn of_sixteen_who_register_the_same_person_at_once_one_succeeds() {
    for backend in stores().await {
        let attempts = (0..16).map(|_| {
            let store = backend.store.clone();
            tokio::spawn(async move {
                let mut tx = store.write().await.unwrap();
                tx.insert_account(&account(7)).await?;
                tx.save().await
            })
        });
        let mut won = 0;
        for attempt in attempts.collect::<Vec<_>>() {
            match attempt.await.unwrap() {
                Ok(()) => won += 1,
                Err(error) => assert_eq!(error.conflict(), Some("accounts_national_id"), "{}", backend.name),
            }
        }
        assert_eq!(won, 1, "{}", backend.name);
    }
}

#[tokio::test]
async fn number_status_and_end_of_sessions_can_be_changed() {
    for backend in stores().await {
        let store = &backend.store;
        let mut expected = account(1);
        let mut tx = store.write().await.unwrap();
        tx.insert_account(&expected).await.unwrap();
        tx.set_mobile(expected.id, &mobile(77), at(100)).await.unwrap();
        tx.end_sessions(expected.id, at(101)).await.unwrap();
        tx.end_sessions(expected.id, at(50)).await.unwrap();
        tx.save().await.unwrap();
        expected.mobile = mobile(77);
        expected.mobile_verified_at = at(100);
        // An earlier end does not revive what a later one ended.
        expected.sessions_valid_from = at(101);
        assert_eq!(store.account(expected.id).await.unwrap().as_ref(), Some(&expected), "{}", backend.name);

        let mut tx = store.write().await.unwrap();
        tx.close_account(expected.id, at(200)).await.unwrap();
        tx.save().await.unwrap();
        let closed = store.account(expected.id).await.unwrap().unwrap();
        assert_eq!((closed.status, closed.sessions_valid_from), (AccountStatus::Closed, at(200)));
    }
}

#[tokio::test]
async fn a_visit_finds_the_account_and_what_it_allowed_this_client_alone() {
    for backend in stores().await {
        let store = &backend.store;
        let kept = account(1);
        let tax = Consent {
            account: kept.id,
            client: client_id("tax"),
            scopes: vec![Scope::Openid, Scope::Phone],
            claims: vec![UserClaim::Birthdate, UserClaim::AgeOver18],
            given_at: at(9),
        };
        let health = Consent {
            account: kept.id,
            client: client_id("health"),
            scopes: Scope::ALL.to_vec(),
            claims: Vec::new(),
            given_at: at(8),
        };
        let mut tx = store.write().await.unwrap();
        tx.insert_account(&kept).await.unwrap();
        tx.put_consent(&Consent { scopes: vec![Scope::Openid], given_at: at(1), ..tax.clone() }).await.unwrap();
        tx.put_consent(&tax).await.unwrap();
        tx.put_consent(&health).await.unwrap();
        tx.save().await.unwrap();

        assert_eq!(store.visit(kept.id, &client_id("tax")).await.unwrap(), Some((kept.clone(), Some(tax.clone()))));
        assert_eq!(store.visit(kept.id, &client_id("other")).await.unwrap(), Some((kept.clone(), None)));
        assert_eq!(store.visit(AccountId::new(&Random::Os, at(0)), &client_id("tax")).await.unwrap(), None);
        assert_eq!(store.consents(kept.id).await.unwrap(), [tax.clone(), health.clone()], "{}", backend.name);

        let mut tx = store.write().await.unwrap();
        assert!(tx.withdraw_consent(kept.id, &client_id("tax")).await.unwrap());
        assert!(!tx.withdraw_consent(kept.id, &client_id("tax")).await.unwrap());
        tx.save().await.unwrap();
        assert_eq!(store.consents(kept.id).await.unwrap(), [health]);
    }
}

#[tokio::test]
async fn an_access_token_finds_grant_and_account_until_either_ends() {
    for backend in stores().await {
        let store = &backend.store;
        let (kept, session) = (account(1), session_id());
        let (first, second) = (grant(kept.id, session), grant(kept.id, session));
        let mut tx = store.write().await.unwrap();
        tx.insert_account(&kept).await.unwrap();
        tx.insert_grant(&first, at(1000)).await.unwrap();
        tx.insert_grant(&second, at(1000)).await.unwrap();
        tx.save().await.unwrap();
        assert_eq!(store.granted_account(first.id).await.unwrap(), Some((kept.clone(), first.clone())), "{}", backend.name);

        let mut tx = store.write().await.unwrap();
        tx.end_grant(first.id, at(20)).await.unwrap();
        tx.save().await.unwrap();
        assert_eq!(store.granted_account(first.id).await.unwrap(), None);
        assert!(store.granted_account(second.id).await.unwrap().is_some());

        let mut tx = store.write().await.unwrap();
        tx.close_account(kept.id, at(30)).await.unwrap();
        tx.save().await.unwrap();
        assert_eq!(store.granted_account(second.id).await.unwrap(), None);
    }
}

#[tokio::test]
async fn every_kind_of_event_comes_back_latest_first_and_no_more_than_asked() {
    use EventKind as Kind;
    let kinds = [
        Kind::AccountCreated,
        Kind::SignedIn,
        Kind::SignInFailed,
        Kind::PasskeyAdded,
        Kind::PasswordSet,
        Kind::RecoveryCodeUsed,
        Kind::ConsentGiven,
        Kind::ConsentRefused,
        Kind::TokensIssued,
        Kind::TokensRefreshed,
        Kind::CodeReplayed,
        Kind::RefreshTokenReplayed,
        Kind::SignedOut,
        Kind::SignedOutEverywhere,
    ];
    for backend in stores().await {
        let store = &backend.store;
        let id = AccountId::new(&Random::Os, at(0));
        let mut events: Vec<Event> = kinds.iter().zip(0..).map(|(kind, second)| event(id, *kind, second)).collect();
        let mut tx = store.write().await.unwrap();
        for event in &events {
            tx.append_event(event).await.unwrap();
        }
        tx.append_event(&Event { id: EventId::new(&Random::Os, at(3)), account: None, client: None, ..events[0].clone() })
            .await
            .unwrap();
        tx.append_event(&event(AccountId::new(&Random::Os, at(0)), Kind::SignedIn, 4)).await.unwrap();
        tx.save().await.unwrap();
        events.reverse();
        assert_eq!(store.events_of(id, 100).await.unwrap(), events, "{}", backend.name);
        assert_eq!(store.events_of(id, 3).await.unwrap(), events[..3]);
    }
}
