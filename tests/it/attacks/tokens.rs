//! Tokens of one kind used as another, forged, or changed (RFC 8725).

use crate::world::assertion::compact;
use crate::world::{World, on_both_backends};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

on_both_backends! {
    rfc8725_3_11_an_id_token_is_no_access_token_and_the_reverse,
    rfc8725_3_1_a_hint_or_token_with_another_algorithm_is_rejected,
    any_change_of_a_token_is_noticed,
    a_hint_of_another_agency_reveals_nothing_about_this_one,
}

/// Header and claims of a token.
fn parts(token: &str) -> (Value, Value) {
    let mut parts = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
    let mut json = || serde_json::from_slice(&parts.next().unwrap()).unwrap();
    (json(), json())
}

async fn rfc8725_3_11_an_id_token_is_no_access_token_and_the_reverse(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, tokens) = world.signed_in(&tax, "openid offline_access").await;
    for wrong in [&tokens.id_token, tokens.refresh()] {
        assert_eq!(tax.userinfo(wrong).await.error(), "invalid_token");
    }
    assert_eq!(tax.refresh(&tokens.access_token).await.error(), "invalid_request", "it is too long to be one");
    // As a hint it names no person and no agency: the session of another person answers all the same.
    let (_, mut other, _) = world.signed_in(&tax, "openid").await;
    let asking = tax.ask("openid").with("prompt", "none").with("id_token_hint", &tokens.access_token);
    for browser in [&mut browser, &mut other] {
        asking.code(browser.open(&asking.url()).await);
    }
    let logout = format!("/logout?post_logout_redirect_uri=https://tax.example/bye&id_token_hint={}", tokens.access_token);
    browser.open(&logout).await.must(200, "logout-hint-missing");
}

async fn rfc8725_3_1_a_hint_or_token_with_another_algorithm_is_rejected(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, tokens) = world.signed_in(&tax, "openid").await;
    let (_, mut other, _) = world.signed_in(&tax, "openid").await;
    let public = world.get("/jwks").await.text().to_owned();
    for alg in ["none", "None", "HS256", "RS256"] {
        let forge = |token: &str| {
            let (mut header, claims) = parts(token);
            header["alg"] = json!(alg);
            let message = compact(&header, &claims, b"");
            let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, public.as_bytes());
            let mac = aws_lc_rs::hmac::sign(&key, message.trim_end_matches('.').as_bytes());
            [message, compact(&header, &claims, mac.as_ref())]
        };
        for forged in forge(&tokens.access_token) {
            assert_eq!(tax.userinfo(&forged).await.error(), "invalid_token", "{alg}");
        }
        for forged in forge(&tokens.id_token) {
            let asking = tax.ask("openid").with("prompt", "none").with("id_token_hint", &forged);
            asking.code(other.open(&asking.url()).await);
            let logout = format!("/logout?post_logout_redirect_uri=https://tax.example/bye&id_token_hint={forged}");
            browser.open(&logout).await.must(200, "logout-hint-missing");
            assert!(!browser.page.reads("Agency tax"), "{alg}: it names no agency");
        }
    }
}

async fn any_change_of_a_token_is_noticed(world: &World) {
    let tax = world.agency("tax").await;
    let (_, _, tokens) = world.signed_in(&tax, "openid").await;
    let token = &tokens.access_token;
    let (header, mut claims) = parts(token);
    claims["scope"] = json!("openid national_id");
    let signature = URL_SAFE_NO_PAD.decode(token.rsplit('.').next().unwrap()).unwrap();
    assert_eq!(tax.userinfo(&compact(&header, &claims, &signature)).await.error(), "invalid_token");
    for (place, old) in token.char_indices().step_by(11).filter(|(_, old)| *old != '.') {
        let changed = format!("{}{}{}", &token[..place], if old == 'Q' { 'R' } else { 'Q' }, &token[place + 1..]);
        assert_eq!(tax.userinfo(&changed).await.status, 401, "{place}");
    }
}

async fn a_hint_of_another_agency_reveals_nothing_about_this_one(world: &World) {
    let (tax, health) = (world.agency("tax").await, world.agency("health").await);
    let (_, mut browser, tokens) = world.signed_in(&tax, "openid").await;
    let asking = health.ask("openid");
    browser.open(&asking.url()).await;
    asking.code(browser.allow().await);
    // An attacker with the other agency's ID token cannot find out whether it is the same person.
    let asking = health.ask("openid").with("prompt", "none").with("id_token_hint", &tokens.id_token);
    assert_eq!(asking.error(browser.open(&asking.url()).await), "login_required");
}
