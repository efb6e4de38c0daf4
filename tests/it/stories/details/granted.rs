//! Where granted details are returned: the token response, the token, introspection; and how a token request names fewer.

use super::{HEALTH, TREASURY, allowed, api, asking, both, one_payment, payment, record, three};
use crate::world::agency::code_form;
use crate::world::tokens::Tokens;
use crate::world::{ISSUER, World, on_both_backends};
use panjereh::client::grant_type::{GrantType, TOKEN_EXCHANGE};
use panjereh::client::resource::ResourceUri;
use panjereh::oidc::token::exchange::ACCESS_TOKEN;
use serde_json::{Value, json};

on_both_backends! {
    rfc9396_7_what_was_granted_is_in_the_response_the_token_and_introspection,
    rfc9396_9_2_each_resource_learns_what_is_for_it,
    rfc9396_6_a_token_request_names_fewer_and_never_more,
    rfc8707_2_2_a_token_for_one_resource_holds_what_is_for_it,
    rfc9396_6_a_client_asks_for_itself_where_the_type_lets_it,
    a_token_exchange_passes_nothing_on,
    a_type_that_is_declared_no_more_is_in_no_new_token,
    rfc9396_10_discovery_lists_the_types_that_resources_declare,
    a_request_without_details_knows_nothing_of_them,
}

async fn claims(world: &World, token: &str) -> Value {
    world.signed_claims(token).await.1
}

async fn rfc9396_7_what_was_granted_is_in_the_response_the_token_and_introspection(world: &World) {
    let (_, _, shop) = three(world).await;
    let (_, mut browser, _) = world.signed_in(&shop, "openid").await;
    let (tokens, told) = allowed(&shop, &mut browser, &both()).await;
    assert_eq!(told, both(), "section 7");
    let access = claims(world, &tokens.access_token).await;
    assert_eq!(access["authorization_details"], both(), "section 9.1");
    assert_eq!(access["aud"], json!([TREASURY, HEALTH, ISSUER]));
    assert_eq!(shop.verified(&tokens).await.get("authorization_details"), None, "they are no claim about the person");
    let info = shop.userinfo(&tokens.access_token).await;
    assert_eq!((info.status.as_u16(), info.json().get("authorization_details")), (200, None));
    for token in [&tokens.access_token, tokens.refresh()] {
        let told = shop.post("/introspect", &[("token", token)]).await.json();
        assert_eq!((&told["authorization_details"], &told["aud"]), (&both(), &access["aud"]), "section 9.2");
    }
}

async fn rfc9396_9_2_each_resource_learns_what_is_for_it(world: &World) {
    let (treasury, health, shop) = three(world).await;
    let (_, mut browser, _) = world.signed_in(&shop, "openid").await;
    let (tokens, _) = allowed(&shop, &mut browser, &both()).await;
    for (resource, at) in [(treasury, 0), (health, 1)] {
        let told = resource.post("/introspect", &[("token", &tokens.access_token)]).await.json();
        assert_eq!((&told["active"], &told["authorization_details"]), (&json!(true), &json!([both()[at]])));
    }
}

async fn rfc9396_6_a_token_request_names_fewer_and_never_more(world: &World) {
    let (_, _, shop) = three(world).await;
    let (_, mut browser, _) = world.signed_in(&shop, "openid offline_access").await;
    let request = asking(&shop, "openid offline_access", &both());
    browser.open(&request.url()).await.must(200, "consent-title");
    let code = request.code(browser.allow().await);
    let redeem = async |details: &Value| {
        let details = details.to_string();
        shop.token(&[&code_form(&request, &code)[..], &[("authorization_details", &details)]].concat()).await
    };
    // Section 6.1: equal in every member, in any order.
    let reordered = json!([{ "locations": [TREASURY], "urgent": true, "actions": ["initiate"], "amount": 12_500_000, "type": "tax_payment" }]);
    let mut dearer = one_payment();
    dearer["amount"] = json!(12_500_001);
    let fewer_fields = json!([{ "type": "tax_payment", "amount": 12_500_000 }]);
    for wider in
        [json!([dearer]), fewer_fields, json!([{ "type": "health_record" }]), json!([{ "type": "forgotten" }]), json!([])]
    {
        assert_eq!(redeem(&wider).await.error(), "invalid_authorization_details", "{wider}; and the code is not used up");
    }
    let answer = redeem(&reordered).await;
    let tokens = Tokens::of(&answer);
    assert_eq!(answer.json()["authorization_details"], json!([one_payment()]));
    let access = claims(world, &tokens.access_token).await;
    assert_eq!((&access["authorization_details"], &access["aud"]), (&json!([one_payment()]), &json!([TREASURY, ISSUER])));

    let refresh = async |token: &str, details: &Value| {
        let details = details.to_string();
        let form = [("grant_type", "refresh_token"), ("refresh_token", token), ("authorization_details", details.as_str())];
        shop.token(&form).await
    };
    let record = json!([both()[1]]);
    assert_eq!(refresh(tokens.refresh(), &json!([dearer])).await.error(), "invalid_authorization_details");
    let answer = refresh(tokens.refresh(), &record).await;
    assert_eq!(answer.json()["authorization_details"], record);
    // The refresh token keeps everything that was granted.
    let answer = shop.refresh(Tokens::of(&answer).refresh()).await;
    assert_eq!(answer.json()["authorization_details"], both());

    // A grant without details has none to give.
    let (asking, code) = shop.silently(&mut browser, "openid").await;
    let record = record.to_string();
    let form = [&code_form(&asking, &code)[..], &[("authorization_details", &record)]].concat();
    assert_eq!(shop.token(&form).await.error(), "invalid_authorization_details");
}

async fn rfc8707_2_2_a_token_for_one_resource_holds_what_is_for_it(world: &World) {
    let (_, _, shop) = three(world).await;
    let (_, mut browser, _) = world.signed_in(&shop, "openid").await;
    let (tokens, _) = allowed(&shop, &mut browser, &both()).await;
    let refresh = async |token: &str, more: &[(&str, &str)]| {
        shop.token(&[&[("grant_type", "refresh_token"), ("refresh_token", token)][..], more].concat()).await
    };
    let payment = json!([one_payment()]).to_string();
    let split = refresh(tokens.refresh(), &[("resource", HEALTH), ("authorization_details", &payment)]).await;
    assert_eq!(split.error(), "invalid_target");
    assert_eq!(refresh(tokens.refresh(), &[("resource", "https://api.land.example")]).await.error(), "invalid_target");
    let answer = refresh(tokens.refresh(), &[("resource", HEALTH)]).await;
    assert_eq!(answer.json()["authorization_details"], json!([both()[1]]));
    assert_eq!(claims(world, &Tokens::of(&answer).access_token).await["aud"], HEALTH);
}

async fn rfc9396_6_a_client_asks_for_itself_where_the_type_lets_it(world: &World) {
    let (_, health, shop) = three(world).await;
    let details = json!([{ "type": "health_record", "datatypes": ["vaccinations"] }]);
    let own = async |details: &Value| {
        shop.token(&[("grant_type", "client_credentials"), ("authorization_details", &details.to_string())]).await
    };
    let answer = own(&details).await;
    assert_eq!(answer.json()["authorization_details"], details, "{}", answer.text());
    let token = Tokens::of(&answer).access_token;
    let access = claims(world, &token).await;
    assert_eq!((&access["aud"], &access["authorization_details"]), (&json!(HEALTH), &details));
    let told = health.post("/introspect", &[("token", &token)]).await.json();
    assert_eq!((&told["authorization_details"], &told["sub"]), (&details, &json!("shop")));
    assert_eq!(own(&json!([one_payment()])).await.error(), "invalid_authorization_details", "it needs a person");
}

async fn a_token_exchange_passes_nothing_on(world: &World) {
    api(world, "treasury", TREASURY, vec![payment()]).await;
    api(world, "health", HEALTH, vec![record()]).await;
    let shop = world
        .agency_with("shop", |client| {
            super::may_ask(client);
            client.grant_types.push(GrantType::TokenExchange);
            client.token_policy.resources = ResourceUri::parse(HEALTH).into_iter().collect();
        })
        .await;
    let (_, mut browser, _) = world.signed_in(&shop, "openid").await;
    let (tokens, _) = allowed(&shop, &mut browser, &both()).await;
    let form = [
        ("grant_type", TOKEN_EXCHANGE),
        ("subject_token", &tokens.access_token),
        ("subject_token_type", ACCESS_TOKEN),
        ("resource", HEALTH),
    ];
    let exchanged = Tokens::of(&shop.token(&form).await).access_token;
    assert_eq!(claims(world, &exchanged).await.get("authorization_details"), None);
    let asked = shop.token(&[&form[..], &[("authorization_details", r#"[{"type":"health_record"}]"#)]].concat()).await;
    assert_eq!(asked.error(), "invalid_authorization_details");
}

async fn a_type_that_is_declared_no_more_is_in_no_new_token(world: &World) {
    let (treasury, _, shop) = three(world).await;
    let (_, mut browser, _) = world.signed_in(&shop, "openid").await;
    let (tokens, _) = allowed(&shop, &mut browser, &both()).await;
    let request = asking(&shop, "openid", &both());
    browser.open(&request.url()).await.must(200, "consent-title");
    let pushed = shop.pushed(&asking(&shop, "openid", &both())).await;
    // The treasury closes its API.
    api(world, "treasury", TREASURY, Vec::new()).await;
    let answer = shop.refresh(tokens.refresh()).await;
    assert_eq!(answer.json()["authorization_details"], json!([both()[1]]));
    assert_eq!(claims(world, &Tokens::of(&answer).access_token).await["aud"], json!([HEALTH, ISSUER]));
    let told = treasury.post("/introspect", &[("token", &tokens.access_token)]).await.json();
    assert_eq!(told.get("authorization_details"), None);
    let code = request.code(browser.allow().await);
    assert_eq!(shop.redeem(&request, &code).await.json()["authorization_details"], json!([both()[1]]));
    browser.open(&pushed).await;
    assert!(browser.page.left_for().contains("error=invalid_authorization_details"), "{}", browser.page.left_for());
}

async fn rfc9396_10_discovery_lists_the_types_that_resources_declare(world: &World) {
    let listed = async || world.get("/.well-known/openid-configuration").await.json();
    assert_eq!(listed().await.get("authorization_details_types_supported"), None);
    three(world).await;
    assert_eq!(listed().await["authorization_details_types_supported"], json!(["health_record", "tax_payment"]));
}

async fn a_request_without_details_knows_nothing_of_them(world: &World) {
    let (_, _, shop) = three(world).await;
    let (_, _, tokens) = world.signed_in(&shop, "openid").await;
    let access = claims(world, &tokens.access_token).await;
    assert_eq!((access.get("authorization_details"), &access["aud"]), (None, &json!(ISSUER)));
}
