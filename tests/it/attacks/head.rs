//! `HEAD` changes nothing on any route (RFC 9110 §9.2.1). Link scanners send it to every link of a message.

use crate::world::browser::{BINDING, SESSION};
use crate::world::{Answer, World, on_both_backends};
use axum::body::Body;
use axum::http::Request;

on_both_backends! {
    rfc9110_9_2_1_head_at_the_authorization_endpoint_issues_no_code_and_uses_nothing_up,
    rfc9110_9_2_1_head_runs_no_step_of_any_page,
    rfc9110_9_3_2_head_of_every_route_has_no_body_and_sets_no_cookie,
    rfc9110_9_3_2_head_of_a_document_says_what_get_says,
}

async fn head(world: &World, path: &str, cookies: &str) -> Answer {
    let request = Request::builder().method("HEAD").uri(path).header("cookie", cookies);
    world.send(request.body(Body::empty()).unwrap()).await
}

fn cookies_of(browser: &crate::world::browser::Browser<'_>) -> String {
    browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
}

async fn rfc9110_9_2_1_head_at_the_authorization_endpoint_issues_no_code_and_uses_nothing_up(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let cookies = cookies_of(&browser);
    assert!(cookies.contains(SESSION) && cookies.contains(BINDING));
    let silent = tax.ask("openid").with("prompt", "none");
    let by_reference = tax.pushed(&silent).await;
    for path in [silent.url(), tax.ask("openid").url(), by_reference.clone()] {
        for _ in 0..3 {
            let answer = head(world, &path, &cookies).await;
            assert_eq!((answer.status.as_u16(), answer.header("location"), answer.cookies().len()), (200, "", 0), "{path}");
            assert_eq!(answer.header("cache-control"), "no-store");
        }
    }
    silent.code(browser.open(&by_reference).await);
}

async fn rfc9110_9_2_1_head_runs_no_step_of_any_page(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    // An interaction that misses nothing any more would be answered by the next GET of its page.
    let asking = tax.ask("openid phone");
    browser.open(&asking.url()).await.must(200, "consent-title");
    let page = browser.page.url.clone();
    let cookies = cookies_of(&browser);
    for suffix in ["", "/sign-in", "/passkey/options", "/passkey/new", "/recovery", "/prove", "/code"] {
        let answer = head(world, &format!("{page}{suffix}"), &cookies).await;
        assert_eq!((answer.status.as_u16(), answer.header("location"), answer.body.len()), (200, "", 0), "{suffix}");
    }
    // A form that was set aside is still there.
    let aside = world.post("/authorize", &crate::world::html::encode(&tax.ask("openid").params)).await;
    let parked = aside.header("location").to_owned();
    assert!(parked.starts_with("/authorize/parked/"), "{parked}");
    for _ in 0..2 {
        assert_eq!(head(world, &parked, &cookies).await.status, 200);
    }
    browser.open(&parked).await;
    assert!(browser.page.left_for().contains("code="));
    browser.open(&page).await.must(200, "consent-title");
    asking.code(browser.allow().await);
}

/// Where a sign-in goes through: there a plain `get` would run a step for `HEAD`, too.
const STEPS: [&str; 5] = ["/authorize", "/interaction/", "/logout", "/device", "/approve"];

/// Every route of the program, out of its one table, with the text that routes it.
fn routes() -> Vec<(String, &'static str)> {
    let table = include_str!("../../../src/web/mod.rs");
    let paths = include_str!("../../../src/oidc/paths.rs");
    let named = |name: &str| {
        let line = paths.lines().find(|line| line.contains(&format!("const {name}: &str = "))).expect(name);
        line.split('"').nth(1).unwrap().to_owned()
    };
    let entries = table.split(".route(").skip(1).filter_map(|rest| rest.split_once(','));
    let routes = entries.map(|(route, handlers)| match route.trim().strip_prefix("paths::") {
        Some(name) => (named(name), handlers),
        None => (route.trim().trim_matches('"').to_owned(), handlers),
    });
    let filled_in = |route: &str| route.replace("{id}", "x").replace("{name}", "x").replace("{client_id}", "x");
    routes.map(|(route, handlers)| (filled_in(&route), handlers)).collect()
}

async fn rfc9110_9_3_2_head_of_every_route_has_no_body_and_sets_no_cookie(world: &World) {
    let tax = world.agency("tax").await;
    let (_, browser, _) = world.signed_in(&tax, "openid").await;
    let cookies = cookies_of(&browser);
    let routes = routes();
    assert!(routes.len() > 40, "{routes:?}");
    for (route, handlers) in &routes {
        let plain = handlers.contains(" get(") || handlers.contains(".get(");
        assert!(!plain || !STEPS.iter().any(|place| route.starts_with(place)), "{route}: route it by page()");
        let answer = head(world, route, &cookies).await;
        let status = answer.status.as_u16();
        // What only reads may lead to another page: /.well-known/change-password does.
        assert!(matches!(status, 200 | 401 | 404 | 405) || (plain && status == 303), "{route}: {status}");
        assert_eq!((answer.body.len(), answer.cookies().len()), (0, 0), "{route}");
        assert!(plain || answer.header("location").is_empty(), "{route}");
        if status == 405 {
            assert!(!answer.header("allow").contains("GET"), "{route}: RFC 9110 9.1");
        }
    }
    for route in ["/token", "/par", "/revoke", "/introspect", "/ciba", "/device_authorization", "/register"] {
        let answer = head(world, route, "").await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "POST"), "{route}");
    }
    assert_eq!(head(world, "/nowhere", "").await.status, 404);
}

async fn rfc9110_9_3_2_head_of_a_document_says_what_get_says(world: &World) {
    for path in ["/", "/jwks", "/.well-known/openid-configuration", "/healthz", "/readyz", "/session/check"] {
        let (head, get) = (head(world, path, "").await, world.get(path).await);
        assert_eq!((head.status, head.header("content-type")), (get.status, get.header("content-type")), "{path}");
        assert_eq!(head.header("cache-control"), get.header("cache-control"), "{path}");
        assert!(head.body.is_empty(), "{path}");
    }
    assert_eq!(head(world, "/userinfo", "").await.status, 401);
}
