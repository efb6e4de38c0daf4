//! Dynamic registration: every metadata key left out, null, of the wrong type, too long; every request to manage a registration.

use super::{is_json_error, is_not_kept};
use crate::world::{Answer, Backend, World};
use axum::body::Body;
use axum::http::Request;
use panjereh::settings::RegistrationMode;
use serde_json::{Value, json};

async fn open() -> World {
    World::with(Backend::Embedded, |settings| {
        settings.registration.mode = RegistrationMode::Open;
        settings.limits.per_address = 10_000;
        settings.registration.per_address_a_day = 10_000;
        settings.registration.a_day = 10_000;
    })
    .await
    .unwrap()
}

/// Method and path, `Authorization` headers, type, body.
async fn call(world: &World, to: &str, tokens: &[&str], (content_type, body): (&str, &str)) -> Answer {
    let (method, path) = to.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(path).header("content-type", content_type);
    for token in tokens {
        request = request.header("authorization", *token);
    }
    world.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

const JSON: &str = "application/json";

fn good() -> Value {
    json!({ "client_name": "Relying", "redirect_uris": ["https://relying.example/callback"] })
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    Flag,
    Number,
    List,
    /// A list whose values that are not allowed are dropped, as scopes are.
    Names,
    Address,
    Keys,
}

/// Every key of RFC 7591 §2 and of the specifications that extend it, except those that only an operator decides; and its kind.
const KEYS: [(&str, Kind); 42] = [
    ("client_name", Kind::Text),
    ("client_uri", Kind::Address),
    ("token_endpoint_auth_method", Kind::Text),
    ("jwks", Kind::Keys),
    ("jwks_uri", Kind::Address),
    ("application_type", Kind::Text),
    ("redirect_uris", Kind::List),
    ("post_logout_redirect_uris", Kind::List),
    ("grant_types", Kind::List),
    ("subject_type", Kind::Text),
    ("sector_identifier_uri", Kind::Address),
    ("id_token_signed_response_alg", Kind::Text),
    ("id_token_encrypted_response_alg", Kind::Text),
    ("id_token_encrypted_response_enc", Kind::Text),
    ("userinfo_signed_response_alg", Kind::Text),
    ("userinfo_encrypted_response_alg", Kind::Text),
    ("userinfo_encrypted_response_enc", Kind::Text),
    ("request_object_signing_alg", Kind::Text),
    ("authorization_signed_response_alg", Kind::Text),
    ("introspection_signed_response_alg", Kind::Text),
    ("backchannel_logout_uri", Kind::Address),
    ("frontchannel_logout_uri", Kind::Address),
    ("backchannel_logout_session_required", Kind::Flag),
    ("frontchannel_logout_session_required", Kind::Flag),
    ("require_pushed_authorization_requests", Kind::Flag),
    ("require_signed_request_object", Kind::Flag),
    ("dpop_bound_access_tokens", Kind::Flag),
    ("tls_client_certificate_bound_access_tokens", Kind::Flag),
    ("tls_client_auth_subject_dn", Kind::Text),
    ("tls_client_auth_san_dns", Kind::Text),
    ("tls_client_auth_san_ip", Kind::Text),
    ("profile", Kind::Text),
    ("response_types", Kind::List),
    ("initiate_login_uri", Kind::Address),
    ("logo_uri", Kind::Address),
    ("policy_uri", Kind::Address),
    ("tos_uri", Kind::Address),
    ("authorization_details_types", Kind::Names),
    ("token_endpoint_auth_signing_alg", Kind::Text),
    ("default_max_age", Kind::Number),
    ("default_acr_values", Kind::Names),
    ("require_auth_time", Kind::Flag),
];

/// Values that no key of this kind may have.
fn wrong(kind: Kind) -> Vec<Value> {
    let long = format!("https://relying.example/{}", "a".repeat(2049));
    let number = if kind == Kind::Number { json!(-7) } else { json!(7) };
    let shared = vec![number, json!({ "a": 1 }), json!("")];
    let own = match kind {
        Kind::Text => vec![json!(true), json!([]), json!("a".repeat(4000))],
        Kind::Flag => vec![json!("true"), json!(1), json!([])],
        Kind::Number => vec![json!("7"), json!(1.5), json!([7]), json!(true), json!(4_294_967_296_u64)],
        Kind::List => vec![json!("https://relying.example/callback"), json!([7]), json!([long]), json!([null])],
        Kind::Names => vec![json!("payment"), json!([7]), json!([null])],
        Kind::Address => vec![json!([]), json!("x"), json!("ftp://relying.example/"), json!(long), json!("javascript:alert(1)")],
        Kind::Keys => vec![json!([]), json!({ "keys": [] }), json!({ "keys": [{ "kty": "oct", "k": "AA" }] }), json!("x")],
    };
    shared.into_iter().chain(own).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_metadata_key_of_a_registration() {
    let world = open().await;
    for (key, kind) in KEYS {
        let with = |value: Value| {
            let mut body = good();
            body[key] = value;
            body.to_string()
        };
        let redirects = if key == "redirect_uris" { "invalid_redirect_uri" } else { "invalid_client_metadata" };
        let mut without = good();
        without.as_object_mut().unwrap().remove(key);
        for (row, body) in [("missing", without.to_string()), ("null (RFC 7592 2.2)", with(Value::Null))] {
            let answer = call(&world, "POST /register", &[], (JSON, &body)).await;
            if key == "redirect_uris" {
                is_json_error(&answer, redirects, &format!("{key} {row}"));
            } else {
                assert_eq!(answer.status, 201, "{key} {row}: {}", answer.text());
                is_not_kept(&answer, key);
            }
        }
        for value in wrong(kind) {
            let body = with(value);
            let refused = call(&world, "POST /register", &[], (JSON, &body)).await;
            is_json_error(&refused, redirects, &body);
            // RFC 7591 §3.2.2: it is told in the format in which the client writes, which is not that of an agency file.
            let told = refused.json()["error_description"].as_str().unwrap_or_default().to_owned();
            for toml in [" = ", "[[", "]]", "brackets", "TOML", "the file"] {
                assert!(!told.contains(toml), "{body}: {told}");
            }
        }
        let twice = good().to_string().replacen('{', &format!(r#"{{"{key}":null,"{key}":null,"#), 1);
        is_json_error(&call(&world, "POST /register", &[], (JSON, &twice)).await, "invalid_client_metadata", &twice);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_body_of_a_registration() {
    let world = open().await;
    let (deep, good) = (format!("{{\"a\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000)), good());
    let mut unknown = good.clone();
    (unknown["unknown"], unknown["pkce"], unknown["min_acr"]) = (json!({ "a": [1] }), json!("optional"), json!(7));
    for (row, content_type, body, told) in [
        ("as it should be", JSON, good.to_string(), ""),
        ("with a charset", "Application/JSON; charset=utf-8", good.to_string(), ""),
        ("RFC 7591 2: unknown keys, and what an operator decides", JSON, unknown.to_string(), ""),
        ("missing", JSON, String::new(), "invalid_client_metadata"),
        ("no JSON", JSON, "{".to_owned(), "invalid_client_metadata"),
        ("no object", JSON, "[]".to_owned(), "invalid_client_metadata"),
        ("two objects", JSON, format!("{good}{good}"), "invalid_client_metadata"),
        ("nested ten thousand deep", JSON, deep, "invalid_client_metadata"),
        ("no UTF-8", JSON, "{\"client_name\":\"\u{fffd}\"".to_owned(), "invalid_client_metadata"),
        ("a form", "application/x-www-form-urlencoded", good.to_string(), "invalid_client_metadata"),
        ("of no type", "", good.to_string(), "invalid_client_metadata"),
        ("a JWT", "application/jwt", good.to_string(), "invalid_client_metadata"),
    ] {
        let answer = call(&world, "POST /register", &[], (content_type, &body)).await;
        match told {
            "" => assert_eq!(answer.status, 201, "{row}: {}", answer.text()),
            error => is_json_error(&answer, error, row),
        }
    }
    let large = json!({ "client_name": "a".repeat(70_000) }).to_string();
    assert_eq!(call(&world, "POST /register", &[], (JSON, &large)).await.status, 413);
}

/// RFC 6750 §3: a client that showed no token learns how to authenticate, and no error code.
async fn without_a_token(world: &World, to: &str, (token, body): (&str, &str)) {
    for (row, tokens) in
        [("without a token", vec![]), ("with another scheme", vec!["Basic eDp5"]), ("with two", vec![token, token])]
    {
        let answer = call(world, to, &tokens, (JSON, body)).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (401, ""), "{to} {row}");
        assert_eq!(answer.header("www-authenticate"), r#"Bearer realm="https://window.example""#, "{to} {row}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_way_to_look_after_a_registration() {
    let world = open().await;
    let mine = call(&world, "POST /register", &[], (JSON, &good().to_string())).await.json();
    let other = call(&world, "POST /register", &[], (JSON, &good().to_string())).await.json();
    let text = |told: &Value, name: &str| told[name].as_str().unwrap().to_owned();
    let bearer = |told: &Value| format!("Bearer {}", text(told, "registration_access_token"));
    let (token, others) = (bearer(&mine), bearer(&other));
    let path = text(&mine, "registration_client_uri").replace("https://window.example", "");
    let mut same = good();
    same["client_id"] = mine["client_id"].clone();
    let put = same.to_string();
    for method in ["GET", "PUT", "DELETE"] {
        let body = if method == "PUT" { put.as_str() } else { "" };
        for (row, path, tokens) in [
            ("with an empty one", path.as_str(), vec!["Bearer "]),
            ("with a guessed one", &path, vec!["Bearer x"]),
            ("with another client's", &path, vec![others.as_str()]),
            ("RFC 7592 2.1: of nobody", "/register/nobody", vec![token.as_str()]),
            ("of what is no name", "/register/%00", vec![token.as_str()]),
        ] {
            let answer = call(&world, &format!("{method} {path}"), &tokens, (JSON, body)).await;
            is_json_error(&answer, "invalid_token", &format!("{method} {row}"));
        }
        without_a_token(&world, &format!("{method} {path}"), (&token, body)).await;
    }
    let with = |key: &str, value: Value| {
        let mut body = same.clone();
        body[key] = value;
        body.to_string()
    };
    let secret = mine["client_secret"].clone();
    for (row, body, told) in [
        ("as it is", put.clone(), ""),
        ("with its secret", with("client_secret", secret), ""),
        ("without client_id", good().to_string(), "invalid_client_metadata"),
        ("with another's client_id", with("client_id", other["client_id"].clone()), "invalid_client_metadata"),
        ("with a secret of its own choice", with("client_secret", json!("chosen")), "invalid_client_metadata"),
        ("without redirect_uris", with("redirect_uris", Value::Null), "invalid_redirect_uri"),
        ("no JSON", "x".to_owned(), "invalid_client_metadata"),
    ] {
        let answer = call(&world, &format!("PUT {path}"), &[&token], (JSON, &body)).await;
        match told {
            "" => {
                assert_eq!(answer.status, 200, "{row}: {}", answer.text());
                is_not_kept(&answer, row);
            }
            error => is_json_error(&answer, error, row),
        }
    }
    let form = call(&world, &format!("PUT {path}"), &[&token], ("text/plain", &put)).await;
    is_json_error(&form, "invalid_client_metadata", "PUT of text");
    let told = call(&world, &format!("GET {path}?unknown=x"), &[&token], (JSON, "")).await;
    assert_eq!((told.status.as_u16(), &told.json()["client_id"]), (200, &mine["client_id"]));
    is_not_kept(&told, "GET");
    assert_eq!(call(&world, &format!("POST {path}"), &[&token], (JSON, &put)).await.status, 405);

    let gone = call(&world, &format!("DELETE {path}"), &[&token], (JSON, "")).await;
    assert_eq!((gone.status.as_u16(), gone.text(), gone.header("cache-control")), (204, "", "no-store"));
    is_json_error(&call(&world, &format!("GET {path}"), &[&token], (JSON, "")).await, "invalid_token", "after DELETE");
}
