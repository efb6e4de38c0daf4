//! Requests that are odd and right: JSON with white space, parameters that nobody knows, a long `state`, hints and ages beyond measure.

use crate::world::assertion::Signer;
use crate::world::html::encode;
use crate::world::{ISSUER, World, on_both_backends, send};
use axum::body::Body;
use axum::http::Request;
use panjereh::client::grant_type::GrantType;
use serde_json::json;
use std::time::Duration;

on_both_backends! {
    rfc8259_2_json_parameters_may_hold_white_space_at_every_endpoint,
    rfc6749_3_1_unknown_parameters_are_ignored_whatever_they_hold_at_every_endpoint,
    rfc6749_3_1_a_known_parameter_that_is_badly_encoded_is_refused_at_every_endpoint,
    rfc6749_4_1_2_a_state_of_any_length_comes_back_with_a_code_and_with_an_error,
    oidc_core_3_1_2_1_a_hint_that_is_too_long_and_an_age_that_is_too_large_do_no_harm,
}

/// What a parameter can hold besides text, in a query or a form.
const ODD: [&str; 9] = ["x=%", "x=%zz", "x=%ff", "x=%00", "x=a%0D%0Ab", "%00=1", "%ff=%ff", "%zz=1", "x=%C2%85"];
const PRETTY: &str = "\r\n{\n\t\"userinfo\" : {\n\t\t\"name\" : null\r\n\t}\n}\n";

async fn rfc8259_2_json_parameters_may_hold_white_space_at_every_endpoint(world: &World) {
    let (_, _, tax) = super::details::three(world).await;
    let details = "\n[\r\n\t{ \"type\": \"tax_payment\",\n\t\"amount\": 5 }\n]\n";
    let asking = tax.ask("openid").with("claims", PRETTY).with("authorization_details", details);
    let mut browser = world.browser();
    browser.open(&asking.url()).await.must(200, "sign-in-title");
    browser.post_from_an_agency("/authorize", encode(&asking.params)).await.must(200, "sign-in-title");
    let pushed = tax.push(&asking).await;
    assert_eq!(pushed.status, 201, "{}", pushed.text());
    // In a signed object the parameter is an object, or a text.
    let mut object = json!({ "iss": "shop", "aud": ISSUER, "exp": world.now().seconds() + 60, "nbf": world.now().seconds() });
    for (name, value) in &asking.params {
        object[name] = json!(value);
    }
    let signed = tax.push(&tax.ask("openid").with("request", &tax.signer.sign(&object))).await;
    assert_eq!(signed.status, 201, "{}", signed.text());
    // At the token endpoint.
    let own = "[\n\t{\"type\": \"health_record\",\r\n\"datatypes\": [\"prescriptions\"]}\n]";
    let answer = tax.token(&[("grant_type", "client_credentials"), ("authorization_details", own)]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    // White space that is none of JSON stays a fault.
    for bad in ["\u{b}", "\u{c}", "\0", "\u{85}"] {
        let asking = tax.ask("openid").with("claims", &format!("{{{bad}}}"));
        assert_eq!(asking.error(browser.open(&asking.url()).await), "invalid_request", "{bad:?}");
    }
}

async fn rfc6749_3_1_unknown_parameters_are_ignored_whatever_they_hold_at_every_endpoint(world: &World) {
    let tax = world.agency_with("tax", |client| client.grant_types.push(GrantType::ClientCredentials)).await;
    let (_, mut browser, tokens) = world.signed_in(&tax, "openid offline_access").await;
    for odd in ODD {
        let asking = tax.ask("openid").with("prompt", "none");
        asking.code(browser.open(&format!("{}&{odd}", asking.url())).await);
        browser.open(&format!("/logout?{odd}")).await.must(200, "logout-title");
        let form = |path: &str, fields: &[(&str, &str)]| {
            let (parts, _) = tax.request_to(path, &[]).into_parts();
            Request::from_parts(parts, Body::from(format!("{}&{odd}", encode(fields))))
        };
        let send = async |request| send(world.router(), request).await;
        assert_eq!(send(form("/par", &pairs(&tax.ask("openid").params))).await.status, 201, "{odd}");
        assert_eq!(send(form("/token", &[("grant_type", "client_credentials")])).await.status, 200, "{odd}");
        let token = [("token", tokens.access_token.as_str())];
        assert_eq!(send(form("/introspect", &token)).await.json()["active"], true, "{odd}");
        assert_eq!(send(form("/revoke", &[("token", "unknown")])).await.status, 200, "{odd}");
        let userinfo = Request::post("/userinfo").header("content-type", "application/x-www-form-urlencoded");
        let body = format!("{}&{odd}", encode(&[("access_token", &tokens.access_token)]));
        assert_eq!(send(userinfo.body(Body::from(body)).unwrap()).await.status, 200, "{odd}");
    }
    // In a signed object, too.
    let mut object =
        json!({ "iss": "tax", "aud": ISSUER, "exp": world.now().seconds() + 60, "nbf": world.now().seconds(), "odd": "a\nb\0" });
    for (name, value) in tax.ask("openid").params {
        object[name] = json!(value);
    }
    assert_eq!(tax.push(&tax.ask("openid").with("request", &tax.signer.sign(&object))).await.status, 201);
}

fn pairs(params: &[(String, String)]) -> Vec<(&str, &str)> {
    params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

async fn rfc6749_3_1_a_known_parameter_that_is_badly_encoded_is_refused_at_every_endpoint(world: &World) {
    let tax = world.agency("tax").await;
    let mut browser = world.browser();
    for bad in ["%00", "%ff", "%0a", "%zz"] {
        for name in ["nonce", "state", "login_hint", "ui_locales"] {
            let asking = tax.ask("openid").without("nonce").without("state");
            browser.open(&format!("{}&{name}=x{bad}", asking.url())).await;
            assert!(browser.page.left_for().contains("error=invalid_request"), "{name} {bad}");
        }
        browser.open(&format!("/logout?id_token_hint=x{bad}")).await.must(400, "refusal-bad-request-title");
        let (parts, _) = tax.request_to("/token", &[]).into_parts();
        let body = format!("grant_type=refresh_token&refresh_token=x{bad}");
        let refused = send(world.router(), Request::from_parts(parts, Body::from(body))).await;
        assert_eq!(refused.error(), "invalid_request", "{bad}");
        let told = refused.json()["error_description"].as_str().unwrap().to_owned();
        assert!(told.contains("refresh_token"), "it says which parameter: {told}");
    }
}

async fn rfc6749_4_1_2_a_state_of_any_length_comes_back_with_a_code_and_with_an_error(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    for length in [2048, 2049, 20_000] {
        let state = "s&=ü".repeat(length / 5);
        let silent = tax.ask("openid").with("prompt", "none").with("state", &state);
        let code = |browser: &crate::world::browser::Page| browser.left_for().contains("code=");
        assert!(code(browser.open(&silent.url()).await));
        assert_eq!(state_of(&browser.page), state);
        for (name, value) in
            [("response_type", "token"), ("scope", "profile"), ("max_age", "x"), ("code_challenge_method", "plain")]
        {
            let wrong = silent.clone().with(name, value);
            browser.open(&wrong.url()).await;
            assert_eq!(state_of(&browser.page), state, "{name}");
        }
        // Through the pages: it is kept with the interaction, or with the pushed request.
        let asking = tax.ask("openid address").with("state", &state);
        let pushed = tax.pushed(&asking).await;
        for url in [asking.url(), pushed] {
            browser.open(&url).await.must(200, "consent-title");
            browser.deny().await;
            assert_eq!(state_of(&browser.page), state);
        }
        let form = tax.ask("openid").with("prompt", "none").with("state", &state).with("response_mode", "form_post");
        browser.open(&form.url()).await;
        assert_eq!(browser.page.form("/callback").value("state"), state);
    }
}

fn state_of(page: &crate::world::browser::Page) -> String {
    let url = url::Url::parse(page.left_for()).unwrap();
    url.query_pairs().find(|(name, _)| name == "state").map(|(_, state)| state.into_owned()).unwrap_or_default()
}

async fn oidc_core_3_1_2_1_a_hint_that_is_too_long_and_an_age_that_is_too_large_do_no_harm(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    world.pass(Duration::from_mins(30));
    let long = Signer::new().sign(&json!({ "x": "y".repeat(9000) }));
    for (name, value) in [
        ("login_hint", "0".repeat(513)),
        ("id_token_hint", long),
        ("max_age", "4294967296".to_owned()),
        ("max_age", "9".repeat(100)),
    ] {
        let asking = tax.ask("openid").with("prompt", "none").with(name, &value);
        asking.code(browser.open(&asking.url()).await);
        assert_eq!(tax.push(&asking).await.status, 201, "{name}");
    }
}
