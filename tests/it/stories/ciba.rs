//! A clerk asks, and the citizen decides on their own telephone (OpenID Connect CIBA Core 1.0).

use crate::world::agency::Agency;
use crate::world::assertion::Signer;
use crate::world::cross_device::{back_form, by_ping, by_polling, code_in};
use crate::world::dpop::Prover;
use crate::world::office::Office;
use crate::world::tokens::Tokens;
use crate::world::{World, on_both_backends};
use panjereh::client::profile::Profile;
use panjereh::client::scope::Scope;
use panjereh::client::words::{SigningAlg, TokenEndpointAuthMethod};
use panjereh::flows::delivery::run::{Delivered, deliver_all_due};
use panjereh::identity::id::DeliveryId;
use panjereh::random::Random;
use panjereh::records::delivery::{Delivery, DeliveryBody, DeliveryKind, Recipient};
use serde_json::{Value, json};
use std::time::Duration;

on_both_backends! {
    a_clerk_asks_and_the_citizen_confirms_on_their_telephone,
    a_ping_that_does_not_open_is_removed_and_sent_to_no_client,
    a_citizen_who_is_signed_in_finds_what_waits_in_the_window_and_on_its_own_page,
    every_request_is_asked_anew_whatever_was_allowed_before,
    ciba_11_a_denial_counts_and_polling_has_its_pace,
    ciba_7_1_a_known_person_is_named_by_sub_or_id_token,
    ciba_7_1_requested_expiry_is_kept_within_bounds,
    ciba_10_2_a_ping_client_is_notified_of_approval_and_denial,
    ciba_10_2_a_ping_is_tried_again_but_not_when_the_client_refuses_it,
    ciba_7_1_1_a_signed_request_is_accepted_and_an_unsigned_one_is_not,
    fapi_ciba_a_client_under_fapi2_gets_bound_tokens_only,
    a_person_whose_message_failed_has_nothing_to_decide,
}

async fn a_clerk_asks_and_the_citizen_confirms_on_their_telephone(world: &World) {
    let tax = world.agency_with("tax", by_polling).await;
    let citizen = world.registered(&tax).await;
    let more = [("scope", "openid profile offline_access"), ("binding_message", "باجهٔ ۳، W4SCT")];
    let form = [&more[..], &[("login_hint", citizen.national_id()), ("acr_values", "urn:panjereh:acr:substantial")]].concat();
    let answer = tax.post("/ciba", &form).await;
    assert_eq!((answer.header("content-type"), answer.header("cache-control")), ("application/json", "no-store"));
    let id = answer.json()["auth_req_id"].as_str().unwrap().to_owned();
    assert_eq!(answer.json(), json!({ "auth_req_id": id, "expires_in": 300, "interval": 5 }));
    let message = world.messages().pop().unwrap();
    assert_eq!(message.to, citizen.mobile());
    assert!(message.text.contains("سازمان tax"), "the agency that asks is named: {}", message.text);
    for private in [citizen.national_id(), "Golavizh", "گلاویژ", "W4SCT", &id] {
        assert!(!message.text.contains(private), "{private} must not be on a screen that others can see: {}", message.text);
    }
    assert_eq!(tax.poll_back(&id).await.error(), "authorization_pending");

    // The person opens the window and types the code.
    let code = code_in(&message.text).to_lowercase();
    let mut browser = world.browser();
    browser.open("/").await;
    browser.follow("/approve").await.must(200, "approvals-signed-out");
    let form = browser.page.form("/approve").fill("code", "BCDF-GHJK");
    browser.submit(form).await.must(422, "approvals-code-wrong");
    let form = browser.page.form("/approve").fill("code", &code);
    browser.submit(form).await.must(200, "sign-in-title");
    assert!(!browser.page.reads("Agency tax"), "the page names the agency only after a sign-in");
    browser.sign_in(&citizen).await.must(200, "consent-allow");
    assert!(browser.page.reads("Agency tax") && browser.page.reads("باجهٔ ۳، W4SCT"), "{}", browser.page.words());
    world.pass(Duration::from_secs(5));
    assert_eq!(tax.poll_back(&id).await.error(), "authorization_pending");
    browser.allow().await.must(200, "ask-allowed-title");

    let tokens = Tokens::of(&tax.poll_back(&id).await);
    let claims = tax.verified(&tokens).await;
    assert_eq!(claims["acr"], "urn:panjereh:acr:substantial");
    assert_eq!(tokens.scope, "openid profile offline_access");
    assert_eq!(tax.userinfo(&tokens.access_token).await.json()["sub"], claims["sub"]);
    Tokens::of(&tax.refresh(tokens.refresh()).await);
    assert_eq!(tax.poll_back(&id).await.error(), "invalid_grant", "once");
}

async fn a_citizen_who_is_signed_in_finds_what_waits_in_the_window_and_on_its_own_page(world: &World) {
    let tax = world.agency_with("tax", by_polling).await;
    let (citizen, mut browser, _) = world.signed_in(&tax, "openid").await;
    browser.open("/approve").await.must(200, "approvals-none");
    assert!(!browser.open("/").await.says("window-waiting"));
    let (id, code) = tax.asked(&citizen, &[]).await;
    assert!(browser.open("/").await.says("window-waiting"));
    let waiting = |html: &str| crate::world::html::links(html).into_iter().find(|path| path.starts_with("/approve/"));
    let path = waiting(browser.page.html()).expect("the request is on the first page");
    browser.open("/approve").await.must(200, "approvals-lead");
    assert!(browser.page.reads("Agency tax"));
    assert_eq!(waiting(browser.page.html()).as_ref(), Some(&path));
    browser.follow(&path).await.must(200, "consent-allow");
    browser.allow().await.must(200, "ask-allowed-title");
    browser.open("/approve").await.must(200, "approvals-none");
    Tokens::of(&tax.poll_back(&id).await);
    world.browser().open("/approve").await.must(200, "approvals-signed-out");
    browser.type_message_code(&code).await.must(404, "refusal-nothing-asked-title");
}

async fn every_request_is_asked_anew_whatever_was_allowed_before(world: &World) {
    let tax = world.agency_with("tax", by_polling).await;
    let (citizen, mut browser, _) = world.signed_in(&tax, "openid").await;
    for _ in 0..2 {
        let (id, code) = tax.asked(&citizen, &[]).await;
        browser.type_message_code(&code).await.must(200, "consent-allow");
        assert_eq!(tax.poll_back(&id).await.error(), "authorization_pending");
        browser.allow().await.must(200, "ask-allowed-title");
        Tokens::of(&tax.poll_back(&id).await);
    }
}

async fn ciba_11_a_denial_counts_and_polling_has_its_pace(world: &World) {
    let tax = world.agency_with("tax", by_polling).await;
    let (citizen, mut browser, _) = world.signed_in(&tax, "openid").await;
    let (id, code) = tax.asked(&citizen, &[]).await;
    assert_eq!(tax.poll_back(&id).await.error(), "authorization_pending");
    let slow = tax.poll_back(&id).await;
    assert_eq!((slow.status.as_u16(), slow.error().as_str()), (400, "slow_down"));
    browser.type_message_code(&code).await;
    browser.deny().await.must(200, "ask-refused-title");
    let refused = tax.poll_back(&id).await;
    assert_eq!((refused.status.as_u16(), refused.error().as_str()), (400, "access_denied"));
    let (id, code) = tax.asked(&citizen, &[]).await;
    world.pass(Duration::from_mins(5));
    let expired = tax.poll_back(&id).await;
    assert_eq!((expired.status.as_u16(), expired.error().as_str()), (400, "expired_token"));
    browser.type_message_code(&code).await.must(422, "approvals-code-wrong");
}

async fn ciba_7_1_a_known_person_is_named_by_sub_or_id_token(world: &World) {
    let tax = world.agency_with("tax", by_polling).await;
    let health = world.agency_with("health", by_polling).await;
    let (citizen, mut browser, tokens) = world.signed_in(&tax, "openid").await;
    let sub = tax.verified(&tokens).await["sub"].as_str().unwrap().to_owned();
    // An expired ID token is a valid hint, too.
    world.pass(Duration::from_mins(30));
    for hint in [("login_hint", sub.as_str()), ("id_token_hint", &tokens.id_token)] {
        let answer = tax.post("/ciba", &[("scope", "openid"), hint]).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let message = world.messages().pop().unwrap();
        assert_eq!(message.to, citizen.mobile());
        browser.type_message_code(&code_in(&message.text)).await.must(200, "consent-allow");
        browser.allow().await;
        let id = answer.json()["auth_req_id"].as_str().unwrap().to_owned();
        assert_eq!(tax.verified(&Tokens::of(&tax.poll_back(&id).await)).await["sub"], sub.as_str());
    }
    // Another agency cannot use either.
    let foreign = health.post("/ciba", &[("scope", "openid"), ("login_hint", &sub)]).await;
    assert_eq!((foreign.status.as_u16(), foreign.error().as_str()), (400, "unknown_user_id"));
    let foreign = health.post("/ciba", &[("scope", "openid"), ("id_token_hint", &tokens.id_token)]).await;
    assert_eq!(foreign.error(), "invalid_request");
    for token in ["x", "a.b.c", &tokens.access_token] {
        assert_eq!(tax.post("/ciba", &[("scope", "openid"), ("id_token_hint", token)]).await.error(), "invalid_request");
    }
}

async fn ciba_7_1_requested_expiry_is_kept_within_bounds(world: &World) {
    let tax = world.agency_with("tax", by_polling).await;
    let citizen = world.registered(&tax).await;
    for (asked, given) in [("30", 30), ("1", 10), ("86400", 1800)] {
        let answer = tax.ask_by_back(&citizen, &[("requested_expiry", asked)]).await;
        assert_eq!(answer.json()["expires_in"], given);
        let id = answer.json()["auth_req_id"].as_str().unwrap().to_owned();
        world.pass(Duration::from_secs(given - 1));
        assert_eq!(tax.poll_back(&id).await.error(), "authorization_pending");
        world.pass(Duration::from_secs(1));
        assert_eq!(tax.poll_back(&id).await.error(), "expired_token");
    }
    world.messages();
}

async fn a_ping_that_does_not_open_is_removed_and_sent_to_no_client(world: &World) {
    let office = Office::open().await;
    office.answers("/ping", 204, &Value::Null);
    let tax = world.agency_with("tax", by_ping(office.url("/ping"))).await;
    let unreadable = Delivery {
        id: DeliveryId::new(&Random::Os, world.now()),
        kind: DeliveryKind::Ping,
        recipient: Recipient::client(&tax.client.id),
        body: DeliveryBody::Sealed("under another master key".to_owned()),
        attempt: 0,
    };
    let mut tx = world.app.store.write().await.unwrap();
    tx.insert_delivery(&unreadable, world.now(), world.now().plus(Duration::from_mins(30))).await.unwrap();
    tx.save().await.unwrap();
    assert_eq!(pinged(world).await, Delivered::Tried(1));
    world.pass(Duration::from_mins(1));
    assert_eq!(pinged(world).await, Delivered::Nothing);
    assert!(office.visits("/ping").is_empty());
}

/// Sends the pings that are due.
async fn pinged(world: &World) -> Delivered {
    deliver_all_due(&world.app, DeliveryKind::Ping).await.unwrap()
}

const TOKEN: &str = "8d67dc78-7faa-4d41-aabd-67707b374255";

async fn ciba_10_2_a_ping_client_is_notified_of_approval_and_denial(world: &World) {
    let office = Office::open().await;
    office.answers("/ping", 204, &Value::Null);
    let tax = world.agency_with("tax", by_ping(office.url("/ping"))).await;
    let (citizen, mut browser, _) = world.signed_in(&tax, "openid").await;
    assert_eq!(tax.ask_by_back(&citizen, &[]).await.error(), "invalid_request", "it needs a token");
    for (number, yes) in [true, false].into_iter().enumerate() {
        let (id, code) = tax.asked(&citizen, &[("client_notification_token", TOKEN)]).await;
        assert_eq!(pinged(world).await, Delivered::Nothing, "nothing is decided yet");
        browser.type_message_code(&code).await;
        let page = if yes { browser.allow().await } else { browser.deny().await };
        assert_eq!(page.status(), 200);
        assert_eq!(pinged(world).await, Delivered::Tried(1));
        let visits = office.visits("/ping");
        assert_eq!(visits.len(), number + 1);
        assert_eq!(visits[number].authorization, format!("Bearer {TOKEN}"));
        assert_eq!(serde_json::from_str::<Value>(&visits[number].body).unwrap(), json!({ "auth_req_id": id }));
        assert_eq!(pinged(world).await, Delivered::Nothing, "once");
        let answer = tax.poll_back(&id).await;
        assert_eq!((answer.status == 200, answer.json().get("error").is_some()), (yes, !yes));
    }
}

async fn ciba_10_2_a_ping_is_tried_again_but_not_when_the_client_refuses_it(world: &World) {
    let office = Office::open().await;
    let tax = world.agency_with("tax", by_ping(office.url("/ping"))).await;
    let (citizen, mut browser, _) = world.signed_in(&tax, "openid").await;
    for (status, tried_again) in [(503, true), (429, true), (401, false), (403, false), (302, false), (307, false), (400, false)]
    {
        world.pass(Duration::from_mins(15));
        office.answers("/ping", status, &json!({ "anything": "is not read" }));
        let before = office.visits("/ping").len();
        let (_, code) = tax.asked(&citizen, &[("client_notification_token", TOKEN)]).await;
        browser.type_message_code(&code).await;
        browser.allow().await.must(200, "ask-allowed-title");
        assert_eq!(pinged(world).await, Delivered::Tried(1));
        assert_eq!(pinged(world).await, Delivered::Nothing, "not at once");
        world.pass(Duration::from_secs(5));
        let expected = if tried_again { Delivered::Tried(1) } else { Delivered::Nothing };
        assert_eq!(pinged(world).await, expected, "{status}");
        // Each retry comes later than the one before; after the first success there is no other.
        office.answers("/ping", 200, &json!({ "a body": "is ignored" }));
        world.pass(Duration::from_secs(5));
        assert_eq!(pinged(world).await, Delivered::Nothing);
        world.pass(Duration::from_secs(40));
        assert_eq!(pinged(world).await, expected, "{status}");
        assert_eq!(office.visits("/ping").len() - before, if tried_again { 3 } else { 1 });
        assert_eq!(pinged(world).await, Delivered::Nothing);
    }
}

/// The claims of a valid signed request.
fn claims(agency: &Agency<'_>, national_id: &str) -> Value {
    let mut claims = Signer::claims(agency.id(), agency.world);
    claims["nbf"] = claims["iat"].clone();
    claims.as_object_mut().unwrap().remove("sub");
    claims["scope"] = json!("openid");
    claims["login_hint"] = json!(national_id);
    claims["requested_expiry"] = json!("30");
    claims
}

async fn ciba_7_1_1_a_signed_request_is_accepted_and_an_unsigned_one_is_not(world: &World) {
    let tax = world.agency_with("tax", |client| {
        by_polling(client);
        client.ciba.request_alg = Some(SigningAlg::ES256);
    });
    let tax = tax.await;
    let (citizen, mut browser, _) = world.signed_in(&tax, "openid").await;
    assert_eq!(tax.ask_by_back(&citizen, &[]).await.error(), "invalid_request");
    let good = claims(&tax, citizen.national_id());
    let signed = tax.signer.sign(&good);
    let answer = tax.post("/ciba", &[("request", &signed)]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["expires_in"], 30);
    let code = code_in(&world.messages().pop().unwrap().text);
    assert_eq!(tax.post("/ciba", &[("request", &signed)]).await.error(), "invalid_request", "its jti was used");
    browser.type_message_code(&code).await;
    browser.allow().await.must(200, "ask-allowed-title");
    Tokens::of(&tax.poll_back(answer.json()["auth_req_id"].as_str().unwrap()).await);

    let beside = tax.signer.sign(&claims(&tax, citizen.national_id()));
    for name in ["scope", "login_hint", "binding_message", "requested_expiry", "resource", "authorization_details"] {
        assert_eq!(tax.post("/ciba", &[("request", &beside), (name, "1")]).await.error(), "invalid_request", "{name} beside it");
    }
    let now = world.now().seconds();
    for (name, value) in [
        ("aud", json!("https://other.example")),
        ("iss", json!("health")),
        ("exp", json!(now - 120)),
        ("exp", json!(now + 70 * 60)),
        ("nbf", json!(now + 600)),
        ("nbf", json!(now - 70 * 60)),
        ("aud", Value::Null),
        ("iss", Value::Null),
        ("exp", Value::Null),
        ("iat", Value::Null),
        ("nbf", Value::Null),
        ("jti", Value::Null),
    ] {
        let mut claims = claims(&tax, citizen.national_id());
        claims[name] = value.clone();
        claims.as_object_mut().unwrap().retain(|_, member| !member.is_null());
        let answer = tax.post("/ciba", &[("request", &tax.signer.sign(&claims))]).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (400, "invalid_request"), "{name}: {value}");
    }
    let other = Signer::new().sign(&claims(&tax, citizen.national_id()));
    assert_eq!(tax.post("/ciba", &[("request", &other)]).await.error(), "invalid_request", "signed by another");
    let unsigned = crate::world::assertion::compact(&json!({ "alg": "none" }), &claims(&tax, citizen.national_id()), b"");
    for wrong in [unsigned.as_str(), "x", "a.b.c"] {
        assert_eq!(tax.post("/ciba", &[("request", wrong)]).await.error(), "invalid_request");
    }
    let mut none = claims(&tax, citizen.national_id());
    none.as_object_mut().unwrap().remove("login_hint");
    assert_eq!(tax.post("/ciba", &[("request", &tax.signer.sign(&none))]).await.error(), "invalid_request", "no person is named");
}

async fn a_person_whose_message_failed_has_nothing_to_decide(world: &World) {
    let tax = world.agency_with("tax", by_polling).await;
    let (citizen, mut browser, _) = world.signed_in(&tax, "openid").await;
    let outbox = world.app.settings.sms.outbox.clone();
    let aside = outbox.with_extension("aside");
    std::fs::rename(&outbox, &aside).unwrap();
    // A folder in the place of the outbox accepts no message.
    std::fs::create_dir(&outbox).unwrap();
    let answer = tax.ask_by_back(&citizen, &[]).await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (503, "temporarily_unavailable"));
    assert!(!answer.header("retry-after").is_empty());
    std::fs::remove_dir(&outbox).unwrap();
    std::fs::rename(&aside, &outbox).unwrap();
    browser.open("/approve").await.must(200, "approvals-none");
    // The place on the list is free again, and the person is notified of the next request.
    let (id, code) = tax.asked(&citizen, &[]).await;
    browser.type_message_code(&code).await.must(200, "consent-allow");
    browser.allow().await.must(200, "ask-allowed-title");
    Tokens::of(&tax.poll_back(&id).await);
}

async fn fapi_ciba_a_client_under_fapi2_gets_bound_tokens_only(world: &World) {
    let bank = world.agency_with("bank", |client| {
        by_polling(client);
        client.requests.profile = Profile::Fapi2;
        client.auth_method = TokenEndpointAuthMethod::PrivateKeyJwt;
        client.scopes = Scope::ALL.to_vec();
    });
    let bank = bank.await;
    let tax = world.agency("tax").await;
    let (citizen, mut browser, _) = world.signed_in(&tax, "openid").await;
    let (id, code) = bank.asked(&citizen, &[]).await;
    browser.type_message_code(&code).await.must(200, "consent-allow");
    browser.allow().await;
    assert_eq!(bank.poll_back(&id).await.error(), "invalid_dpop_proof");
    let prover = Prover::new();
    let tokens = Tokens::of(&bank.token_with(&back_form(&id), &prover.for_token(world)).await);
    assert_eq!(world.signed_claims(&tokens.access_token).await.1["cnf"]["jkt"], prover.jkt());
}
