//! Accounts, consents and the audit log.

use super::{account, at, client_id, event, grant, mobile, national_id, session_id};
use crate::backends::stores;
use panjereh::client::scope::Scope;
use panjereh::identity::account::{Account, AccountStatus, NumberOwner, PasskeyRecord, PasswordRecord};
use panjereh::identity::assurance::{EvidenceKind, IdentityAssurance};
use panjereh::identity::id::{AccountId, EventId, PasskeyId};
use panjereh::oidc::claims::request::UserClaim;
use panjereh::random::Random;
use panjereh::records::consent::Consent;
use panjereh::records::event::{Event, EventKind};
use panjereh::records::evidence::Evidence;
use panjereh::secret::{Secret, TokenHash};
use std::sync::Arc;

#[tokio::test]
async fn an_account_comes_back_as_it_was_kept_by_id_and_by_national_id() {
    for backend in stores().await {
        let store = &backend.store;
        let kept = account(1);
        let mut tx = store.write().await.unwrap();
        tx.insert_account(&kept).await.unwrap();
        assert_eq!(tx.account(kept.id).await.unwrap().as_deref(), Some(&kept), "{}", backend.name);
        assert_eq!(tx.account(AccountId::new(&Random::Os, at(0))).await.unwrap(), None);
        tx.save().await.unwrap();
        assert_eq!(store.account(kept.id).await.unwrap().as_deref(), Some(&kept), "{}", backend.name);
        assert_eq!(store.account_by_national_id(&national_id(1)).await.unwrap().as_ref(), Some(&kept));
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
async fn an_account_is_closed_once_for_another_of_its_person_and_never_above_the_level_that_was_found() {
    use IdentityAssurance::{Low, Substantial};
    for backend in stores().await {
        let store = &backend.store;
        let old = Account { assurance: Substantial, status: AccountStatus::Active, ..account(1) };
        let mut tx = store.write().await.unwrap();
        tx.insert_account(&old).await.unwrap();
        tx.save().await.unwrap();
        let attempt = |at_most| {
            let (store, own) = (store.clone(), Account { id: AccountId::new(&Random::Os, at(9)), ..old.clone() });
            let old = old.id;
            async move {
                let mut tx = store.write().await.unwrap();
                let won = tx.retire_account(old, at_most, at(8)).await.unwrap();
                if won {
                    tx.insert_account(&own).await.unwrap();
                    tx.save().await.unwrap();
                }
                won.then_some(own)
            }
        };
        assert_eq!(attempt(Low).await, None, "{}: it has more evidence than was found", backend.name);
        assert_eq!(store.account(old.id).await.unwrap().as_deref(), Some(&old));
        let attempts: Vec<_> = (0..16).map(|_| tokio::spawn(attempt(Substantial))).collect();
        let mut won = Vec::new();
        for attempt in attempts {
            won.extend(attempt.await.unwrap());
        }
        assert_eq!(won.len(), 1, "{}", backend.name);
        assert_eq!(
            store.account_by_national_id(&old.person.national_id).await.unwrap().as_ref(),
            won.first(),
            "{}",
            backend.name
        );
        let closed = store.account(old.id).await.unwrap().unwrap();
        assert_eq!(
            *closed,
            Account { status: AccountStatus::Closed, sessions_valid_from: at(8), ..old.clone() },
            "{}",
            backend.name
        );
        assert_eq!(attempt(Substantial).await, None, "{}: a closed account stays closed", backend.name);
    }
}

#[tokio::test]
async fn evidence_sets_the_level_of_its_account_and_two_pieces_at_once_both_count() {
    use EvidenceKind::{CardSerial, InPerson, OwnedNumber, RegistryMatch};
    use IdentityAssurance::{High, Low};
    for backend in stores().await {
        let store = &backend.store;
        let made = Account { assurance: Low, status: AccountStatus::Active, ..account(1) };
        let mut tx = store.write().await.unwrap();
        tx.insert_account(&made).await.unwrap();
        tx.save().await.unwrap();
        let evidence = |kind: EvidenceKind, seconds| Evidence {
            account: made.id,
            kind,
            at: at(seconds),
            source: "a registry".to_owned(),
            sealed: Some(format!("sealed {seconds}")),
        };
        let add = |evidence: Evidence| {
            let store = store.clone();
            async move {
                let mut tx = store.write().await.unwrap();
                let level = tx.add_evidence(&evidence).await.unwrap();
                tx.save().await.unwrap();
                level
            }
        };
        assert_eq!(add(evidence(EvidenceKind::InPerson, 1)).await, Some(Low), "{}: not without the registry", backend.name);
        assert_eq!(add(evidence(EvidenceKind::RegistryMatch, 2)).await, Some(High), "{}", backend.name);
        let both = [EvidenceKind::CardSerial, EvidenceKind::OwnedNumber].map(|kind| tokio::spawn(add(evidence(kind, 3))));
        for added in both {
            assert_eq!(added.await.unwrap(), Some(High), "{}", backend.name);
        }
        assert_eq!(store.account(made.id).await.unwrap().unwrap().assurance, High);
        let kinds: Vec<_> = store.evidence_of(made.id).await.unwrap().into_iter().map(|evidence| evidence.kind).collect();
        assert_eq!(kinds, [InPerson, RegistryMatch, CardSerial, OwnedNumber], "{}", backend.name);
        assert_eq!(store.evidence_of(made.id).await.unwrap()[0], evidence(InPerson, 1));
        let mut tx = store.write().await.unwrap();
        tx.close_account(made.id, at(10)).await.unwrap();
        tx.save().await.unwrap();
        assert_eq!(add(evidence(EvidenceKind::LetterCode, 20)).await, None, "{}: a closed account gets none", backend.name);
    }
}

#[tokio::test]
async fn an_account_is_found_with_its_password_where_it_has_one() {
    for backend in stores().await {
        let (store, kept) = (&backend.store, account(1));
        let mut tx = store.write().await.unwrap();
        tx.insert_account(&kept).await.unwrap();
        tx.save().await.unwrap();
        let tax = client_id("tax");
        let found = async |id| store.account_and_password(&national_id(id), &tax).await.unwrap();
        assert!(found(2).await.is_none(), "{}", backend.name);
        let (account, password) = found(1).await.unwrap();
        assert!(*account == kept && password.is_none(), "{}", backend.name);
        let mut tx = store.write().await.unwrap();
        let record = PasswordRecord { phc: Secret::new("$argon2id$v=19$x".to_owned()), set_at: at(1) };
        tx.set_password(kept.id, &record).await.unwrap();
        tx.save().await.unwrap();
        let (account, password) = found(1).await.unwrap();
        let password = password.unwrap();
        assert!(*account == kept && password.phc == record.phc && password.set_at == at(1), "{}", backend.name);
    }
}

#[tokio::test]
async fn all_consents_and_authenticators_of_an_account_can_be_removed_and_no_others() {
    for backend in stores().await {
        let store = &backend.store;
        let (one, other) = (account(1), account(2));
        let mut tx = store.write().await.unwrap();
        for (number, whose) in [(1, &one), (2, &other)] {
            tx.insert_account(whose).await.unwrap();
            let phc = Secret::new("$argon2id$v=19$x".to_owned());
            tx.set_password(whose.id, &PasswordRecord { phc, set_at: at(1) }).await.unwrap();
            let passkey = PasskeyRecord {
                id: PasskeyId::new(&Random::Os, at(1)),
                credential_id: vec![number],
                credential: "{}".to_owned(),
                created_at: at(1),
                used_at: None,
            };
            tx.insert_passkey(whose.id, &passkey).await.unwrap();
            tx.replace_recovery_codes(whose.id, &[TokenHash::of("a"), TokenHash::of("b")]).await.unwrap();
            for client in ["tax", "health"] {
                let (scopes, claims) = (vec![Scope::Openid], Vec::new());
                tx.put_consent(&Consent {
                    account: whose.id,
                    client: client_id(client),
                    scopes,
                    claims,
                    given_at: at(1),
                    shown: None,
                })
                .await
                .unwrap();
            }
        }
        tx.save().await.unwrap();
        assert!(store.visit(one.id, &client_id("tax")).await.unwrap().unwrap().1.is_some());

        let mut tx = store.write().await.unwrap();
        tx.remove_authenticators(one.id).await.unwrap();
        assert_eq!(tx.withdraw_consents(one.id).await.unwrap(), 2, "{}", backend.name);
        assert!(!tx.passkey_used(&[1], None, at(2)).await.unwrap(), "it is gone");
        tx.save().await.unwrap();
        for (whose, left) in [(&one, 0), (&other, 1)] {
            let found = store.authenticators(whose.id).await.unwrap();
            assert_eq!((usize::from(found.password.is_some()), found.passkeys.len()), (left, left), "{}", backend.name);
            assert_eq!(found.recovery_codes_left as usize, left * 2);
            assert_eq!(store.consents(whose.id).await.unwrap().len(), left * 2);
            assert_eq!(
                store.visit(whose.id, &client_id("tax")).await.unwrap().unwrap().1.is_some(),
                left > 0,
                "{}",
                backend.name
            );
        }
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
        // Nobody vouches for the new number.
        expected.number = NumberOwner::Unvouched;
        // An earlier end does not revive sessions that a later one ended.
        expected.sessions_valid_from = at(101);
        assert_eq!(store.account(expected.id).await.unwrap().as_deref(), Some(&expected), "{}", backend.name);

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
            shown: Some(TokenHash([7; 32])),
        };
        let health = Consent {
            account: kept.id,
            client: client_id("health"),
            scopes: Scope::ALL.to_vec(),
            claims: Vec::new(),
            given_at: at(8),
            shown: None,
        };
        let mut tx = store.write().await.unwrap();
        tx.insert_account(&kept).await.unwrap();
        tx.put_consent(&Consent { scopes: vec![Scope::Openid], given_at: at(1), ..tax.clone() }).await.unwrap();
        tx.put_consent(&tax).await.unwrap();
        tx.put_consent(&health).await.unwrap();
        tx.save().await.unwrap();

        assert_eq!(
            store.visit(kept.id, &client_id("tax")).await.unwrap(),
            Some((Arc::new(kept.clone()), Some(Arc::new(tax.clone()))))
        );
        assert_eq!(store.visit(kept.id, &client_id("other")).await.unwrap(), Some((Arc::new(kept.clone()), None)));
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
        assert_eq!(
            store.granted_account(first.id).await.unwrap(),
            Some((Arc::new(kept.clone()), Arc::new(first.clone()))),
            "{}",
            backend.name
        );

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
        Kind::AccountTakenOver,
        Kind::EvidenceAdded,
        Kind::LetterSent,
        Kind::AccountClaimed,
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
