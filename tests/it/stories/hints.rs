//! `id_token_hint` after its key left the key set, and a sign-out whose request does not say which agency asks (OpenID Connect
//! RP-Initiated Logout 1.0 §2, §4; Core §3.1.2.1).

use crate::world::agency::Agency;
use crate::world::browser::Browser;
use crate::world::cross_device::by_polling;
use crate::world::html::encode;
use crate::world::{World, master, on_both_backends};
use panjereh::client::words::SigningAlg;
use panjereh::crypto::rotation::plan_withdrawal;
use panjereh::random::Random;
use serde_json::json;
use std::time::Duration;

on_both_backends! {
    rp_initiated_logout_2_a_hint_of_a_withdrawn_key_still_signs_out_and_leads_back,
    oidc_core_3_1_2_1_a_hint_of_a_withdrawn_key_is_answered_by_the_session,
    a_withdrawn_key_verifies_hints_and_nothing_else,
    after_its_time_a_withdrawn_key_is_unknown_and_its_hints_are_as_good_as_none,
    rp_initiated_logout_4_the_person_is_asked_whatever_the_hint_is,
    rp_initiated_logout_2_a_return_address_without_hint_and_client_is_said_to_lack_them,
    ciba_core_7_1_a_hint_of_a_withdrawn_key_names_its_person,
}

const BYE: &str = "https://tax.example/bye";

/// What `panjereh keys rotate --now` does.
async fn withdraw(world: &World) {
    let records = world.app.store.keys().await.unwrap();
    let plan = plan_withdrawal(&records, SigningAlg::ES256, world.now());
    let made = plan.make_key(&master(), &Random::seeded(7), world.now()).unwrap();
    let mut tx = world.app.store.write().await.unwrap();
    tx.insert_key(&made).await.unwrap();
    for key in &plan.retiring {
        tx.update_key_times(key).await.unwrap();
    }
    tx.save().await.unwrap();
    world.refresh().await;
}

fn logout(params: &[(&str, &str)]) -> String {
    format!("/logout?{}", encode(params))
}

async fn is_signed_in(agency: &Agency<'_>, browser: &mut Browser<'_>) -> bool {
    let asking = agency.ask("openid").with("prompt", "none");
    asking.answer(browser.open(&asking.url()).await).get("error") != "login_required"
}

async fn rp_initiated_logout_2_a_hint_of_a_withdrawn_key_still_signs_out_and_leads_back(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, tokens) = world.signed_in(&tax, "openid").await;
    withdraw(world).await;
    world.pass(Duration::from_mins(50));
    // Without an address, with one, and with the client beside it.
    browser.open(&logout(&[("id_token_hint", &tokens.id_token)])).await.must(200, "logout-title");
    let back = ("post_logout_redirect_uri", BYE);
    for params in [vec![("id_token_hint", tokens.id_token.as_str()), back], vec![("client_id", "tax"), back]] {
        browser.open(&logout(&params)).await.must(200, "logout-title");
        assert!(browser.page.reads("Agency tax"), "the hint says which agency asks");
    }
    let form = browser.page.form("/logout/confirm").press("logout-confirm");
    assert_eq!(browser.submit(form).await.left_for(), BYE);
    assert!(!is_signed_in(&tax, &mut browser).await);
    // On another instance, too, which has read the keys from the store.
    let router = world.another_instance().await;
    let url = logout(&[("id_token_hint", &tokens.id_token), back]);
    let request = axum::http::Request::get(url).body(axum::body::Body::empty()).unwrap();
    assert_eq!(crate::world::send(router, request).await.header("location"), BYE);
}

async fn oidc_core_3_1_2_1_a_hint_of_a_withdrawn_key_is_answered_by_the_session(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut mine, my_tokens) = world.signed_in(&tax, "openid").await;
    let (_, mut other, _) = world.signed_in(&tax, "openid").await;
    withdraw(world).await;
    let asking = tax.ask("openid").with("prompt", "none").with("id_token_hint", &my_tokens.id_token);
    asking.code(mine.open(&asking.url()).await);
    assert_eq!(asking.error(other.open(&asking.url()).await), "login_required", "it still names its person");
    let asking = tax.ask("openid").with("id_token_hint", &my_tokens.id_token);
    asking.code(mine.open(&asking.url()).await);
    other.open(&asking.url()).await.must(200, "sign-in-title");
}

async fn a_withdrawn_key_verifies_hints_and_nothing_else(world: &World) {
    let tax = world.agency("tax").await;
    let (_, _, tokens) = world.signed_in(&tax, "openid").await;
    assert_eq!(tax.userinfo(&tokens.access_token).await.status, 200);
    let kid = jsonwebtoken::decode_header(&tokens.id_token).unwrap().kid.unwrap();
    withdraw(world).await;
    assert_eq!(tax.userinfo(&tokens.access_token).await.error(), "invalid_token");
    let introspected = tax.post("/introspect", &[("token", &tokens.access_token)]).await;
    assert_eq!(introspected.json()["active"], false);
    assert!(!world.get("/jwks").await.text().contains(&kid), "it is not published");
}

async fn after_its_time_a_withdrawn_key_is_unknown_and_its_hints_are_as_good_as_none(world: &World) {
    let tax = world.agency("tax").await;
    let (mine, _, my_tokens) = world.signed_in(&tax, "openid").await;
    let back = ("post_logout_redirect_uri", BYE);
    let hint = ("id_token_hint", my_tokens.id_token.as_str());
    withdraw(world).await;
    world.pass(Duration::from_hours(400 * 24 - 1));
    let mut browser = world.browser();
    assert_eq!(browser.open(&logout(&[hint, back])).await.left_for(), BYE);
    world.pass(Duration::from_hours(2));
    browser.sign_in_at(&tax, &mine, "openid").await;
    browser.open(&logout(&[hint, back])).await.must(200, "logout-hint-missing");
    assert!(!browser.page.reads("Agency tax"));
    browser.open(&logout(&[hint, back, ("client_id", "tax")])).await.must(200, "logout-title");
    assert!(browser.page.reads("Agency tax"), "the client is named all the same");
    let asking = tax.ask("openid").with("prompt", "none").with("id_token_hint", &my_tokens.id_token);
    asking.code(browser.open(&asking.url()).await);
}

async fn rp_initiated_logout_4_the_person_is_asked_whatever_the_hint_is(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, tokens) = world.signed_in(&tax, "openid").await;
    let (start, end) = tokens.id_token.rsplit_once('.').unwrap();
    let changed = format!("{start}.{}{}", if end.starts_with('A') { 'B' } else { 'A' }, &end[1..]);
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", tokens.id_token.split('.').nth(1).unwrap());
    let other = world.agency("other").await;
    let foreign = other.signer.sign(&json!({ "iss": "https://window.example", "aud": "tax", "sub": "x", "exp": 1 }));
    let long = "x".repeat(9000);
    for hint in ["x", "a.b.c", "پنجره", &changed, &unsigned, &foreign, &tokens.access_token, &long] {
        let hint = ("id_token_hint", hint);
        browser.open(&logout(&[hint])).await.must(200, "logout-title");
        assert!(!browser.page.says("logout-hint-missing"), "no way back was asked for");
        // By form, as ASP.NET Core sends it.
        browser.post_from_an_agency("/logout", encode(&[hint])).await.must(200, "logout-title");
        let back = ("post_logout_redirect_uri", BYE);
        browser.open(&logout(&[hint, back])).await.must(200, "logout-hint-missing");
        browser.page.form("/logout/confirm");
        browser.open(&logout(&[hint, back, ("client_id", "tax"), ("state", "s")])).await.must(200, "logout-title");
        assert!(browser.page.reads("Agency tax"));
    }
    let form = browser.page.form("/logout/confirm").press("logout-confirm");
    assert_eq!(browser.submit(form).await.left_for(), "https://tax.example/bye?state=s");
    assert!(!is_signed_in(&tax, &mut browser).await);
}

async fn rp_initiated_logout_2_a_return_address_without_hint_and_client_is_said_to_lack_them(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let back = ("post_logout_redirect_uri", BYE);
    let mut nobody = world.browser();
    for params in
        [vec![back], vec![back, ("client_id", "nobody")], vec![back, ("client_id", "no one")], vec![back, ("state", "s")]]
    {
        for lang in ["fa", "en"] {
            let params = [&params[..], &[("ui_locales", lang)]].concat();
            browser.open(&logout(&params)).await.must(200, "logout-hint-missing");
            assert!(browser.page.html().contains("id_token_hint") && browser.page.left_for.is_none());
            nobody.open(&logout(&params)).await.must(200, "logout-hint-missing");
            assert!(nobody.page.says("logged-out-title") && nobody.page.left_for.is_none());
        }
    }
    // The person can sign out, and stays here.
    let form = browser.page.form("/logout/confirm").press("logout-confirm");
    browser.submit(form).await.must(200, "logged-out-here");
    assert!(!is_signed_in(&tax, &mut browser).await);
}

async fn ciba_core_7_1_a_hint_of_a_withdrawn_key_names_its_person(world: &World) {
    let tax = world.agency_with("tax", by_polling).await;
    let (_, _, tokens) = world.signed_in(&tax, "openid").await;
    withdraw(world).await;
    let asked = tax.post("/ciba", &[("scope", "openid"), ("id_token_hint", &tokens.id_token)]).await;
    assert_eq!(asked.status, 200, "{}", asked.text());
    world.messages();
    let changed = format!("{}x", tokens.id_token);
    assert_eq!(tax.post("/ciba", &[("scope", "openid"), ("id_token_hint", &changed)]).await.error(), "invalid_request");
}
