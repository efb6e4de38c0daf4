//! A device without a keyboard shows a code, and a citizen allows it in their own browser (RFC 8628).

use crate::world::cross_device::{DeviceCodes, device_form, with_devices};
use crate::world::dpop::Prover;
use crate::world::tokens::Tokens;
use crate::world::{ISSUER, World, on_both_backends};
use panjereh::client::resource::ResourceUri;
use panjereh::client::words::TokenEndpointAuthMethod;
use panjereh::identity::assurance::Acr;
use serde_json::json;
use std::time::Duration;

on_both_backends! {
    a_person_without_an_account_allows_a_device_and_it_refreshes_and_calls_userinfo,
    rfc8628_3_2_the_answer_to_a_device_is_exactly_this,
    rfc8628_3_3_1_the_complete_address_still_asks_the_person,
    rfc8628_3_5_a_device_waits_is_told_to_slow_down_and_is_served,
    rfc8628_3_5_a_denial_counts,
    rfc8628_3_5_a_code_expires_for_both_sides,
    a_signed_in_person_who_has_consented_only_compares_the_code,
    a_device_is_a_session_of_its_own_and_ends_with_all_of_them,
    rfc9449_5_the_tokens_of_a_public_device_are_bound_to_its_key,
    rfc8707_2_a_device_gets_tokens_for_its_resources,
    a_device_without_openid_gets_no_id_token,
    a_device_gets_no_tokens_below_the_level_that_its_client_demands,
}

async fn a_person_without_an_account_allows_a_device_and_it_refreshes_and_calls_userinfo(world: &World) {
    let tax = world.agency_with_devices("tax").await;
    let codes = tax.device("openid profile offline_access").await;
    let (mut citizen, mut browser) = (world.citizen().await, world.browser());
    let typed = codes.user_code.to_lowercase().replace('-', " ");
    browser.type_code(&typed).await.must(200, "compare-title");
    assert!(browser.page.reads(&codes.user_code) && browser.page.reads("Agency tax"));
    for key in ["compare-elsewhere", "compare-yourself", "compare-fraud"] {
        assert!(browser.page.says(key), "{key}: RFC 8628 §5.4");
    }
    assert_eq!(tax.poll_device(&codes).await.error(), "authorization_pending");
    browser.is_mine().await.must(200, "sign-in-title");
    browser.register(&mut citizen).await.must(200, "consent-title");
    world.pass(Duration::from_secs(5));
    assert_eq!(tax.poll_device(&codes).await.error(), "authorization_pending", "signed in is not allowed yet");
    browser.allow().await.must(200, "device-allowed-title");
    assert_eq!(browser.page.left_for, None);
    // It may be opened again: telephones do so by themselves.
    browser.open("/device/allowed").await.must(200, "device-allowed-title");

    let answer = tax.poll_device(&codes).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    let tokens = Tokens::of(&answer);
    let claims = tax.verified(&tokens).await;
    let visit = tax.ask("openid");
    let code = visit.code(browser.open(&visit.url()).await);
    let (_, elsewhere) = tax.sign_in(&visit, &code).await;
    for same in ["sub", "auth_time", "acr", "amr"] {
        assert_eq!(claims[same], elsewhere[same], "{same} is that of the person who decided");
    }
    assert_eq!(claims.get("nonce"), None);
    assert_eq!(tokens.scope, "openid profile offline_access");
    assert_eq!(tax.userinfo(&tokens.access_token).await.json()["sub"], claims["sub"]);
    let again = Tokens::of(&tax.refresh(tokens.refresh()).await);
    assert_eq!(tax.userinfo(&again.access_token).await.status, 200);
    assert_eq!(tax.poll_device(&codes).await.error(), "invalid_grant", "once");
}

async fn rfc8628_3_2_the_answer_to_a_device_is_exactly_this(world: &World) {
    let tax = world.agency_with_devices("tax").await;
    let answer = tax.post("/device_authorization", &[("scope", "openid")]).await;
    assert_eq!((answer.header("content-type"), answer.header("cache-control")), ("application/json", "no-store"));
    let (json, codes) = (answer.json(), DeviceCodes::of(&answer));
    let expected = json!({
        "device_code": codes.device_code, "user_code": codes.user_code, "verification_uri": format!("{ISSUER}/device"),
        "verification_uri_complete": format!("{ISSUER}/device?user_code={}", codes.user_code), "expires_in": 600, "interval": 5,
    });
    assert_eq!(json, expected);
    assert_eq!((codes.device_code.len(), codes.user_code.len()), (43, 9));
}

async fn rfc8628_3_3_1_the_complete_address_still_asks_the_person(world: &World) {
    let tax = world.agency_with_devices("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let codes = tax.device("openid").await;
    browser.open(&codes.complete).await.must(200, "compare-title");
    assert!(browser.page.reads(&codes.user_code));
    assert_eq!(tax.poll_device(&codes).await.error(), "authorization_pending", "opening the link decides nothing");
    // The code in the URL may be typed again, by another browser too, until a person decides.
    let (_, mut other, _) = world.signed_in(&tax, "openid").await;
    other.open(&codes.complete).await.must(200, "compare-title");
    other.is_mine().await.must(200, "device-allowed-title");
    browser.is_mine().await.must(410, "refusal-interaction-gone-title");
    world.pass(Duration::from_secs(5));
    let claims = tax.verified(&Tokens::of(&tax.poll_device(&codes).await)).await;
    let (asking, code) = tax.silently(&mut other, "openid").await;
    assert_eq!(tax.sign_in(&asking, &code).await.1["sub"], claims["sub"], "who was first decided");
}

async fn rfc8628_3_5_a_device_waits_is_told_to_slow_down_and_is_served(world: &World) {
    let tax = world.agency_with_devices("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let codes = tax.device("openid").await;
    assert_eq!(tax.poll_device(&codes).await.error(), "authorization_pending");
    world.pass(Duration::from_secs(5));
    assert_eq!(tax.poll_device(&codes).await.error(), "authorization_pending");
    world.pass(Duration::from_secs(2));
    let slow = tax.poll_device(&codes).await;
    assert_eq!((slow.status.as_u16(), slow.error().as_str()), (400, "slow_down"));
    // From now on every pause is five seconds longer.
    world.pass(Duration::from_secs(7));
    assert_eq!(tax.poll_device(&codes).await.error(), "slow_down");
    world.pass(Duration::from_secs(15));
    assert_eq!(tax.poll_device(&codes).await.error(), "authorization_pending");
    world.pass(Duration::from_secs(14));
    assert_eq!(tax.poll_device(&codes).await.error(), "slow_down");
    browser.open(&codes.complete).await;
    browser.is_mine().await.must(200, "device-allowed-title");
    Tokens::of(&tax.poll_device(&codes).await);
}

async fn rfc8628_3_5_a_denial_counts(world: &World) {
    let tax = world.agency_with_devices("tax").await;
    let citizen = world.registered(&tax).await;
    let mut browser = world.browser();
    // On the page that compares, before anything else is asked.
    let codes = tax.device("openid").await;
    browser.type_code(&codes.user_code).await;
    browser.is_not_mine().await.must(200, "device-refused-title");
    let refused = tax.poll_device(&codes).await;
    assert_eq!((refused.status.as_u16(), refused.error().as_str()), (400, "access_denied"));
    assert_eq!(tax.poll_device(&codes).await.error(), "access_denied");
    browser.type_code(&codes.user_code).await.must(422, "error-user-code-wrong");

    // And on the page that asks for consent.
    let codes = tax.device("openid phone").await;
    browser.type_code(&codes.user_code).await;
    browser.is_mine().await;
    browser.sign_in(&citizen).await.must(200, "consent-title");
    browser.deny().await.must(200, "device-refused-title");
    assert_eq!(tax.poll_device(&codes).await.error(), "access_denied");
}

async fn rfc8628_3_5_a_code_expires_for_both_sides(world: &World) {
    let tax = world.agency_with_devices("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let codes = tax.device("openid").await;
    browser.open(&codes.complete).await.must(200, "compare-title");
    world.pass(Duration::from_secs(599));
    assert_eq!(tax.poll_device(&codes).await.error(), "authorization_pending");
    world.pass(Duration::from_secs(1));
    let expired = tax.poll_device(&codes).await;
    assert_eq!((expired.status.as_u16(), expired.error().as_str()), (400, "expired_token"));
    browser.is_mine().await.must(410, "refusal-interaction-gone-title");
    browser.type_code(&codes.user_code).await.must(422, "error-user-code-wrong");
    world.pass(Duration::from_hours(1));
    assert_eq!(tax.poll_device(&codes).await.error(), "invalid_grant", "forgotten");
    // What was allowed in time has to be fetched in time as well.
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let codes = tax.device("openid").await;
    browser.open(&codes.complete).await;
    browser.is_mine().await.must(200, "device-allowed-title");
    world.pass(Duration::from_mins(10));
    assert_eq!(tax.poll_device(&codes).await.error(), "expired_token");
}

async fn a_signed_in_person_who_has_consented_only_compares_the_code(world: &World) {
    let tax = world.agency_with_devices("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid profile").await;
    let codes = tax.device("openid profile").await;
    browser.type_code(&codes.user_code).await.must(200, "compare-title");
    browser.is_mine().await.must(200, "device-allowed-title");
    Tokens::of(&tax.poll_device(&codes).await);
    // For more than before they are asked.
    let codes = tax.device("openid national_id").await;
    browser.type_code(&codes.user_code).await;
    browser.is_mine().await.must(200, "consent-title");
    assert!(browser.page.reads("the other device is not signed in to"), "{}", browser.page.words());
    browser.allow().await.must(200, "device-allowed-title");
    assert_eq!(Tokens::of(&tax.poll_device(&codes).await).scope, "openid national_id");
}

async fn a_device_is_a_session_of_its_own_and_ends_with_all_of_them(world: &World) {
    let tax = world.agency_with_devices("tax").await;
    let (_, mut browser, tokens) = world.signed_in(&tax, "openid").await;
    let own = tax.verified(&tokens).await;
    let codes = tax.device("openid").await;
    browser.open(&codes.complete).await;
    browser.is_mine().await;
    let device = Tokens::of(&tax.poll_device(&codes).await);
    assert_ne!(tax.verified(&device).await["sid"], own["sid"]);
    let (citizen, mut other, _) = world.signed_in(&tax, "openid").await;
    let codes = tax.device("openid").await;
    other.open(&codes.complete).await;
    other.is_mine().await;
    let second = Tokens::of(&tax.poll_device(&codes).await);
    browser.sign_out("logout-confirm").await;
    assert_eq!(tax.userinfo(&device.access_token).await.status, 200, "signing out of the browser is not signing out there");
    other.sign_out("logout-everywhere").await;
    assert_eq!(tax.userinfo(&second.access_token).await.status, 401);
    // Also an approval that was not fetched yet.
    world.pass(Duration::from_secs(1));
    let mut browser = world.browser();
    let codes = tax.device("openid").await;
    browser.open(&codes.complete).await;
    browser.is_mine().await;
    browser.sign_in(&citizen).await.must(200, "device-allowed-title");
    world.pass(Duration::from_secs(1));
    browser.sign_out("logout-everywhere").await;
    assert_eq!(tax.poll_device(&codes).await.error(), "invalid_grant");
}

async fn rfc9449_5_the_tokens_of_a_public_device_are_bound_to_its_key(world: &World) {
    let kiosk = world.agency_with("kiosk", |client| {
        with_devices(client);
        client.auth_method = TokenEndpointAuthMethod::None;
        client.token_policy.dpop_bound = true;
    });
    let kiosk = kiosk.await;
    let (_, mut browser) = {
        let other = world.agency("tax").await;
        let (c, b, _) = world.signed_in(&other, "openid").await;
        (c, b)
    };
    let codes = kiosk.device("openid offline_access").await;
    browser.open(&codes.complete).await;
    browser.is_mine().await.must(200, "consent-title");
    browser.allow().await;
    let (prover, thief) = (Prover::new(), Prover::new());
    assert_eq!(kiosk.poll_device(&codes).await.error(), "invalid_dpop_proof", "no token without a key");
    let tokens = Tokens::of(&kiosk.token_with(&device_form(&codes), &prover.for_token(world)).await);
    let (_, claims) = world.signed_claims(&tokens.access_token).await;
    assert_eq!(claims["cnf"]["jkt"], prover.jkt());
    let form = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh())];
    assert_eq!(kiosk.token_with(&form, &thief.for_token(world)).await.error(), "invalid_grant");
}

async fn rfc8707_2_a_device_gets_tokens_for_its_resources(world: &World) {
    let (one, two) = ("https://api.one.example", "https://api.two.example");
    let tax = world.agency_with("tax", |client| {
        with_devices(client);
        client.token_policy.resources = [one, two].iter().filter_map(|text| ResourceUri::parse(text)).collect();
    });
    let tax = tax.await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let codes = tax.post("/device_authorization", &[("scope", "openid"), ("resource", one), ("resource", two)]).await;
    let codes = DeviceCodes::of(&codes);
    browser.open(&codes.complete).await;
    browser.is_mine().await;
    let form = [&device_form(&codes)[..], &[("resource", "https://api.three.example")]].concat();
    assert_eq!(tax.token(&form).await.error(), "invalid_target", "and the code is not used up by it");
    let form = [&device_form(&codes)[..], &[("resource", two)]].concat();
    let tokens = Tokens::of(&tax.token(&form).await);
    assert_eq!(world.signed_claims(&tokens.access_token).await.1["aud"], two);
    let unknown = tax.post("/device_authorization", &[("resource", "https://api.three.example")]).await;
    assert_eq!(unknown.error(), "invalid_target");
}

async fn a_device_without_openid_gets_no_id_token(world: &World) {
    let tax = world.agency_with_devices("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid profile offline_access").await;
    let codes = tax.device("profile offline_access").await;
    browser.open(&codes.complete).await;
    browser.is_mine().await.must(200, "device-allowed-title");
    let answer = tax.poll_device(&codes).await;
    assert_eq!(answer.json().get("id_token"), None);
    assert_eq!(Tokens::of(&answer).scope, "profile offline_access");
    // OpenID Connect Core §12.2: nor by a refresh.
    let answer = tax.refresh(Tokens::of(&answer).refresh()).await;
    assert_eq!(answer.json().get("id_token"), None, "{}", answer.text());
    assert_eq!(Tokens::of(&answer).scope, "profile offline_access");
}

async fn a_device_gets_no_tokens_below_the_level_that_its_client_demands(world: &World) {
    let strict = world.agency_with("strict", |client| {
        with_devices(client);
        client.min_acr = Acr::High;
    });
    let strict = strict.await;
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let codes = strict.device("openid").await;
    let mut browser = world.browser();
    browser.open(&codes.complete).await;
    browser.is_mine().await;
    browser.sign_in(&citizen).await.must(200, "device-refused-title");
    assert_eq!(strict.poll_device(&codes).await.error(), "access_denied");
}
