//! What is not trusted of clients that register themselves, and what they cannot get by it.

use super::registration::{Told, call, open_worlds, plain, register, worlds};
use crate::world::{Answer, send};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use panjereh::settings::{RegistrationMode, Settings};
use serde_json::{Value, json};

/// A request to one instance.
async fn call_at(instance: Router, method: &str, path: &str, token: &str, body: &Value) -> Answer {
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    let request = request.header("authorization", format!("Bearer {token}"));
    send(instance, request.body(Body::from(body.to_string())).unwrap()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc7591_5_the_pages_say_that_a_self_registered_client_is_unverified() {
    for world in open_worlds().await {
        let told = Told::of(&register(&world, &plain()).await);
        let tax = world.agency("tax").await;
        let mut citizen = world.citizen().await;
        for (agency, unchecked) in [(told.agency(&world), true), (tax, false)] {
            let mut browser = world.browser();
            let asking = agency.ask("openid");
            browser.open(&format!("{}&ui_locales=en", asking.url())).await.must(200, "sign-in-title");
            assert_eq!(browser.page.reads("Nobody has checked who runs it"), unchecked);
            if unchecked {
                browser.register(&mut citizen).await;
            } else {
                browser.sign_in(&citizen).await;
            }
            browser.page.must(200, "consent-title");
            assert_eq!(browser.page.reads("Nobody has checked who runs it"), unchecked);
            asking.code(browser.allow().await);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_another_instance_removed_is_not_brought_back_by_an_update() {
    for world in open_worlds().await {
        let told = Told::of(&register(&world, &plain()).await);
        let before = world.app.client_cache.load_full();
        let mut same = plain();
        same["client_id"] = told.0["client_id"].clone();
        assert_eq!(call(&world, "DELETE", &told.path(), Some(told.token()), &Value::Null).await.status, 204);
        // Another instance still has the old state in memory.
        world.app.client_cache.store(before);
        for method in ["PUT", "DELETE"] {
            let refused = call(&world, method, &told.path(), Some(told.token()), &same).await;
            assert_eq!((refused.status.as_u16(), refused.error().as_str()), (401, "invalid_token"), "{method}");
        }
        let clients = world.app.store.clients().await.unwrap();
        assert!(clients.iter().all(|client| client.id.as_str() != told.text("client_id")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_registered_without_a_token_does_not_get_ciba_later() {
    let ciba = "urn:openid:params:grant-type:ciba";
    let with_ciba = |told: &Told| {
        let mut wanted = plain();
        wanted["client_id"] = told.0["client_id"].clone();
        wanted["grant_types"] = json!(["authorization_code", ciba]);
        wanted
    };
    let mode = |mode| move |settings: &mut Settings| settings.registration.mode = mode;
    for world in open_worlds().await {
        let told = Told::of(&register(&world, &plain()).await);
        // An operator closes the registration and keeps the same clients.
        let closed = world.another_instance_with(mode(RegistrationMode::Token)).await;
        let refused = call_at(closed.clone(), "PUT", &told.path(), told.token(), &with_ciba(&told)).await;
        assert_eq!((refused.status.as_u16(), refused.error().as_str()), (400, "invalid_client_metadata"));
        assert!(refused.json()["error_description"].as_str().unwrap().contains("ciba"));
        let mut same = plain();
        same["client_id"] = told.0["client_id"].clone();
        assert_eq!(call_at(closed, "PUT", &told.path(), told.token(), &same).await.status, 200);
    }
    for world in worlds(mode(RegistrationMode::Token)).await {
        let token = super::registration_tokens::initial_access_token(&world, "for a counter").await;
        let told = Told::of(&call(&world, "POST", "/register", Some(token.expose()), &plain()).await);
        let changed = call(&world, "PUT", &told.path(), Some(told.token()), &with_ciba(&told)).await;
        assert_eq!((changed.status.as_u16(), &changed.json()["grant_types"][1]), (200, &json!(ciba)), "{}", changed.text());
        // The token that a client registered with is remembered when registration is opened to every client.
        let opened = world.another_instance_with(mode(RegistrationMode::Open)).await;
        assert_eq!(call_at(opened, "PUT", &told.path(), told.token(), &with_ciba(&told)).await.status, 200);
    }
}
