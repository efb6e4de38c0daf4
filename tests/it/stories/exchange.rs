//! An agency calls another one on behalf of a citizen (RFC 8693).

use crate::world::agency::Agency;
use crate::world::dpop::Prover;
use crate::world::tokens::Tokens;
use crate::world::{Answer, World, on_both_backends};
use panjereh::client::grant_type::{GrantType, TOKEN_EXCHANGE};
use panjereh::client::metadata::Client;
use panjereh::client::resource::ResourceUri;
use panjereh::client::words::TokenEndpointAuthMethod;
use panjereh::oidc::token::exchange::ACCESS_TOKEN;
use serde_json::json;
use std::time::Duration;

on_both_backends! {
    rfc8693_2_2_1_the_new_token_is_for_the_other_agency_and_names_the_citizen_as_it_knows_them,
    rfc8693_4_1_the_chain_of_actors_is_kept_and_is_not_endless,
    rfc8693_2_2_2_only_the_holder_of_a_token_may_exchange_it_and_only_for_registered_resources,
    an_exchanged_token_allows_no_more_and_lives_no_longer_than_the_first,
    an_exchanged_token_ends_with_the_sign_in_and_can_be_given_back_alone,
}

const HEALTH: &str = "https://api.health.example";
const LAND: &str = "https://api.land.example";
const TAX: &str = "https://api.tax.example";

/// A client that may call those resources and is itself this resource.
fn caller(resource: &str, targets: &[&str]) -> impl FnOnce(&mut Client) {
    let (resource, targets) = (ResourceUri::parse(resource), targets.iter().filter_map(|one| ResourceUri::parse(one)).collect());
    move |client| {
        client.grant_types.push(GrantType::TokenExchange);
        (client.token_policy.resource_identifier, client.token_policy.resources) = (resource, targets);
    }
}

async fn exchange(agency: &Agency<'_>, token: &str, more: &[(&str, &str)]) -> Answer {
    let form = [("grant_type", TOKEN_EXCHANGE), ("subject_token", token), ("subject_token_type", ACCESS_TOKEN)];
    agency.token(&[&form[..], more].concat()).await
}

async fn rfc8693_2_2_1_the_new_token_is_for_the_other_agency_and_names_the_citizen_as_it_knows_them(world: &World) {
    let tax = world.agency_with("tax", caller(TAX, &[HEALTH])).await;
    let health = world.agency_with("health", caller(HEALTH, &[])).await;
    let (citizen, mut browser, tokens) = world.signed_in(&tax, "openid phone offline_access").await;
    let answer = exchange(&tax, &tokens.access_token, &[("resource", HEALTH)]).await;
    let names: Vec<_> = answer.json().as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["access_token", "expires_in", "issued_token_type", "scope", "token_type"]);
    assert_eq!((&answer.json()["issued_token_type"], &answer.json()["scope"]), (&json!(ACCESS_TOKEN), &json!("phone")));
    let token = Tokens::of(&answer).access_token;
    let (_, claims) = world.signed_claims(&token).await;
    let (_, first) = world.signed_claims(&tokens.access_token).await;
    assert_eq!((&claims["aud"], &claims["client_id"], &claims["act"]), (&json!(HEALTH), &json!("tax"), &json!({ "sub": "tax" })));
    assert_eq!((&claims["acr"], &claims["auth_time"]), (&first["acr"], &first["auth_time"]));
    assert!(claims.get("sid").is_none());

    // It is the `sub` that the other agency gets when the person signs in there, and not the first agency's.
    let asking = health.ask("openid");
    browser.open(&asking.url()).await;
    browser.allow().await;
    let (_, there) = health.sign_in(&asking, &asking.code(&browser.page)).await;
    assert_eq!(claims["sub"], there["sub"]);
    assert_ne!(claims["sub"], first["sub"]);
    let told = health.post("/introspect", &[("token", &token)]).await.json();
    assert_eq!((&told["active"], &told["sub"], &told["act"]), (&json!(true), &claims["sub"], &claims["act"]));
    // By its client id, too; and UserInfo does not accept it.
    Tokens::of(&exchange(&tax, &tokens.access_token, &[("audience", "health")]).await);
    assert_eq!(tax.userinfo(&token).await.error(), "invalid_token");

    let account = world.app.store.account_by_national_id(&citizen.person.national_id).await.unwrap().unwrap();
    let events = world.app.store.events_of(account.id, 20).await.unwrap();
    assert_eq!(events.iter().filter(|event| event.kind.name() == "token_exchanged").count(), 2);

    // A key that the client proves binds the new token.
    let key = Prover::new();
    let form = [
        ("grant_type", TOKEN_EXCHANGE),
        ("subject_token", tokens.access_token.as_str()),
        ("subject_token_type", ACCESS_TOKEN),
        ("resource", HEALTH),
    ];
    let bound = Tokens::of(&tax.token_with(&form, &key.for_token(world)).await).access_token;
    assert_eq!(world.signed_claims(&bound).await.1["cnf"]["jkt"], key.jkt());
}

async fn rfc8693_4_1_the_chain_of_actors_is_kept_and_is_not_endless(world: &World) {
    let tax = world.agency_with("tax", caller(TAX, &[HEALTH])).await;
    let health = world.agency_with("health", caller(HEALTH, &[LAND, TAX])).await;
    let land = world.agency_with("land", caller(LAND, &[HEALTH])).await;
    let (_, _, tokens) = world.signed_in(&tax, "openid phone").await;
    let at_health = Tokens::of(&exchange(&tax, &tokens.access_token, &[("resource", HEALTH)]).await).access_token;
    let at_land = Tokens::of(&exchange(&health, &at_health, &[("resource", LAND)]).await).access_token;
    let (_, claims) = world.signed_claims(&at_land).await;
    assert_eq!(claims["act"], json!({ "sub": "health", "act": { "sub": "tax" } }));
    assert_eq!((&claims["aud"], &claims["client_id"]), (&json!(LAND), &json!("health")));

    let mut token = at_land;
    for (agency, to) in [(&land, HEALTH), (&health, LAND), (&land, HEALTH)] {
        token = Tokens::of(&exchange(agency, &token, &[("resource", to)]).await).access_token;
    }
    assert_eq!(exchange(&health, &token, &[("resource", LAND)]).await.error(), "invalid_request");
}

async fn rfc8693_2_2_2_only_the_holder_of_a_token_may_exchange_it_and_only_for_registered_resources(world: &World) {
    let tax = world.agency_with("tax", caller(TAX, &[HEALTH])).await;
    let (_, _, tokens) = world.signed_in(&tax, "openid phone offline_access").await;
    let (health, land) =
        (world.agency_with("health", caller(HEALTH, &[LAND])).await, world.agency_with("land", caller(LAND, &[HEALTH])).await);
    let plain = world
        .agency_with("plain", |client| client.token_policy.resources = ResourceUri::parse(HEALTH).into_iter().collect())
        .await;
    let token = tokens.access_token.as_str();
    let to_health = [("resource", HEALTH)];
    for (agency, token, more, error) in [
        (&plain, token, &to_health, "unauthorized_client"),
        (&land, token, &to_health, "invalid_request"),
        (&health, token, &[("resource", LAND)], "invalid_request"),
        (&tax, tokens.refresh(), &to_health, "invalid_request"),
        (&tax, tokens.id_token.as_str(), &to_health, "invalid_request"),
        (&tax, "a.b.c", &to_health, "invalid_request"),
        (&tax, token, &[("resource", LAND)], "invalid_target"),
        (&tax, token, &[("resource", "https://api.unknown.example")], "invalid_target"),
        (&tax, token, &[("audience", "land")], "invalid_target"),
        (&tax, token, &[("audience", "plain")], "invalid_target"),
        (&tax, token, &[("audience", "tax")], "invalid_target"),
    ] {
        let answer = exchange(agency, token, more).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (400, error), "{} {more:?}", agency.id());
    }
    let public = world
        .agency_with("public", |client| {
            caller(TAX, &[HEALTH])(client);
            client.auth_method = TokenEndpointAuthMethod::None;
        })
        .await;
    assert_eq!(exchange(&public, token, &to_health).await.error(), "unauthorized_client");
    // A client's own token has no citizen in it.
    let robot = world
        .agency_with("robot", |client| {
            caller("https://api.robot.example", &[HEALTH])(client);
            client.grant_types.push(GrantType::ClientCredentials);
        })
        .await;
    let own = Tokens::of(&robot.token(&[("grant_type", "client_credentials")]).await).access_token;
    assert_eq!(exchange(&robot, &own, &to_health).await.error(), "invalid_request");
}

async fn an_exchanged_token_allows_no_more_and_lives_no_longer_than_the_first(world: &World) {
    let tax = world.agency_with("tax", caller(TAX, &[HEALTH])).await;
    world.agency_with("health", caller(HEALTH, &[])).await;
    let (_, _, tokens) = world.signed_in(&tax, "openid phone profile").await;
    let with = async |scope| exchange(&tax, &tokens.access_token, &[("resource", HEALTH), ("scope", scope)]).await;
    assert_eq!(with("phone address").await.error(), "invalid_scope");
    assert_eq!(Tokens::of(&with("phone openid").await).scope, "phone");
    world.pass(Duration::from_mins(4));
    let answer = with("phone").await;
    assert_eq!(answer.json()["expires_in"], 60);
    let (_, claims) = world.signed_claims(&Tokens::of(&answer).access_token).await;
    assert_eq!(claims["exp"], world.signed_claims(&tokens.access_token).await.1["exp"]);
    world.pass(Duration::from_mins(1));
    assert_eq!(with("phone").await.error(), "invalid_request");
}

async fn an_exchanged_token_ends_with_the_sign_in_and_can_be_given_back_alone(world: &World) {
    let tax = world.agency_with("tax", caller(TAX, &[HEALTH])).await;
    let health = world.agency_with("health", caller(HEALTH, &[])).await;
    let (_, _, tokens) = world.signed_in(&tax, "openid phone").await;
    let to_health = [("resource", HEALTH)];
    let works = async |token: &str| health.post("/introspect", &[("token", token)]).await.json()["active"].clone();
    let first = Tokens::of(&exchange(&tax, &tokens.access_token, &to_health).await).access_token;
    let second = Tokens::of(&exchange(&tax, &tokens.access_token, &to_health).await).access_token;
    tax.post("/revoke", &[("token", &first)]).await;
    assert_eq!((works(&first).await, works(&second).await), (json!(false), json!(true)));
    assert_eq!(tax.userinfo(&tokens.access_token).await.status, 200, "the citizen's sign-in goes on");
    tax.post("/revoke", &[("token", &tokens.access_token)]).await;
    assert_eq!(works(&second).await, json!(false));
    assert_eq!(exchange(&tax, &tokens.access_token, &to_health).await.error(), "invalid_request");
}
