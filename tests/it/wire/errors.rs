//! Errors and successes of the token endpoint and UserInfo, exactly (RFC 6749 §5, RFC 6750 §3).

use crate::world::{Answer, World, on_both_backends};
use axum::body::Body;
use axum::http::Request;
use serde_json::json;

on_both_backends! {
    rfc6749_5_2_every_error_of_the_token_endpoint,
    rfc6749_5_1_a_successful_answer,
    rfc6750_3_every_error_of_userinfo,
    rfc6749_4_1_2_1_errors_of_the_authorization_endpoint,
}

fn form(body: &str) -> Request<Body> {
    let request = Request::post("/token").header("content-type", "application/x-www-form-urlencoded; charset=UTF-8");
    request.body(Body::from(body.to_owned())).unwrap()
}

#[track_caller]
fn is(answer: &Answer, status: u16, body: &str) {
    assert_eq!((answer.status.as_u16(), answer.text()), (status, body));
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("x-request-id").len(), 10);
    assert!(answer.cookies().is_empty());
}

/// The challenge for a request without a token: both schemes (RFC 6750 §3, RFC 9449 §7.2).
const NO_TOKEN: &str = r#"Bearer realm="https://window.example", DPoP realm="https://window.example", algs="ES256 PS256 EdDSA""#;

async fn rfc6749_5_2_every_error_of_the_token_endpoint(world: &World) {
    let tax = world.agency("tax").await;
    let told = "client authentication failed: check client_id, the registered token_endpoint_auth_method and the secret or key";
    let challenge = format!(r#"Basic realm="https://window.example", error="invalid_client", error_description="{told}""#);
    for body in ["grant_type=client_credentials&client_id=nobody", "grant_type=client_credentials&client_id=tax"] {
        let answer = world.send(form(body)).await;
        is(&answer, 401, &format!(r#"{{"error":"invalid_client","error_description":"{told}"}}"#));
        assert_eq!(answer.header("www-authenticate"), challenge);
    }
    for (params, body) in [
        (
            vec![("grant_type", "password")],
            concat!(
                r#"{"error":"unsupported_grant_type","error_description":"this grant_type is not offered: grant_types_supported "#,
                r#"in the discovery document lists those that are"}"#
            ),
        ),
        (vec![], r#"{"error":"invalid_request","error_description":"grant_type is missing"}"#),
        (
            vec![("grant_type", "authorization_code"), ("redirect_uri", "https://tax.example/callback")],
            r#"{"error":"invalid_request","error_description":"code is missing"}"#,
        ),
        (
            vec![("grant_type", "authorization_code"), ("code", "x"), ("redirect_uri", "https://tax.example/callback")],
            concat!(
                r#"{"error":"invalid_grant","error_description":"the code is unknown, expired, already used, or was issued to "#,
                r#"another client"}"#
            ),
        ),
        (
            vec![("grant_type", "refresh_token"), ("refresh_token", "x")],
            r#"{"error":"invalid_grant","error_description":"the refresh token is unknown, expired, already used, or revoked"}"#,
        ),
        (
            vec![("grant_type", "client_credentials")],
            concat!(
                r#"{"error":"unauthorized_client","error_description":"the client is not registered for grant_type "#,
                r#"client_credentials"}"#
            ),
        ),
    ] {
        let answer = tax.token(&params).await;
        is(&answer, 400, body);
        assert_eq!(answer.header("www-authenticate"), "");
    }
}

async fn rfc6749_5_1_a_successful_answer(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid offline_access").await;
    let (asking, code) = tax.silently(&mut browser, "openid offline_access").await;
    let answer = tax.redeem(&asking, &code).await;
    let json = answer.json();
    let text = |name: &str| json[name].as_str().unwrap();
    let exactly = format!(
        concat!(
            r#"{{"access_token":"{}","token_type":"Bearer","expires_in":300,"refresh_token":"{}","#,
            r#""scope":"openid offline_access","id_token":"{}"}}"#
        ),
        text("access_token"),
        text("refresh_token"),
        text("id_token")
    );
    is(&answer, 200, &exactly);
    assert!(json.as_object().unwrap().len() == 6 && text("refresh_token").len() == 43);
}

async fn rfc6750_3_every_error_of_userinfo(world: &World) {
    let tax = world.agency("tax").await;
    let none = world.get("/userinfo").await;
    assert_eq!((none.status.as_u16(), none.text()), (401, ""));
    assert_eq!(none.header("www-authenticate"), NO_TOKEN);

    let told = "the access token is malformed, expired, or revoked";
    let wrong = tax.userinfo("x").await;
    is(&wrong, 401, &format!(r#"{{"error":"invalid_token","error_description":"{told}"}}"#));
    let challenge = format!(r#"Bearer realm="https://window.example", error="invalid_token", error_description="{told}""#);
    assert_eq!(wrong.header("www-authenticate"), challenge);

    let basic = Request::get("/userinfo").header("authorization", "Basic eDp5").body(Body::empty()).unwrap();
    assert_eq!(world.send(basic).await.status, 401);
}

async fn rfc6749_4_1_2_1_errors_of_the_authorization_endpoint(world: &World) {
    let tax = world.agency("tax").await;
    let mut browser = world.browser();
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "id_token", "unsupported_response_type"),
        ("response_type", "code id_token", "unsupported_response_type"),
        ("response_type", "", "invalid_request"),
        ("response_mode", "fragment", "invalid_request"),
        ("scope", "profile", "invalid_scope"),
        ("scope", "", "invalid_scope"),
        ("request", "e30.e30.", "invalid_request_object"),
        ("request_uri", "https://tax.example/r", "request_uri_not_supported"),
        ("registration", "{}", "registration_not_supported"),
        ("code_challenge", "short", "invalid_request"),
    ] {
        let asking = tax.ask("openid").with(name, value);
        assert_eq!(asking.error(browser.open(&asking.url()).await), error, "{name}={value}");
    }
    let long = tax.ask("openid").with("nonce", &"n".repeat(2049));
    assert_eq!(long.error(browser.open(&long.url()).await), "invalid_request");
    // Unknown parameters are ignored (RFC 6749 §3.1).
    let asking = tax.ask("openid").with("unknown", "x").with("claims", "{}").with("display", "hologram");
    browser.open(&asking.url()).await.must(200, "sign-in-title");

    let asking = tax.ask("openid").with("prompt", "none");
    let left_for = browser.open(&asking.url()).await.left_for().to_owned();
    let state = url::form_urlencoded::byte_serialize(asking.state.as_bytes()).collect::<String>();
    let exactly = format!(
        concat!(
            "https://tax.example/callback?error=login_required&error_description=the+request+has+prompt%3Dnone%2C+but+the+person+",
            "would+have+to+act&state={}&iss=https%3A%2F%2Fwindow.example"
        ),
        state
    );
    assert_eq!(left_for, exactly);
    assert_eq!(browser.page.answer.header("cache-control"), "no-store");
    assert_eq!(json!(browser.page.answer.text()), "");
}
