//! Answers to requests that no handler answered: a page with a number for a person, an error in JSON for a client.

use crate::world::log::CapturedLog;
use crate::world::{Answer, Backend, World, send};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::{get, post};
use panjereh::locale::Locale;
use panjereh::settings::RegistrationMode;
use std::time::Duration;
use tracing_subscriber::filter::LevelFilter;

async fn asked(router: &Router, method: &str, path: &str, body: &str) -> Answer {
    let request = Request::builder().method(method).uri(path).header("accept-language", "en");
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    send(router.clone(), request.body(Body::from(body.to_owned())).unwrap()).await
}

#[track_caller]
fn is_page(answer: &Answer, status: u16, key: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(answer.header("cache-control"), "no-store");
    let (says, reference) = (Locale::En.t(key), answer.header("x-request-id"));
    assert!(answer.text().contains(&says) && answer.text().contains(reference), "{key}: {}", answer.text());
}

#[track_caller]
fn is_json(answer: &Answer, status: u16, error: &str) {
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (status, error), "{}", answer.text());
    assert!(answer.json()["error_description"].as_str().is_some_and(|text| text.len() > 10));
    assert_eq!((answer.header("content-type"), answer.header("cache-control")), ("application/json", "no-store"));
}

const FOR_CLIENTS: [&str; 8] =
    ["/token", "/par", "/ciba", "/device_authorization", "/revoke", "/introspect", "/userinfo", "/register"];

#[tokio::test]
async fn an_unsupported_method_and_a_body_that_is_too_large_get_an_answer_for_their_reader() {
    let world = World::new(Backend::Embedded).await.unwrap();
    let (router, large) = (world.router(), format!("a={}", "x".repeat(70_000)));
    for path in FOR_CLIENTS {
        let answer = asked(&router, "DELETE", path, "").await;
        is_json(&answer, 405, "invalid_request");
        assert!(answer.header("allow").contains("POST"), "{path}: RFC 9110 15.5.6");
        is_json(&asked(&router, "POST", path, &large).await, 413, "invalid_request");
    }
    for path in ["/jwks", "/.well-known/openid-configuration"] {
        is_json(&asked(&router, "POST", path, "").await, 405, "invalid_request");
    }
    // Nothing is there, and a client looked for it. A browser's `Accept` changes nothing.
    let looked_for = ["/.well-known/webfinger", "/.well-known/jwks.json", "/token/", "/userinfo/x", "/register/a/b", "/jwks/"];
    for path in looked_for.into_iter().chain(["/.well-known/openid-configuration/x", "/par/x", "/ciba/", "/introspect/x"]) {
        for method in ["GET", "POST"] {
            is_json(&asked(&router, method, path, "").await, 404, "invalid_request");
        }
        let by_browser = Request::get(path).header("accept", "text/html").header("accept-language", "fa");
        is_json(&send(router.clone(), by_browser.body(Body::empty()).unwrap()).await, 404, "invalid_request");
    }
    is_page(&asked(&router, "GET", "/tokens", "").await, 404, "refusal-not-found-title");
    for path in ["/", "/authorize", "/logout", "/device", "/interaction/x/consent", "/assets/app.css"] {
        let answer = asked(&router, "DELETE", path, "").await;
        is_page(&answer, 405, "refusal-other-method-title");
        assert!(answer.header("allow").contains("GET"), "{path}");
    }
    for path in ["/authorize", "/logout", "/logout/confirm", "/device", "/interaction/x/consent"] {
        is_page(&asked(&router, "POST", path, &large).await, 413, "refusal-too-large-title");
    }
    for path in ["/assets/nothing.css", "/nowhere"] {
        is_page(&asked(&router, "GET", path, "").await, 404, "refusal-not-found-title");
    }
    let persian = asked(&router, "GET", "/assets/nothing.css?lang=fa", "").await;
    assert!(persian.text().contains(&Locale::Fa.t("refusal-not-found-title")));
    // A tool that reads only the status gets no more.
    assert_eq!(asked(&router, "DELETE", "/healthz", "").await.text(), "");
}

#[tokio::test]
async fn a_panic_and_a_request_that_takes_too_long_get_an_answer_for_their_reader() {
    async fn breaks() -> &'static str {
        panic!("as a handler never should")
    }
    async fn hangs() -> &'static str {
        std::future::pending().await
    }
    let change = |settings: &mut panjereh::settings::Settings| settings.server.request_timeout = Duration::from_millis(20);
    let world = World::with(Backend::Embedded, change).await.unwrap();
    let broken = Router::new().route("/token", post(breaks).get(hangs)).route("/interaction/x", get(breaks).post(hangs));
    let router = panjereh::web::surround(&world.app, broken);
    // The level of an operator who wants to hear of faults alone. A span below it would be disabled, and the line would not carry the number.
    let log = CapturedLog::begin_at(LevelFilter::WARN);
    let answer = asked(&router, "GET", "/interaction/x", "").await;
    is_page(&answer, 500, "refusal-server-title");
    let line = log.text().lines().find(|line| line.contains("a handler panicked")).map(str::to_owned);
    assert!(line.unwrap().contains(answer.header("x-request-id")), "the number leads to the line");
    is_json(&asked(&router, "POST", "/token", "").await, 500, "server_error");
    let slow = asked(&router, "GET", "/token", "").await;
    is_json(&slow, 503, "temporarily_unavailable");
    assert_eq!(slow.header("retry-after"), "10");
    let slow = asked(&router, "POST", "/interaction/x", "").await;
    is_page(&slow, 503, "refusal-too-slow-title");
    assert_eq!(slow.header("retry-after"), "10");
}

#[tokio::test]
async fn the_number_on_every_page_that_refuses_leads_to_a_line_that_says_why_and_nothing_of_the_person() {
    let world = World::new(Backend::Embedded).await.unwrap();
    let tax = world.agency("tax").await;
    let mut browser = world.browser();
    let log = CapturedLog::begin();
    let found = |page: &crate::world::browser::Page, kind: &str| {
        let (number, text) = (page.answer.header("x-request-id").to_owned(), log.text());
        let line = text.lines().find(|line| line.contains(&number) && line.contains(kind));
        let line = line.unwrap_or_else(|| panic!("no line of {number} says {kind}: {text}"));
        assert!(line.contains("\"INFO\""), "{line}");
    };
    found(browser.open("/nowhere").await, "not-found");
    found(browser.open("/interaction/00000000000000000000000000").await, "interaction-gone");
    found(browser.open(&tax.ask("openid").with("redirect_uri", "https://x.example/").url()).await, "bad-redirect");
    browser.open(&tax.ask("openid").url()).await;
    found(browser.enter_credentials("0012345678", "wrong-password").await, "error-national-id-check-digit");
    found(browser.enter_credentials("0012345679", "wrong-password").await, "error-credentials-wrong");
    browser.open("/device").await;
    let form = browser.page.form("/device").fill("user_code", "BBBB-BBBB");
    found(browser.submit(form).await, "error-user-code-wrong");
    let text = log.text();
    assert!(!text.contains("0012345678") && !text.contains("0012345679") && !text.contains("BBBB-BBBB"), "{text}");
}

/// Every way in which a client's request is refused: what its developer reads is in the log, with the number of the answer, and with the
/// cause that the developer is not told.
async fn every_refusal_of_a_client_is_in_the_log(backend: Backend) {
    let Some(world) = World::with(backend, |settings| settings.registration.mode = RegistrationMode::Open).await else { return };
    let tax = world.agency("tax").await;
    let mut guessing = tax.clone();
    "a-wrong-guess".clone_into(&mut guessing.secret);
    let (_, _, tokens) = world.signed_in(&tax, "openid offline_access").await;
    let log = CapturedLog::begin_at(LevelFilter::INFO);
    let line_of = |answer: &Answer, expected: &[&str]| {
        let (number, text) = (answer.header("x-request-id").to_owned(), log.text());
        let lines: Vec<_> = text.lines().filter(|line| line.contains(&number) && line.contains("refused")).collect();
        let [line] = lines[..] else { panic!("one line says why {} was refused: {text}", answer.text()) };
        let json: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(json["fields"]["told"], answer.json()["error_description"], "{line}");
        assert_eq!(json["fields"]["error"], answer.json()["error"], "{line}");
        for part in expected {
            assert!(line.contains(part), "{part} is not in {line}");
        }
    };
    let code = [("grant_type", "authorization_code"), ("code", "x"), ("redirect_uri", "https://tax.example/callback")];
    // Why a client failed to authenticate, at every endpoint.
    for path in ["/token", "/par", "/ciba", "/device_authorization", "/revoke", "/introspect"] {
        line_of(&guessing.post(path, &code).await, &["\"client\":\"tax\"", "wrong secret"]);
    }
    let nobody = world.post("/token", "grant_type=client_credentials&client_id=nobody&client_secret=a-wrong-guess").await;
    line_of(&nobody, &["\"client\":\"nobody\"", "unknown client"]);
    // What is wrong before a client is known, and after.
    line_of(&world.post("/token", "grant_type=password").await, &["unsupported_grant_type"]);
    line_of(&world.post("/token", "grant_type=client_credentials").await, &["does not say which client"]);
    line_of(&tax.token(&code).await, &["\"client\":\"tax\"", "unknown or expired code"]);
    line_of(&tax.token(&code[..1]).await, &["\"client\":\"tax\"", "code is missing"]);
    line_of(&tax.token(&[("grant_type", "client_credentials")]).await, &["unauthorized_client", "\"client\":\"tax\""]);
    line_of(&tax.post("/revoke", &[]).await, &["\"client\":\"tax\"", "token is missing"]);
    line_of(&tax.post("/introspect", &[]).await, &["\"client\":\"tax\"", "token is missing"]);
    line_of(&tax.post("/par", &[("response_type", "code")]).await, &["\"client\":\"tax\""]);
    line_of(&tax.userinfo("not-a-token").await, &["not a signed token"]);
    line_of(&tax.userinfo(&tokens.id_token).await, &["JWT of another kind"]);
    let body = Request::post("/register").header("content-type", "application/json");
    let body = body.body(Body::from(r#"{"redirect_uris":["http://x.example/cb"]}"#)).unwrap();
    line_of(&world.send(body).await, &["redirect_uris"]);
    // What goes back by the browser, where no developer reads it.
    let asking = tax.ask("openid").with("response_type", "token");
    let mut browser = world.browser();
    let page = browser.open(&asking.url()).await.clone();
    let (number, text) = (page.answer.header("x-request-id").to_owned(), log.text());
    let line = text.lines().find(|line| line.contains(&number) && line.contains("an authorization request was refused"));
    let told = asking.answer(&page).get("error_description").to_owned();
    assert!(line.unwrap().contains(&told) && line.unwrap().contains("\"client\":\"tax\""), "{line:?}: {told}");
    let wrong = tax.ask("openid").with("redirect_uri", "https://other.example/");
    let number = browser.open(&wrong.url()).await.answer.header("x-request-id").to_owned();
    let text = log.text();
    let line = text.lines().find(|line| line.contains(&number) && line.contains("the redirect URI is not registered"));
    assert!(line.unwrap().contains("\"client\":\"tax\""), "{text}");
    for secret in ["a-wrong-guess", &tax.secret, &tokens.access_token, &tokens.id_token, tokens.refresh()] {
        assert!(!text.contains(secret), "{secret} is in the log");
    }
}

// One thread each, because the log is captured by thread.
#[tokio::test]
async fn every_refusal_of_a_client_has_one_line_with_its_number_and_its_cause_embedded() {
    every_refusal_of_a_client_is_in_the_log(Backend::Embedded).await;
}

#[tokio::test]
async fn every_refusal_of_a_client_has_one_line_with_its_number_and_its_cause_servers() {
    every_refusal_of_a_client_is_in_the_log(Backend::Servers).await;
}
