//! Tokens that only the holder of a key can use (RFC 9449).

use crate::world::agency::{Agency, Asking, code_form};
use crate::world::browser::Browser;
use crate::world::dpop::Prover;
use crate::world::html::encode;
use crate::world::tokens::Tokens;
use crate::world::{Answer, Backend, World, on_both_backends};
use axum::http::HeaderValue;
use panjereh::client::grant_type::GrantType;
use panjereh::client::words::{NonceRule, TokenEndpointAuthMethod};
use serde_json::{Value, json};
use std::time::Duration;

on_both_backends! {
    rfc9449_10_1_a_proof_at_the_par_endpoint_binds_the_code,
    rfc9449_5_a_code_redeemed_with_a_proof_gives_tokens_bound_to_its_key,
    rfc9449_7_a_bound_token_is_used_with_a_proof_of_its_key_and_of_this_request,
    rfc9449_4_3_every_way_in_which_a_proof_can_be_wrong_is_refused_and_uses_nothing_up,
    rfc9449_11_1_a_proof_works_once,
    rfc9449_10_a_code_is_redeemed_by_the_key_that_dpop_jkt_named,
    rfc9449_5_a_refresh_token_of_a_public_client_is_bound_to_its_key,
    rfc9449_5_a_client_that_authenticates_may_come_with_another_key,
    rfc9449_5_2_a_client_registered_so_gets_no_token_without_a_proof,
    rfc9449_8_a_client_may_need_a_nonce_and_is_told_it,
    rfc9449_8_2_the_next_nonce_comes_with_a_success_before_the_old_one_is_refused,
    rfc9449_5_a_client_s_own_token_is_bound_too,
}

/// Redeems a new code with this proof.
async fn redeem(agency: &Agency<'_>, browser: &mut Browser<'_>, proof: &str) -> Answer {
    let (asking, code) = agency.silently(browser, "openid offline_access").await;
    agency.token_with(&code_form(&asking, &code), proof).await
}

async fn refresh(agency: &Agency<'_>, token: &str, proof: &str) -> Answer {
    agency.token_with(&[("grant_type", "refresh_token"), ("refresh_token", token)], proof).await
}

async fn rfc9449_5_a_code_redeemed_with_a_proof_gives_tokens_bound_to_its_key(world: &World) {
    let (tax, key) = (world.agency("tax").await, Prover::new());
    let (_, mut browser, _) = world.signed_in(&tax, "openid offline_access").await;
    let answer = redeem(&tax, &mut browser, &key.for_token(world)).await;
    assert_eq!((answer.json()["token_type"].as_str(), answer.header("dpop-nonce")), (Some("DPoP"), ""));
    let tokens = Tokens::of(&answer);
    let (_, claims) = world.signed_claims(&tokens.access_token).await;
    assert_eq!(claims["cnf"], json!({ "jkt": key.jkt() }));
    assert!(tax.verified(&tokens).await.get("cnf").is_none());
    let told = tax.post("/introspect", &[("token", &tokens.access_token)]).await.json();
    assert_eq!((&told["cnf"], &told["token_type"]), (&claims["cnf"], &json!("DPoP")));
}

async fn rfc9449_7_a_bound_token_is_used_with_a_proof_of_its_key_and_of_this_request(world: &World) {
    let (tax, key, other) = (world.agency("tax").await, Prover::new(), Prover::new());
    let (_, mut browser, plain) = world.signed_in(&tax, "openid offline_access").await;
    let bound = Tokens::of(&redeem(&tax, &mut browser, &key.for_token(world)).await).access_token;
    let proof = |key: &Prover, name: &str, value: Value| {
        let mut claims = Prover::claims_for(&bound, world);
        claims[name] = value;
        key.sign(&claims)
    };
    let good = key.sign(&Prover::claims_for(&bound, world));
    assert_eq!(tax.userinfo_with("DPoP", &bound, &[&good]).await.status, 200);
    // §7.1: the scheme is compared without case.
    assert_eq!(tax.userinfo_with("dpop", &bound, &[&proof(&key, "x", json!(1))]).await.status, 200);

    for (scheme, token, proofs, error) in [
        ("DPoP", bound.as_str(), vec![good.clone()], "invalid_dpop_proof"),
        ("DPoP", &bound, vec![], "invalid_dpop_proof"),
        ("DPoP", &bound, vec![proof(&key, "x", json!(1)), proof(&key, "x", json!(1))], "invalid_dpop_proof"),
        ("DPoP", &bound, vec![proof(&key, "ath", json!("other"))], "invalid_dpop_proof"),
        ("DPoP", &bound, vec![proof(&key, "ath", Value::Null)], "invalid_dpop_proof"),
        ("DPoP", &bound, vec![proof(&key, "htm", json!("POST"))], "invalid_dpop_proof"),
        ("DPoP", &bound, vec![proof(&key, "htu", json!("https://window.example/token"))], "invalid_dpop_proof"),
        ("DPoP", &bound, vec![proof(&other, "x", json!(1))], "invalid_token"),
        // §7.2: neither as Bearer, nor an unbound token with a proof.
        ("Bearer", &bound, vec![], "invalid_token"),
        ("Bearer", &bound, vec![proof(&key, "x", json!(1))], "invalid_token"),
        ("DPoP", &plain.access_token, vec![key.sign(&Prover::claims_for(&plain.access_token, world))], "invalid_token"),
    ] {
        let proofs: Vec<&str> = proofs.iter().map(String::as_str).collect();
        let answer = tax.userinfo_with(scheme, token, &proofs).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (401, error), "{scheme} {proofs:?}");
        let challenge = answer.header("www-authenticate");
        assert!(challenge.starts_with("DPoP ") && challenge.contains(&format!(r#"error="{error}""#)), "{challenge}");
        assert!(challenge.ends_with(r#"algs="ES256 PS256 EdDSA""#), "{challenge}");
    }
}

async fn rfc9449_4_3_every_way_in_which_a_proof_can_be_wrong_is_refused_and_uses_nothing_up(world: &World) {
    let (tax, key) = (world.agency("tax").await, Prover::new());
    let (_, mut browser, _) = world.signed_in(&tax, "openid offline_access").await;
    let (asking, code) = tax.silently(&mut browser, "openid offline_access").await;
    let now = world.now().seconds();
    for (name, value) in [
        ("jti", Value::Null),
        ("htm", json!("GET")),
        ("htu", json!("https://window.example/userinfo")),
        ("htu", json!("https://evil.example/token")),
        ("iat", json!(now - 61)),
        ("iat", json!(now + 61)),
        ("iat", Value::Null),
        ("exp", json!(now)),
        ("nbf", json!(now + 61)),
    ] {
        let mut claims = Prover::claims("POST", "/token", world);
        claims[name] = value.clone();
        let answer = tax.token_with(&code_form(&asking, &code), &key.sign(&claims)).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (400, "invalid_dpop_proof"), "{name}={value}");
        assert_eq!((answer.header("cache-control"), answer.header("www-authenticate")), ("no-store", ""));
    }
    let mut two = tax.token_request(&code_form(&asking, &code));
    for _ in 0..2 {
        two.headers_mut().append("dpop", HeaderValue::from_str(&key.for_token(world)).unwrap());
    }
    assert_eq!(world.send(two).await.error(), "invalid_dpop_proof");
    assert_eq!(tax.token_with(&code_form(&asking, &code), "").await.error(), "invalid_dpop_proof");

    // Permitted variations of a client are no fault.
    let mut claims = Prover::claims("POST", "/token", world);
    (claims["iat"], claims["nbf"], claims["exp"]) = (json!(now + 10), json!(now), json!(now + 300));
    claims["htu"] = json!("HTTPS://WINDOW.example:443/token?x#y");
    Tokens::of(&tax.token_with(&code_form(&asking, &code), &key.sign(&claims)).await);
}

async fn rfc9449_11_1_a_proof_works_once(world: &World) {
    let (tax, key) = (world.agency("tax").await, Prover::new());
    let (_, mut browser, _) = world.signed_in(&tax, "openid offline_access").await;
    let proof = key.for_token(world);
    let tokens = Tokens::of(&redeem(&tax, &mut browser, &proof).await);
    assert_eq!(refresh(&tax, tokens.refresh(), &proof).await.error(), "invalid_dpop_proof");
    world.pass(Duration::from_mins(1));
    assert_eq!(refresh(&tax, tokens.refresh(), &proof).await.error(), "invalid_dpop_proof");
    // That did not use up the refresh token.
    Tokens::of(&refresh(&tax, tokens.refresh(), &key.for_token(world)).await);
}

async fn rfc9449_10_a_code_is_redeemed_by_the_key_that_dpop_jkt_named(world: &World) {
    let (tax, key, thief) = (world.agency("tax").await, Prover::new(), Prover::new());
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let asking = tax.ask("openid").with("dpop_jkt", &key.jkt());
    let code = asking.code(browser.open(&asking.url()).await);
    assert_eq!(tax.redeem(&asking, &code).await.error(), "invalid_grant");
    assert_eq!(tax.token_with(&code_form(&asking, &code), &thief.for_token(world)).await.error(), "invalid_grant");
    Tokens::of(&tax.token_with(&code_form(&asking, &code), &key.for_token(world)).await);

    let wrong = tax.ask("openid").with("dpop_jkt", "short");
    assert_eq!(wrong.error(browser.open(&wrong.url()).await), "invalid_request");
}

async fn rfc9449_5_a_refresh_token_of_a_public_client_is_bound_to_its_key(world: &World) {
    let (key, thief) = (Prover::new(), Prover::new());
    let app = world.agency_with("app", |client| client.auth_method = TokenEndpointAuthMethod::None).await;
    let (_, mut browser, plain) = world.signed_in(&app, "openid offline_access").await;
    let tokens = Tokens::of(&redeem(&app, &mut browser, &key.for_token(world)).await);
    assert_eq!(app.refresh(tokens.refresh()).await.error(), "invalid_grant");
    assert_eq!(refresh(&app, tokens.refresh(), &thief.for_token(world)).await.error(), "invalid_grant");
    let second = Tokens::of(&refresh(&app, tokens.refresh(), &key.for_token(world)).await);
    assert_eq!(app.refresh(second.refresh()).await.error(), "invalid_grant");

    // A client that first sends a proof later is bound from then on.
    let bound = Tokens::of(&refresh(&app, plain.refresh(), &key.for_token(world)).await);
    assert_eq!(app.refresh(bound.refresh()).await.error(), "invalid_grant");
    Tokens::of(&refresh(&app, bound.refresh(), &key.for_token(world)).await);
}

async fn rfc9449_5_a_client_that_authenticates_may_come_with_another_key(world: &World) {
    let (tax, key, other) = (world.agency("tax").await, Prover::new(), Prover::new());
    let (_, mut browser, _) = world.signed_in(&tax, "openid offline_access").await;
    let tokens = Tokens::of(&redeem(&tax, &mut browser, &key.for_token(world)).await);
    let second = Tokens::of(&refresh(&tax, tokens.refresh(), &other.for_token(world)).await);
    let (_, claims) = world.signed_claims(&second.access_token).await;
    assert_eq!(claims["cnf"]["jkt"], other.jkt());
}

async fn rfc9449_5_2_a_client_registered_so_gets_no_token_without_a_proof(world: &World) {
    let key = Prover::new();
    let strict = world.agency_with("strict", |client| client.grant_types.push(GrantType::ClientCredentials)).await;
    let (_, mut browser, tokens) = world.signed_in(&strict, "openid offline_access").await;
    let strict = world
        .agency_with("strict", |client| {
            client.grant_types.push(GrantType::ClientCredentials);
            client.token_policy.dpop_bound = true;
        })
        .await;
    let (asking, code) = strict.silently(&mut browser, "openid").await;
    assert_eq!(strict.redeem(&asking, &code).await.error(), "invalid_dpop_proof");
    assert_eq!(strict.refresh(tokens.refresh()).await.error(), "invalid_dpop_proof");
    assert_eq!(strict.token(&[("grant_type", "client_credentials")]).await.error(), "invalid_dpop_proof");
    Tokens::of(&strict.token_with(&code_form(&asking, &code), &key.for_token(world)).await);
}

async fn rfc9449_8_a_client_may_need_a_nonce_and_is_told_it(world: &World) {
    let key = Prover::new();
    let careful = world
        .agency_with("careful", |client| {
            client.grant_types.push(GrantType::ClientCredentials);
            client.token_policy.dpop_nonce = NonceRule::Required;
        })
        .await;
    let form = [("grant_type", "client_credentials")];
    let with = |nonce: &str| {
        let mut claims = Prover::claims("POST", "/token", world);
        claims["nonce"] = json!(nonce);
        key.sign(&claims)
    };
    let told = careful.token_with(&form, &key.for_token(world)).await;
    assert_eq!((told.status.as_u16(), told.error().as_str()), (400, "use_dpop_nonce"));
    let nonce = told.header("dpop-nonce").to_owned();
    Tokens::of(&careful.token_with(&form, &with(&nonce)).await);
    let proof = with(&nonce);
    Tokens::of(&careful.token_with(&form, &proof).await);
    assert_eq!(careful.token_with(&form, &proof).await.error(), "invalid_dpop_proof", "a nonce does not make a proof work twice");

    // A nonce is valid for a few minutes; then the answer carries the next one. A wrong nonce counts as none, also where none is
    // required.
    world.pass(Duration::from_mins(4));
    let late = careful.token_with(&form, &with(&nonce)).await;
    assert_eq!(late.error(), "use_dpop_nonce");
    assert_ne!(late.header("dpop-nonce"), nonce);
    let tax = world.agency_with("tax", |client| client.grant_types.push(GrantType::ClientCredentials)).await;
    let wrong = tax.token_with(&form, &with("wrong")).await;
    assert_eq!(wrong.error(), "use_dpop_nonce");
    Tokens::of(&tax.token_with(&form, &with(wrong.header("dpop-nonce"))).await);
}

async fn rfc9449_8_2_the_next_nonce_comes_with_a_success_before_the_old_one_is_refused(world: &World) {
    let key = Prover::new();
    let careful = world
        .agency_with("careful", |client| {
            client.grant_types.push(GrantType::ClientCredentials);
            client.token_policy.dpop_nonce = NonceRule::Required;
        })
        .await;
    let with = |mut claims: Value, nonce: &str| {
        claims["nonce"] = json!(nonce);
        key.sign(&claims)
    };
    let form = [("grant_type", "client_credentials")];
    let (_, mut browser, _) = world.signed_in(&world.agency("tax").await, "openid").await;
    let mut nonce = careful.token_with(&form, &key.for_token(world)).await.header("dpop-nonce").to_owned();
    let mut renewed = 0;
    for minute in 0..10 {
        let answer = careful.token_with(&form, &with(Prover::claims("POST", "/token", world), &nonce)).await;
        assert_eq!(answer.status, 200, "a client that uses each new nonce is never rejected: minute {minute}");
        if !answer.header("dpop-nonce").is_empty() {
            assert_ne!(answer.header("dpop-nonce"), nonce, "only a new one is told");
            answer.header("dpop-nonce").clone_into(&mut nonce);
            renewed += 1;
        }
        world.pass(Duration::from_mins(1));
    }
    assert!((3..=5).contains(&renewed), "{renewed}: every two minutes, and not every time");

    // By the other endpoints that accept proofs, too.
    let mut current = careful.token_with(&form, &key.for_token(world)).await.header("dpop-nonce").to_owned();
    let asked = careful.ask("openid");
    browser.open(&asked.url()).await;
    let code = asked.code(browser.allow().await);
    let answer = careful.token_with(&code_form(&asked, &code), &with(Prover::claims("POST", "/token", world), &current)).await;
    let token = Tokens::of(&answer).access_token;
    world.pass(Duration::from_mins(2));
    let told = careful.userinfo_with("DPoP", &token, &[&with(Prover::claims_for(&token, world), &current)]).await;
    assert_eq!((told.status.as_u16(), told.header("dpop-nonce").is_empty()), (200, false));
    told.header("dpop-nonce").clone_into(&mut current);
    let told = careful.userinfo_with("DPoP", &token, &[&with(Prover::claims_for(&token, world), &current)]).await;
    assert_eq!((told.status.as_u16(), told.header("dpop-nonce")), (200, ""), "it is current");
    // A client that uses no nonce gets none.
    let plain = world.agency_with("plain", |client| client.grant_types.push(GrantType::ClientCredentials)).await;
    assert_eq!(plain.token_with(&form, &key.for_token(world)).await.header("dpop-nonce"), "");
}

async fn rfc9449_5_a_client_s_own_token_is_bound_too(world: &World) {
    let key = Prover::new();
    let robot = world.agency_with("robot", |client| client.grant_types.push(GrantType::ClientCredentials)).await;
    let answer = robot.token_with(&[("grant_type", "client_credentials")], &key.for_token(world)).await;
    let (_, claims) = world.signed_claims(&Tokens::of(&answer).access_token).await;
    assert_eq!(claims["cnf"]["jkt"], key.jkt());
}

#[tokio::test]
async fn rfc9449_9_userinfo_needs_a_nonce_where_the_operator_wants_one() {
    let world = World::with(Backend::Embedded, |settings| settings.tokens.dpop_nonce = NonceRule::Required).await.unwrap();
    let (tax, key) = (world.agency("tax").await, Prover::new());
    let (_, mut browser, _) = world.signed_in(&tax, "openid offline_access").await;
    let told = redeem(&tax, &mut browser, &key.for_token(&world)).await;
    let mut claims = Prover::claims("POST", "/token", &world);
    claims["nonce"] = json!(told.header("dpop-nonce"));
    let token = Tokens::of(&redeem(&tax, &mut browser, &key.sign(&claims)).await).access_token;

    let mut claims = Prover::claims_for(&token, &world);
    let told = tax.userinfo_with("DPoP", &token, &[&key.sign(&claims)]).await;
    assert_eq!((told.status.as_u16(), told.error().as_str()), (401, "use_dpop_nonce"));
    claims["nonce"] = json!(told.header("dpop-nonce"));
    assert_eq!(tax.userinfo_with("DPoP", &token, &[&key.sign(&claims)]).await.status, 200);
}

async fn rfc9449_10_1_a_proof_at_the_par_endpoint_binds_the_code(world: &World) {
    let (tax, key, other) = (world.agency("tax").await, Prover::new(), Prover::new());
    let (_, mut browser, _) = world.signed_in(&tax, "openid offline_access").await;
    let push = async |asking: &Asking, proof: &str| {
        let form: Vec<_> = asking.params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let mut request = tax.request_to("/par", &form);
        request.headers_mut().insert("dpop", HeaderValue::from_str(proof).unwrap());
        world.send(request).await
    };
    let proof = |key: &Prover| key.sign(&Prover::claims("POST", "/par", world));
    let asking = tax.ask("openid offline_access");
    let named = asking.clone().with("dpop_jkt", &other.jkt());
    assert_eq!(push(&named, &proof(&key)).await.error(), "invalid_request");
    assert_eq!(push(&asking, &key.for_token(world)).await.error(), "invalid_dpop_proof", "a proof for another endpoint");
    for sent in [asking.clone().with("dpop_jkt", &key.jkt()), asking.clone()] {
        let answer = push(&sent, &proof(&key)).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let uri = answer.json()["request_uri"].as_str().unwrap().to_owned();
        browser.open(&format!("/authorize?{}", encode(&[("client_id", tax.id()), ("request_uri", &uri)]))).await;
        let code = asking.code(&browser.page);
        assert_eq!(tax.token_with(&code_form(&asking, &code), &other.for_token(world)).await.error(), "invalid_grant");
        assert_eq!(tax.redeem(&asking, &code).await.error(), "invalid_grant");
        assert_eq!(tax.token_with(&code_form(&asking, &code), &key.for_token(world)).await.status, 200);
    }
}

#[tokio::test]
async fn rfc8705_5_a_proof_may_name_the_address_at_which_certificates_are_asked_for() {
    let world = World::with(Backend::Embedded, |settings| settings.tls.mutual_url = "https://tls.window.example".to_owned());
    let world = world.await.unwrap();
    let (robot, key) =
        (world.agency_with("robot", |client| client.grant_types.push(GrantType::ClientCredentials)).await, Prover::new());
    for (htu, status) in [
        ("https://tls.window.example/token", 200),
        ("https://window.example/token", 200),
        ("https://other.window.example/token", 400),
    ] {
        let mut claims = Prover::claims("POST", "/token", &world);
        claims["htu"] = json!(htu);
        let answer = robot.token_with(&[("grant_type", "client_credentials")], &key.sign(&claims)).await;
        assert_eq!(answer.status, status, "{htu}");
    }
}
