//! Revocation and introspection: one parameter that counts, and a hint that does not.

use super::Told::Good;
use super::{INVALID, Parameter, Told, is_json_error, is_not_kept, pairs, rows_of_any, world};
use axum::body::Body;
use axum::http::Request;

/// The parameters of both endpoints.
fn table(section: &'static str) -> [Parameter; 3] {
    let token = Parameter {
        name: "token",
        section,
        good: "",
        missing: INVALID,
        empty: INVALID,
        twice: INVALID,
        long: (16 * 1024, INVALID),
        wrong: &[("a.b.c", Good), ("پ", Good), ("..", Good)],
    };
    let hint = Parameter {
        name: "token_type_hint",
        good: "access_token",
        missing: Good,
        empty: Good,
        long: (2048, Good),
        wrong: &[("saml", Good)],
        ..token
    };
    let client = Parameter {
        name: "client_id",
        good: "tax",
        missing: Good,
        empty: Good,
        long: (128, INVALID),
        wrong: &[("nobody", INVALID), ("ta x", Told::Error("invalid_client"))],
        ..token
    };
    [token, hint, client]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_parameter_of_revocation_and_introspection() {
    let world = world().await;
    let tax = world.agency("tax").await;
    let good = pairs(&[("token", "a-token-of-nobody")]);
    for (path, section) in [("/revoke", "RFC 7009 2.1"), ("/introspect", "RFC 7662 2.1")] {
        let table = table(section);
        for row in table.iter().flat_map(|parameter| parameter.rows(&good)).chain(rows_of_any(&good)) {
            let form: Vec<_> = row.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let (answer, label) = (tax.post(path, &form).await, format!("{path} {}", row.label));
            match row.told {
                Told::Error(error) => is_json_error(&answer, error, &label),
                _ if path == "/revoke" => {
                    assert_eq!((answer.status.as_u16(), answer.text()), (200, ""), "{label}");
                    assert_eq!(answer.header("cache-control"), "no-store", "{label}");
                }
                _ => {
                    assert_eq!((answer.status.as_u16(), answer.text()), (200, r#"{"active":false}"#), "{label}");
                    is_not_kept(&answer, &label);
                }
            }
        }
        let twice = tax.request_to(path, &[("token", "x")]);
        let header = twice.headers()["authorization"].clone();
        let (mut parts, body) = twice.into_parts();
        parts.headers.append("authorization", header);
        is_json_error(&world.send(Request::from_parts(parts, body)).await, "invalid_request", "two Authorization headers");
        let bare = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        is_json_error(&world.send(bare.body(Body::from("token=x")).unwrap()).await, "invalid_client", path);
        let in_the_query = Request::post(format!("{path}?token=x")).body(Body::empty()).unwrap();
        is_json_error(&world.send(in_the_query).await, "invalid_request", path);
    }
}
