//! What certification runs need: the stage that `tests/conformance/` describes can be started from a fresh clone and used by a
//! plain browser, and the table of `docs/conformance.md` names tests that exist.

mod suite;
mod table;

use crate::world::html::encode;
use panjereh::client::detail_types::Asker;
use panjereh::client::grant_type::GrantType;
use panjereh::client::metadata::Client;
use panjereh::oidc::details::AuthorizationDetails;
use panjereh::oidc::details::types::DetailTypes;
use panjereh::registration::{AgencyFile, ClientDeclaration};
use serde_json::Value;
use suite::{BASE, Browser, Stage, callback, claims, parameter, registered};

fn read(path: &str) -> String {
    std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn the_clients_for_certification_are_of_every_kind_and_two_of_each() {
    let text = read("tests/conformance/clients.toml").replace("${CONFORMANCE_BASE}", "https://localhost:8444");
    let file = AgencyFile::parse(&text).unwrap_or_else(|problems| panic!("{problems}"));
    let clients: Vec<_> = file.agencies.iter().flat_map(|(_, clients)| clients).map(ClientDeclaration::client).collect();
    for method in panjereh::client::words::TokenEndpointAuthMethod::ALL {
        let of_it = clients.iter().filter(|client| client.auth_method == method).count();
        assert!(of_it >= 2, "{}: {of_it}", method.name());
    }
    let (of_people, of_machines): (Vec<_>, Vec<_>) =
        clients.iter().copied().partition(|client: &&Client| client.may_use(GrantType::AuthorizationCode));
    for client in of_machines {
        assert!(client.may_use(GrantType::ClientCredentials) && client.redirect_uris.is_empty(), "{}", client.id);
    }
    for client in of_people {
        assert!(client.redirect_uris.iter().any(|uri| uri == "https://localhost:8444/test/a/panjereh/callback"));
        assert!(client.redirect_uris.iter().any(|uri| uri.ends_with("/callback?dummy1=lorem&dummy2=ipsum")));
    }
}

#[test]
fn the_details_that_the_first_table_names_can_be_asked_for_by_every_client_of_fapi2() {
    let file =
        AgencyFile::parse(&read("tests/conformance/clients.toml").replace("${CONFORMANCE_BASE}", "https://localhost:8444"));
    let file = file.unwrap_or_else(|problems| panic!("{problems}"));
    let clients: Vec<_> = file.agencies.iter().flat_map(|(_, clients)| clients).map(|client| client.client().clone()).collect();
    let table = read("docs/conformance.md");
    let row = table.lines().find(|line| line.starts_with("| rich authorization requests")).unwrap();
    let details = AuthorizationDetails::parse(row.split('`').nth(1).unwrap()).unwrap();
    let types = DetailTypes::of(clients.iter());
    let asks = |client: &&Client| client.requests.profile.is_fapi2() && client.may_use(GrantType::AuthorizationCode);
    for client in clients.iter().filter(asks) {
        types.check(&details, client, Asker::Person).unwrap_or_else(|error| panic!("{}: {error}", client.id));
    }
}

#[test]
fn the_private_keys_that_the_suite_is_given_are_those_of_the_registered_public_ones() {
    let keys: Value = serde_json::from_str(&read("tests/conformance/client-keys.json")).unwrap();
    for (id, set) in keys.as_object().unwrap() {
        let (key, client) = (&set["keys"][0], registered(id));
        let known = &client["jwks"]["keys"][0];
        for (member, value) in known.as_table().unwrap() {
            assert_eq!(key[member], value.as_str().unwrap(), "{id} {member}");
        }
        assert!(key["d"].is_string(), "{id}");
    }
}

#[test]
fn a_stage_is_refused_anywhere_but_on_localhost() {
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_panjereh"))
        .args(["serve", "--config", "tests/conformance/panjereh.toml", "--issuer", "https://window.example"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let told = String::from_utf8(run.stderr).unwrap();
    assert_eq!(run.status.code(), Some(1), "{told}");
    assert!(told.contains("demo.stage is for an issuer on localhost") && told.contains("to do: "), "{told}");
}

/// The authorization request that the suite's basic plan sends: no PKCE.
fn request(client_id: &str) -> Vec<(&'static str, String)> {
    vec![
        ("client_id", client_id.to_owned()),
        ("redirect_uri", callback()),
        ("scope", "openid profile email address phone offline_access".to_owned()),
        ("state", "a-state".to_owned()),
        ("nonce", "a-nonce".to_owned()),
        ("response_type", "code".to_owned()),
        ("prompt", "consent".to_owned()),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_a_fresh_clone_a_plain_browser_signs_in_over_tls_and_out_again() {
    let stage = Stage::start().await;
    let person = stage.person().await;
    let client = registered("conformance-basic");
    let (id, secret) = (client["client_id"].as_str().unwrap(), client["client_secret"].as_str().unwrap());
    let http = stage.client();
    let discovery: Value = http.get(stage.url("/.well-known/openid-configuration")).send().await.unwrap().json().await.unwrap();
    assert_eq!(discovery["issuer"], stage.url(""));
    assert!(discovery["registration_endpoint"].is_string(), "clients may register themselves");
    let endpoint = |name: &str| discovery[name].as_str().unwrap().to_owned();

    let mut browser = Browser::new(&stage);
    assert_eq!(browser.open(&format!("{}?{}", endpoint("authorization_endpoint"), encode(&request(id)))).await, None);
    let back = browser.sign_in(&person).await;
    assert!(back.starts_with(&callback()), "{back}");
    assert_eq!(parameter(&back, "state").as_deref(), Some("a-state"));
    assert_eq!(parameter(&back, "iss"), Some(stage.url("")));

    let redeemed =
        [("grant_type", "authorization_code"), ("code", &parameter(&back, "code").unwrap()), ("redirect_uri", &callback())];
    let answer = http.post(endpoint("token_endpoint")).basic_auth(id, Some(secret)).form(&redeemed).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let tokens: Value = answer.json().await.unwrap();
    let (access, id_token) = (tokens["access_token"].as_str().unwrap(), tokens["id_token"].as_str().unwrap());
    assert!(tokens["refresh_token"].is_string(), "offline_access with prompt=consent");
    let said = claims(id_token);
    assert_eq!((said["iss"].as_str().unwrap(), said["aud"].as_str().unwrap()), (stage.url("").as_str(), id));
    assert_eq!(said["nonce"], "a-nonce");

    // OpenID Connect Core §5.3: in the header by GET and by POST, and in a form.
    let userinfo = endpoint("userinfo_endpoint");
    for request in [
        http.get(&userinfo).bearer_auth(access),
        http.post(&userinfo).bearer_auth(access),
        http.post(&userinfo).form(&[("access_token", access)]),
    ] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let claims: Value = answer.json().await.unwrap();
        assert_eq!(claims["sub"], said["sub"]);
        assert!(claims["name"].is_string() && claims["phone_number"].is_string(), "{claims}");
    }

    // OpenID Connect Core §3.1.2.1: the request by POST; the session is there now.
    let mut again = request(id);
    again.retain(|(name, _)| *name != "prompt");
    let back = browser.post(&endpoint("authorization_endpoint"), encode(&again)).await.expect("single sign-on");
    assert!(parameter(&back, "code").is_some(), "{back}");

    for id in ["conformance-tls", "conformance-self-signed"] {
        by_certificate(&stage, &mut browser, &discovery, id).await;
    }

    let bye = format!("{BASE}/test/a/panjereh/post_logout_redirect");
    let logout = encode(&[("id_token_hint", id_token), ("post_logout_redirect_uri", &bye), ("state", "bye")]);
    let mut left = browser.open(&format!("{}?{logout}", endpoint("end_session_endpoint"))).await;
    if left.is_none() && browser.shows("logout-confirm") {
        left = browser.press("logout-confirm", &[]).await;
    }
    assert_eq!(left.unwrap_or_else(|| panic!("{}", browser.text())), format!("{bye}?state=bye"));

    let outbox = http.get(stage.url("/demo/outbox")).send().await.unwrap().text().await.unwrap();
    assert!(outbox.contains("123456"), "messages can be read");
    assert_eq!(stage.stop(), Some(0));
}

/// RFC 8705 §5: a client with a certificate calls the mutual-TLS endpoint.
async fn by_certificate(stage: &Stage, browser: &mut Browser<'_>, discovery: &Value, id: &str) {
    let endpoint = |name: &str| discovery[name].as_str().unwrap().to_owned();
    let alias = |name: &str| discovery["mtls_endpoint_aliases"][name].as_str().unwrap().to_owned();
    let pem = read(&format!("tests/conformance/certificates/{id}.pem"));
    let identity = reqwest::Identity::from_pem(pem.as_bytes()).unwrap();
    let (own, bare) = (stage.client_with(|client| client.identity(identity)), stage.client());
    assert_eq!(browser.open(&format!("{}?{}", endpoint("authorization_endpoint"), encode(&request(id)))).await, None);
    let back = browser.press("consent-allow", &[]).await.expect("consent");
    let redeemed = [
        ("grant_type", "authorization_code"),
        ("client_id", id),
        ("code", &parameter(&back, "code").unwrap()),
        ("redirect_uri", &callback()),
    ];
    let refused = bare.post(alias("token_endpoint")).form(&redeemed).send().await.unwrap();
    assert_eq!(refused.status(), 401, "without a certificate");
    let refused = own.post(endpoint("token_endpoint")).form(&redeemed).send().await.unwrap();
    assert_eq!(refused.status(), 401, "the first address asks for no certificate");
    let tokens: Value = own.post(alias("token_endpoint")).form(&redeemed).send().await.unwrap().json().await.unwrap();
    let access = tokens["access_token"].as_str().unwrap_or_else(|| panic!("{id}: {tokens}"));
    assert!(claims(access)["cnf"]["x5t#S256"].is_string());
    let userinfo = alias("userinfo_endpoint");
    assert_eq!(own.get(&userinfo).bearer_auth(access).send().await.unwrap().status(), 200);
    assert_eq!(bare.get(&userinfo).bearer_auth(access).send().await.unwrap().status(), 401);
}
