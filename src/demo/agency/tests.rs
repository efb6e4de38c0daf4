use super::*;
use crate::client::metadata::ClientSecret;
use crate::client::words::ClientId;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use tower::ServiceExt as _;

fn agency() -> Router {
    let config = AgencyConfig {
        kind: AgencyKind::HealthService,
        origin: "http://localhost:8082".to_owned(),
        issuer: "http://localhost:8080".to_owned(),
        client_id: ClientId::parse("health-service").expect("an id"),
        client_secret: ClientSecret::new("secret".to_owned()),
        clock: Clock::frozen(Timestamp::from_seconds(1_800_000_000)),
        random: Random::seeded(1),
    };
    router(config, crate::demo::kiosk::routes()).expect("a router")
}

async fn get(path: &str, cookies: &str) -> (StatusCode, HeaderMap, String) {
    get_preferring("fa", path, cookies).await
}

async fn get_preferring(language: &str, path: &str, cookies: &str) -> (StatusCode, HeaderMap, String) {
    let request = Request::get(path).header(header::COOKIE, cookies).header(header::ACCEPT_LANGUAGE, language);
    let request = request.body(Body::empty()).expect("a request");
    let response = agency().oneshot(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, 1 << 20).await.expect("a body");
    (parts.status, parts.headers, String::from_utf8(body.to_vec()).expect("text"))
}

#[tokio::test]
async fn the_first_page_is_persian_and_the_reader_s_choice_is_remembered() {
    let (status, headers, page) = get("/", "").await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains(r#"<html lang="fa" dir="rtl">"#) && page.contains("ورود با پنجره"), "{page}");
    assert!(!headers[header::CONTENT_SECURITY_POLICY].to_str().expect("text").contains("unsafe"));
    let (_, headers, page) = get("/?lang=en", "").await;
    assert!(page.contains("Sign in with Panjereh"));
    assert!(headers[header::SET_COOKIE].to_str().expect("text").starts_with("health_lang=en;"));
    assert!(get("/", "a=b; health_lang=en").await.2.contains(r#"<html lang="en" dir="ltr">"#));
}

#[tokio::test]
async fn a_browser_gets_the_language_that_it_prefers_and_its_reader_s_choice_comes_first() {
    let english = r#"<html lang="en" dir="ltr">"#;
    for path in ["/", "/kiosk", "/callback?code=x&state=y"] {
        assert!(get_preferring("en-GB,en;q=0.9", path, "").await.2.contains(english), "{path}");
        assert!(!get_preferring("fa-IR,fa;q=0.9,en;q=0.5", path, "").await.2.contains(english), "{path}");
        assert!(!get_preferring("de", path, "").await.2.contains(english), "{path}: Persian is the first language");
        assert!(!get_preferring("en", path, "health_lang=fa").await.2.contains(english), "{path}");
    }
}

#[tokio::test]
async fn wcag_2_2_1_the_kiosk_never_reloads_itself() {
    for language in ["fa", "en"] {
        let (_, headers, page) = get_preferring(language, "/kiosk", "").await;
        assert!(!page.contains("http-equiv"), "{page}");
        assert!(page.contains(r#"<script src="/kiosk.js" defer>"#) && page.contains(r#"data-state="free""#), "{page}");
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().expect("text").to_owned();
        assert!(policy.contains("script-src 'self'") && policy.contains("connect-src 'self'"), "{policy}");
    }
    let (status, headers, script) = get("/kiosk.js", "").await;
    assert_eq!(
        (status, headers[header::CONTENT_TYPE].as_bytes()),
        (StatusCode::OK, b"text/javascript; charset=utf-8".as_slice())
    );
    assert!(!script.contains("location"), "the script replaces the part that changed, and reloads nothing");
}

#[tokio::test]
async fn an_answer_to_a_sign_in_that_this_browser_did_not_begin_is_refused() {
    let (status, _, page) = get("/callback?code=x&state=y&iss=http://localhost:8080", "health_browser=z; health_lang=en").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(page.contains("You are not signed in"), "{page}");
}

#[tokio::test]
async fn signing_out_without_a_visit_leads_to_the_first_page() {
    let request = Request::post("/logout").body(Body::empty()).expect("a request");
    let response = agency().oneshot(request).await.expect("an answer");
    assert_eq!(
        (response.status(), &response.headers()[header::LOCATION]),
        (StatusCode::SEE_OTHER, &HeaderValue::from_static("/"))
    );
}

const INITIATED: &str = "/login/initiated?iss=http%3A%2F%2Flocalhost%3A8080";

#[tokio::test]
async fn oidc_core_4_a_sign_in_is_begun_for_our_own_provider_only() {
    for query in ["", "?iss=", "?iss=http%3A%2F%2Flocalhost%3A8080%2F", "?iss=https%3A%2F%2Fevil.example", "?target_link_uri=x"] {
        let (status, headers, page) = get(&format!("/login/initiated{query}"), "health_lang=en").await;
        assert_eq!(status, StatusCode::BAD_GATEWAY, "{query}");
        assert!(page.contains("could not trust the answer") && !headers.contains_key(header::SET_COOKIE), "{page}");
    }
    // With our own issuer it goes on to the provider, which may not run in this test.
    let (_, _, page) = get(INITIATED, "health_lang=en").await;
    assert!(!page.contains("could not trust the answer"), "{page}");
}

#[test]
fn oidc_core_4_target_link_uri_leads_to_our_own_pages_and_nowhere_else() {
    let own = "http://localhost:8082";
    assert_eq!(landing(own, Some("http://localhost:8082/?lang=en")), "http://localhost:8082/?lang=en");
    assert_eq!(
        landing(own, Some("http://localhost:8082//evil.example/")),
        "http://localhost:8082//evil.example/",
        "whole, so it stays here"
    );
    for elsewhere in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "http://localhost:8082@evil.example/",
        "http://user@localhost:8082/",
        "http://localhost:8081/",
        "https://localhost:8082/",
        "http://localhost:8082.evil.example/",
        "javascript:alert(1)",
        "/",
        "",
    ] {
        assert_eq!(landing(own, Some(elsewhere)), "/", "{elsewhere}");
    }
    assert_eq!(landing(own, None), "/");
}
