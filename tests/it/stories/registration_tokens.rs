//! Initial access tokens of client registration (RFC 7591 §3).

use super::registration::{Told, call, plain, worlds};
use crate::world::World;
use panjereh::clients::register_client::make_initial_access_token;
use panjereh::secret::Secret;
use panjereh::settings::{RegistrationMode, Settings};
use serde_json::Value;
use std::time::Duration;

/// A token that is valid for an hour.
pub(super) async fn initial_access_token(world: &World, note: &str) -> Secret<String> {
    let (from, until) = (world.now(), world.now().plus(Duration::from_hours(1)));
    make_initial_access_token(&world.app.store, &world.app.random, note, from, until).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc7591_3_an_initial_access_token_opens_where_one_is_asked_for() {
    const LISTED: &str = "a-token-from-the-settings-file-0123456789";
    let with_token = |settings: &mut Settings| {
        let mode = ("registration.mode".to_owned(), "token".to_owned());
        let tokens = ("registration.initial_access_tokens".to_owned(), LISTED.to_owned());
        settings.registration = Settings::load(None, std::iter::empty(), &[mode, tokens]).unwrap().registration;
    };
    for world in worlds(with_token).await {
        let made = initial_access_token(&world, "for a test").await;
        for token in [None, Some("wrong"), Some(""), Some("a-token-from-the-settings-file-0123456780")] {
            let refused = call(&world, "POST", "/register", token, &plain()).await;
            assert_eq!(refused.status, 401, "{token:?}");
            assert!(refused.header("www-authenticate").starts_with("Bearer "));
            // RFC 6750 §3: a client that shows no token learns no error code.
            match token {
                Some(_) => assert_eq!(refused.error(), "invalid_token", "{token:?}"),
                None => assert_eq!(refused.text(), ""),
            }
        }
        for token in [LISTED, made.expose(), made.expose()] {
            assert_eq!(call(&world, "POST", "/register", Some(token), &plain()).await.status, 201);
        }
        world.pass(Duration::from_hours(1));
        assert_eq!(call(&world, "POST", "/register", Some(made.expose()), &plain()).await.status, 401);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn revoking_an_initial_access_token_keeps_other_tokens_and_the_clients_it_registered() {
    for world in worlds(|settings| settings.registration.mode = RegistrationMode::Token).await {
        let (one, other) = (initial_access_token(&world, "one").await, initial_access_token(&world, "other").await);
        let told = Told::of(&call(&world, "POST", "/register", Some(one.expose()), &plain()).await);
        let name = one.expose().split('.').next().unwrap();
        let listed = world.app.store.registration_tokens().await.unwrap();
        let counted = |note: &str| listed.iter().find(|token| token.note == note).unwrap().clients;
        assert_eq!((listed.len(), counted("one"), counted("other")), (2, 1, 0));

        let mut tx = world.app.store.write().await.unwrap();
        assert!(tx.revoke_registration_token(name, world.now()).await.unwrap());
        assert!(!tx.revoke_registration_token(name, world.now()).await.unwrap(), "once");
        assert!(!tx.revoke_registration_token("nobody", world.now()).await.unwrap());
        tx.save().await.unwrap();
        let refused = call(&world, "POST", "/register", Some(one.expose()), &plain()).await;
        assert_eq!((refused.status.as_u16(), refused.error().as_str()), (401, "invalid_token"));
        assert_eq!(call(&world, "POST", "/register", Some(other.expose()), &plain()).await.status, 201);
        assert_eq!(call(&world, "GET", &told.path(), Some(told.token()), &Value::Null).await.status, 200);
        // The name alone, and the name of one token with the rest of another, open nothing.
        let rest = other.expose().split_once('.').unwrap().1;
        for guess in [name.to_owned(), format!("{name}.{rest}"), rest.to_owned()] {
            assert_eq!(call(&world, "POST", "/register", Some(&guess), &plain()).await.status, 401);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_initial_access_token_that_is_revoked_while_it_is_used_registers_nothing() {
    for world in worlds(|settings| settings.registration.mode = RegistrationMode::Token).await {
        let token = initial_access_token(&world, "raced").await;
        let name = token.expose().split('.').next().unwrap().to_owned();
        let revoke = async {
            let mut tx = world.app.store.write().await.unwrap();
            tx.revoke_registration_token(&name, world.now()).await.unwrap();
            tx.save().await.unwrap();
        };
        let body = plain();
        let register = || call(&world, "POST", "/register", Some(token.expose()), &body);
        let (a, b, (), c, d) = tokio::join!(register(), register(), revoke, register(), register());
        let registered = [a, b, c, d].iter().filter(|answer| answer.status == 201).count();
        assert_eq!(call(&world, "POST", "/register", Some(token.expose()), &body).await.status, 401);
        let kept = world.app.store.registration_tokens().await.unwrap().remove(0);
        assert_eq!(usize::try_from(kept.clients).unwrap(), registered, "each that was registered was counted before the end");
        let own = world.app.store.clients().await.unwrap().iter().filter(|client| client.self_registered.is_some()).count();
        assert_eq!(own, registered);
    }
}
