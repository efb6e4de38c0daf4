//! Clients that register themselves and manage their registration (OpenID Connect Dynamic Client Registration 1.0, RFC 7591, RFC
//! 7592).

use crate::world::agency::Agency;
use crate::world::assertion::Signer;
use crate::world::office::Office;
use crate::world::{Answer, Backend, World};
use axum::body::Body;
use axum::http::Request;
use panjereh::client::words::ClientId;
use panjereh::settings::{RegistrationMode, Settings};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

pub(super) async fn worlds(change: impl Fn(&mut Settings) + Copy) -> Vec<World> {
    let mut worlds = Vec::new();
    for backend in [Backend::Embedded, Backend::Servers] {
        worlds.extend(World::with(backend, change).await);
    }
    worlds
}

pub(super) async fn open_worlds() -> Vec<World> {
    worlds(|settings| settings.registration.mode = RegistrationMode::Open).await
}

pub(super) async fn call(world: &World, method: &str, path: &str, token: Option<&str>, body: &Value) -> Answer {
    let mut request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    world.send(request.body(Body::from(body.to_string())).unwrap()).await
}

pub(super) async fn register(world: &World, body: &Value) -> Answer {
    call(world, "POST", "/register", None, body).await
}

pub(super) fn plain() -> Value {
    json!({ "client_name": "Relying", "redirect_uris": ["https://relying.example/callback"] })
}

/// The answer to a registration.
pub(super) struct Told(pub(super) Value);

impl Told {
    #[track_caller]
    pub(super) fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!(answer.header("cache-control"), "no-store");
        Self(answer.json())
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_else(|| panic!("no {name}: {}", self.0))
    }

    pub(super) fn path(&self) -> String {
        self.text("registration_client_uri").strip_prefix("https://window.example").unwrap().to_owned()
    }

    pub(super) fn token(&self) -> &str {
        self.text("registration_access_token")
    }

    /// As a client of the tests.
    pub(super) fn agency<'w>(&self, world: &'w World) -> Agency<'w> {
        let id = ClientId::parse(self.text("client_id")).unwrap();
        let client = (*world.app.client_cache.load().client(&id).unwrap()).clone();
        let secret = self.0["client_secret"].as_str().unwrap_or_default().to_owned();
        Agency { world, client, secret, signer: Arc::new(Signer::new()) }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc7591_3_2_1_a_registered_client_can_sign_people_in_at_once() {
    for world in open_worlds().await {
        let told = Told::of(&register(&world, &plain()).await);
        assert_eq!(told.0["client_secret_expires_at"], 0);
        assert_eq!(told.0["client_id_issued_at"], world.now().seconds());
        assert_eq!((told.text("token_endpoint_auth_method"), told.text("scope")), ("client_secret_basic", "openid profile"));
        let (_, _, tokens) = world.signed_in(&told.agency(&world), "openid profile national_id").await;
        assert_eq!(tokens.scope, "openid profile", "what an operator did not allow is not had");
        assert_eq!(told.text("client_id").len(), 22);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registration_is_off_unless_an_operator_opens_it() {
    for world in worlds(|_| ()).await {
        assert_eq!(register(&world, &plain()).await.status, 404);
        let gone = call(&world, "GET", "/register/x", Some("t"), &json!({})).await;
        for answer in [gone, register(&world, &plain()).await, call(&world, "DELETE", "/register/x", Some("t"), &json!({})).await]
        {
            assert_eq!((answer.status.as_u16(), answer.header("content-type")), (404, "application/json"));
            assert_eq!((answer.error().as_str(), answer.header("cache-control")), ("access_denied", "no-store"));
        }
        assert_eq!(world.get("/.well-known/openid-configuration").await.json().get("registration_endpoint"), None);
    }
    for world in open_worlds().await {
        let document = world.get("/.well-known/openid-configuration").await.json();
        assert_eq!(document["registration_endpoint"], "https://window.example/register");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc7592_3_reading_a_registration_neither_tells_nor_changes_its_secret() {
    for world in open_worlds().await {
        let told = Told::of(&register(&world, &plain()).await);
        let (agency, kept) = (told.agency(&world), told.agency(&world).client.secret_hash);
        for _ in 0..3 {
            let read = call(&world, "GET", &told.path(), Some(told.token()), &Value::Null).await.json();
            assert_eq!(
                (read.get("client_secret"), &read["client_secret_expires_at"]),
                (None, &json!(0)),
                "there is one, for ever"
            );
            assert_eq!(read["registration_access_token"], told.token(), "and this token stays, too");
        }
        assert_eq!(told.agency(&world).client.secret_hash, kept);
        let (_, _, tokens) = world.signed_in(&agency, "openid").await;
        assert!(!tokens.id_token.is_empty(), "the secret of the first answer works as before");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc7592_2_a_client_reads_changes_and_ends_its_registration() {
    for world in open_worlds().await {
        let told = Told::of(&register(&world, &plain()).await);
        let looked_up = call(&world, "GET", &told.path(), Some(told.token()), &json!({})).await;
        assert_eq!(looked_up.status, 200);
        assert_eq!(looked_up.json()["client_secret"], Value::Null, "only its hash is kept");
        let mut expected = told.0.clone();
        expected.as_object_mut().unwrap().remove("client_secret");
        assert_eq!(looked_up.json(), expected);

        let mut wanted = plain();
        wanted["client_id"] = told.0["client_id"].clone();
        wanted["client_secret"] = told.0["client_secret"].clone();
        wanted["redirect_uris"] = json!(["https://relying.example/new"]);
        let changed = call(&world, "PUT", &told.path(), Some(told.token()), &wanted).await;
        assert_eq!(
            (changed.status.as_u16(), &changed.json()["redirect_uris"]),
            (200, &wanted["redirect_uris"]),
            "{}",
            changed.text()
        );
        let agency = told.agency(&world);
        let (_, _, tokens) = world.signed_in(&agency, "openid").await;
        assert!(!tokens.id_token.is_empty(), "the secret is still the same");

        for (name, value) in [("client_id", json!("other")), ("client_id", Value::Null), ("client_secret", json!("chosen"))] {
            let mut wrong = wanted.clone();
            wrong[name] = value;
            let refused = call(&world, "PUT", &told.path(), Some(told.token()), &wrong).await;
            assert_eq!((refused.status.as_u16(), refused.error().as_str()), (400, "invalid_client_metadata"), "{name}");
        }
        let gone = call(&world, "DELETE", &told.path(), Some(told.token()), &json!({})).await;
        assert_eq!((gone.status.as_u16(), gone.text(), gone.header("cache-control")), (204, "", "no-store"));
        assert_eq!(call(&world, "GET", &told.path(), Some(told.token()), &json!({})).await.status, 401);
        let after = agency.userinfo(&tokens.access_token).await;
        assert_eq!((after.status.as_u16(), after.error().as_str()), (401, "invalid_token"), "its tokens went with it");
        assert_eq!(world.get(&format!("/authorize?client_id={}", told.text("client_id"))).await.status, 400);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc7592_2_a_registration_access_token_opens_its_own_client_only() {
    for world in open_worlds().await {
        let (one, other) = (Told::of(&register(&world, &plain()).await), Told::of(&register(&world, &plain()).await));
        world.agency("tax").await;
        for path in [one.path(), "/register/tax".to_owned(), "/register/nobody".to_owned(), "/register/%00".to_owned()] {
            for token in [Some(other.token()), None, Some("guess"), Some(one.text("client_id")), Some(one.text("client_secret"))]
            {
                for method in ["GET", "PUT", "DELETE"] {
                    let refused = call(&world, method, &path, token, &plain()).await;
                    assert_eq!(refused.status, 401, "{method} {path} {token:?}");
                    match token {
                        Some(_) => assert_eq!(refused.error(), "invalid_token", "{method} {path} {token:?}"),
                        // RFC 6750 §3: it learns how to authenticate, and no error code.
                        None => assert_eq!(
                            (refused.header("www-authenticate"), refused.text()),
                            (r#"Bearer realm="https://window.example""#, "")
                        ),
                    }
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_registered_on_one_instance_is_known_on_the_others() {
    for world in open_worlds().await {
        let before = world.app.client_cache.load_full();
        let told = Told::of(&register(&world, &plain()).await);
        let id = ClientId::parse(told.text("client_id")).unwrap();
        assert!(world.app.client_cache.load().client(&id).is_some());
        // Another instance still has the old state in memory, and reloads every few seconds.
        world.app.client_cache.store(before);
        panjereh::app::reload::refresh(&world.app, &crate::world::master()).await.unwrap();
        assert!(world.app.client_cache.load().client(&id).is_some());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oidc_dcr_5_sector_identifier_uri_is_fetched_and_holds_every_redirect_uri() {
    for world in open_worlds().await {
        let office = Office::open().await;
        let uris = json!(["https://a.example/cb", "https://b.example/cb"]);
        office.answers("/good", 200, &uris);
        office.answers("/short", 200, &json!(["https://a.example/cb"]));
        office.answers("/broken", 500, &json!({}));
        let mut body = json!({ "redirect_uris": uris, "subject_type": "pairwise" });
        let refused = register(&world, &body).await;
        assert_eq!(refused.error(), "invalid_client_metadata", "two hosts need a sector");
        let told = refused.json()["error_description"].as_str().unwrap().to_owned();
        assert!(told.starts_with("sector_identifier_uri: "), "what a client itself can say: {told}");
        for path in ["/short", "/broken", "/missing"] {
            body["sector_identifier_uri"] = json!(office.url(path));
            assert_eq!(register(&world, &body).await.error(), "invalid_client_metadata", "{path}");
        }
        body["sector_identifier_uri"] = json!(office.url("/good"));
        let told = Told::of(&register(&world, &body).await);
        assert_eq!(told.0["sector_identifier_uri"], body["sector_identifier_uri"]);
        assert_eq!(told.agency(&world).client.sector, "127.0.0.1");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oidc_core_8_1_a_client_with_public_subjects_needs_no_sector_whatever_its_redirect_uris_are() {
    for world in open_worlds().await {
        for uris in [
            json!(["https://a.example/cb", "https://b.example/cb"]),
            json!(["https://a.example/cb", "http://localhost:8080/cb"]),
            json!(["https://a.example/cb", "ir.example.app:/cb"]),
        ] {
            let mut body = json!({ "redirect_uris": uris, "subject_type": "public", "application_type": "native", "token_endpoint_auth_method": "none" });
            let told = Told::of(&register(&world, &body).await);
            assert_eq!(told.0["subject_type"], "public", "{uris}");
            // No host is taken for the client's own: its logo cannot be on one of them.
            body["logo_uri"] = json!("https://a.example/logo.png");
            assert_eq!(register(&world, &body).await.error(), "invalid_client_metadata", "{uris}");
            // By an update it cannot become pairwise without a sector.
            let mut changed = json!({ "client_id": told.0["client_id"], "redirect_uris": uris, "subject_type": "pairwise", "application_type": "native", "token_endpoint_auth_method": "none" });
            let refused = call(&world, "PUT", &told.path(), Some(told.token()), &changed).await;
            assert_eq!((refused.status.as_u16(), refused.error().as_str()), (400, "invalid_client_metadata"), "{uris}");
            changed["subject_type"] = json!("public");
            assert_eq!(call(&world, "PUT", &told.path(), Some(told.token()), &changed).await.status, 200, "{uris}");
            // A document that the client names is still checked (Registration 5).
            body = json!({ "redirect_uris": uris, "subject_type": "public", "application_type": "native", "token_endpoint_auth_method": "none", "sector_identifier_uri": "https://127.0.0.1:1/x" });
            assert_eq!(register(&world, &body).await.error(), "invalid_client_metadata", "{uris}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oidc_core_8_1_a_client_on_several_hosts_that_asks_for_no_kind_of_subject_is_a_sector_of_its_own() {
    for world in open_worlds().await {
        let register_on = async |hosts: Value| {
            let mut body = plain();
            body["redirect_uris"] = hosts;
            let told = Told::of(&register(&world, &body).await);
            assert_eq!(told.0["subject_type"], "pairwise");
            // An update says again what the client asked for.
            body["client_id"] = told.0["client_id"].clone();
            assert_eq!(call(&world, "PUT", &told.path(), Some(told.token()), &body).await.status, 200);
            told
        };
        let several = json!(["https://relying.example/callback", "https://b.example/cb"]);
        let mut subjects = std::collections::BTreeSet::new();
        let one = register_on(json!(["https://relying.example/callback"])).await;
        let (citizen, _, _) = world.signed_in(&one.agency(&world), "openid").await;
        for told in [one, register_on(several.clone()).await, register_on(several).await] {
            let agency = told.agency(&world);
            let mut browser = world.browser();
            let (asking, code) = browser.sign_in_at(&agency, &citizen, "openid").await;
            let (_, claims) = agency.sign_in(&asking, &code).await;
            subjects.insert(claims["sub"].as_str().unwrap().to_owned());
        }
        assert_eq!(subjects.len(), 3, "each has subjects that no other client has");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc7591_3_2_2_every_error_of_the_registration_endpoint() {
    for world in open_worlds().await {
        let with = |name: &str, value: Value| {
            let mut body = plain();
            body[name] = value;
            body
        };
        let too_long = format!("https://relying.example/{}", "x".repeat(3000));
        for (body, error) in [
            (json!({}), "invalid_redirect_uri"),
            (with("redirect_uris", json!([too_long])), "invalid_redirect_uri"),
            (with("redirect_uris", json!(["https://relying.example/cb", "https://relying.example/cb"])), "invalid_redirect_uri"),
            (with("redirect_uris", json!(["javascript:alert(1)"])), "invalid_redirect_uri"),
            (with("response_types", json!(["token"])), "invalid_client_metadata"),
            (with("subject_type", json!(1)), "invalid_client_metadata"),
            (json!([]), "invalid_client_metadata"),
        ] {
            let refused = register(&world, &body).await;
            assert_eq!((refused.status.as_u16(), refused.error().as_str()), (400, error), "{body}");
            assert_eq!(refused.header("cache-control"), "no-store");
            assert!(!refused.json()["error_description"].as_str().unwrap().is_empty());
        }
        let form = Request::post("/register").header("content-type", "application/x-www-form-urlencoded");
        let refused = world.send(form.body(Body::from("redirect_uris=x")).unwrap()).await;
        assert_eq!(refused.error(), "invalid_client_metadata");
        assert_eq!(world.get("/register").await.status, 405);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_window_does_not_recommend_what_registered_itself() {
    for world in open_worlds().await {
        let mut body = plain();
        (body["client_uri"], body["client_name"]) = (json!("https://relying.example/"), json!("Looks official"));
        Told::of(&register(&world, &body).await);
        world.refresh().await;
        let window = world.get("/").await;
        assert!(!window.text().contains("relying.example") && !window.text().contains("Looks official"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oidc_registration_2_initiate_login_uri_is_kept_and_told_again_and_needs_https() {
    for world in open_worlds().await {
        let mut body = plain();
        body["initiate_login_uri"] = json!("https://relying.example/begin");
        (body["policy_uri#fa"], body["policy_uri"]) = (json!("https://relying.example/fa"), json!("https://relying.example/en"));
        let told = Told::of(&register(&world, &body).await);
        let looked_up = call(&world, "GET", &told.path(), Some(told.token()), &Value::Null).await.json();
        for name in ["initiate_login_uri", "policy_uri", "policy_uri#fa"] {
            assert_eq!((told.text(name), looked_up[name].as_str()), (body[name].as_str().unwrap(), body[name].as_str()));
        }
        body["initiate_login_uri"] = json!("http://relying.example/begin");
        let refused = register(&world, &body).await;
        assert_eq!((refused.status.as_u16(), refused.error().as_str()), (400, "invalid_client_metadata"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registrations_from_one_address_are_limited() {
    let few = |settings: &mut Settings| {
        settings.registration.mode = RegistrationMode::Open;
        settings.limits.per_address = 3;
    };
    for world in worlds(few).await {
        for _ in 0..3 {
            Told::of(&register(&world, &plain()).await);
        }
        let refused = register(&world, &plain()).await;
        assert_eq!((refused.status.as_u16(), refused.error().as_str()), (429, "temporarily_unavailable"));
        assert_eq!(refused.header("retry-after"), "900", "RFC 6585 §4");
        world.pass(Duration::from_mins(15));
        Told::of(&register(&world, &plain()).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registration_does_not_make_us_call_private_addresses() {
    let in_earnest = |settings: &mut Settings| {
        settings.registration.mode = RegistrationMode::Open;
        settings.outbound =
            panjereh::settings::Outbound { plain_http: panjereh::settings::PlainHttp::Allowed, ..Default::default() };
    };
    for world in worlds(in_earnest).await {
        let office = Office::open().await;
        let port = office.origin.rsplit(':').next().unwrap();
        office.answers("/x", 200, &json!(["https://relying.example/callback"]));
        for host in ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]", "user@127.0.0.1", "169.254.169.254"] {
            for key in ["sector_identifier_uri", "jwks_uri", "backchannel_logout_uri"] {
                for scheme in ["http", "https"] {
                    let mut body = plain();
                    body[key] = json!(format!("{scheme}://{host}:{port}/x"));
                    let answer = register(&world, &body).await;
                    // A name is judged when it is called.
                    let named = host == "localhost" && key != "sector_identifier_uri";
                    assert!(
                        answer.error() == "invalid_client_metadata" || (named && answer.status == 201),
                        "{body}: {}",
                        answer.text()
                    );
                }
            }
        }
        assert_eq!(office.visits("/x").len(), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_may_register_itself_and_a_ciba_client_only_with_a_token() {
    let device = json!({
        "token_endpoint_auth_method": "none", "grant_types": ["urn:ietf:params:oauth:grant-type:device_code"],
        "response_types": ["code"],
    });
    let counter = json!({
        "grant_types": ["urn:openid:params:grant-type:ciba"], "backchannel_token_delivery_mode": "ping",
        "backchannel_client_notification_endpoint": "https://relying.example/ciba", "backchannel_user_code_parameter": false,
    });
    for world in open_worlds().await {
        let told = Told::of(&register(&world, &device).await);
        assert_eq!(told.0["grant_types"], json!(["urn:ietf:params:oauth:grant-type:device_code"]));
        told.agency(&world).device("openid").await;
        let refused = register(&world, &counter).await;
        assert_eq!((refused.status.as_u16(), refused.error().as_str()), (400, "invalid_client_metadata"));
    }
    for world in worlds(|settings| settings.registration.mode = RegistrationMode::Token).await {
        let token = super::registration_tokens::initial_access_token(&world, "for a counter").await;
        let told = Told::of(&call(&world, "POST", "/register", Some(token.expose()), &counter).await);
        for (name, value) in counter.as_object().unwrap().iter().filter(|(name, _)| !name.ends_with("user_code_parameter")) {
            assert_eq!(&told.0[name], value, "{name}");
        }
        let inside = json!({
            "grant_types": ["urn:openid:params:grant-type:ciba"], "backchannel_token_delivery_mode": "ping",
            "backchannel_client_notification_endpoint": "https://10.0.0.1/ciba",
        });
        let refused = call(&world, "POST", "/register", Some(token.expose()), &inside).await;
        assert_eq!(refused.error(), "invalid_client_metadata", "an address that we would not call");
    }
}
