//! What is not trusted of clients that register themselves, and what they cannot get by it.

use super::registration::{Told, call, open_worlds, plain, register, worlds};
use crate::world::{Answer, send};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use panjereh::client::words::Pkce;
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

/// What a client would otherwise find out by its first request that fails.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc7591_3_2_1_the_answer_to_a_registration_says_what_holds_for_the_client() {
    let with = |pkce| {
        move |settings: &mut Settings| {
            settings.registration.mode = RegistrationMode::Open;
            settings.registration.pkce = pkce;
        }
    };
    for (pkce, word) in [(Pkce::Required, "required"), (Pkce::Optional, "optional")] {
        for world in worlds(with(pkce)).await {
            // The operator decides, whatever the client sends.
            for sent in [None, Some("optional"), Some("required"), Some("never")] {
                let mut wanted = plain();
                wanted["pkce"] = json!(sent);
                let told = Told::of(&register(&world, &wanted).await);
                let read = call(&world, "GET", &told.path(), Some(told.token()), &Value::Null).await.json();
                for answer in [&told.0, &read] {
                    assert_eq!((&answer["pkce"], &answer["id_token_signed_response_alg"]), (&json!(word), &json!("RS256")));
                }
                // And it is so.
                let agency = told.agency(&world);
                let asking = agency.ask("openid").without("code_challenge").without("code_challenge_method");
                let mut browser = world.browser();
                browser.open(&asking.url()).await;
                if pkce == Pkce::Required {
                    assert_eq!(asking.error(&browser.page), "invalid_request");
                } else {
                    browser.page.must(200, "sign-in-title");
                }
            }
            // A public client needs it in any case (RFC 9700 §2.1.1).
            let mut public = plain();
            public["token_endpoint_auth_method"] = json!("none");
            assert_eq!(Told::of(&register(&world, &public).await).0["pkce"], "required");
            let mut other = plain();
            other["id_token_signed_response_alg"] = json!("ES256");
            assert_eq!(Told::of(&register(&world, &other).await).0["id_token_signed_response_alg"], "ES256");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_registered_without_a_method_may_send_its_secret_either_way_also_after_an_update() {
    for world in open_worlds().await {
        let told = Told::of(&register(&world, &plain()).await);
        let mut named = plain();
        named["token_endpoint_auth_method"] = json!("client_secret_basic");
        let one = Told::of(&register(&world, &named).await);
        let by_form = async |told: &Told| {
            let (id, secret) = (told.text("client_id"), told.text("client_secret"));
            let form = [("grant_type", "authorization_code"), ("code", "x"), ("redirect_uri", "x")];
            let form = [&form[..], &[("client_id", id), ("client_secret", secret)]].concat();
            world.post("/token", &crate::world::html::encode(&form)).await.error()
        };
        assert_eq!((by_form(&told).await.as_str(), by_form(&one).await.as_str()), ("invalid_grant", "invalid_client"));
        // RFC 7592 §2.2: an update repeats what the answer said, and that changes nothing.
        for told in [&told, &one] {
            let mut read = call(&world, "GET", &told.path(), Some(told.token()), &Value::Null).await.json();
            for name in
                ["registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"]
            {
                read.as_object_mut().unwrap().remove(name);
            }
            assert_eq!(call(&world, "PUT", &told.path(), Some(told.token()), &read).await.status, 200);
        }
        assert_eq!((by_form(&told).await.as_str(), by_form(&one).await.as_str()), ("invalid_grant", "invalid_client"));
        // An update that leaves the name out allows both again.
        let mut both = plain();
        both["client_id"] = one.0["client_id"].clone();
        assert_eq!(call(&world, "PUT", &one.path(), Some(one.token()), &both).await.status, 200);
        assert_eq!(by_form(&one).await, "invalid_grant");
    }
}
