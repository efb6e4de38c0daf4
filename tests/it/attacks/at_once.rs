//! Concurrent requests, also through two instances of the program: counters and single use must not depend on the order of
//! requests.

use crate::world::agency::code_form;
use crate::world::browser::BINDING;
use crate::world::{Answer, HOME, World, on_both_backends, send};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use panjereh::app::throttle::TriedFrom;
use panjereh::flows::interaction::one_time_code::{SendError, SmsText};
use panjereh::flows::interaction::open::NotKept;
use panjereh::flows::interaction::sign_in::{Credentials, SignInError, with_password};
use panjereh::records::address::CountedAddress;
use panjereh::records::origin::RequestOrigin;
use panjereh::secret::Secret;
use std::net::SocketAddr;

on_both_backends! {
    passwords_guessed_concurrently_from_many_addresses_are_checked_as_often_as_in_turn,
    one_time_codes_guessed_concurrently_are_checked_five_times,
    two_instances_serve_a_code_and_a_refresh_token_once,
    two_instances_accept_an_assertion_once,
    a_consent_sent_many_times_at_once_yields_one_code,
    a_slow_request_does_not_revive_a_finished_interaction,
    a_password_sent_twice_at_once_sends_one_code,
}

async fn all(requests: Vec<(Router, Request<Body>)>) -> Vec<Answer> {
    let mut sending = tokio::task::JoinSet::new();
    for (router, request) in requests {
        sending.spawn(send(router, request));
    }
    sending.join_all().await
}

async fn passwords_guessed_concurrently_from_many_addresses_are_checked_as_often_as_in_turn(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let other = world.another_instance().await;
    let mut requests = Vec::new();
    // Two from each address, which is below the limit of one address.
    for number in 0..100_u8 {
        let mut browser = world.browser();
        browser.open(&tax.ask("openid").url()).await;
        let form = browser.page.form("/sign-in").fill("national_id", citizen.national_id()).fill("password", "wrong-password");
        let mut request = browser.request_of(&form);
        let from = SocketAddr::from(([203, 0, 113, number / 2], 50_000));
        request.extensions_mut().insert(axum::extract::ConnectInfo(from));
        requests.push((if number % 2 == 0 { world.router() } else { other.clone() }, request));
    }
    let answers = all(requests).await;
    // Each form is answered by a redirect: to the form again, or to the page that says that it is closed.
    let closed = answers.iter().filter(|answer| answer.header("location").ends_with("/stopped")).count();
    assert_eq!((answers.len(), closed), (100, 20), "{:?}", answers.iter().map(|answer| answer.status).collect::<Vec<_>>());
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    browser.enter_password(&citizen).await.must(429, "refusal-too-many-tries-title");
}

async fn one_time_codes_guessed_concurrently_are_checked_five_times(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let other = world.another_instance().await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    browser.enter_password(&citizen).await.must(200, "otp-title");
    let right = world.last_code(citizen.mobile());
    let wrong = (0..40).map(|number| format!("{number:06}")).filter(|code| *code != right);
    let requests = wrong.enumerate().map(|(number, code)| {
        let request = browser.request_of(&browser.page.form("/code").fill("code", &code));
        (if number % 2 == 0 { world.router() } else { other.clone() }, request)
    });
    let answers = all(requests.collect()).await;
    assert!(answers.iter().all(|answer| answer.cookies().is_empty()), "no request got a session");
    // The code is invalid now, for its owner too.
    browser.enter(&right).await;
    assert!(browser.session().is_none() && !browser.page.says("consent-title"), "{}", browser.page.words());
}

async fn two_instances_serve_a_code_and_a_refresh_token_once(world: &World) {
    // A public client: any other keeps its refresh token.
    let public = |client: &mut panjereh::client::metadata::Client| {
        client.auth_method = panjereh::client::words::TokenEndpointAuthMethod::None;
    };
    let tax = world.agency_with("tax", public).await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid offline_access").await;
    let other = world.another_instance().await;
    for _ in 0..3 {
        let (asking, code) = tax.silently(&mut browser, "openid offline_access").await;
        let (later, second) = tax.silently(&mut browser, "openid offline_access").await;
        let (tokens, _) = tax.sign_in(&later, &second).await;
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh())];
        for form in [&code_form(&asking, &code)[..], &refresh[..]] {
            // More requests than the database has connections: a request that is served must not need a second connection while
            // the others wait for one.
            let routers = (0..24).map(|number| if number % 2 == 0 { world.router() } else { other.clone() });
            let answers = all(routers.map(|router| (router, tax.token_request(form))).collect()).await;
            assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1, "exactly one is served");
            let others: Vec<_> =
                answers.iter().filter(|answer| answer.status != 200 && answer.error() != "invalid_grant").collect();
            assert!(others.is_empty(), "{others:?}");
        }
    }
}

async fn two_instances_accept_an_assertion_once(world: &World) {
    let by_key = |client: &mut panjereh::client::metadata::Client| {
        client.auth_method = panjereh::client::words::TokenEndpointAuthMethod::PrivateKeyJwt;
        client.grant_types = panjereh::client::grant_type::GrantType::ALL.to_vec();
    };
    let robot = world.agency_with("robot", by_key).await;
    let other = world.another_instance().await;
    let assertion = robot.signer.assertion("robot", world);
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", panjereh::oidc::token::credentials::JWT_BEARER),
        ("client_assertion", &assertion),
    ];
    let body = crate::world::html::encode(&form);
    let requests = (0..12).map(|number| {
        let request = Request::post("/token").header("content-type", "application/x-www-form-urlencoded");
        (if number % 2 == 0 { world.router() } else { other.clone() }, request.body(Body::from(body.clone())).unwrap())
    });
    let answers = all(requests.collect()).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
}

async fn a_consent_sent_many_times_at_once_yields_one_code(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let other = world.another_instance().await;
    for _ in 0..4 {
        let mut browser = world.browser();
        let asking = tax.ask("openid").with("prompt", "consent");
        browser.open(&asking.url()).await;
        browser.sign_in(&citizen).await.must(200, "consent-title");
        let form = browser.page.form("/consent").press("consent-allow");
        let page = form.action.strip_suffix("/consent").unwrap().to_owned();
        let mut requests = Vec::new();
        for number in 0..8 {
            let router = if number % 2 == 0 { world.router() } else { other.clone() };
            requests.push((router.clone(), browser.request_of(&form)));
            // The language is switched at the same time, and the page is loaded again.
            let mut again = browser.request_of(&form);
            let address = if number % 4 == 0 { format!("{page}?lang=fa") } else { page.clone() };
            (*again.method_mut(), *again.uri_mut()) = (axum::http::Method::GET, address.parse().unwrap());
            requests.push((router, again));
        }
        let mut answers = all(requests).await;
        // A browser that is sent on follows.
        for _ in 0..3 {
            let next: Vec<_> = answers.iter().map(|answer| answer.header("location")).filter(|to| to.starts_with('/')).collect();
            let next = next.into_iter().map(|to| {
                let mut request = browser.request_of(&form);
                (*request.method_mut(), *request.uri_mut()) = (axum::http::Method::GET, to.parse().unwrap());
                (world.router(), request)
            });
            let next = all(next.collect()).await;
            answers.extend(next);
        }
        let codes: std::collections::BTreeSet<_> =
            answers.iter().map(|answer| answer.header("location")).filter(|to| to.contains("code=")).collect();
        assert_eq!(codes.len(), 1, "{codes:?}");
        assert!(answers.iter().all(|answer| answer.status.as_u16() < 500));
    }
}

async fn a_slow_request_does_not_revive_a_finished_interaction(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let mut browser = world.browser();
    let asking = tax.ask("openid").with("prompt", "consent");
    browser.open(&asking.url()).await;
    let address = browser.page.url.clone();
    browser.sign_in(&citizen).await.must(200, "consent-title");
    let id = address.rsplit('/').next().unwrap().parse().unwrap();
    let binding = browser.cookies[BINDING].clone();
    let open = || panjereh::flows::interaction::open::open(&world.app, id, Some(&binding), RequestOrigin::default(), world.now());
    let (mut slow, mut slower) = (open().await.unwrap(), open().await.unwrap());
    asking.code(browser.allow().await);
    assert!(matches!(slow.keep(&world.app, world.now()).await, Err(NotKept::Overtaken)));
    assert!(matches!(slower.speak(&world.app, "fa", world.now()).await, Err(NotKept::Overtaken)));
    browser.open(&address).await.must(200, "arrived-title");
    browser.open(&format!("{address}?lang=fa")).await.must(200, "arrived-title");
}

async fn a_password_sent_twice_at_once_sends_one_code(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let mut browser = world.browser();
    let asking = tax.ask("openid");
    browser.open(&asking.url()).await;
    let address = browser.page.url.clone();
    let (id, binding) = (address.rsplit('/').next().unwrap().parse().unwrap(), browser.cookies[BINDING].clone());
    let open = || panjereh::flows::interaction::open::open(&world.app, id, Some(&binding), RequestOrigin::default(), world.now());
    // Both requests have read the interaction before either changes it.
    let (mut first, mut second) = (open().await.unwrap(), open().await.unwrap());
    let national_id = citizen.person.national_id.clone();
    let password = Secret::new(citizen.password.clone());
    let typed = Credentials { national_id, password, from: TriedFrom { address: CountedAddress::of(HOME), known: None } };
    let text = SmsText("{code}".to_owned());
    let before = world.messages().len();
    with_password(&world.app, &mut first, &typed, &text).await.unwrap();
    let second = with_password(&world.app, &mut second, &typed, &text).await;
    assert!(matches!(second, Err(SignInError::Send(SendError::NotKept(NotKept::Overtaken)))), "{second:?}");
    assert_eq!(world.messages().len() - before, 1, "no person gets a code that does not work");
    browser.open(&address).await.must(200, "otp-title");
    let code = world.last_code(citizen.mobile());
    browser.enter(&code).await;
    if browser.page.left_for.is_none() {
        browser.allow().await;
    }
    asking.code(&browser.page);
}
