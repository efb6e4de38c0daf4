//! Filling the memory and the disk with what is stored for a while: begun sign-ins, pushed requests, requests of devices, forms,
//! sessions. Each payer has a budget, all together a ceiling, and who stores nothing is not stopped by it.

use super::limits::{from, worlds};
use crate::world::agency::Agency;
use crate::world::browser::Browser;
use crate::world::cross_device::with_devices;
use crate::world::{Answer, ISSUER, World, on_both_backends, send};
use axum::body::Body;
use axum::http::Request;
use panjereh::client::words::TokenEndpointAuthMethod;
use panjereh::settings::Settings;
use panjereh::transient::Limit;
use std::net::IpAddr;
use std::time::Duration;

on_both_backends! {
    an_account_begins_a_bounded_number_of_sessions_a_day,
    what_one_begun_sign_in_one_pushed_request_and_one_device_request_keep_is_what_the_documents_say,
}

const KIB: u64 = 1024;
const QUARTER: Duration = Duration::from_mins(15);

/// How often a request is answered like this before it is answered 429, up to a hundred times; and the answer 429.
async fn until_stopped(expected: u16, mut request: impl AsyncFnMut() -> Answer) -> (usize, Answer) {
    for n in 0..100 {
        let answer = request().await;
        if answer.status == 429 {
            return (n, answer);
        }
        assert_eq!(answer.status, expected, "{}", answer.text());
    }
    panic!("a hundred times, and never stopped");
}

/// A request for the authorization endpoint, of about two KiB.
fn long(agency: &Agency<'_>, scope: &str) -> String {
    agency.ask(scope).with("state", &"s".repeat(2000)).url().replace(ISSUER, "")
}

async fn begin(browser: &Browser<'_>, path: &str) -> Answer {
    let cookies: Vec<String> = browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = Request::get(path).header("cookie", cookies.join("; ")).body(Body::empty()).unwrap();
    send(browser.world.router(), from(browser.address, request)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_that_is_signed_in_begins_no_more_sign_ins_than_its_account_may_store() {
    for world in worlds(|settings: &mut Settings| settings.limits.kept_per_account_kib = 64).await {
        let (tax, bank) = (world.agency("tax").await, world.agency("bank").await);
        let (_, browser, _) = world.signed_in(&tax, "openid").await;
        // Consent for the bank is missing: each request begins pages.
        let path = long(&bank, "openid profile");
        let (begun, stopped) = until_stopped(303, async || begin(&browser, &path).await).await;
        assert!((15..=40).contains(&begun), "{begun} in 64 KiB");
        assert!(!stopped.header("retry-after").is_empty());
        // Another browser of the account shares its budget; another account has its own, also at the same address.
        let (_, other, _) = world.signed_in(&tax, "openid").await;
        assert_eq!(begin(&other, &path).await.status, 303);
        assert_eq!(begin(&world.browser(), &path).await.status, 303, "and so has a stranger");
        // Single sign-on stores nothing.
        let sso = long(&tax, "openid");
        assert!(begin(&browser, &sso).await.header("location").contains("code="));
        world.pass(QUARTER);
        assert_eq!(begin(&browser, &path).await.status, 303);
        world.messages();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_with_a_secret_stores_no_more_requests_than_its_budget_allows() {
    for world in worlds(|settings: &mut Settings| settings.limits.kept_per_client_kib = 64).await {
        let (tax, bank) = (world.agency_with_devices("tax").await, world.agency_with_devices("bank").await);
        let asking = tax.ask("openid").with("state", &"s".repeat(2000));
        let (pushed, stopped) = until_stopped(201, async || tax.push(&asking).await).await;
        assert!((15..=40).contains(&pushed), "{pushed} in 64 KiB");
        assert_eq!(stopped.error(), "temporarily_unavailable");
        assert!(!stopped.header("retry-after").is_empty(), "RFC 6585 §4");
        let form = [("scope", "openid")];
        let (drawn, _) = until_stopped(200, async || tax.post("/device_authorization", &form).await).await;
        assert!((20..=70).contains(&drawn), "{drawn} in 64 KiB");
        // Another client has its own budget, and nothing else of this client's stops.
        assert_eq!(bank.push(&bank.ask("openid")).await.status, 201);
        assert_eq!(bank.post("/device_authorization", &form).await.status, 200);
        world.signed_in(&tax, "openid").await;
        // A pushed request is gone a minute later, and its place with it.
        world.pass(Duration::from_mins(1));
        assert_eq!(tax.push(&asking).await.status, 201);
        world.pass(QUARTER);
        assert_eq!(tax.post("/device_authorization", &form).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_strangers_store_is_bounded_in_bytes_for_their_address() {
    for world in worlds(|settings: &mut Settings| settings.limits.per_address = 2).await {
        let kiosk = world
            .agency_with("kiosk", |client| {
                with_devices(client);
                client.auth_method = TokenEndpointAuthMethod::None;
            })
            .await;
        // Two attempts are 32 KiB, and twenty begun sign-ins, pushed requests or forms.
        let path = long(&kiosk, "openid");
        let (begun, _) = until_stopped(303, async || world.get(&path).await).await;
        assert!((8..=15).contains(&begun), "{begun} begun sign-ins in 32 KiB");
        let asking = kiosk.ask("openid").with("state", &"s".repeat(2000));
        let (pushed, _) = until_stopped(201, async || kiosk.push(&asking).await).await;
        assert!((8..=15).contains(&pushed), "{pushed} pushed requests in 32 KiB");
        world.pass(QUARTER);
        let (_, body) = path.split_once('?').unwrap();
        let (set_aside, _) = until_stopped(303, async || world.post("/authorize", body).await).await;
        assert!((8..=15).contains(&set_aside), "{set_aside} forms in 32 KiB");
        let elsewhere = from(IpAddr::from([203, 0, 113, 9]), Request::get(&path).body(Body::empty()).unwrap());
        assert_eq!(world.send(elsewhere).await.status, 303);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_strangers_have_stored_what_they_may_they_get_503_and_citizens_and_agencies_go_on() {
    let little = |settings: &mut Settings| {
        settings.limits.kept_in_total_mib = 1;
        settings.limits.per_address = 1_000_000;
    };
    for world in worlds(little).await {
        let tax = world.agency("tax").await;
        let (_, browser, _) = world.signed_in(&tax, "openid").await;
        let path = long(&tax, "openid");
        let mut begun = 0;
        let full = loop {
            let answer = world.get(&path).await;
            if answer.status != 303 {
                break answer;
            }
            begun += 1;
            assert!(begun < 1000, "never full");
        };
        assert!((100..=300).contains(&begun), "{begun} in half a MiB");
        assert_eq!(full.status, 503);
        assert!(!full.header("retry-after").is_empty(), "RFC 9110 §15.6.4");
        let held = world.app.transient.held(world.now());
        assert!((400 * KIB..=512 * KIB).contains(&held), "{held}");
        // A citizen who is signed in goes on, and so do agencies, by every way that stores little or nothing.
        assert!(begin(&browser, &long(&tax, "openid")).await.header("location").contains("code="));
        assert_eq!(begin(&browser, &long(&tax, "openid profile")).await.status, 303, "a page for consent");
        assert_eq!(tax.push(&tax.ask("openid")).await.status, 201);
        assert_eq!(tax.token(&[("grant_type", "refresh_token"), ("refresh_token", "x")]).await.error(), "invalid_grant");
        // An hour later what was begun is over, and removed a minute after that.
        world.pass(Duration::from_mins(62));
        for _ in 0..3 {
            let mut tx = world.app.store.write().await.unwrap();
            tx.expire(world.now(), 5_000).await.unwrap();
            tx.save().await.unwrap();
            world.app.store.flush().await.unwrap();
            world.pass(Duration::from_mins(1));
        }
        assert_eq!(world.get(&path).await.status, 303);
    }
}

async fn an_account_begins_a_bounded_number_of_sessions_a_day(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let account = world.app.store.account_by_national_id(&citizen.person.national_id).await.unwrap().unwrap();
    let sessions = Limit { name: "sessions_of_account", max: u64::MAX, window: QUARTER * 96 };
    for _ in 0..200 {
        world.app.transient.hit(&[(sessions, account.id.to_string())], world.now()).await.unwrap();
    }
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    browser.enter_password(&citizen).await;
    browser.enter_code(&citizen).await.must(429, "refusal-too-many-tries-title");
    assert!(browser.session().is_none());
    let other = world.registered(&tax).await;
    browser.open(&tax.ask("openid").url()).await;
    browser.sign_in(&other).await.must(200, "consent-title");
}

async fn what_one_begun_sign_in_one_pushed_request_and_one_device_request_keep_is_what_the_documents_say(world: &World) {
    let tax = world.agency_with_devices("tax").await;
    let held = || world.app.transient.held(world.now());
    // Each of them twice: the first leaves counters, too.
    let (mut begun, mut pushed, mut device) = (0, 0, 0);
    for _ in 0..2 {
        let before = held();
        world.browser().open(&tax.ask("openid").url()).await.must(200, "sign-in-title");
        begun = held() - before;
        let before = held();
        assert_eq!(tax.push(&tax.ask("openid")).await.status, 201);
        pushed = held() - before;
        let before = held();
        tax.device("openid").await;
        device = held() - before;
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/operating.md");
    let documents = std::fs::read_to_string(path).unwrap();
    let told = |what: &str| {
        let row = documents.lines().find_map(|line| line.strip_prefix(&format!("| {what} | ")));
        let kib: f64 = row.and_then(|row| row.split_once(" KiB |")).map_or(0.0, |(kib, _)| kib.parse().unwrap());
        kib
    };
    let found = [("one begun sign-in", begun), ("one pushed request", pushed), ("one device request", device)];
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let found = found.map(|(what, bytes)| (what, bytes as f64 / 1024.0, told(what)));
    assert!(found.iter().all(|(_, kib, told)| (told - kib).abs() < 0.2), "kept, and told: {found:?}");
}
