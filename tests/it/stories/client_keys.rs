//! Keys that a client publishes at its `jwks_uri` (OpenID Connect Core §10.1.1).

use crate::world::agency::Agency;
use crate::world::assertion::Signer;
use crate::world::office::Office;
use crate::world::{Answer, World, on_both_backends};
use panjereh::client::grant_type::GrantType;
use panjereh::client::words::TokenEndpointAuthMethod;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

on_both_backends! {
    oidc_core_10_1_1_keys_are_fetched_once_and_again_when_a_signature_names_another,
    while_the_client_is_down_the_keys_that_it_had_go_on_for_a_day,
    a_key_server_that_is_down_is_no_failed_authentication,
    invented_key_names_do_not_make_us_call_the_client_again_and_again,
    many_who_need_the_same_keys_at_once_fetch_them_once,
    what_is_no_set_of_public_keys_authenticates_no_client,
    rfc9111_5_2_2_1_a_shorter_max_age_of_the_client_is_respected_and_a_longer_one_is_not,
    a_key_replaced_under_its_name_or_without_a_name_is_fetched_once_more_when_a_signature_is_wrong,
    wrong_signatures_do_not_make_us_call_the_client_again_and_again,
    rfc7517_5_members_of_a_published_set_that_are_of_no_use_are_ignored,
    a_replaced_key_is_found_for_request_objects_too,
}

const KEYS: &str = "/keys";
const FORM: [(&str, &str); 1] = [("grant_type", "client_credentials")];

/// An agency that publishes its keys at this office.
async fn publishing<'w>(world: &'w World, office: &Office) -> Agency<'w> {
    let uri = office.url(KEYS);
    let agency = world
        .agency_with("batch", |client| {
            client.auth_method = TokenEndpointAuthMethod::PrivateKeyJwt;
            client.jwks_uri = Some(uri);
            client.grant_types.push(GrantType::ClientCredentials);
        })
        .await;
    office.answers(KEYS, 200, &agency.signer.jwks());
    agency
}

async fn asks(agency: &Agency<'_>) -> Answer {
    agency.token(&FORM).await
}

async fn oidc_core_10_1_1_keys_are_fetched_once_and_again_when_a_signature_names_another(world: &World) {
    let office = Office::open().await;
    let mut batch = publishing(world, &office).await;
    for _ in 0..3 {
        assert_eq!(asks(&batch).await.status, 200);
    }
    assert_eq!(office.visits(KEYS).len(), 1);

    batch.signer = Arc::new(Signer::named("rotated"));
    world.pass(Duration::from_secs(30));
    assert_eq!(asks(&batch).await.error(), "invalid_client", "not published yet");
    office.answers(KEYS, 200, &batch.signer.jwks());
    world.pass(Duration::from_secs(30));
    assert_eq!(asks(&batch).await.status, 200);
    assert_eq!(office.visits(KEYS).len(), 3);
}

async fn while_the_client_is_down_the_keys_that_it_had_go_on_for_a_day(world: &World) {
    let office = Office::open().await;
    let batch = publishing(world, &office).await;
    assert_eq!(asks(&batch).await.status, 200);
    office.answers(KEYS, 503, &json!({}));
    world.pass(Duration::from_hours(23));
    assert_eq!(asks(&batch).await.status, 200);
    world.pass(Duration::from_hours(2));
    let answer = asks(&batch).await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (503, "temporarily_unavailable"));
    assert_eq!(answer.header("retry-after"), "20", "by then it is asked again");
    office.answers(KEYS, 200, &batch.signer.jwks());
    world.pass(Duration::from_secs(30));
    assert_eq!(asks(&batch).await.status, 200);
}

async fn a_key_server_that_is_down_is_no_failed_authentication(world: &World) {
    let office = Office::open().await;
    let batch = publishing(world, &office).await;
    office.answers(KEYS, 500, &json!({}));
    // More often than a client may fail.
    for _ in 0..102 {
        let answer = asks(&batch).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (503, "temporarily_unavailable"));
        assert!(answer.json()["error_description"].as_str().unwrap().contains("jwks_uri could not be read"));
    }
    office.answers(KEYS, 200, &batch.signer.jwks());
    world.pass(Duration::from_secs(21));
    assert_eq!(asks(&batch).await.status, 200);
}

async fn invented_key_names_do_not_make_us_call_the_client_again_and_again(world: &World) {
    let office = Office::open().await;
    let mut batch = publishing(world, &office).await;
    for number in 0..20 {
        batch.signer = Arc::new(Signer::named(&format!("invented-{number}")));
        assert_eq!(asks(&batch).await.error(), "invalid_client");
    }
    assert_eq!(office.visits(KEYS).len(), 1);
}

async fn many_who_need_the_same_keys_at_once_fetch_them_once(world: &World) {
    let office = Office::open().await;
    let batch = publishing(world, &office).await;
    let requests = (0..20).map(|_| crate::world::send(world.router(), batch.token_request(&FORM)));
    let tasks: Vec<_> = requests.map(tokio::spawn).collect();
    for task in tasks {
        assert_eq!(task.await.unwrap().status, 200);
    }
    assert_eq!(office.visits(KEYS).len(), 1);
}

async fn what_is_no_set_of_public_keys_authenticates_no_client(world: &World) {
    let office = Office::open().await;
    let batch = publishing(world, &office).await;
    let mut private = batch.signer.jwks();
    private["keys"][0]["d"] = json!("AAAA");
    let broken = json!({ "keys": [{ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "use": "sig" }, { "kty": "oct", "k": "AA" }, 7, null] });
    for answer in [json!({}), json!({ "keys": [] }), json!({ "keys": {} }), json!([]), json!("keys"), private, broken] {
        office.answers(KEYS, 200, &answer);
        let refused = asks(&batch).await;
        assert_eq!(refused.error(), "invalid_client", "{answer}");
        assert!(refused.json()["error_description"].as_str().unwrap().contains("a usable set of public keys"), "{answer}");
        world.pass(Duration::from_secs(30));
    }
}

async fn rfc9111_5_2_2_1_a_shorter_max_age_of_the_client_is_respected_and_a_longer_one_is_not(world: &World) {
    let office = Office::open().await;
    let batch = publishing(world, &office).await;
    // What the client says, and after how many seconds it is asked again.
    for (told, seconds) in [
        ("max-age=60", 60),
        ("public, max-age=\"120\", must-revalidate", 120),
        // Never more often than the pause allows, and never later than after ten minutes.
        ("no-store", 20),
        ("max-age=0", 20),
        ("max-age=86400", 600),
        ("private", 600),
    ] {
        office.caches(told);
        world.pass(Duration::from_mins(11));
        assert_eq!(asks(&batch).await.status, 200);
        let before = office.visits(KEYS).len();
        world.pass(Duration::from_secs(seconds - 1));
        assert_eq!(asks(&batch).await.status, 200);
        assert_eq!(office.visits(KEYS).len(), before, "{told}");
        world.pass(Duration::from_secs(1));
        assert_eq!(asks(&batch).await.status, 200);
        assert_eq!(office.visits(KEYS).len(), before + 1, "{told}");
    }
}

async fn a_key_replaced_under_its_name_or_without_a_name_is_fetched_once_more_when_a_signature_is_wrong(world: &World) {
    let office = Office::open().await;
    let mut batch = publishing(world, &office).await;
    let kid = batch.signer.jwks()["keys"][0]["kid"].as_str().unwrap().to_owned();
    assert_eq!(asks(&batch).await.status, 200);
    // The same name.
    batch.signer = Arc::new(Signer::named(&kid));
    office.answers(KEYS, 200, &batch.signer.jwks());
    world.pass(Duration::from_secs(21));
    assert_eq!(asks(&batch).await.status, 200);
    assert_eq!(office.visits(KEYS).len(), 2);
    // No name, neither at the key nor in the signature.
    batch.signer = Arc::new(Signer::named(&kid));
    let mut nameless = batch.signer.jwks();
    nameless["keys"][0].as_object_mut().unwrap().remove("kid");
    office.answers(KEYS, 200, &nameless);
    world.pass(Duration::from_secs(21));
    let claims = Signer::claims("batch", world);
    let assertion = batch.signer.sign_under(|header| header.kid = None, &claims);
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion.as_str()),
    ];
    let answer = world.post("/token", &crate::world::html::encode(&form)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(office.visits(KEYS).len(), 3);
}

async fn wrong_signatures_do_not_make_us_call_the_client_again_and_again(world: &World) {
    let office = Office::open().await;
    let mut batch = publishing(world, &office).await;
    let right = Arc::clone(&batch.signer);
    let kid = right.jwks()["keys"][0]["kid"].as_str().unwrap().to_owned();
    assert_eq!(asks(&batch).await.status, 200);
    world.pass(Duration::from_secs(30));
    batch.signer = Arc::new(Signer::named(&kid));
    for _ in 0..10 {
        assert_eq!(asks(&batch).await.error(), "invalid_client");
    }
    assert_eq!(office.visits(KEYS).len(), 2, "one more fetch, and then the pause");
    // While the client does not answer, its keys stay in use.
    office.answers(KEYS, 500, &json!({}));
    world.pass(Duration::from_secs(30));
    assert_eq!(asks(&batch).await.error(), "invalid_client");
    batch.signer = right;
    assert_eq!(asks(&batch).await.status, 200);
}

async fn rfc7517_5_members_of_a_published_set_that_are_of_no_use_are_ignored(world: &World) {
    let office = Office::open().await;
    let batch = publishing(world, &office).await;
    let good = batch.signer.jwks()["keys"][0].clone();
    let mut private = Signer::named("private").jwks()["keys"][0].clone();
    private["d"] = json!("AAAA");
    let others = [
        json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA" }),
        json!({ "kty": "EC", "crv": "P-256" }),
        json!({ "kty": "EC", "crv": "P-521", "x": "AA", "y": "AA" }),
        json!({ "kty": "RSA", "n": "AA", "e": "AQAB" }),
        json!({ "kty": "oct", "k": "c2VjcmV0" }),
        json!({ "kty": "AKP", "alg": "ML-DSA-65", "pub": "AA" }),
        json!({ "kty": 7 }),
        json!({}),
        json!("key"),
        json!(null),
        private.clone(),
    ];
    for other in others {
        world.pass(Duration::from_mins(11));
        office.answers(KEYS, 200, &json!({ "keys": [other, good, other] }));
        assert_eq!(asks(&batch).await.status, 200, "{other}");
    }
    // Also behind many of them, and a key whose private half is published counts for nothing.
    world.pass(Duration::from_mins(11));
    let mut many = vec![json!({ "kty": "later" }); 100];
    many.push(good.clone());
    office.answers(KEYS, 200, &json!({ "keys": many }));
    assert_eq!(asks(&batch).await.status, 200);
    world.pass(Duration::from_mins(11));
    let mut exposed = good.clone();
    exposed["d"] = json!("AAAA");
    office.answers(KEYS, 200, &json!({ "keys": [exposed, Signer::named("other").jwks()["keys"][0]] }));
    assert_eq!(asks(&batch).await.error(), "invalid_client");
}

async fn a_replaced_key_is_found_for_request_objects_too(world: &World) {
    let office = Office::open().await;
    let uri = office.url(KEYS);
    let mut tax = world.agency_with("tax", |client| client.jwks_uri = Some(uri)).await;
    let kid = tax.signer.jwks()["keys"][0]["kid"].as_str().unwrap().to_owned();
    for _ in 0..2 {
        office.answers(KEYS, 200, &tax.signer.jwks());
        let now = world.now().seconds();
        let mut object = json!({ "iss": "tax", "aud": crate::world::ISSUER, "exp": now + 60, "nbf": now });
        for (name, value) in tax.ask("openid").params {
            object[name] = json!(value);
        }
        let pushed = tax.push(&tax.ask("openid").with("request", &tax.signer.sign(&object))).await;
        assert_eq!(pushed.status, 201, "{}", pushed.text());
        tax.signer = Arc::new(Signer::named(&kid));
        world.pass(Duration::from_secs(21));
    }
    assert_eq!(office.visits(KEYS).len(), 2);
}
