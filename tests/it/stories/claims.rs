//! The `claims` parameter (OpenID Connect Core §5.5): single claims, and requirements for the person and the sign-in.

use crate::world::agency::{Agency, Asking};
use crate::world::{World, on_both_backends};
use panjereh::client::scope::Scope;
use panjereh::identity::assurance::Acr;
use serde_json::{Value, json};
use std::time::Duration;

on_both_backends! {
    oidc_core_5_5_single_claims_come_by_userinfo_and_in_the_id_token,
    a_single_claim_is_asked_for_on_the_consent_page_and_remembered_by_itself,
    a_consent_to_a_scope_is_one_to_its_claims_and_not_the_other_way_round,
    a_claim_outside_of_the_registered_scopes_is_not_delivered,
    claims_outlive_a_refresh_and_are_not_those_of_another_grant,
    oidc_core_5_5_1_1_an_essential_acr_is_reached_by_a_sign_in_or_refused,
    oidc_core_5_5_1_1_an_essential_acr_is_answered_by_one_of_its_values,
    oidc_core_5_5_1_1_a_voluntary_acr_is_a_wish,
    oidc_core_5_5_1_a_sub_with_a_value_is_answered_for_that_person_only,
    oidc_core_5_5_malformed_claims_are_an_invalid_request,
    claims_may_be_pushed_and_signed,
    oidc_core_5_2_claims_locales_choose_the_language_by_userinfo_and_in_the_id_token,
    oidc_core_5_2_a_single_claim_comes_in_the_language_it_was_asked_for,
    oidc_core_5_2_unknown_languages_change_nothing,
    claims_locales_outlive_a_refresh_and_may_be_pushed,
    oidc_core_5_4_the_scopes_claims_are_in_the_id_token_of_a_client_whose_entry_says_so,
    rfc9470_3_id_token_claims_are_held_to_what_userinfo_demands,
}

fn asking(agency: &Agency<'_>, scope: &str, claims: &Value) -> Asking {
    agency.ask(scope).with("claims", &claims.to_string())
}

fn names(claims: &Value) -> Vec<&str> {
    claims.as_object().unwrap().keys().map(String::as_str).collect()
}

async fn oidc_core_5_5_single_claims_come_by_userinfo_and_in_the_id_token(world: &World) {
    let tax = world.agency("tax").await;
    let (citizen, mut browser, _) = world.signed_in(&tax, "openid profile").await;
    let claims = json!({
        "userinfo": { "given_name": { "essential": true }, "birthdate": null, "nickname": null },
        "id_token": { "gender": null, "auth_time": { "essential": true }, "acr": null, "email": { "essential": true } },
    });
    let asked = asking(&tax, "openid", &claims);
    let code = asked.code(browser.open(&asked.url()).await);
    let (tokens, id_token) = tax.sign_in(&asked, &code).await;
    assert_eq!((&id_token["gender"], &id_token["given_name"]), (&json!("female"), &Value::Null));
    assert!(id_token["auth_time"].is_i64() && id_token["acr"].is_string() && id_token.get("email").is_none());
    let person = tax.userinfo(&tokens.access_token).await.json();
    assert_eq!(names(&person), ["birthdate", "given_name", "given_name#en", "given_name#fa", "sub"]);
    assert_eq!(person["given_name"], citizen.person.name.given.as_str());
    assert_eq!(tokens.scope, "openid", "a claim is no scope");
}

async fn a_single_claim_is_asked_for_on_the_consent_page_and_remembered_by_itself(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let birthdate = json!({ "userinfo": { "birthdate": null } });
    let silent = asking(&tax, "openid", &birthdate).with("prompt", "none");
    assert_eq!(silent.error(browser.open(&silent.url()).await), "consent_required");

    let asked = asking(&tax, "openid", &birthdate);
    browser.open(&asked.url()).await.must(200, "scope-details");
    let page = &browser.page;
    assert!(page.reads("4 October 1986") && !page.says("claim-gender") && !page.says("claim-name"), "and nothing else");
    asked.code(browser.allow().await);
    // The next time the person has allowed it already; only new claims are asked for.
    let again = asking(&tax, "openid", &birthdate);
    again.code(browser.open(&again.url()).await);
    let more = asking(&tax, "openid", &json!({ "id_token": { "birthdate": null, "phone_number": null } }));
    browser.open(&more.url()).await.must(200, "scope-phone");
    assert_eq!(more.error(browser.deny().await), "access_denied");
}

async fn a_consent_to_a_scope_is_one_to_its_claims_and_not_the_other_way_round(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid phone").await;
    let phone = asking(&tax, "openid", &json!({ "userinfo": { "phone_number": null } }));
    phone.code(browser.open(&phone.url()).await);
    let name = asking(&tax, "openid", &json!({ "userinfo": { "name": null } }));
    browser.open(&name.url()).await.must(200, "consent-title");
    name.code(browser.allow().await);
    browser.open(&tax.ask("openid profile").url()).await.must(200, "consent-title");
}

async fn a_claim_outside_of_the_registered_scopes_is_not_delivered(world: &World) {
    let library = world.agency_with("library", |client| client.scopes = vec![Scope::Openid, Scope::AgeOver18]).await;
    let (_, mut browser, _) = world.signed_in(&library, "openid").await;
    let claims = json!({
        "userinfo": { "national_id": { "essential": true }, "age_over_18": null },
        "id_token": { "national_id": { "essential": true } },
    });
    let asked = asking(&library, "openid", &claims);
    browser.open(&asked.url()).await.must(200, "scope-age-over-18");
    assert!(!browser.page.says("scope-national-id"));
    let code = asked.code(browser.allow().await);
    let (tokens, id_token) = library.sign_in(&asked, &code).await;
    assert!(id_token.get("national_id").is_none());
    let person = library.userinfo(&tokens.access_token).await.json();
    assert_eq!(names(&person), ["age_over_18", "sub"]);
}

async fn claims_outlive_a_refresh_and_are_not_those_of_another_grant(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, plain) = world.signed_in(&tax, "openid profile offline_access").await;
    let asked = asking(&tax, "openid offline_access", &json!({ "userinfo": { "gender": null }, "id_token": { "gender": null } }));
    let code = asked.code(browser.open(&asked.url()).await);
    let (tokens, _) = tax.sign_in(&asked, &code).await;
    world.pass(Duration::from_secs(30));
    let refreshed = crate::world::tokens::Tokens::of(&tax.refresh(tokens.refresh()).await);
    assert_eq!(tax.verified(&refreshed).await["gender"], "female");
    let person = tax.userinfo(&refreshed.access_token).await.json();
    assert_eq!(names(&person), ["gender", "sub"]);
    let person = tax.userinfo(&plain.access_token).await.json();
    assert!(person.get("name").is_some(), "the earlier grant tells what it told");
}

async fn oidc_core_5_5_1_1_an_essential_acr_is_reached_by_a_sign_in_or_refused(world: &World) {
    let tax = world.agency("tax").await;
    let (citizen, mut browser, _) = world.signed_in(&tax, "openid").await;
    let claims = json!({ "id_token": { "acr": { "essential": true, "values": [Acr::High.uri()] } } });
    let silent = asking(&tax, "openid", &claims).with("prompt", "none");
    assert_eq!(silent.error(browser.open(&silent.url()).await), "login_required");
    // Another sign-in might reach it; a password and a code do not.
    let asked = asking(&tax, "openid", &claims);
    browser.open(&asked.url()).await.must(200, "sign-in-title");
    assert_eq!(asked.error(browser.sign_in(&citizen).await), "unmet_authentication_requirements");

    let unknown = asking(&tax, "openid", &json!({ "id_token": { "acr": { "essential": true, "value": "urn:other" } } }));
    assert_eq!(unknown.error(browser.open(&unknown.url()).await), "unmet_authentication_requirements");
}

async fn oidc_core_5_5_1_1_an_essential_acr_is_answered_by_one_of_its_values(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, tokens) = world.signed_in(&tax, "openid").await;
    let reached = tax.verified(&tokens).await["acr"].as_str().and_then(Acr::from_uri).unwrap();
    for acr in Acr::ALL.into_iter().filter(|acr| *acr <= reached) {
        let asked = asking(&tax, "openid", &json!({ "id_token": { "acr": { "essential": true, "value": acr.uri() } } }));
        let code = asked.code(browser.open(&asked.url()).await);
        assert_eq!(tax.sign_in(&asked, &code).await.1["acr"], acr.uri());
    }
}

async fn oidc_core_5_5_1_1_a_voluntary_acr_is_a_wish(world: &World) {
    let tax = world.agency("tax").await;
    let (citizen, mut browser, _) = world.signed_in(&tax, "openid").await;
    let asked = asking(&tax, "openid", &json!({ "id_token": { "acr": { "values": [Acr::High.uri()] } } }));
    browser.open(&asked.url()).await.must(200, "sign-in-title");
    let code = asked.code(browser.sign_in(&citizen).await);
    assert_ne!(tax.sign_in(&asked, &code).await.1["acr"], Acr::High.uri(), "reported honestly");
}

async fn oidc_core_5_5_1_a_sub_with_a_value_is_answered_for_that_person_only(world: &World) {
    let tax = world.agency("tax").await;
    let other = world.registered(&tax).await;
    let (citizen, mut browser, tokens) = world.signed_in(&tax, "openid").await;
    let sub = tax.verified(&tokens).await["sub"].as_str().unwrap().to_owned();
    let own = |sub: &str| asking(&tax, "openid", &json!({ "id_token": { "sub": { "value": sub } } }));
    let asked = own(&sub);
    asked.code(browser.open(&asked.url()).await);
    let silent = own("somebody-else").with("prompt", "none");
    assert_eq!(silent.error(browser.open(&silent.url()).await), "login_required");

    let asked = own(&sub);
    let mut stranger = world.browser();
    stranger.open(&asked.url()).await.must(200, "sign-in-title");
    assert_eq!(asked.error(stranger.sign_in(&other).await), "login_required");
    let asked = own(&sub);
    stranger.open(&asked.url()).await.must(200, "sign-in-title");
    asked.code(stranger.sign_in(&citizen).await);
}

async fn oidc_core_5_5_malformed_claims_are_an_invalid_request(world: &World) {
    let tax = world.agency("tax").await;
    let mut browser = world.browser();
    let deep = format!(r#"{{"userinfo":{{"name":{{"value":{}1{}}}}}}}"#, "[".repeat(50), "]".repeat(50));
    let long = format!(r#"{{"userinfo":{{"name":{{"value":"{}"}}}}}}"#, "x".repeat(4096));
    for claims in
        ["x", "[]", r#"{"id_token":1}"#, r#"{"userinfo":{"name":"x"}}"#, r#"{"userinfo":{},"userinfo":{}}"#, &deep, &long]
    {
        let asked = tax.ask("openid").with("claims", claims);
        assert_eq!(asked.error(browser.open(&asked.url()).await), "invalid_request", "{}", &claims[..claims.len().min(40)]);
        assert_eq!(tax.push(&asked).await.error(), "invalid_request");
    }
}

async fn claims_may_be_pushed_and_signed(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid profile").await;
    let plain = tax.ask("openid");
    let now = world.now().seconds();
    let mut object = json!({ "iss": "tax", "aud": crate::world::ISSUER, "nbf": now, "exp": now + 60 });
    for (name, value) in &plain.params {
        object[name] = json!(value);
    }
    object["claims"] = json!({ "id_token": { "family_name": { "essential": true } } });
    let signed = Asking { params: vec![("request".to_owned(), tax.signer.sign(&object))], ..plain.clone() };
    let code = plain.code(browser.open(&tax.pushed(&signed).await).await);
    assert!(tax.sign_in(&plain, &code).await.1["family_name#en"].is_string());
}

async fn oidc_core_5_2_claims_locales_choose_the_language_by_userinfo_and_in_the_id_token(world: &World) {
    let tax = world.agency("tax").await;
    let (citizen, mut browser, _) = world.signed_in(&tax, "openid profile").await;
    let latin = citizen.person.latin_name.clone().unwrap();
    let claims = json!({ "id_token": { "family_name": null } });
    let asked = asking(&tax, "openid profile", &claims).with("claims_locales", "de en-GB");
    let code = asked.code(browser.open(&asked.url()).await);
    let (tokens, id_token) = tax.sign_in(&asked, &code).await;
    assert_eq!(id_token["family_name"], latin.family.as_str());
    let person = tax.userinfo(&tokens.access_token).await.json();
    assert_eq!(names(&person), ["birthdate", "family_name", "gender", "given_name", "name", "sub", "updated_at"]);
    assert_eq!(person["given_name"], latin.given.as_str());

    let both = tax.ask("openid profile").with("claims_locales", "en fa");
    let code = both.code(browser.open(&both.url()).await);
    let (tokens, _) = tax.sign_in(&both, &code).await;
    let person = tax.userinfo(&tokens.access_token).await.json();
    assert_eq!(person["given_name#fa"], citizen.person.name.given.as_str());
    assert_eq!((&person["given_name"], &person["given_name#en"]), (&json!(latin.given), &json!(latin.given)));
}

async fn oidc_core_5_2_a_single_claim_comes_in_the_language_it_was_asked_for(world: &World) {
    let tax = world.agency("tax").await;
    let (citizen, mut browser, _) = world.signed_in(&tax, "openid profile").await;
    let claims = json!({
        "userinfo": { "name#en": { "essential": true }, "name#de": null, "birthdate#en": null },
        "id_token": { "given_name#fa-IR": null },
    });
    let asked = asking(&tax, "openid", &claims);
    let code = asked.code(browser.open(&asked.url()).await);
    let (tokens, id_token) = tax.sign_in(&asked, &code).await;
    assert_eq!(id_token["given_name#fa"], citizen.person.name.given.as_str());
    assert!(id_token.get("given_name").is_none() && id_token.get("given_name#en").is_none());
    assert_eq!(names(&tax.userinfo(&tokens.access_token).await.json()), ["name#en", "sub"]);
}

async fn oidc_core_5_2_unknown_languages_change_nothing(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, plain) = world.signed_in(&tax, "openid profile").await;
    let expected = tax.userinfo(&plain.access_token).await;
    for locales in ["se", "de fr", "%", &"x".repeat(3000)] {
        let asked = tax.ask("openid profile").with("claims_locales", locales);
        let code = asked.code(browser.open(&asked.url()).await);
        let (tokens, _) = tax.sign_in(&asked, &code).await;
        assert_eq!(tax.userinfo(&tokens.access_token).await.text(), expected.text());
    }
}

async fn claims_locales_outlive_a_refresh_and_may_be_pushed(world: &World) {
    let tax = world.agency("tax").await;
    let (citizen, mut browser, _) = world.signed_in(&tax, "openid profile offline_access").await;
    let asked = tax.ask("openid profile offline_access").with("claims_locales", "en");
    let code = asked.code(browser.open(&tax.pushed(&asked).await).await);
    let (tokens, _) = tax.sign_in(&asked, &code).await;
    let refreshed = crate::world::tokens::Tokens::of(&tax.refresh(tokens.refresh()).await);
    let person = tax.userinfo(&refreshed.access_token).await.json();
    assert_eq!(person["family_name"], citizen.person.latin_name.clone().unwrap().family.as_str());
    assert!(person.get("family_name#fa").is_none());
}

async fn oidc_core_5_4_the_scopes_claims_are_in_the_id_token_of_a_client_whose_entry_says_so(world: &World) {
    let scope = "openid profile phone address national_id age_over_18 offline_access";
    let plain = world.agency("plain").await;
    let (_, _, tokens) = world.signed_in(&plain, scope).await;
    let id_token = plain.verified(&tokens).await;
    for name in ["name", "phone_number", "address", "national_id", "age_over_18", "birthdate"] {
        assert_eq!(id_token.get(name), None, "{name}: off unless the entry says so");
    }
    let tax = world.agency_with("tax", |client| client.token_policy.id_token_claims = true).await;
    let (_, mut browser, tokens) = world.signed_in(&tax, scope).await;
    let person = tax.userinfo(&tokens.access_token).await.json();
    let id_token = tax.verified(&tokens).await;
    assert!(person.as_object().unwrap().len() > 10, "{person}");
    for (name, value) in person.as_object().unwrap() {
        assert_eq!(id_token.get(name), Some(value), "{name}: what UserInfo says");
    }
    // By a refresh too, and for the scopes of that answer alone.
    let form = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh()), ("scope", "openid phone")];
    let less = tax.verified(&crate::world::tokens::Tokens::of(&tax.token(&form).await)).await;
    assert_eq!((&less["phone_number"], less.get("name"), less.get("national_id")), (&person["phone_number"], None, None));
    // Single claims and languages as asked for.
    let claims = json!({ "id_token": { "gender": null } });
    let asked = asking(&tax, "openid phone", &claims).with("claims_locales", "en");
    let code = asked.code(browser.open(&asked.url()).await);
    let (_, id_token) = tax.sign_in(&asked, &code).await;
    assert_eq!(
        (&id_token["gender"], &id_token["phone_number"], id_token.get("name")),
        (&json!("female"), &person["phone_number"], None)
    );
    // A scope that the citizen did not agree to is not told either way.
    let only = tax.ask("openid");
    let code = only.code(browser.open(&only.url()).await);
    assert_eq!(tax.sign_in(&only, &code).await.1.get("phone_number"), None);
}

async fn rfc9470_3_id_token_claims_are_held_to_what_userinfo_demands(world: &World) {
    let tax = world
        .agency_with("tax", |client| {
            client.token_policy.id_token_claims = true;
            client.token_policy.userinfo.max_age = Some(300);
        })
        .await;
    let (_, _, tokens) = world.signed_in(&tax, "openid phone offline_access").await;
    assert!(tax.verified(&tokens).await["phone_number"].is_string());
    world.pass(Duration::from_secs(301));
    let later = crate::world::tokens::Tokens::of(&tax.refresh(tokens.refresh()).await);
    assert_eq!(tax.userinfo(&later.access_token).await.error(), "insufficient_user_authentication");
    assert_eq!(tax.verified(&later).await.get("phone_number"), None);
}
