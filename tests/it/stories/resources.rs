//! The audience of access tokens (RFC 8707).

use crate::world::agency::{Agency, code_form};
use crate::world::tokens::Tokens;
use crate::world::{ISSUER, World, on_both_backends};
use panjereh::client::grant_type::GrantType;
use panjereh::client::resource::ResourceUri;
use serde_json::{Value, json};

on_both_backends! {
    rfc8707_2_1_a_token_is_for_the_resources_of_the_authorization_request,
    rfc8707_2_2_a_token_may_be_for_fewer_of_them,
    rfc8707_3_a_resource_learns_nothing_from_userinfo_by_a_token_that_it_was_shown,
    userinfo_says_what_a_token_is_for_and_only_of_a_token_of_ours_that_is_valid,
    rfc8707_2_a_resource_that_is_none_or_not_registered_is_invalid_target,
    rfc8707_2_2_a_client_s_own_token_is_for_the_resource_it_names,
    rfc7662_4_a_resource_asks_about_the_tokens_that_are_for_it,
}

const HEALTH: &str = "https://api.health.example";
const LAND: &str = "https://api.land.example/v1";

async fn tax(world: &World) -> Agency<'_> {
    world
        .agency_with("tax", |client| {
            client.grant_types.push(GrantType::ClientCredentials);
            client.token_policy.resources = [HEALTH, LAND].into_iter().filter_map(ResourceUri::parse).collect();
        })
        .await
}

async fn audience(world: &World, tokens: &Tokens) -> Value {
    world.signed_claims(&tokens.access_token).await.1["aud"].clone()
}

async fn rfc8707_2_1_a_token_is_for_the_resources_of_the_authorization_request(world: &World) {
    let tax = tax(world).await;
    let (_, mut browser, plain) = world.signed_in(&tax, "openid offline_access").await;
    assert_eq!(audience(world, &plain).await, ISSUER);
    let mut asking = tax.ask("openid offline_access");
    asking.params.extend([HEALTH, LAND].map(|resource| ("resource".to_owned(), resource.to_owned())));
    let code = asking.code(browser.open(&asking.url()).await);
    let (tokens, _) = tax.sign_in(&asking, &code).await;
    assert_eq!(audience(world, &tokens).await, json!([HEALTH, LAND]));
    let second = Tokens::of(&tax.refresh(tokens.refresh()).await);
    assert_eq!(audience(world, &second).await, json!([HEALTH, LAND]));
}

async fn rfc8707_3_a_resource_learns_nothing_from_userinfo_by_a_token_that_it_was_shown(world: &World) {
    let tax = tax(world).await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid phone offline_access").await;
    let asking = async |browser: &mut crate::world::browser::Browser<'_>| {
        let asking = tax.ask("openid phone offline_access").with("resource", HEALTH);
        let code = asking.code(browser.open(&asking.url()).await);
        (asking, code)
    };
    let (request, code) = asking(&mut browser).await;
    let (shown, _) = tax.sign_in(&request, &code).await;
    let refused = tax.userinfo(&shown.access_token).await;
    assert_eq!((refused.status.as_u16(), refused.error().as_str()), (401, "invalid_token"));
    // The client itself requests a token for UserInfo, or for both.
    let own = [("grant_type", "refresh_token"), ("refresh_token", shown.refresh()), ("resource", ISSUER)];
    let own = Tokens::of(&tax.token(&own).await);
    assert_eq!(audience(world, &own).await, ISSUER);
    assert!(tax.userinfo(&own.access_token).await.json()["phone_number"].is_string());
    let (request, code) = asking(&mut browser).await;
    let both = [&code_form(&request, &code)[..], &[("resource", HEALTH), ("resource", ISSUER)]].concat();
    let both = Tokens::of(&tax.token(&both).await);
    assert_eq!(audience(world, &both).await, json!([HEALTH, ISSUER]));
    assert_eq!(tax.userinfo(&both.access_token).await.status, 200);
    // A client's own token belongs to no person.
    let machine = tax.token(&[("grant_type", "client_credentials"), ("resource", ISSUER)]).await;
    assert_eq!(machine.error(), "invalid_target");
}

async fn rfc8707_2_2_a_token_may_be_for_fewer_of_them(world: &World) {
    let tax = tax(world).await;
    let (_, mut browser, plain) = world.signed_in(&tax, "openid offline_access").await;
    let asking = tax.ask("openid offline_access").with("resource", HEALTH);
    let code = asking.code(browser.open(&asking.url()).await);
    let redeem = async |resource: &str| {
        let form = [&code_form(&asking, &code)[..], &[("resource", resource)]].concat();
        tax.token(&form).await
    };
    assert_eq!(redeem(LAND).await.error(), "invalid_target", "it was not asked for, and the code is not used up");
    let tokens = Tokens::of(&redeem(HEALTH).await);
    assert_eq!(audience(world, &tokens).await, HEALTH);
    assert_eq!(tax.userinfo(&tokens.access_token).await.error(), "invalid_token");
    tax.verified(&tokens).await;

    let refresh = async |token: &str, resource: &str| {
        tax.token(&[("grant_type", "refresh_token"), ("refresh_token", token), ("resource", resource)]).await
    };
    assert_eq!(refresh(tokens.refresh(), LAND).await.error(), "invalid_target");
    let narrow = Tokens::of(&refresh(tokens.refresh(), HEALTH).await);
    assert_eq!(audience(world, &narrow).await, HEALTH);
    // The refresh token keeps the resources of the grant; without a named resource these are all registered ones.
    assert_eq!(audience(world, &Tokens::of(&tax.refresh(narrow.refresh()).await)).await, HEALTH);
    assert_eq!(audience(world, &Tokens::of(&refresh(plain.refresh(), LAND).await)).await, LAND);
}

async fn rfc8707_2_a_resource_that_is_none_or_not_registered_is_invalid_target(world: &World) {
    let tax = tax(world).await;
    let (_, mut browser, tokens) = world.signed_in(&tax, "openid offline_access").await;
    for resource in ["api", "/api", "https://api.health.example#x", "https://api.health.example/", "https://evil.example"] {
        let asking = tax.ask("openid").with("resource", resource);
        assert_eq!(asking.error(browser.open(&asking.url()).await), "invalid_target", "{resource}");
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh()), ("resource", resource)];
        let own = [("grant_type", "client_credentials"), ("resource", resource)];
        for answer in [tax.token(&refresh).await, tax.token(&own).await] {
            assert_eq!((answer.status.as_u16(), answer.error().as_str()), (400, "invalid_target"), "{resource}");
        }
    }
    Tokens::of(&tax.refresh(tokens.refresh()).await);
}

async fn rfc8707_2_2_a_client_s_own_token_is_for_the_resource_it_names(world: &World) {
    let tax = tax(world).await;
    let one = Tokens::of(&tax.token(&[("grant_type", "client_credentials"), ("resource", HEALTH)]).await);
    assert_eq!(audience(world, &one).await, HEALTH);
    let both = [("grant_type", "client_credentials"), ("resource", HEALTH), ("resource", LAND)];
    assert_eq!(audience(world, &Tokens::of(&tax.token(&both).await)).await, json!([HEALTH, LAND]));
    assert_eq!(audience(world, &Tokens::of(&tax.token(&both[..1]).await)).await, ISSUER);
}

async fn rfc7662_4_a_resource_asks_about_the_tokens_that_are_for_it(world: &World) {
    let tax = tax(world).await;
    let server = |name: &'static str, resource: &'static str| {
        world.agency_with(name, move |client| client.token_policy.resource_identifier = ResourceUri::parse(resource))
    };
    let (health, land) = (server("health", HEALTH).await, server("land", LAND).await);
    let token = Tokens::of(&tax.token(&[("grant_type", "client_credentials"), ("resource", HEALTH)]).await).access_token;
    let told = health.post("/introspect", &[("token", &token)]).await.json();
    assert_eq!((&told["active"], &told["aud"], &told["client_id"]), (&json!(true), &json!(HEALTH), &json!("tax")));
    assert_eq!(land.post("/introspect", &[("token", &token)]).await.text(), r#"{"active":false}"#);
}

async fn userinfo_says_what_a_token_is_for_and_only_of_a_token_of_ours_that_is_valid(world: &World) {
    const GENERIC: &str = "the access token is malformed, expired, or revoked";
    let tax = tax(world).await;
    let told = async |token: &str| {
        let answer = tax.userinfo(token).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (401, "invalid_token"), "{}", answer.text());
        let told = answer.json()["error_description"].as_str().unwrap().to_owned();
        let challenge = answer.header("www-authenticate");
        assert!(challenge.contains(&told) && challenge.starts_with("Bearer "), "the challenge says the same: {challenge}");
        told
    };
    let (_, mut browser, plain) = world.signed_in(&tax, "openid offline_access").await;
    let for_resources = async |browser: &mut crate::world::browser::Browser<'_>, resources: &[&str]| {
        let mut asking = tax.ask("openid");
        asking.params.extend(resources.iter().map(|resource| ("resource".to_owned(), (*resource).to_owned())));
        let code = asking.code(browser.open(&asking.url()).await);
        Tokens::of(&tax.redeem(&asking, &code).await).access_token
    };
    let one = for_resources(&mut browser, &[HEALTH]).await;
    let both = for_resources(&mut browser, &[HEALTH, LAND]).await;
    for (token, names) in [(&one, HEALTH.to_owned()), (&both, format!("{HEALTH}, {LAND}"))] {
        let expected =
            format!("this access token is for {names}, not for UserInfo: send resource={ISSUER} to the token endpoint, too");
        assert_eq!(told(token).await, expected);
    }
    // What it advises works.
    let asking = tax.ask("openid").with("resource", HEALTH);
    let code = asking.code(browser.open(&asking.url()).await);
    let advised = [&code_form(&asking, &code)[..], &[("resource", HEALTH), ("resource", ISSUER)]].concat();
    assert_eq!(tax.userinfo(&Tokens::of(&tax.token(&advised).await).access_token).await.status, 200);

    // A client's own token for an API, and a JWT of another kind.
    let own = Tokens::of(&tax.token(&[("grant_type", "client_credentials"), ("resource", LAND)]).await);
    assert!(told(&own.access_token).await.starts_with(&format!("this access token is for {LAND}, not for UserInfo")));
    let expected = "this is no access token: send the access_token of the token response, not the id_token";
    assert_eq!(told(&plain.id_token).await, expected);

    // Nothing is said of what a token holds that is not ours, or not valid any more.
    let (head, signature) = one.rsplit_once('.').unwrap();
    assert_eq!(told(&format!("{head}.{}", signature.chars().rev().collect::<String>())).await, GENERIC);
    assert_eq!(told(plain.refresh()).await, GENERIC);
    world.pass(std::time::Duration::from_mins(5));
    assert_eq!(told(&one).await, GENERIC, "expired");
}
