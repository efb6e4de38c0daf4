//! Passwords, passkeys, recovery codes.

use super::{account, at};
use crate::backends::stores;
use panjereh::identity::account::{Account, PasskeyRecord, PasswordRecord};
use panjereh::identity::id::{AccountId, PasskeyId};
use panjereh::random::Random;
use panjereh::secret::{Secret, TokenHash};
use panjereh::store::Store;

async fn with_account(store: &Store) -> Account {
    let kept = account(1);
    let mut tx = store.write().await.unwrap();
    tx.insert_account(&kept).await.unwrap();
    tx.save().await.unwrap();
    kept
}

pub(super) fn passkey(seconds: i64) -> PasskeyRecord {
    PasskeyRecord {
        id: PasskeyId::new(&Random::Os, at(seconds)),
        credential_id: Random::Os.bytes::<32>().to_vec(),
        credential: format!("{{\"counter\":{seconds}}}"),
        created_at: at(seconds),
        used_at: Some(at(seconds + 1)),
    }
}

#[tokio::test]
async fn an_account_without_authenticators_and_an_account_that_is_not_there_have_none() {
    for backend in stores().await {
        let store = &backend.store;
        for id in [with_account(store).await.id, AccountId::new(&Random::Os, at(0))] {
            let found = store.authenticators(id).await.unwrap();
            assert!(found.password.is_none() && found.passkeys.is_empty() && found.recovery_codes_left == 0, "{}", backend.name);
        }
    }
}

#[tokio::test]
async fn password_passkeys_and_recovery_codes_come_back_together() {
    for backend in stores().await {
        let store = &backend.store;
        let id = with_account(store).await.id;
        let passkeys = [passkey(10), passkey(20), passkey(30)];
        let codes: Vec<_> = (0..10).map(|n| TokenHash::of(&format!("code {n}"))).collect();
        let mut tx = store.write().await.unwrap();
        for (phc, second) in [("$argon2id$v=19$old", 1), ("$argon2id$v=19$new", 2)] {
            tx.set_password(id, &PasswordRecord { phc: Secret::new(phc.to_owned()), set_at: at(second) }).await.unwrap();
        }
        for index in [1, 0, 2] {
            tx.insert_passkey(id, &passkeys[index]).await.unwrap();
        }
        tx.replace_recovery_codes(id, &codes).await.unwrap();
        assert!(tx.claim_recovery_code(id, &codes[3], at(5)).await.unwrap());
        tx.save().await.unwrap();

        let found = store.authenticators(id).await.unwrap();
        let password = found.password.unwrap();
        assert_eq!((password.phc.expose().as_str(), password.set_at), ("$argon2id$v=19$new", at(2)), "{}", backend.name);
        assert_eq!(found.passkeys, passkeys);
        assert_eq!(found.recovery_codes_left, 9);
    }
}

#[tokio::test]
async fn a_passkey_is_found_by_its_credential_and_notes_its_use() {
    for backend in stores().await {
        let store = &backend.store;
        let id = with_account(store).await.id;
        let mut kept = PasskeyRecord { used_at: None, ..passkey(10) };
        let mut tx = store.write().await.unwrap();
        tx.insert_passkey(id, &kept).await.unwrap();
        tx.save().await.unwrap();
        assert_eq!(store.passkey(&kept.credential_id).await.unwrap(), Some((id, kept.clone())), "{}", backend.name);
        assert_eq!(store.passkey(b"another").await.unwrap(), None);

        for (credential, second) in [(None, 20), (Some("{\"counter\":2}"), 21)] {
            let mut tx = store.write().await.unwrap();
            assert!(tx.passkey_used(&kept.credential_id, credential, at(second)).await.unwrap());
            tx.save().await.unwrap();
            kept.used_at = Some(at(second));
            kept.credential = credential.unwrap_or(&kept.credential).to_owned();
            assert_eq!(store.passkey(&kept.credential_id).await.unwrap(), Some((id, kept.clone())), "{}", backend.name);
        }
    }
}

#[tokio::test]
async fn a_known_credential_and_an_unknown_account_are_refused_by_name() {
    for backend in stores().await {
        let store = &backend.store;
        let id = with_account(store).await.id;
        let kept = passkey(10);
        let mut tx = store.write().await.unwrap();
        tx.insert_passkey(id, &kept).await.unwrap();
        let refused = tx.insert_passkey(id, &kept).await.unwrap_err();
        assert_eq!(refused.conflict(), Some("passkeys_credential_id"), "{}", backend.name);
        drop(tx);

        let mut tx = store.write().await.unwrap();
        let refused = tx.insert_passkey(AccountId::new(&Random::Os, at(0)), &kept).await.unwrap_err();
        assert_eq!(refused.conflict(), Some("foreign_key"), "{}", backend.name);
    }
}

#[tokio::test]
async fn a_recovery_code_used_by_sixteen_at_once_serves_exactly_one() {
    for backend in stores().await {
        let id = with_account(&backend.store).await.id;
        let code = TokenHash::of("the code");
        let mut tx = backend.store.write().await.unwrap();
        tx.replace_recovery_codes(id, &[TokenHash::of("an old code")]).await.unwrap();
        tx.replace_recovery_codes(id, &[code]).await.unwrap();
        tx.save().await.unwrap();

        let attempts = (0..16).map(|_| {
            let store = backend.store.clone();
            tokio::spawn(async move {
                let mut tx = store.write().await.unwrap();
                let won = tx.claim_recovery_code(id, &code, at(1)).await.unwrap();
                tx.save().await.unwrap();
                won
            })
        });
        let mut won = 0;
        for attempt in attempts.collect::<Vec<_>>() {
            won += usize::from(attempt.await.unwrap());
        }
        assert_eq!(won, 1, "{}", backend.name);
        let mut tx = backend.store.write().await.unwrap();
        assert!(!tx.claim_recovery_code(id, &TokenHash::of("an old code"), at(2)).await.unwrap());
        assert!(!tx.claim_recovery_code(AccountId::new(&Random::Os, at(0)), &code, at(2)).await.unwrap());
    }
}
