//! The conformance suite of short-lived state: every kind, on every backend.

mod decoupled;
mod sessions;

use crate::backends::{sqlite, transients};
use crate::store::{at, client_id};
use panjereh::identity::account::TokenHash;
use panjereh::identity::id::InteractionId;
use panjereh::oidc::client::ClientId;
use panjereh::oidc::pushed::PushedRequest;
use panjereh::random::Random;
use panjereh::transient::{Limit, LimitError, Taken, Transient};
use serde::{Deserialize, Serialize};
use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Step {
    name: String,
    tries: u32,
    extra: serde_json::Value,
}

fn step(name: &str) -> Step {
    Step { name: name.to_owned(), tries: 3, extra: serde_json::json!({ "متن": [1, null] }) }
}

/// How many of sixteen at once answer `true`.
async fn winners<F, Fut>(transient: &Transient, attempt: F) -> usize
where
    F: Fn(Transient) -> Fut,
    Fut: Future<Output = bool> + Send + 'static,
{
    let tasks: Vec<_> = (0..16).map(|_| tokio::spawn(attempt(transient.clone()))).collect();
    let mut won = 0;
    for task in tasks {
        won += usize::from(task.await.unwrap());
    }
    won
}

fn pushed() -> PushedRequest {
    let client = ClientId::parse("tax").unwrap();
    let request = serde_json::json!({
        "client_id": client, "redirect_uri": "https://tax.example/cb", "scopes": ["openid"], "state": "s", "nonce": null,
        "response_mode": "query", "code_challenge": null, "prompt": [], "max_age": null, "login_hint": null, "ui_locales": [],
        "acr_values": [], "id_token_hint": null, "display": "page",
    });
    PushedRequest { request: serde_json::from_value(request).unwrap(), usable_until: at(60) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_pushed_request_can_be_read_until_one_of_sixteen_answers_it() {
    for backend in transients().await {
        let (transient, key) = (&backend.transient, TokenHash::of("request uri"));
        assert_eq!(transient.pushed(&key, at(0)).await.unwrap(), None, "{}", backend.name);
        transient.put_pushed(&key, &pushed(), at(100), at(0)).await.unwrap();
        assert_eq!(transient.pushed(&key, at(1)).await.unwrap(), Some(pushed()), "{}", backend.name);
        assert_eq!(transient.pushed(&key, at(2)).await.unwrap(), Some(pushed()), "reading uses nothing up");
        let won =
            winners(transient, move |t| async move { matches!(t.take_pushed(&key, at(3)).await.unwrap(), Taken::First(_)) });
        assert_eq!(won.await, 1, "{}", backend.name);
        assert_eq!(transient.pushed(&key, at(4)).await.unwrap(), None, "{}", backend.name);
    }
}

#[tokio::test]
async fn every_backend_answers() {
    for backend in transients().await {
        backend.transient.ping().await.unwrap_or_else(|error| panic!("{}: {error}", backend.name));
    }
}

#[tokio::test]
async fn a_jti_is_claimed_once_until_it_is_forgotten() {
    for backend in transients().await {
        let (transient, tax) = (&backend.transient, client_id("tax"));
        assert!(transient.claim_jti(&tax, "jti", at(60), at(0)).await.unwrap(), "{}", backend.name);
        assert!(!transient.claim_jti(&tax, "jti", at(60), at(1)).await.unwrap());
        assert!(!transient.claim_jti(&tax, "jti", at(60), at(59)).await.unwrap(), "{}", backend.name);
        assert!(transient.claim_jti(&tax, "jti", at(120), at(60)).await.unwrap(), "{}", backend.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rfc7523_3_a_jti_claimed_by_sixteen_at_once_serves_exactly_one_and_another_client_may_use_it() {
    for backend in transients().await {
        let won =
            winners(&backend.transient, |t| async move { t.claim_jti(&client_id("tax"), "jti-1", at(60), at(0)).await.unwrap() });
        assert_eq!(won.await, 1, "{}", backend.name);
        assert!(backend.transient.claim_jti(&client_id("health"), "jti-1", at(60), at(0)).await.unwrap());
        assert!(backend.transient.claim_jti(&client_id("tax"), "jti-2", at(60), at(0)).await.unwrap());
    }
}

#[tokio::test]
async fn an_interaction_comes_back_as_it_was_last_put_until_it_expires() {
    for backend in transients().await {
        let (transient, id) = (&backend.transient, InteractionId::new(&Random::Os, at(0)));
        assert_eq!(transient.interaction::<Step>(id, at(0)).await.unwrap(), None);
        transient.put_interaction(id, &step("prove"), at(600), at(0)).await.unwrap();
        assert_eq!(transient.interaction(id, at(0)).await.unwrap(), Some(step("prove")), "{}", backend.name);
        transient.put_interaction(id, &step("consent"), at(900), at(1)).await.unwrap();
        assert_eq!(transient.interaction(id, at(899)).await.unwrap(), Some(step("consent")), "{}", backend.name);
        assert_eq!(transient.interaction::<Step>(id, at(900)).await.unwrap(), None, "{}", backend.name);
        assert_eq!(transient.take_interaction::<Step>(id, at(900)).await.unwrap(), Taken::Unknown);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_interaction_taken_by_sixteen_at_once_is_had_by_one_and_then_gone() {
    for backend in transients().await {
        let (transient, id) = (&backend.transient, InteractionId::new(&Random::Os, at(0)));
        transient.put_interaction(id, &step("consent"), at(600), at(0)).await.unwrap();
        let won = winners(transient, |transient| async move {
            match transient.take_interaction::<Step>(id, at(1)).await.unwrap() {
                Taken::First(value) => value == step("consent"),
                Taken::Again => false,
                Taken::Unknown => panic!("it was kept"),
            }
        });
        assert_eq!(won.await, 1, "{}", backend.name);
        assert_eq!(transient.interaction::<Step>(id, at(1)).await.unwrap(), None, "{}", backend.name);
        assert_eq!(transient.take_interaction::<Step>(id, at(1)).await.unwrap(), Taken::Again);
    }
}

#[tokio::test]
async fn a_value_of_another_shape_is_an_error_that_names_its_kind() {
    for backend in transients().await {
        let (transient, id) = (&backend.transient, InteractionId::new(&Random::Os, at(0)));
        transient.put_interaction(id, &"only a text", at(600), at(0)).await.unwrap();
        let error = transient.interaction::<Step>(id, at(0)).await.unwrap_err();
        assert!(error.to_string().contains("interaction"), "{}: {error}", backend.name);
    }
}

#[tokio::test]
async fn a_one_time_code_is_taken_once_and_a_new_one_replaces_it() {
    for backend in transients().await {
        let transient = &backend.transient;
        let (old, new) = (TokenHash::of("111111"), TokenHash::of("222222"));
        assert_eq!(transient.take_otp("sign-in 1", at(0)).await.unwrap(), Taken::Unknown, "{}", backend.name);
        transient.put_otp("sign-in 1", &old, at(300), at(0)).await.unwrap();
        transient.put_otp("sign-in 1", &new, at(310), at(10)).await.unwrap();
        assert_eq!(transient.otp("sign-in 1", at(20)).await.unwrap(), Some(new), "{}", backend.name);
        assert_eq!(transient.otp("sign-in 2", at(20)).await.unwrap(), None);
        assert_eq!(transient.take_otp("sign-in 1", at(20)).await.unwrap(), Taken::First(new));
        assert_eq!(transient.take_otp("sign-in 1", at(20)).await.unwrap(), Taken::Again, "{}", backend.name);
        assert_eq!(transient.otp("sign-in 1", at(20)).await.unwrap(), None);

        transient.put_otp("sign-in 1", &old, at(400), at(100)).await.unwrap();
        assert_eq!(transient.otp("sign-in 1", at(400)).await.unwrap(), None, "{}", backend.name);
        assert_eq!(transient.take_otp("sign-in 1", at(399)).await.unwrap(), Taken::First(old), "{}", backend.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tries_are_counted_one_by_one_within_their_window() {
    let window = Duration::from_mins(5);
    for backend in transients().await {
        let transient = &backend.transient;
        let won = winners(transient, |t| async move { t.count_otp_try("sign-in", window, at(0)).await.unwrap() <= 5 });
        assert_eq!(won.await, 5, "{}", backend.name);
        assert_eq!(transient.count_otp_try("sign-in", window, at(299)).await.unwrap(), 17, "{}", backend.name);
        assert_eq!(transient.count_otp_try("other", window, at(299)).await.unwrap(), 1);
        assert_eq!(transient.count_otp_try("sign-in", window, at(300)).await.unwrap(), 1, "{}", backend.name);
    }
}

#[tokio::test]
async fn a_limit_refuses_the_try_after_the_last_and_says_when_to_come_back() {
    const LIMIT: Limit = Limit { name: "sign-in", max: 3, window: Duration::from_mins(10) };
    const OTHER: Limit = Limit { name: "prove", ..LIMIT };
    for backend in transients().await {
        let transient = &backend.transient;
        for second in 0..3 {
            assert_eq!(transient.full_for((LIMIT, "198.51.100.7"), at(second)).await.unwrap(), None, "{}", backend.name);
            transient.hit(&[(LIMIT, "198.51.100.7")], at(second)).await.unwrap();
        }
        // A look counts nothing, however often somebody looks.
        for _ in 0..3 {
            let full = transient.full_for((LIMIT, "198.51.100.7"), at(100)).await.unwrap();
            assert_eq!(full, Some(Duration::from_secs(500)), "{}", backend.name);
        }
        for (who, second) in [("198.51.100.8", 100), ("198.51.100.7", 600)] {
            assert_eq!(transient.full_for((LIMIT, who), at(second)).await.unwrap(), None, "{}", backend.name);
        }
        let refused = transient.hit(&[(LIMIT, "198.51.100.7")], at(100)).await.unwrap_err();
        assert!(
            matches!(refused, LimitError::Limited { retry_after } if retry_after == Duration::from_secs(500)),
            "{}: {refused:?}",
            backend.name
        );
        transient.hit(&[(LIMIT, "198.51.100.8")], at(100)).await.unwrap();
        transient.hit(&[(OTHER, "198.51.100.7")], at(100)).await.unwrap();
        transient.hit(&[(LIMIT, "198.51.100.7")], at(600)).await.unwrap();
        for _ in 0..3 {
            transient.forget_hits(&[(LIMIT, "198.51.100.7")]).await.unwrap();
            transient.hit(&[(LIMIT, "198.51.100.7")], at(601)).await.unwrap();
        }
    }
}

#[tokio::test]
async fn limits_that_are_counted_together_are_counted_apart_and_the_longest_wait_is_told() {
    let limit = |name, max, minutes| Limit { name, max, window: Duration::from_mins(minutes) };
    for backend in transients().await {
        let transient = &backend.transient;
        let all = [
            (limit("a", 2, 1), "person"),
            (limit("b", 9, 2), "person"),
            (limit("c", 3, 3), "address"),
            (limit("d", 9, 4), "person"),
            (limit("e", 9, 5), "person"),
        ];
        for many in 1..=5 {
            transient.hit(&all[..many], at(0)).await.ok();
        }
        // Counted five, four, three, two times and once.
        for ((limit, who), before) in all.into_iter().zip([5, 4, 3, 2, 1]) {
            let fits = Limit { max: before + 1, ..limit };
            transient.hit(&[(fits, who)], at(0)).await.unwrap_or_else(|error| panic!("{} {}: {error}", backend.name, limit.name));
            assert!(transient.hit(&[(fits, who)], at(0)).await.is_err(), "{} {}", backend.name, limit.name);
        }
        transient.forget_hits(&all).await.unwrap();
        for (index, longest) in [(0, None), (1, None), (2, Some(60)), (3, Some(180))] {
            let waits = match transient.hit(&all[..3], at(0)).await {
                Err(LimitError::Limited { retry_after }) => Some(retry_after.as_secs()),
                _ => None,
            };
            assert_eq!(waits, longest, "{}: try {index}", backend.name);
        }
    }
}

#[tokio::test]
async fn what_is_saved_relaxed_reaches_the_disk_by_itself_and_at_once_with_the_next_save() {
    let backend = sqlite().await;
    let transient = Transient::embedded(&backend.store);
    let before = backend.store.commits();
    assert!(transient.claim_jti(&client_id("tax"), "jti", at(60), at(0)).await.unwrap());
    tokio::time::timeout(Duration::from_secs(5), async {
        while backend.store.commits() == before {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await
    .expect("nobody committed");
    let reopened = Transient::embedded(&panjereh::store::Store::open(&backend.url).await.unwrap());
    assert!(!reopened.claim_jti(&client_id("tax"), "jti", at(60), at(0)).await.unwrap());
}

#[tokio::test]
async fn expired_values_are_removed_from_the_embedded_table_in_steps() {
    for backend in crate::backends::stores().await {
        let transient = Transient::embedded(&backend.store);
        for second in 0..7 {
            transient.claim_jti(&client_id("tax"), &second.to_string(), at(60 + second), at(0)).await.unwrap();
        }
        assert_eq!(backend.store.expire(at(59), 10).await.unwrap(), 0, "{}", backend.name);
        assert_eq!(backend.store.expire(at(64), 3).await.unwrap(), 3, "{}", backend.name);
        assert_eq!(backend.store.expire(at(64), 3).await.unwrap(), 2);
        assert_eq!(backend.store.expire(at(64), 3).await.unwrap(), 0, "{}", backend.name);
    }
}
