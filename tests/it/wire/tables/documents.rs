//! Discovery and keys: documents without parameters.

use super::world;
use axum::body::Body;
use axum::http::Request;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_way_to_ask_for_discovery_and_keys() {
    let world = world().await;
    for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/jwks"] {
        let plain = world.get(path).await;
        for (row, query) in [
            ("as it should be", ""),
            ("with an unknown parameter", "?unknown=x"),
            ("with one twice", "?a=1&a=1"),
            ("with what is no encoding", "?%zz"),
            ("as RFC 8414 3 does not offer", "?issuer=https://evil.example"),
        ] {
            let answer = world.get(&format!("{path}{query}")).await;
            assert_eq!((answer.status.as_u16(), answer.text()), (200, plain.text()), "{path} {row}");
            assert_eq!(answer.header("cache-control"), "public, max-age=3600", "{path} {row}");
            assert_eq!(answer.header("content-type"), "application/json", "{path} {row}");
            assert_eq!(answer.header("access-control-allow-origin"), "*", "{path} {row}");
            assert_eq!((answer.header("vary"), answer.header("pragma")), ("", ""), "{path} {row}");
            assert!(answer.cookies().is_empty(), "{path} {row}: what is kept by caches sets no cookie");
        }
        for (method, status) in [("HEAD", 200), ("POST", 405), ("PUT", 405), ("DELETE", 405), ("PATCH", 405)] {
            let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
            let answer = world.send(request).await;
            assert_eq!(answer.status.as_u16(), status, "{method} {path}");
            assert!(answer.body.is_empty() || status == 405, "{method} {path}");
        }
        for other in [format!("{path}/"), path.to_uppercase(), format!("/{path}")] {
            assert_eq!(world.get(&other).await.status, 404, "{other}");
        }
    }
}
