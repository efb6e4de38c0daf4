//! The longest accepted request: its code carries all of it (RFC 6749 §4.1.2 asks a server to document how long a code can be).

use super::{asking, may_ask, three};
use crate::world::tokens::Tokens;
use crate::world::{World, on_both_backends};
use panjereh::client::resource::ResourceUri;
use panjereh::oidc::token::request::LONGEST_CODE;
use serde_json::{Map, Value, json};

on_both_backends! {
    the_code_of_the_longest_request_can_be_redeemed,
}

/// Every claim that can be requested, in every language.
fn all_claims() -> Value {
    let mut claims = Map::new();
    for name in ["name", "given_name", "family_name", "address"] {
        claims.extend(["", "#fa", "#en"].map(|tag| (format!("{name}{tag}"), Value::Null)));
    }
    for name in ["birthdate", "gender", "updated_at", "phone_number", "phone_number_verified", "national_id", "age_over_18"] {
        claims.insert(name.to_owned(), Value::Null);
    }
    json!({ "id_token": claims, "userinfo": claims })
}

async fn the_code_of_the_longest_request_can_be_redeemed(world: &World) {
    three(world).await;
    let resources: Vec<_> = (0..8).map(|number| format!("https://api.example/{number}{}", "r".repeat(491))).collect();
    let shop = world.agency_with("shop", |client| {
        may_ask(client);
        client.redirect_uris = vec![format!("https://shop.example/{}", "u".repeat(2027))];
        client.token_policy.resources = resources.iter().filter_map(|uri| ResourceUri::parse(uri)).collect();
    });
    let shop = shop.await;
    let (_, mut browser, _) = world.signed_in(&shop, "openid").await;
    let details: Vec<_> =
        (0..8).map(|number| json!({ "type": "health_record", "datatypes": [format!("{number}{}", "d".repeat(459))] })).collect();
    let details = json!(details);
    assert!((4000..=4096).contains(&details.to_string().len()), "{}", details.to_string().len());
    let scope = "openid profile phone address national_id age_over_18 offline_access";
    let request = asking(&shop, scope, &details).with("claims", &all_claims().to_string()).with("claims_locales", "fa en");
    let mut request = request.with("nonce", &"n".repeat(2048));
    request.params.extend(resources.iter().map(|uri| ("resource".to_owned(), uri.clone())));
    browser.open(&shop.pushed(&request).await).await.must(200, "consent-title");
    let code = request.code(browser.allow().await);
    assert!((8193..LONGEST_CODE).contains(&code.len()), "{}", code.len());
    let tokens = Tokens::of(&shop.redeem(&request, &code).await);
    assert_eq!(
        world.signed_claims(&tokens.access_token).await.1["aud"].as_array().unwrap().len(),
        9,
        "and the API of the details"
    );
}
