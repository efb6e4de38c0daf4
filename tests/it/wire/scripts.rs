//! What scripts of other sites may call (OpenID Connect Core §5.3), and headers that tell browsers about us in general.

use crate::world::agency::code_form;
use crate::world::dpop::Prover;
use crate::world::{Answer, Backend, World, on_both_backends};
use axum::body::Body;
use axum::http::Request;
use panjereh::client::words::TokenEndpointAuthMethod;

on_both_backends! {
    oidc_core_5_3_scripts_of_other_sites_may_call_what_browser_clients_need_and_nothing_else,
    a_client_that_runs_in_a_browser_signs_a_person_in_with_dpop,
}

const ORIGIN: &str = "https://app.example";

async fn preflight(world: &World, path: &str, method: &str) -> Answer {
    let request = Request::options(path).header("origin", ORIGIN).header("access-control-request-method", method);
    let request = request.header("access-control-request-headers", "authorization,content-type,dpop");
    world.send(request.body(Body::empty()).unwrap()).await
}

async fn oidc_core_5_3_scripts_of_other_sites_may_call_what_browser_clients_need_and_nothing_else(world: &World) {
    let open = [
        ("/token", "POST"),
        ("/par", "POST"),
        ("/revoke", "POST"),
        ("/userinfo", "GET, POST"),
        ("/jwks", "GET"),
        ("/.well-known/openid-configuration", "GET"),
        ("/.well-known/oauth-authorization-server", "GET"),
    ];
    for (path, methods) in open {
        let answer = preflight(world, path, "POST").await;
        assert_eq!((answer.status.as_u16(), answer.text()), (204, ""), "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        assert_eq!(answer.header("access-control-allow-methods"), methods, "{path}");
        assert_eq!(answer.header("access-control-allow-headers"), "Authorization, Content-Type, DPoP", "{path}");
        assert_eq!(answer.header("access-control-allow-credentials"), "", "{path}: never with cookies");
        // Errors as well, or the script would only learn that something failed: also those that no handler answered.
        for request in [Request::post(path), Request::put(path)] {
            let answer = world.send(request.header("origin", ORIGIN).body(Body::from("x".repeat(70_000))).unwrap()).await;
            assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
            assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}: {}", answer.status);
            let read = answer.header("access-control-expose-headers");
            assert!(read.contains("DPoP-Nonce") && read.contains("WWW-Authenticate"), "{path}: {read}");
        }
    }
    let closed =
        ["/", "/authorize", "/logout", "/introspect", "/register", "/register/x", "/ciba", "/device_authorization", "/device"];
    for path in closed {
        let answers = [
            preflight(world, path, "POST").await,
            world.send(Request::get(path).header("origin", ORIGIN).body(Body::empty()).unwrap()).await,
        ];
        for answer in answers {
            assert!(!answer.headers.keys().any(|name| name.as_str().starts_with("access-control-")), "{path}");
        }
    }
}

async fn a_client_that_runs_in_a_browser_signs_a_person_in_with_dpop(world: &World) {
    let app = world
        .agency_with("app", |client| {
            client.auth_method = TokenEndpointAuthMethod::None;
            client.token_policy.dpop_bound = true;
        })
        .await;
    let (citizen, key) = (world.registered(&app).await, Prover::new());
    let mut browser = world.browser();
    let (asking, code) = browser.sign_in_at(&app, &citizen, "openid").await;
    assert_eq!(preflight(world, "/token", "POST").await.status, 204);
    let form = code_form(&asking, &code);
    let with_proof = |nonce: Option<&str>| {
        let mut request = app.token_request(&form);
        request.headers_mut().insert("origin", ORIGIN.parse().unwrap());
        let mut claims = Prover::claims("POST", "/token", world);
        if let Some(nonce) = nonce {
            claims["nonce"] = nonce.into();
        }
        request.headers_mut().insert("dpop", key.sign(&claims).parse().unwrap());
        request
    };
    let first = world.send(with_proof(None)).await;
    let nonce = first.header("dpop-nonce").to_owned();
    assert!(first.header("access-control-expose-headers").contains("DPoP-Nonce"));
    let answer = if first.status == 200 { first } else { world.send(with_proof(Some(&nonce))).await };
    assert_eq!((answer.status.as_u16(), answer.header("access-control-allow-origin")), (200, "*"), "{}", answer.text());
    assert_eq!(answer.json()["token_type"], "DPoP");
}

#[tokio::test]
async fn rfc6797_7_1_an_https_issuer_is_visited_by_https_alone_unless_it_is_set_otherwise() {
    let world = World::new(Backend::Embedded).await.unwrap();
    for path in ["/", "/token", "/jwks", "/nowhere"] {
        assert_eq!(world.get(path).await.header("strict-transport-security"), "max-age=31536000", "{path}");
    }
    let of = |issuer: &'static str, hours| async move {
        let change = |settings: &mut panjereh::settings::Settings| {
            issuer.clone_into(&mut settings.server.issuer);
            settings.server.hsts_max_age = std::time::Duration::from_hours(hours);
        };
        let world = World::with(Backend::Embedded, change).await.unwrap();
        world.get("/jwks").await.header("strict-transport-security").to_owned()
    };
    assert_eq!(of("https://window.example", 2).await, "max-age=7200");
    assert_eq!(of("https://window.example", 0).await, "");
    assert_eq!(of("http://localhost:8080", 2).await, "");
    // The header holds for a host, and a developer runs other servers on this one.
    assert_eq!(of("https://localhost:8443", 2).await, "");
}
