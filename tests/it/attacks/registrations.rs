//! Filling the memory of every instance with clients that register themselves, and keeping the instances busy with it.

use super::limits::{from, worlds};
use crate::world::{Answer, World, master};
use axum::body::Body;
use axum::http::Request;
use panjereh::client::words::ClientId;
use panjereh::settings::{RegistrationMode, Settings};
use panjereh::upkeep::jobs::Jobs;
use serde_json::{Value, json};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

const DAY: Duration = Duration::from_hours(24);

fn open(settings: &mut Settings) {
    settings.registration.mode = RegistrationMode::Open;
}

fn plain() -> Value {
    json!({
        "client_name": "Relying",
        "redirect_uris": ["https://relying.example/callback"],
        "grant_types": ["authorization_code", "client_credentials"],
    })
}

fn request(method: &str, path: &str, token: Option<&str>, body: &Value) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    request.body(Body::from(body.to_string())).unwrap()
}

async fn register(world: &World, body: &Value) -> Answer {
    world.send(request("POST", "/register", None, body)).await
}

/// Keys of so many bytes, which nobody has.
fn keys(bytes: usize) -> Value {
    let key = json!({ "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" });
    let mut all = Vec::new();
    let mut jwks = json!({ "keys": [] });
    while jwks.to_string().len() < bytes {
        let mut key = key.clone();
        key["kid"] = format!("key-{}", all.len()).into();
        all.push(key);
        jwks = json!({ "keys": all });
    }
    jwks
}

fn id_of(answer: &Answer) -> ClientId {
    assert_eq!(answer.status, 201, "{}", answer.text());
    ClientId::parse(answer.json()["client_id"].as_str().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registration_holds_at_most_four_kib_of_keys_and_twelve_in_all_also_when_it_is_changed() {
    for world in worlds(open).await {
        let with = |name: &str, value: Value| {
            let mut body = plain();
            body[name] = value;
            body
        };
        let small = with("jwks", keys(2000));
        let registered = register(&world, &small).await;
        let id = id_of(&registered);
        let path = format!("/register/{id}");
        let token = registered.json()["registration_access_token"].as_str().unwrap().to_owned();
        let uris: Vec<String> = (0..90).map(|n| format!("https://relying.example/{n}/{}", "a".repeat(150))).collect();
        for (large, says) in [(with("jwks", keys(4097)), "jwks"), (with("redirect_uris", json!(uris)), "12 KiB")] {
            let refused = register(&world, &large).await;
            assert_eq!(
                (refused.status.as_u16(), refused.error().as_str()),
                (400, "invalid_client_metadata"),
                "{}",
                refused.text()
            );
            assert!(refused.text().contains(says), "{}", refused.text());
            let mut change = large.clone();
            change["client_id"] = id.as_str().into();
            let refused = world.send(request("PUT", &path, Some(&token), &change)).await;
            assert_eq!(
                (refused.status.as_u16(), refused.error().as_str()),
                (400, "invalid_client_metadata"),
                "{}",
                refused.text()
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registrations_without_a_token_are_capped_for_an_address_for_a_day_and_in_total() {
    let few = |settings: &mut Settings| {
        open(settings);
        settings.registration.per_address_a_day = 2;
        settings.registration.a_day = 3;
        settings.registration.in_total = 4;
    };
    for world in worlds(few).await {
        let elsewhere =
            async || world.send(from(IpAddr::from([203, 0, 113, 9]), request("POST", "/register", None, &plain()))).await;
        let told = |answer: Answer| (answer.status.as_u16(), !answer.header("retry-after").is_empty());
        for _ in 0..2 {
            // What is refused for its content does not count.
            assert_eq!(register(&world, &json!({ "redirect_uris": "none" })).await.status, 400);
            id_of(&register(&world, &plain()).await);
        }
        assert_eq!(told(register(&world, &plain()).await), (429, true), "the address");
        id_of(&elsewhere().await);
        assert_eq!(told(elsewhere().await), (429, true), "the day");
        world.pass(DAY);
        id_of(&elsewhere().await);
        assert_eq!(told(elsewhere().await), (503, true), "the total");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registration_that_is_never_used_ends_and_one_that_got_a_token_stays_at_every_instance() {
    for world in worlds(open).await {
        let (idle, busy) = (register(&world, &plain()).await, register(&world, &plain()).await);
        let secret = busy.json()["client_secret"].as_str().unwrap().to_owned();
        let (idle, busy) = (id_of(&idle), id_of(&busy));
        let other = world.another_app(world.clock.clone(), |_| ()).await;
        let token = Request::post("/token")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("authorization", crate::world::agency::basic(busy.as_str(), &secret))
            .body(Body::from("grant_type=client_credentials"))
            .unwrap();
        let answer = world.send(token).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let there = |id: &ClientId| world.app.client_cache.load().client(id).is_some();
        for (days, stays) in [(6, true), (2, false)] {
            world.pass(DAY * days);
            let mut jobs = Jobs::new(&world.app);
            jobs.turn(&world.app, &master()).await;
            jobs.release(&world.app).await.unwrap();
            world.app.store.flush().await.unwrap();
            world.refresh().await;
            assert_eq!((there(&idle), there(&busy)), (stays, true), "after {days} more days");
        }
        panjereh::app::reload::refresh(&other, &master()).await.unwrap();
        let known = |id: &ClientId| other.client_cache.load().client(id).is_some();
        assert_eq!((known(&idle), known(&busy)), (false, true));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registration_makes_other_instances_read_that_client_and_no_other() {
    for world in worlds(open).await {
        let tax = world.agency("tax").await;
        id_of(&register(&world, &plain()).await);
        let other = world.another_app(world.clock.clone(), |_| ()).await;
        let refreshed = async || panjereh::app::reload::refresh(&other, &master()).await.unwrap();
        let known = |id: &ClientId| other.client_cache.load().client(id);
        let before = known(&tax.client.id).unwrap();

        let registered = register(&world, &plain()).await;
        let (id, token) = (id_of(&registered), registered.json()["registration_access_token"].as_str().unwrap().to_owned());
        assert!(known(&id).is_none());
        refreshed().await;
        assert!(known(&id).is_some());
        assert!(Arc::ptr_eq(&before, &known(&tax.client.id).unwrap()), "it was read again");

        let removed = world.send(request("DELETE", &format!("/register/{id}"), Some(&token), &json!({}))).await;
        assert_eq!(removed.status, 204, "{}", removed.text());
        refreshed().await;
        assert!(known(&id).is_none());
        assert!(Arc::ptr_eq(&before, &known(&tax.client.id).unwrap()), "it was read again");

        // Whatever else changed is read with everything: an agency, a key.
        let agencies = world.app.store.agencies().await.unwrap();
        let mut tx = world.app.store.write().await.unwrap();
        tx.put_agency(&agencies[0]).await.unwrap();
        tx.save().await.unwrap();
        refreshed().await;
        assert!(!Arc::ptr_eq(&before, &known(&tax.client.id).unwrap()));
    }
}
