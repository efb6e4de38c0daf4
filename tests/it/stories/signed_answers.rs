//! Authorization responses that are signed (JARM), as an agency verifies them.

use crate::world::agency::{Agency, Asking};
use crate::world::browser::Page;
use crate::world::html::forms;
use crate::world::{ISSUER, World, on_both_backends};
use panjereh::client::words::SigningAlg;
use serde_json::{Value, json};
use std::time::Duration;
use url::Url;

on_both_backends! {
    jarm_2_1_a_code_comes_in_a_jwt_for_this_client_and_for_minutes,
    jarm_2_3_3_a_form_carries_it_as_well,
    jarm_2_1_an_error_is_signed_too_at_the_start_and_at_the_end_of_the_pages,
    jarm_3_the_registered_algorithm_signs,
    a_signed_answer_is_no_id_token,
}

/// The claims of an answer in the query, which holds nothing else.
async fn in_query(agency: &Agency<'_>, page: &Page) -> Value {
    let url = Url::parse(page.left_for()).unwrap();
    assert!(page.left_for().starts_with(&agency.client.redirect_uris[0]));
    let pairs: Vec<_> = url.query_pairs().into_owned().collect();
    assert!(pairs.len() == 1 && pairs[0].0 == "response", "{pairs:?}");
    verified(agency, &pairs[0].1).await
}

/// JARM §2.4.
async fn verified(agency: &Agency<'_>, response: &str) -> Value {
    let (header, claims) = agency.world.signed_claims(response).await;
    let alg = agency.client.requests.response_alg.unwrap_or(agency.client.signing_alg);
    assert_eq!(format!("{:?}", header.alg), alg.name());
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!(ISSUER), &json!(agency.id())));
    let left = claims["exp"].as_i64().unwrap() - agency.world.now().seconds();
    assert!((1..=600).contains(&left), "JARM §2.1: {left}");
    claims
}

fn with_mode(agency: &Agency<'_>, scope: &str, mode: &str) -> Asking {
    agency.ask(scope).with("response_mode", mode)
}

async fn jarm_2_1_a_code_comes_in_a_jwt_for_this_client_and_for_minutes(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    for mode in ["jwt", "query.jwt"] {
        let asking = with_mode(&tax, "openid", mode);
        let claims = in_query(&tax, browser.open(&asking.url()).await).await;
        assert_eq!(claims["state"], asking.state.as_str());
        assert_eq!(claims.as_object().unwrap().len(), 6, "code, state, session_state, iss, aud, exp: {claims}");
        tax.sign_in(&asking, claims["code"].as_str().unwrap()).await;
        // The same for a pushed request.
        let asking = with_mode(&tax, "openid", mode);
        let claims = in_query(&tax, browser.open(&tax.pushed(&asking).await).await).await;
        tax.sign_in(&asking, claims["code"].as_str().unwrap()).await;
    }
}

async fn jarm_2_3_3_a_form_carries_it_as_well(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let asking = with_mode(&tax, "openid", "form_post.jwt");
    browser.open(&asking.url()).await.must(200, "form-post-title");
    let form = forms(browser.page.html()).remove(0);
    assert_eq!((form.action.as_str(), form.value("state")), ("https://tax.example/callback", ""));
    let claims = verified(&tax, form.value("response")).await;
    tax.sign_in(&asking, claims["code"].as_str().unwrap()).await;
}

async fn jarm_2_1_an_error_is_signed_too_at_the_start_and_at_the_end_of_the_pages(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let wrong = with_mode(&tax, "openid", "jwt").with("code_challenge", "short");
    let claims = in_query(&tax, browser.open(&wrong.url()).await).await;
    assert_eq!((&claims["error"], &claims["state"]), (&json!("invalid_request"), &json!(wrong.state)));
    let silent = with_mode(&tax, "openid phone", "jwt").with("prompt", "none");
    let claims = in_query(&tax, browser.open(&silent.url()).await).await;
    assert_eq!((&claims["error"], &claims["code"]), (&json!("consent_required"), &Value::Null));
    let asking = with_mode(&tax, "openid phone", "jwt");
    browser.open(&asking.url()).await.must(200, "consent-title");
    let claims = in_query(&tax, browser.deny().await).await;
    assert_eq!(claims["error"], "access_denied");
}

async fn jarm_3_the_registered_algorithm_signs(world: &World) {
    for (own, alg) in [(None, SigningAlg::RS256), (Some(SigningAlg::PS256), SigningAlg::ES256)] {
        let change = |client: &mut panjereh::client::metadata::Client| {
            client.signing_alg = alg;
            client.requests.response_alg = own;
        };
        let agency = world.agency_with(&alg.name().to_lowercase(), change).await;
        let (_, mut browser, _) = world.signed_in(&agency, "openid").await;
        in_query(&agency, browser.open(&with_mode(&agency, "openid", "jwt").url()).await).await;
    }
}

async fn a_signed_answer_is_no_id_token(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let url = browser.open(&with_mode(&tax, "openid", "jwt").url()).await.left_for().to_owned();
    let response = url.split_once("response=").unwrap().1;
    world.pass(Duration::from_secs(1));
    let asking = tax.ask("openid").with("id_token_hint", response).with("prompt", "none");
    asking.code(browser.open(&asking.url()).await);
    let mut nobody = world.browser();
    assert_eq!(asking.error(nobody.open(&asking.url()).await), "login_required", "as a hint it names no person");
    assert_eq!(tax.userinfo(response).await.status, 401);
}
