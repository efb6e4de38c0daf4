//! HTTP gateways: the request as the operator wrote it, and what the answers mean.

use super::gateway::{Gateway, Says};
use super::{Files, deliver, embedded, http, number, put, state, until};
use panjereh::records::delivery::message::MessageState::{Accepted, Queued, Undeliverable};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn a_message_is_posted_as_the_template_says_whatever_its_text_is() {
    let gateway = Gateway::start(Says(200, "", r#"{"id": 77}"#)).await;
    let world =
        embedded(&Files::new(), &[http("web", gateway.port, "[http.headers]\nAuthorization = \"Bearer s3cret\"\n")]).await;
    let text = "کد: \"1\"\n\\{to}&x=1";
    let id = put(&world.app, &number(1), text).await;
    deliver(&world.app).await;
    let request = gateway.requests().pop().unwrap();
    assert_eq!(request.line, "POST /send HTTP/1.1");
    assert!(request.head.to_lowercase().contains("authorization: bearer s3cret"), "{}", request.head);
    assert!(request.head.to_lowercase().contains("content-type: application/json"));
    let body: Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!(body, json!({ "to": "+989126000001", "text": text, "id": id.to_string() }));
    assert_eq!(state(&world.app, id).await, Accepted);
}

#[tokio::test]
async fn a_form_and_a_url_are_percent_encoded() {
    let gateway = Gateway::start(Says(202, "", "")).await;
    let form = format!(
        "name = \"web\"\n[http]\nurl = \"http://127.0.0.1:{}/v1/send?to={{digits}}\"\ncontent_type = \"application/x-www-form-urlencoded\"\n\
         body = \"m={{text}}&c={{code}}\"\n",
        gateway.port
    );
    let world = embedded(&Files::new(), &[form]).await;
    put(&world.app, &number(1), "a&b=c ک").await;
    deliver(&world.app).await;
    let request = gateway.requests().pop().unwrap();
    assert_eq!(request.line, "POST /v1/send?to=989126000001 HTTP/1.1");
    assert_eq!(request.body, "m=a%26b%3Dc%20%DA%A9&c=");
}

#[tokio::test]
async fn answers_mean_accepted_refused_or_try_later() {
    let gateway = Gateway::start(Says(422, "", "")).await;
    let world = embedded(&Files::new(), &[http("web", gateway.port, "")]).await;
    let send = async |says: Says, at| {
        gateway.says(says);
        let id = put(&world.app, &number(at), "x").await;
        let before = gateway.requests().len();
        deliver(&world.app).await;
        (state(&world.app, id).await, gateway.requests().len() - before, id)
    };
    let (refused, requests, _) = send(Says(422, "", ""), 1).await;
    assert_eq!((refused, requests), (Undeliverable, 1));
    // Busy for seven seconds (RFC 9110 §10.2.3): the next message does not try it before.
    let (later, requests, busy) = send(Says(503, "retry-after: 7\r\n", ""), 2).await;
    assert_eq!((later, requests), (Queued, 1));
    world.pass(Duration::from_secs(6));
    let (waits, requests, other) = send(Says(200, "", ""), 3).await;
    assert_eq!((waits, requests), (Queued, 0));
    world.pass(Duration::from_secs(5));
    deliver(&world.app).await;
    assert_eq!((state(&world.app, busy).await, state(&world.app, other).await), (Accepted, Accepted));
    // A fault of the gateway, and a redirect, which is not followed.
    for (at, status) in [(4, 500), (5, 302), (6, 401)] {
        world.pass(Duration::from_mins(3));
        let (later, requests, id) = send(Says(status, "location: http://127.0.0.1:9/\r\n", ""), at).await;
        assert_eq!((later, requests), (Queued, 1), "{status}");
        gateway.says(Says(200, "", ""));
        world.pass(Duration::from_mins(3));
        deliver(&world.app).await;
        assert_eq!(state(&world.app, id).await, Accepted, "{status}");
    }
}

#[tokio::test]
async fn a_gateway_that_answers_200_in_every_case_is_read_at_the_member_that_says_so() {
    let gateway = Gateway::start(Says(200, "", "")).await;
    let more = "accepted_at = \"/return/status\"\naccepted_values = [\"200\", \"OK\"]\nrefused_values = [\"411\"]\n";
    let world = embedded(&Files::new(), &[http("web", gateway.port, more)]).await;
    for (at, body, expected) in [
        (1, r#"{"return":{"status":200}}"#, Accepted),
        (2, r#"{"return":{"status":"OK"}}"#, Accepted),
        (3, r#"{"return":{"status":411}}"#, Undeliverable),
        (4, r#"{"return":{"status":500}}"#, Queued),
        (5, "<html>", Queued),
    ] {
        gateway.says(Says(200, "", body));
        let id = put(&world.app, &number(at), "x").await;
        deliver(&world.app).await;
        assert_eq!(state(&world.app, id).await, expected, "{body}");
        world.pass(Duration::from_mins(3));
    }
}

#[tokio::test]
async fn a_slow_gateway_is_left_after_its_time_and_the_next_provider_sends() {
    let (slow, good) = (Gateway::start(Says(200, "", "")).await, Gateway::start(Says(200, "", "")).await);
    slow.waits(Duration::from_secs(20));
    let world = embedded(&Files::new(), &[http("slow", slow.port, ""), http("good", good.port, "")]).await;
    let id = put(&world.app, &number(1), "x").await;
    deliver(&world.app).await;
    assert_eq!((state(&world.app, id).await, slow.requests().len(), good.requests().len()), (Accepted, 1, 1));
    put(&world.app, &number(2), "x").await;
    deliver(&world.app).await;
    assert_eq!((slow.requests().len(), good.requests().len()), (1, 2), "it rests");
}

#[tokio::test]
async fn two_instances_send_a_message_once() {
    let gateway = Gateway::start(Says(200, "", "")).await;
    gateway.waits(Duration::from_millis(200));
    let files = Files::new();
    for world in super::worlds(&files, &[http("web", gateway.port, "")]).await {
        let other = world.another_app(world.clock.clone(), |_| ()).await;
        let before = gateway.requests().len();
        for at in 0..20 {
            put(&world.app, &number(at), "x").await;
        }
        tokio::join!(deliver(&world.app), deliver(&other));
        until("all were sent", async || gateway.requests().len() >= before + 20).await;
        let mut bodies: Vec<String> = gateway.requests().into_iter().skip(before).map(|request| request.body).collect();
        bodies.sort();
        bodies.dedup();
        assert_eq!((bodies.len(), gateway.requests().len()), (20, before + 20));
    }
}
