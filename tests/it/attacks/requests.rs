//! Requests that are too large, too many, doubled, or that give a false address.

use crate::world::agency::code_form;
use crate::world::html::encode;
use crate::world::{HOME, ISSUER, World, on_both_backends};
use axum::body::Body;
use axum::http::Request;

on_both_backends! {
    the_host_header_has_no_influence,
    a_body_that_is_too_large_is_not_read,
    rfc6749_3_1_a_repeated_parameter_is_refused_everywhere,
    a_token_request_that_is_no_form_is_rejected,
    an_address_in_a_header_counts_from_a_trusted_proxy_only,
    markup_in_a_parameter_stays_text,
    methods_that_an_endpoint_does_not_support_are_rejected,
}

async fn the_host_header_has_no_influence(world: &World) {
    let tax = world.agency("tax").await;
    let evil = |path: &str| {
        Request::get(path)
            .header("host", "evil.example")
            .header("x-forwarded-host", "evil.example")
            .header("x-forwarded-proto", "http")
            .header("forwarded", "host=evil.example;proto=http")
            .body(Body::empty())
            .unwrap()
    };
    let plain = world.get("/.well-known/openid-configuration").await;
    assert_eq!(world.send(evil("/.well-known/openid-configuration")).await.json(), plain.json());
    let path = tax.ask("openid").url().replace(ISSUER, "");
    let answer = world.send(evil(&path)).await;
    assert!(answer.header("location").starts_with("/interaction/"), "{}", answer.header("location"));
    assert!(answer.cookies()[0].starts_with("__Host-"));
    for path in ["/", "/logout", "/nowhere", "/userinfo"] {
        let answer = world.send(evil(path)).await;
        assert!(!answer.text().contains("evil.example") && !format!("{:?}", answer.headers).contains("evil.example"), "{path}");
    }
}

fn post(path: &str, body: String) -> Request<Body> {
    Request::post(path).header("content-type", "application/x-www-form-urlencoded").body(Body::from(body)).unwrap()
}

async fn a_body_that_is_too_large_is_not_read(world: &World) {
    let tax = world.agency("tax").await;
    let large = format!("a={}", "x".repeat(64 * 1024));
    let paths = [
        "/token",
        "/par",
        "/userinfo",
        "/authorize",
        "/logout",
        "/logout/confirm",
        "/interaction/00000000000000000000000000/sign-in",
    ];
    for path in paths {
        let answer = world.send(post(path, large.clone())).await;
        assert_eq!(answer.status, 413, "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
    }
    // Many small parameters do not get around it.
    let many = encode(&(0..200).map(|number| (format!("p{number}"), "1")).collect::<Vec<_>>());
    let asking = tax.ask("openid");
    let mut browser = world.browser();
    let url = format!("{}&{many}", asking.url());
    assert_eq!(asking.error(browser.open(&url).await), "invalid_request");
    let answer = world.send(post("/token", format!("{many}&client_id=tax"))).await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (400, "invalid_request"));
}

async fn rfc6749_3_1_a_repeated_parameter_is_refused_everywhere(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, tokens) = world.signed_in(&tax, "openid").await;
    let asking = tax.ask("openid");
    for name in ["scope", "nonce", "code_challenge", "response_type"] {
        let url = format!("{}&{name}=again", asking.url());
        assert_eq!(asking.error(browser.open(&url).await), "invalid_request", "{name}");
    }
    for (name, key) in [("client_id", "refusal-unknown-client-title"), ("redirect_uri", "refusal-bad-redirect-title")] {
        let url = format!("{}&{}", asking.url(), encode(&[(name, asking.get(name))]));
        browser.open(&url).await.must(400, key);
    }
    let (asking, code) = tax.silently(&mut browser, "openid").await;
    let form = code_form(&asking, &code);
    for doubled in form.into_iter().chain([("client_id", "tax")]) {
        let twice = [form.to_vec(), vec![doubled, doubled]].concat();
        let answer = tax.token(&twice).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (400, "invalid_request"), "{}", doubled.0);
    }
    tax.sign_in(&asking, &code).await;
    let hint = tokens.id_token;
    browser.open(&format!("/logout?id_token_hint={hint}&id_token_hint={hint}")).await.must(400, "refusal-bad-request-title");
}

async fn a_token_request_that_is_no_form_is_rejected(world: &World) {
    let tax = world.agency("tax").await;
    for content_type in ["application/json", "text/plain", "multipart/form-data; boundary=x", ""] {
        let request = Request::post("/token")
            .header("content-type", content_type)
            .header("authorization", crate::world::agency::basic("tax", &tax.secret))
            .body(Body::from("grant_type=client_credentials"))
            .unwrap();
        assert_eq!(world.send(request).await.error(), "invalid_request", "{content_type}");
    }
    let in_the_url = Request::post("/token?grant_type=client_credentials&client_id=tax").body(Body::empty()).unwrap();
    assert_eq!(world.send(in_the_url).await.error(), "invalid_request");
}

async fn an_address_in_a_header_counts_from_a_trusted_proxy_only(world: &World) {
    let tax = world.agency("tax").await;
    let mut wrong = tax.clone();
    "guess".clone_into(&mut wrong.secret);
    let mut answers = Vec::new();
    for number in 0..101 {
        let mut request = wrong.token_request(&[("grant_type", "client_credentials")]);
        let says = format!("203.0.113.{number}, {HOME}").parse().unwrap();
        request.headers_mut().insert("x-forwarded-for", says);
        answers.push(world.send(request).await.status.as_u16());
    }
    assert_eq!(answers.pop(), Some(429), "a new address in the header is not a new guesser");
    assert!(answers.into_iter().all(|status| status == 401));
}

async fn markup_in_a_parameter_stays_text(world: &World) {
    let tax = world.agency("tax").await;
    let markup = "\"><script>alert(1)</script><img src=x onerror=alert(1)>";
    let mut browser = world.browser();
    for name in ["login_hint", "ui_locales", "state", "nonce", "acr_values", "display"] {
        browser.open(&tax.ask("openid").with(name, markup).url()).await;
        assert!(!browser.page.html().contains("<script>alert") && !browser.page.html().contains("<img src=x"), "{name}");
    }
    browser.open(&tax.ask("openid").url()).await;
    browser.enter_credentials(markup, "x").await.must(422, "error-national-id-shape");
    assert!(!browser.page.html().contains("<script>alert"));
    browser.prove_with(markup, markup, markup).await.must(422, "error-national-id-shape");
    assert!(!browser.page.html().contains("<script>alert"));
    assert_eq!(browser.page.form("/prove").value("mobile"), markup, "what was typed is shown again as it was");
    browser.open(&format!("/?lang=en&{}", encode(&[("x", markup)]))).await;
    assert!(!browser.page.html().contains("<script>alert"));
    let form_post = tax.ask("openid").with("response_mode", "form_post").with("prompt", "none").with("state", markup);
    browser.open(&form_post.url()).await;
    assert!(!browser.page.html().contains("<script>alert"));
    assert_eq!(browser.page.form("/callback").value("state"), markup);
}

async fn methods_that_an_endpoint_does_not_support_are_rejected(world: &World) {
    for (method, path) in [
        ("GET", "/token"),
        ("GET", "/par"),
        ("PUT", "/token"),
        ("DELETE", "/userinfo"),
        ("POST", "/jwks"),
        ("PUT", "/logout/confirm"),
    ] {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let answer = world.send(request).await;
        assert_eq!(answer.status, 405, "{method} {path}");
        assert!(!answer.header("allow").is_empty());
    }
}
