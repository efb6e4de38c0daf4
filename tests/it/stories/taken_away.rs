//! Rights that an operator takes from a client, or that a client loses with its registration, are gone for earlier grants, too.

use crate::world::agency::{Agency, code_form};
use crate::world::tokens::Tokens;
use crate::world::{Answer, World, on_both_backends};
use panjereh::client::grant_type::{GrantType, TOKEN_EXCHANGE};
use panjereh::client::metadata::Client;
use panjereh::client::resource::ResourceUri;
use panjereh::client::scope::Scope;
use panjereh::oidc::token::exchange::ACCESS_TOKEN;
use serde_json::{Value, json};

on_both_backends! {
    a_scope_that_was_taken_away_is_in_no_new_token_and_userinfo_tells_nothing_by_an_old_one,
    a_resource_that_was_taken_away_is_in_no_new_token,
    rfc6749_5_2_a_client_that_lost_a_grant_type_is_unauthorized_and_goes_on_when_it_has_it_again,
    rfc7592_2_3_the_tokens_of_a_client_that_is_gone_are_neither_active_nor_exchanged,
}

const HEALTH: &str = "https://api.health.example";
const LAND: &str = "https://api.land.example";

fn resources(names: &[&str]) -> Vec<ResourceUri> {
    names.iter().filter_map(|name| ResourceUri::parse(name)).collect()
}

/// The tax office, registered anew; it keeps its secret.
async fn tax(world: &World, change: impl FnOnce(&mut Client)) -> Agency<'_> {
    world.agency_with("tax", change).await
}

async fn told(agency: &Agency<'_>, tokens: &Tokens) -> Vec<String> {
    let person = agency.userinfo(&tokens.access_token).await.json();
    person.as_object().unwrap().keys().cloned().collect()
}

async fn a_scope_that_was_taken_away_is_in_no_new_token_and_userinfo_tells_nothing_by_an_old_one(world: &World) {
    let all = tax(world, |_| ()).await;
    let (_, mut browser, _) = world.signed_in(&all, "openid phone address offline_access").await;
    let asking = |agency: &Agency<'_>| {
        let claims = json!({ "id_token": { "national_id": null }, "userinfo": { "national_id": null } }).to_string();
        agency.ask("openid phone offline_access").with("claims", &claims)
    };
    let request = asking(&all);
    browser.open(&request.url()).await.must(200, "consent-title");
    let code = request.code(browser.allow().await);
    let (first, claims) = all.sign_in(&request, &code).await;
    assert!(claims["national_id"].is_string());
    assert_eq!(told(&all, &first).await, ["national_id", "phone_number", "phone_number_verified", "sub"]);
    let request = asking(&all);
    let waiting = request.code(browser.open(&request.url()).await);

    let less = tax(world, |client| client.scopes = vec![Scope::Openid, Scope::Address, Scope::OfflineAccess]).await;
    assert_eq!(told(&less, &first).await, ["sub"]);
    let (redeemed, claims) = less.sign_in(&request, &waiting).await;
    assert_eq!((redeemed.scope.as_str(), claims.get("national_id")), ("openid offline_access", None));
    let refreshed = Tokens::of(&less.refresh(first.refresh()).await);
    assert_eq!((refreshed.scope.as_str(), less.verified(&refreshed).await.get("national_id")), ("openid offline_access", None));
    let wider = [("grant_type", "refresh_token"), ("refresh_token", refreshed.refresh()), ("scope", "openid phone")];
    assert_eq!(less.token(&wider).await.error(), "invalid_scope");

    // A right that is given back counts again; what was redeemed in between stays as it was redeemed.
    let all = tax(world, |_| ()).await;
    let again = Tokens::of(&all.refresh(refreshed.refresh()).await);
    assert_eq!(again.scope, "openid phone offline_access");
    assert_eq!(told(&all, &again).await, ["national_id", "phone_number", "phone_number_verified", "sub"]);
    assert_eq!(Tokens::of(&all.refresh(redeemed.refresh()).await).scope, "openid offline_access");
}

async fn a_resource_that_was_taken_away_is_in_no_new_token(world: &World) {
    let both = tax(world, |client| client.token_policy.resources = resources(&[HEALTH, LAND])).await;
    let (_, mut browser, _) = world.signed_in(&both, "openid offline_access").await;
    let mut asking = both.ask("openid offline_access");
    asking.params.extend([HEALTH, LAND].map(|resource| ("resource".to_owned(), resource.to_owned())));
    let code = asking.code(browser.open(&asking.url()).await);
    let tokens = Tokens::of(&both.redeem(&asking, &code).await);
    let code = asking.code(browser.open(&asking.url()).await);

    let one = tax(world, |client| client.token_policy.resources = resources(&[LAND])).await;
    let refresh = async |token: &str, resource: &str| {
        one.token(&[("grant_type", "refresh_token"), ("refresh_token", token), ("resource", resource)]).await
    };
    assert_eq!(refresh(tokens.refresh(), HEALTH).await.error(), "invalid_target");
    let refreshed = Tokens::of(&one.refresh(tokens.refresh()).await);
    for tokens in [&refreshed, &Tokens::of(&one.redeem(&asking, &code).await)] {
        assert_eq!(world.signed_claims(&tokens.access_token).await.1["aud"], LAND);
    }
    // A grant whose resources are all gone is for no other resource either.
    let none = tax(world, |_| ()).await;
    assert_eq!(none.refresh(refreshed.refresh()).await.error(), "invalid_target");
}

async fn rfc6749_5_2_a_client_that_lost_a_grant_type_is_unauthorized_and_goes_on_when_it_has_it_again(world: &World) {
    let all = tax(world, |_| ()).await;
    let (_, mut browser, tokens) = world.signed_in(&all, "openid offline_access").await;
    let (asking, code) = all.silently(&mut browser, "openid offline_access").await;
    let unauthorized =
        |answer: Answer| assert_eq!((answer.status.as_u16(), answer.error().as_str()), (400, "unauthorized_client"));
    let no_refresh = tax(world, |client| client.grant_types = vec![GrantType::AuthorizationCode]).await;
    unauthorized(no_refresh.refresh(tokens.refresh()).await);
    let asked = no_refresh.post("/introspect", &[("token", tokens.refresh())]).await.json();
    assert_eq!(asked, json!({ "active": false }));
    let not_offline = tax(world, |client| client.scopes = vec![Scope::Openid]).await;
    unauthorized(not_offline.refresh(tokens.refresh()).await);
    let no_code = tax(world, |client| client.grant_types = vec![GrantType::RefreshToken, GrantType::ClientCredentials]).await;
    unauthorized(no_code.token(&code_form(&asking, &code)).await);

    let all = tax(world, |_| ()).await;
    Tokens::of(&all.refresh(tokens.refresh()).await);
    all.sign_in(&asking, &code).await;
}

async fn rfc7592_2_3_the_tokens_of_a_client_that_is_gone_are_neither_active_nor_exchanged(world: &World) {
    let resource = |name: &'static str, uri: &'static str, calls: &'static [&'static str]| {
        world.agency_with(name, move |client| {
            client.grant_types.push(GrantType::TokenExchange);
            client.token_policy.resource_identifier = ResourceUri::parse(uri);
            client.token_policy.resources = resources(calls);
        })
    };
    let (health, land) = (resource("health", HEALTH, &[LAND]).await, resource("land", LAND, &[]).await);
    let tax = tax(world, |client| client.token_policy.resources = resources(&[HEALTH])).await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid phone").await;
    let asking = tax.ask("openid phone").with("resource", HEALTH);
    let code = asking.code(browser.open(&asking.url()).await);
    let token = Tokens::of(&tax.redeem(&asking, &code).await).access_token;
    let exchange = async || {
        let form = [
            ("grant_type", TOKEN_EXCHANGE),
            ("subject_token", token.as_str()),
            ("subject_token_type", ACCESS_TOKEN),
            ("resource", LAND),
        ];
        health.token(&form).await
    };
    let active = async |asker: &Agency<'_>, token: &str| -> Value {
        asker.post("/introspect", &[("token", token)]).await.json()["active"].clone()
    };
    let exchanged = Tokens::of(&exchange().await).access_token;
    assert_eq!((active(&health, &token).await, active(&land, &exchanged).await), (json!(true), json!(true)));

    let mut tx = world.app.store.write().await.unwrap();
    assert!(tx.delete_client(&tax.client.id).await.unwrap());
    tx.save().await.unwrap();
    world.refresh().await;
    assert_eq!((active(&health, &token).await, active(&land, &exchanged).await), (json!(false), json!(false)));
    assert_eq!(exchange().await.error(), "invalid_request");
}
