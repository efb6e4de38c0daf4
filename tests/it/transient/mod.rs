//! The conformance suite of short-lived state: every kind, on every backend.

mod cross_device;
mod sessions;

use crate::backends::{sqlite, transients};
use crate::store::{at, client_id};
use panjereh::client::words::ClientId;
use panjereh::identity::id::InteractionId;
use panjereh::oidc::authorization::pushed::PushedRequest;
use panjereh::random::Random;
use panjereh::secret::TokenHash;
use panjereh::transient::{Budget, Limit, LimitError, Paid, Taken, Transient};
use serde::{Deserialize, Serialize};
use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Step {
    name: String,
    tries: u32,
    extra: serde_json::Value,
}

static FREE: Budget = Budget::UNLIMITED;

/// Stored until then, and paid for by nobody.
fn free(until: i64) -> Paid<'static> {
    Paid { until: at(until), by: &FREE }
}

fn step(name: &str) -> Step {
    Step { name: name.to_owned(), tries: 3, extra: serde_json::json!({ "متن": [1, null] }) }
}

/// How many of sixteen concurrent tasks return `true`.
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
        transient.put_pushed(&key, &pushed(), &Budget::UNLIMITED, at(0)).await.unwrap();
        assert_eq!(transient.pushed(&key, at(1)).await.unwrap(), Some(pushed()), "{}", backend.name);
        assert_eq!(transient.pushed(&key, at(2)).await.unwrap(), Some(pushed()), "reading uses nothing up");
        let won = winners(transient, move |t| async move { t.answer_pushed(&key, at(3600), at(3)).await.unwrap() });
        assert_eq!(won.await, 1, "{}", backend.name);
        assert_eq!(transient.pushed(&key, at(4)).await.unwrap(), None, "{}", backend.name);

        // Nothing of it is stored longer than it may be opened. It is answered once all the same, however late.
        let late = TokenHash::of("late");
        transient.put_pushed(&late, &pushed(), &Budget::UNLIMITED, at(0)).await.unwrap();
        assert_eq!(transient.pushed(&late, at(60)).await.unwrap(), None, "{}", backend.name);
        let won = winners(transient, move |t| async move { t.answer_pushed(&late, at(3600), at(61)).await.unwrap() });
        assert_eq!(won.await, 1, "{}", backend.name);
        assert!(!transient.answer_pushed(&late, at(3600), at(3599)).await.unwrap(), "{}", backend.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_form_set_aside_is_taken_up_by_one_of_sixteen_and_waits_no_longer_than_it_should() {
    for backend in transients().await {
        let (transient, name, late) = (&backend.transient, TokenHash::of("name"), TokenHash::of("late"));
        for name in [name, late] {
            transient.put_set_aside_form(&name, b"state=a%26b", free(60), at(0)).await.unwrap();
        }
        let won = winners(transient, |transient| async move {
            matches!(transient.take_set_aside_form(&name, at(59)).await.unwrap(), Taken::First(form) if form == b"state=a%26b")
        });
        assert_eq!(won.await, 1, "{}", backend.name);
        assert_eq!(transient.take_set_aside_form(&late, at(60)).await.unwrap(), Taken::Unknown, "{}", backend.name);
        assert_eq!(transient.take_set_aside_form(&TokenHash::of("no"), at(1)).await.unwrap(), Taken::Unknown);
    }
}

#[tokio::test]
async fn every_backend_takes_a_write() {
    for backend in transients().await {
        backend.transient.prove_writable(b"an instance", at(0)).await.unwrap_or_else(|error| panic!("{}: {error}", backend.name));
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
async fn an_interaction_comes_back_as_it_was_last_left_until_it_expires() {
    for backend in transients().await {
        let (transient, id) = (&backend.transient, InteractionId::new(&Random::Os, at(0)));
        assert_eq!(transient.interaction::<Step>(id, at(0)).await.unwrap(), None);
        transient.put_interaction(id, &step("prove"), free(600), at(0)).await.unwrap();
        let (first, read) = transient.interaction::<Step>(id, at(0)).await.unwrap().unwrap();
        assert_eq!(first, step("prove"), "{}", backend.name);
        assert!(read.is_of(&step("prove")) && !read.is_of(&step("consent")));
        let left = transient.replace_interaction(id, &read, &step("consent"), at(1)).await.unwrap();
        let now = transient.interaction(id, at(599)).await.unwrap();
        assert_eq!(now, Some((step("consent"), left.unwrap())), "{}", backend.name);
        assert_eq!(transient.interaction::<Step>(id, at(600)).await.unwrap(), None, "{}", backend.name);
        assert_eq!(transient.replace_interaction(id, &read, &step("prove"), at(600)).await.unwrap(), None, "{}", backend.name);
        assert_eq!(transient.take_interaction::<Step>(id, at(600)).await.unwrap(), Taken::Unknown);
    }
}

#[tokio::test]
async fn what_is_prolonged_lives_until_then_and_what_is_over_or_was_taken_stays_so() {
    for backend in transients().await {
        let (transient, id) = (&backend.transient, InteractionId::new(&Random::Os, at(0)));
        transient.put_interaction(id, &step("prove"), free(600), at(0)).await.unwrap();
        assert!(transient.prolong_interaction(id, at(1200), at(599)).await.unwrap(), "{}", backend.name);
        let (found, read) = transient.interaction::<Step>(id, at(1199)).await.unwrap().unwrap();
        assert_eq!(found, step("prove"), "{}", backend.name);
        // A change keeps the new end.
        assert!(transient.replace_interaction(id, &read, &step("code"), at(700)).await.unwrap().is_some());
        assert!(transient.interaction::<Step>(id, at(1199)).await.unwrap().is_some(), "{}", backend.name);
        assert!(!transient.prolong_interaction(id, at(9000), at(1200)).await.unwrap(), "{}: it is over", backend.name);
        let taken = InteractionId::new(&Random::Os, at(0));
        assert!(!transient.prolong_interaction(taken, at(9000), at(1)).await.unwrap(), "{}: there is none", backend.name);
        transient.put_interaction(taken, &step("consent"), free(600), at(0)).await.unwrap();
        assert_eq!(transient.take_interaction(taken, at(1)).await.unwrap(), Taken::First(step("consent")));
        assert!(!transient.prolong_interaction(taken, at(9000), at(2)).await.unwrap(), "{}: it was taken", backend.name);
        assert_eq!(transient.take_interaction::<Step>(taken, at(599)).await.unwrap(), Taken::Again, "{}", backend.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_interaction_taken_by_sixteen_at_once_is_had_by_one_and_then_gone() {
    for backend in transients().await {
        let (transient, id) = (&backend.transient, InteractionId::new(&Random::Os, at(0)));
        transient.put_interaction(id, &step("consent"), free(600), at(0)).await.unwrap();
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

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixteen_concurrent_changes_one_counts_and_none_after_it_was_taken() {
    for backend in transients().await {
        let (transient, id) = (&backend.transient, InteractionId::new(&Random::Os, at(0)));
        transient.put_interaction(id, &step("sign-in"), free(600), at(0)).await.unwrap();
        let (_, read) = transient.interaction::<Step>(id, at(1)).await.unwrap().unwrap();
        let won = winners(transient, |transient| {
            let read = read.clone();
            async move { transient.replace_interaction(id, &read, &step("code"), at(1)).await.unwrap().is_some() }
        });
        assert_eq!(won.await, 1, "{}", backend.name);

        // A change and the end at the same time: in either order the interaction has ended.
        let (_, read) = transient.interaction::<Step>(id, at(2)).await.unwrap().unwrap();
        let changed = step("consent");
        let (change, end) = tokio::join!(
            transient.replace_interaction(id, &read, &changed, at(2)),
            transient.take_interaction::<Step>(id, at(2)),
        );
        assert!(change.is_ok() && matches!(end.unwrap(), Taken::First(_)), "{}", backend.name);
        assert_eq!(transient.replace_interaction(id, &read, &step("code"), at(2)).await.unwrap(), None, "{}", backend.name);
        assert_eq!(transient.interaction::<Step>(id, at(2)).await.unwrap(), None, "{}: it came back", backend.name);
        assert_eq!(transient.take_interaction::<Step>(id, at(2)).await.unwrap(), Taken::Again, "{}", backend.name);
    }
}

#[tokio::test]
async fn a_value_of_another_shape_is_an_error_that_names_its_kind() {
    for backend in transients().await {
        let (transient, id) = (&backend.transient, InteractionId::new(&Random::Os, at(0)));
        transient.put_interaction(id, &"only a text", free(600), at(0)).await.unwrap();
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
            assert_eq!(transient.full_for(LIMIT, "198.51.100.7", at(second)).await.unwrap(), None, "{}", backend.name);
            transient.hit(&[(LIMIT, "198.51.100.7")], at(second)).await.unwrap();
        }
        // A look counts nothing, however often it is repeated.
        for _ in 0..3 {
            let full = transient.full_for(LIMIT, "198.51.100.7", at(100)).await.unwrap();
            assert_eq!(full, Some(Duration::from_secs(500)), "{}", backend.name);
        }
        for (who, second) in [("198.51.100.8", 100), ("198.51.100.7", 600)] {
            assert_eq!(transient.full_for(LIMIT, who, at(second)).await.unwrap(), None, "{}", backend.name);
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
async fn limits_that_are_counted_together_are_counted_all_or_none_and_the_longest_wait_is_told() {
    let limit = |name, max, minutes| Limit { name, max, window: Duration::from_mins(minutes) };
    for backend in transients().await {
        let transient = &backend.transient;
        let all = [
            (limit("a", 9, 1), "person"),
            (limit("b", 9, 2), "person"),
            (limit("c", 9, 3), "address"),
            (limit("d", 9, 4), "person"),
            (limit("e", 9, 5), "person"),
        ];
        for many in 1..=5 {
            transient.hit(&all[..many], at(0)).await.unwrap();
        }
        // Counted five, four, three, two times and once. Once any of them is full, none is counted further.
        for (full, before) in [(0, 5), (2, 3), (4, 1)] {
            let mut narrow = all;
            narrow[full].0.max = before;
            let refused = transient.hit(&narrow, at(0)).await.unwrap_err();
            let wait = all[full].0.window;
            assert!(
                matches!(refused, LimitError::Limited { retry_after } if retry_after == wait),
                "{}: {refused:?}",
                backend.name
            );
        }
        for ((limit, who), before) in all.into_iter().zip([5, 4, 3, 2, 1]) {
            let fits = Limit { max: before + 1, ..limit };
            transient.hit(&[(fits, who)], at(0)).await.unwrap_or_else(|error| panic!("{} {}: {error}", backend.name, limit.name));
            assert!(transient.hit(&[(fits, who)], at(0)).await.is_err(), "{} {}", backend.name, limit.name);
        }
        // Of two that are full the longer wait is returned; one whose window has ended is not full.
        let full = |max| all.map(|(limit, who)| (Limit { max, ..limit }, who));
        for (second, longest) in [(0, 240), (60, 180), (239, 1)] {
            let refused = transient.hit(&full(2)[..4], at(second)).await.unwrap_err();
            let wait = Duration::from_secs(longest);
            assert!(
                matches!(refused, LimitError::Limited { retry_after } if retry_after == wait),
                "{}: {refused:?}",
                backend.name
            );
        }
        transient.forget_hits(&all).await.unwrap();
        transient.hit(&full(1), at(239)).await.unwrap_or_else(|error| panic!("{}: {error}", backend.name));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_tries_at_once_as_many_are_let_through_as_the_limit_allows() {
    const NARROW: Limit = Limit { name: "narrow", max: 5, window: Duration::from_mins(10) };
    const WIDE: Limit = Limit { name: "wide", max: 6, ..NARROW };
    for backend in transients().await {
        let both = |t: Transient| async move { t.hit(&[(NARROW, "x"), (WIDE, "x")], at(0)).await.is_ok() };
        assert_eq!(winners(&backend.transient, both).await, 5, "{}", backend.name);
        backend.transient.hit(&[(WIDE, "x")], at(0)).await.unwrap_or_else(|error| panic!("{}: {error}", backend.name));
        assert!(backend.transient.hit(&[(WIDE, "x")], at(0)).await.is_err(), "{}", backend.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_refund_takes_back_one_attempt_and_no_count_goes_below_zero() {
    const LIMIT: Limit = Limit { name: "address", max: 3, window: Duration::from_mins(10) };
    let limit = [(LIMIT, "198.51.100.7")];
    for backend in transients().await {
        let transient = &backend.transient;
        transient.refund(&limit, at(0)).await.unwrap();
        for _ in 0..3 {
            transient.hit(&limit, at(1)).await.unwrap();
        }
        assert!(transient.hit(&limit, at(2)).await.is_err(), "{}: a refund before any attempt changed nothing", backend.name);
        transient.refund(&limit, at(3)).await.unwrap();
        transient.hit(&limit, at(3)).await.unwrap_or_else(|error| panic!("{}: {error}", backend.name));
        assert!(transient.hit(&limit, at(3)).await.is_err(), "{}: one, not all", backend.name);
        let back = |t: Transient| async move { t.refund(&[(LIMIT, "198.51.100.7")], at(4)).await.is_ok() };
        assert_eq!(winners(transient, back).await, 16, "{}", backend.name);
        let hit = |t: Transient| async move { t.hit(&[(LIMIT, "198.51.100.7")], at(4)).await.is_ok() };
        assert_eq!(winners(transient, hit).await, 3, "{}", backend.name);
        transient.refund(&limit, at(601)).await.unwrap();
        for _ in 0..3 {
            transient.hit(&limit, at(601)).await.unwrap();
        }
        assert!(transient.hit(&limit, at(601)).await.is_err(), "{}: a window that is over is not refunded", backend.name);
    }
}

#[tokio::test]
async fn what_is_decided_reaches_the_disk_by_itself() {
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
    .expect("no transaction committed");
    let reopened = Transient::embedded(&panjereh::store::Store::open(&backend.url).await.unwrap());
    assert!(!reopened.claim_jti(&client_id("tax"), "jti", at(60), at(0)).await.unwrap());
}
