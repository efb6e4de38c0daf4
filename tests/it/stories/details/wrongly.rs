//! Every malformed `authorization_details`, at each endpoint that accepts the parameter (RFC 9396 §5, §8).

use super::{one_payment, three};
use crate::world::agency::{Agency, code_form};
use crate::world::html::encode;
use crate::world::tokens::Tokens;
use crate::world::{World, on_both_backends};
use panjereh::client::metadata::Client;
use serde_json::{Value, json};

on_both_backends! {
    rfc9396_5_every_error_of_the_authorization_endpoint_and_of_pushed_requests,
    rfc9396_8_every_error_of_the_token_endpoint,
    rfc6749_3_1_authorization_details_given_twice_are_refused_everywhere,
}

/// The parameter, and the reason of its rejection.
fn wrong() -> Vec<(String, &'static str)> {
    let with = |name: &str, value: Value| {
        let mut object = one_payment();
        object[name] = value;
        json!([object]).to_string()
    };
    let mut without_type = one_payment();
    without_type.as_object_mut().unwrap().remove("type");
    vec![
        (json!([without_type]).to_string(), "type missing"),
        ("[]".to_owned(), "empty array"),
        ("{}".to_owned(), "no array"),
        (one_payment().to_string(), "one object without an array"),
        ("[{\"type\":".to_owned(), "no JSON"),
        ("\"tax_payment\"".to_owned(), "a text"),
        (json!([[one_payment()]]).to_string(), "too deep"),
        (with("note", json!({ "text": { "fa": "x" } })), "an object within"),
        (with("note", json!("x".repeat(5000))), "too long"),
        (with("note", json!("x".repeat(501))), "a text too long"),
        (format!("[{}]", [r#"{"type":"health_record","datatypes":["a"]}"#; 9].join(",")), "too many"),
        (r#"[{"type":"tax_payment","amount":1,"amount":2}]"#.to_owned(), "a name twice"),
        (json!([{ "type": "unheard_of" }]).to_string(), "unknown type"),
        (json!([{ "type": "forgotten" }]).to_string(), "a type that no resource declares"),
        (with("type", json!(7)), "type no text"),
        (with("type", json!("Tax_Payment")), "compared with case"),
        (with("amount", json!("12500000")), "a number as text"),
        (with("amount", json!(-1)), "a negative number"),
        (with("amount", json!(1.5)), "no whole number"),
        (with("amount", json!(null)), "null"),
        (json!([{ "type": "tax_payment" }]).to_string(), "a required field missing"),
        (with("actions", json!("initiate")), "a list as text"),
        (with("actions", json!(["delete"])), "a value that there is not"),
        (with("actions", json!([])), "an empty list"),
        (with("locations", json!(["https://evil.example"])), "another place"),
        (with("privileges", json!(["admin"])), "a common field that the type does not have"),
        (with("iban", json!("x")), "an unknown field"),
        (with("note", json!("a\u{202e}b")), "turned text"),
    ]
}

async fn rfc9396_5_every_error_of_the_authorization_endpoint_and_of_pushed_requests(world: &World) {
    let (_, _, shop) = three(world).await;
    let stranger = world.agency("stranger").await;
    let (_, mut browser, _) = world.signed_in(&shop, "openid").await;
    let cases = wrong().into_iter().map(|(text, why)| (&shop, text, why));
    let all = cases.chain([(&stranger, json!([one_payment()]).to_string(), "a type that the client is not registered for")]);
    for (agency, text, why) in all {
        let asking = agency.ask("openid").with("authorization_details", &text);
        let answer = asking.answer(browser.open(&asking.url()).await);
        assert_eq!((answer.get("error"), answer.get("code")), ("invalid_authorization_details", ""), "{why}");
        assert!(answer.get("error_description").contains("authorization_details"), "{why}: it says what to change");
        let pushed = agency.push(&asking).await;
        assert_eq!((pushed.status.as_u16(), pushed.error().as_str()), (400, "invalid_authorization_details"), "{why}");
    }
    // RFC 6749 §3.1: one without a value is none.
    let asking = shop.ask("openid").with("authorization_details", "");
    asking.code(browser.open(&asking.url()).await);
}

async fn rfc9396_8_every_error_of_the_token_endpoint(world: &World) {
    let (_, _, shop) = three(world).await;
    let (_, mut browser, tokens) = world.signed_in(&shop, "openid offline_access").await;
    let (asking, code) = shop.silently(&mut browser, "openid").await;
    let redeem = code_form(&asking, &code);
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh())];
    let own = [("grant_type", "client_credentials")];
    for (text, why) in wrong() {
        for form in [&redeem[..], &refresh, &own] {
            let answer = shop.token(&[form, &[("authorization_details", &text)]].concat()).await;
            let told = (answer.status.as_u16(), answer.error());
            assert_eq!(told, (400, "invalid_authorization_details".to_owned()), "{why}: {}", form[0].1);
        }
    }
    // A client that is registered for none of it.
    let robot = |client: &mut Client| client.grant_types.push(panjereh::client::grant_type::GrantType::ClientCredentials);
    let robot = world.agency_with("robot", robot).await;
    let record = r#"[{"type":"health_record"}]"#;
    let answer = robot.token(&[("grant_type", "client_credentials"), ("authorization_details", record)]).await;
    assert_eq!(answer.error(), "invalid_authorization_details");
    // None of these requests used anything up.
    Tokens::of(&shop.token(&redeem).await);
    Tokens::of(&shop.refresh(tokens.refresh()).await);
}

async fn twice(agency: &Agency<'_>, path: &str, form: &[(&str, &str)]) -> String {
    let details = json!([one_payment()]).to_string();
    let twice = [form, &[("authorization_details", &details), ("authorization_details", &details)]].concat();
    agency.post(path, &twice).await.error()
}

async fn rfc6749_3_1_authorization_details_given_twice_are_refused_everywhere(world: &World) {
    let (_, _, shop) = three(world).await;
    let (_, mut browser, tokens) = world.signed_in(&shop, "openid offline_access").await;
    let details = json!([one_payment()]).to_string();
    let asking = shop.ask("openid").with("authorization_details", &details);
    let again = encode(&[("authorization_details", &details)]);
    assert_eq!(asking.error(browser.open(&format!("{}&{again}", asking.url())).await), "invalid_request");
    let plain = shop.ask("openid");
    let form: Vec<_> = plain.params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(twice(&shop, "/par", &form).await, "invalid_request");
    let (asking, code) = shop.silently(&mut browser, "openid").await;
    assert_eq!(twice(&shop, "/token", &code_form(&asking, &code)).await, "invalid_request");
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh())];
    assert_eq!(twice(&shop, "/token", &refresh).await, "invalid_request");
    assert_eq!(twice(&shop, "/token", &[("grant_type", "client_credentials")]).await, "invalid_request");
}
