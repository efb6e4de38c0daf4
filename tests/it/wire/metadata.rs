//! Discovery, keys, health and assets.

use crate::world::{Backend, World, on_both_backends};
use panjereh::client::profile::Profile;
use panjereh::settings::Settings;
use serde_json::{Value, json};

on_both_backends! {
    oidc_discovery_4_2_the_document_is_exactly_this,
    rfc7517_5_the_key_set_may_be_kept_for_an_hour,
    the_process_says_that_it_lives_and_that_it_can_serve,
    assets_are_kept_for_ever_because_their_names_change_with_them,
}

fn the_document() -> Value {
    json!({
        "issuer": "https://window.example", "service_documentation": "https://window.example/developers",
        "authorization_endpoint": "https://window.example/authorize",
        "token_endpoint": "https://window.example/token",
        "pushed_authorization_request_endpoint": "https://window.example/par",
        "device_authorization_endpoint": "https://window.example/device_authorization",
        "userinfo_endpoint": "https://window.example/userinfo",
        "jwks_uri": "https://window.example/jwks",
        "end_session_endpoint": "https://window.example/logout",
        "check_session_iframe": "https://window.example/session/check",
        "revocation_endpoint": "https://window.example/revoke",
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
        "revocation_endpoint_auth_signing_alg_values_supported": ["ES256", "RS256", "PS256", "EdDSA"],
        "introspection_endpoint": "https://window.example/introspect",
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt"],
        "introspection_endpoint_auth_signing_alg_values_supported": ["ES256", "RS256", "PS256", "EdDSA"],
        "introspection_signing_alg_values_supported": ["ES256", "RS256", "PS256", "EdDSA"],
        "dpop_signing_alg_values_supported": ["ES256", "PS256", "EdDSA"],
        "scopes_supported": ["openid", "profile", "phone", "address", "national_id", "age_over_18", "offline_access"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post", "jwt", "query.jwt", "form_post.jwt"],
        "authorization_signing_alg_values_supported": ["ES256", "RS256", "PS256", "EdDSA"],
        "grant_types_supported": [
            "authorization_code", "refresh_token", "client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange",
            "urn:ietf:params:oauth:grant-type:device_code", "urn:openid:params:grant-type:ciba",
        ],
        "subject_types_supported": ["pairwise", "public"],
        "id_token_signing_alg_values_supported": ["ES256", "RS256", "PS256", "EdDSA"],
        "id_token_encryption_alg_values_supported": ["ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW", "RSA-OAEP-256"],
        "id_token_encryption_enc_values_supported": ["A128CBC-HS256", "A256CBC-HS512", "A128GCM", "A256GCM"],
        "userinfo_signing_alg_values_supported": ["ES256", "RS256", "PS256", "EdDSA"],
        "userinfo_encryption_alg_values_supported": ["ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW", "RSA-OAEP-256"],
        "userinfo_encryption_enc_values_supported": ["A128CBC-HS256", "A256CBC-HS512", "A128GCM", "A256GCM"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
        "token_endpoint_auth_signing_alg_values_supported": ["ES256", "RS256", "PS256", "EdDSA"],
        "code_challenge_methods_supported": ["S256"],
        "acr_values_supported": ["urn:panjereh:acr:low", "urn:panjereh:acr:substantial", "urn:panjereh:acr:high"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "display_values_supported": ["page", "popup", "touch"],
        "claim_types_supported": ["normal"],
        "claims_supported": [
            "sub", "name", "given_name", "family_name", "birthdate", "gender", "updated_at", "phone_number",
            "phone_number_verified", "address", "national_id", "age_over_18", "iss", "aud", "exp", "iat", "auth_time", "nonce",
            "acr", "amr", "at_hash", "sid",
        ],
        "claims_locales_supported": ["fa", "en"],
        "ui_locales_supported": ["fa", "en"],
        "claims_parameter_supported": true,
        "request_parameter_supported": true,
        "request_object_signing_alg_values_supported": ["ES256", "RS256", "PS256", "EdDSA"],
        "require_signed_request_object": false,
        "request_uri_parameter_supported": false,
        "require_request_uri_registration": false,
        "require_pushed_authorization_requests": false,
        "authorization_response_iss_parameter_supported": true,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "frontchannel_logout_supported": true,
        "frontchannel_logout_session_supported": true,
    })
}

/// OpenID Connect CIBA Core §4.
fn of_ciba() -> Value {
    json!({
        "backchannel_authentication_endpoint": "https://window.example/ciba",
        "backchannel_token_delivery_modes_supported": ["poll", "ping"],
        "backchannel_authentication_request_signing_alg_values_supported": ["ES256", "RS256", "PS256", "EdDSA"],
        "backchannel_user_code_parameter_supported": false,
    })
}

async fn oidc_discovery_4_2_the_document_is_exactly_this(world: &World) {
    let answer = world.get("/.well-known/openid-configuration").await;
    let mut expected = the_document();
    expected.as_object_mut().unwrap().extend(of_ciba().as_object().unwrap().clone());
    assert_eq!(answer.json(), expected);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "public, max-age=3600");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let oauth = world.get("/.well-known/oauth-authorization-server").await;
    assert_eq!(oauth.json(), expected, "RFC 8414 §3");
}

/// Where every client must follow FAPI 2.0 Message Signing, the document promises nothing that is rejected then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fapi2_the_document_promises_what_the_profile_allows_and_is_exactly_this() {
    let held = |settings: &mut Settings| settings.tokens.profile = Profile::Fapi2MessageSigning;
    let world = World::with(Backend::Embedded, held).await.unwrap();
    let mut expected = the_document();
    expected.as_object_mut().unwrap().extend(of_ciba().as_object().unwrap().clone());
    for (name, values) in expected.as_object_mut().unwrap() {
        let Value::Array(values) = values else { continue };
        let refused: &[&str] = match name.as_str() {
            name if name.ends_with("_auth_methods_supported") => &["client_secret_basic", "client_secret_post", "none"],
            "response_modes_supported" => &["query", "form_post"],
            // FAPI 2.0 Security Profile §5.4.1 item 1.
            _ => &["RS256"],
        };
        values.retain(|value| !refused.iter().any(|refused| value == refused));
    }
    for name in ["require_pushed_authorization_requests", "require_signed_request_object"] {
        expected[name] = json!(true);
    }
    assert!(!expected.to_string().contains("RS256"));
    assert_eq!(world.get("/.well-known/openid-configuration").await.json(), expected);
}

async fn rfc7517_5_the_key_set_may_be_kept_for_an_hour(world: &World) {
    let answer = world.get("/jwks").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "public, max-age=3600");
    let keys = answer.json()["keys"].as_array().unwrap().clone();
    let mut kinds: Vec<_> = keys.iter().map(|key| format!("{}/{}", key["kty"], key["alg"]).replace('"', "")).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["EC/ES256", "OKP/EdDSA", "RSA/PS256", "RSA/RS256"]);
}

async fn the_process_says_that_it_lives_and_that_it_can_serve(world: &World) {
    for (path, text) in [("/healthz", "alive\n"), ("/readyz", "ready\n")] {
        let answer = world.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (200, text));
    }
}

async fn assets_are_kept_for_ever_because_their_names_change_with_them(world: &World) {
    let page = world.get("/").await;
    let style = page.text().split("href=\"").find(|rest| rest.contains(".css")).unwrap().split('"').next().unwrap();
    let answer = world.get(style).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "text/css; charset=utf-8"));
    assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(answer.header("etag").trim_matches('"'), style.split('.').nth(1).unwrap(), "the hash is the entity tag");
    assert_eq!(world.get("/assets/app.0000000000000000.css").await.status, 404);
    assert_eq!(world.get("/assets/..%2f..%2fCargo.toml").await.status, 404);
}
