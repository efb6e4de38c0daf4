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
    let many = json!({ "keys": vec![batch.signer.jwks()["keys"][0].clone(); 65] });
    for answer in [json!({}), json!({ "keys": [] }), json!([]), json!("keys"), private, many] {
        office.answers(KEYS, 200, &answer);
        let refused = asks(&batch).await;
        assert_eq!(refused.error(), "invalid_client", "{answer}");
        assert!(refused.json()["error_description"].as_str().unwrap().contains("a usable set of public keys"), "{answer}");
        world.pass(Duration::from_secs(30));
    }
}
