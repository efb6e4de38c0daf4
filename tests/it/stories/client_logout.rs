//! Clients are notified that a session ended: by a signed token (OpenID Connect Back-Channel Logout 1.0) and by frames of the
//! signed-out page (Front-Channel Logout 1.0).

use crate::world::agency::{Agency, Asking};
use crate::world::browser::Browser;
use crate::world::office::Office;
use crate::world::{ISSUER, World, on_both_backends};
use panjereh::flows::delivery::run::{Delivered, deliver_all_due, keep_delivering};
use panjereh::identity::id::{AccountId, DeliveryId, SessionId};
use panjereh::random::Random;
use panjereh::records::delivery::{Delivery, DeliveryBody, DeliveryKind, Recipient};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

on_both_backends! {
    backchannel_logout_2_5_every_client_of_the_session_gets_a_signed_logout_token,
    a_client_that_holds_nothing_of_the_session_hears_nothing,
    signing_out_everywhere_tells_the_clients_of_every_session,
    a_client_that_is_down_is_told_later_and_the_person_never_waits,
    backchannel_logout_2_8_a_client_that_refuses_is_not_asked_again,
    two_instances_deliver_a_token_once,
    a_client_that_never_answers_delays_no_other_client,
    a_logout_token_that_was_on_its_way_before_the_outbox_is_delivered,
    a_session_has_another_sid_at_every_client_and_keeps_it_when_the_person_authenticates_again,
    a_sign_in_of_another_person_ends_the_earlier_session_for_its_clients,
    frontchannel_logout_3_the_signed_out_page_loads_every_client_in_a_frame,
    frontchannel_logout_the_way_back_leads_through_the_frames,
}

const OUT: &str = "/out";

/// An agency that receives notifications at this office under its own name.
async fn listening<'w>(world: &'w World, name: &str, office: &Office) -> Agency<'w> {
    let uri = office.url(&format!("/{name}{OUT}"));
    office.answers(&format!("/{name}{OUT}"), 200, &json!({}));
    world.agency_with(name, |client| client.logout.backchannel = Some(uri)).await
}

/// The logout tokens that a client received, verified.
async fn told(world: &World, name: &str, office: &Office) -> Vec<Value> {
    let mut told = Vec::new();
    for visit in office.visits(&format!("/{name}{OUT}")) {
        let (header, claims) = world.signed_claims(&visit.field("logout_token")).await;
        assert_eq!(header.typ.as_deref(), Some("logout+jwt"));
        assert_eq!((claims["iss"].as_str(), claims["aud"].as_str()), (Some(ISSUER), Some(name)));
        assert_eq!(claims["events"], json!({ "http://schemas.openid.net/event/backchannel-logout": {} }));
        assert!(claims.get("nonce").is_none() && claims["jti"].as_str().is_some_and(|jti| jti.len() == 22));
        let (issued, expires) = (claims["iat"].as_i64().unwrap(), claims["exp"].as_i64().unwrap());
        assert!(issued <= world.now().seconds() && expires - issued == 120);
        told.push(claims);
    }
    told
}

/// A signed-in person goes to another agency for the first time.
async fn first_visit(browser: &mut Browser<'_>, agency: &Agency<'_>) -> (Asking, String) {
    let asking = agency.ask("openid");
    browser.open(&asking.url()).await.must(200, "consent-title");
    let code = asking.code(browser.allow().await);
    (asking, code)
}

async fn deliver(world: &World) -> Delivered {
    deliver_all_due(&world.app, DeliveryKind::LogoutToken).await.unwrap()
}

async fn backchannel_logout_2_5_every_client_of_the_session_gets_a_signed_logout_token(world: &World) {
    let office = Office::open().await;
    let tax = listening(world, "tax", &office).await;
    let health = listening(world, "health", &office).await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let (asking, code) = first_visit(&mut browser, &health).await;
    let (_, at_health) = health.sign_in(&asking, &code).await;
    let (asking, code) = tax.silently(&mut browser, "openid").await;
    let (_, at_tax) = tax.sign_in(&asking, &code).await;

    // The grants of the access tokens have been removed by then; the session has not.
    world.pass(Duration::from_mins(50));
    crate::store::expire(&world.app.store, world.now(), 1000).await;
    browser.sign_out("logout-confirm").await.must(200, "logged-out-here");
    assert_eq!(office.visits("/tax/out").len(), 0, "the person does not wait for it");
    assert_eq!(deliver(world).await, Delivered::Tried(2));
    for (name, claims) in [("tax", &at_tax), ("health", &at_health)] {
        let told = told(world, name, &office).await;
        assert_eq!(told.len(), 1, "{name}");
        assert_eq!((&told[0]["sub"], &told[0]["sid"]), (&claims["sub"], &claims["sid"]), "{name}");
    }
    assert_eq!(deliver(world).await, Delivered::Nothing);
}

async fn a_client_that_holds_nothing_of_the_session_hears_nothing(world: &World) {
    let office = Office::open().await;
    let tax = listening(world, "tax", &office).await;
    let plain = world.agency("plain").await;
    let (citizen, mut here, _) = world.signed_in(&plain, "openid").await;
    let mut elsewhere = world.browser();
    let (asking, code) = elsewhere.sign_in_at(&tax, &citizen, "openid").await;
    tax.sign_in(&asking, &code).await;
    here.sign_out("logout-confirm").await.must(200, "logged-out-here");
    assert_eq!(deliver(world).await, Delivered::Nothing);
}

async fn signing_out_everywhere_tells_the_clients_of_every_session(world: &World) {
    let office = Office::open().await;
    let tax = listening(world, "tax", &office).await;
    let (citizen, mut here, _) = world.signed_in(&tax, "openid").await;
    let mut elsewhere = world.browser();
    let (asking, code) = elsewhere.sign_in_at(&tax, &citizen, "openid").await;
    tax.sign_in(&asking, &code).await;
    here.sign_out("logout-everywhere").await.must(200, "logged-out-everywhere");
    assert_eq!(deliver(world).await, Delivered::Tried(2));
    let told = told(world, "tax", &office).await;
    assert_ne!(told[0]["sid"], told[1]["sid"]);
}

async fn a_client_that_is_down_is_told_later_and_the_person_never_waits(world: &World) {
    let office = Office::open().await;
    let tax = listening(world, "tax", &office).await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    browser.sign_out("logout-confirm").await.must(200, "logged-out-here");
    for (status, pause) in [(503, 15), (404, 120), (302, 405)] {
        office.answers("/tax/out", status, &json!({}));
        assert_eq!(deliver(world).await, Delivered::Tried(1));
        world.pass(Duration::from_secs(pause - 1));
        assert_eq!(deliver(world).await, Delivered::Nothing, "{status}: the pauses grow");
        world.pass(Duration::from_secs(1));
    }
    office.answers("/tax/out", 204, &json!({}));
    assert_eq!(deliver(world).await, Delivered::Tried(1));
    let told = told(world, "tax", &office).await;
    assert_eq!(told.len(), 4);
    assert_ne!(told[0]["jti"], told[3]["jti"]);
    world.pass(Duration::from_hours(1));
    assert_eq!(deliver(world).await, Delivered::Nothing);
}

async fn backchannel_logout_2_8_a_client_that_refuses_is_not_asked_again(world: &World) {
    let office = Office::open().await;
    let tax = listening(world, "tax", &office).await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    browser.sign_out("logout-confirm").await.must(200, "logged-out-here");
    office.answers("/tax/out", 400, &json!({ "error": "invalid_request" }));
    assert_eq!(deliver(world).await, Delivered::Tried(1));
    world.pass(Duration::from_hours(1));
    assert_eq!(deliver(world).await, Delivered::Nothing);
}

async fn two_instances_deliver_a_token_once(world: &World) {
    let office = Office::open().await;
    let tax = listening(world, "tax", &office).await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    browser.sign_out("logout-confirm").await.must(200, "logged-out-here");
    let workers: Vec<_> = (0..6)
        .map(|_| {
            let app = std::sync::Arc::clone(&world.app);
            tokio::spawn(async move { deliver_all_due(&app, DeliveryKind::LogoutToken).await.unwrap() })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
    assert_eq!(told(world, "tax", &office).await.len(), 1);
}

async fn a_client_that_never_answers_delays_no_other_client(world: &World) {
    let office = Office::open().await;
    let down = listening(world, "down", &office).await;
    let tax = listening(world, "tax", &office).await;
    office.holds("/down/out");
    let (citizen, mut browser, _) = world.signed_in(&tax, "openid").await;
    // It has more deliveries due, and for a longer time, than can run at once.
    let account = world.app.store.account_by_national_id(&citizen.person.national_id).await.unwrap().unwrap().id;
    let mut tx = world.app.store.write().await.unwrap();
    for _ in 0..400 {
        let (due, until) = (world.now().minus(Duration::from_mins(1)), world.now().plus(Duration::from_hours(1)));
        tx.insert_delivery(&logout_before_outbox(world, &down, account), due, until).await.unwrap();
    }
    tx.save().await.unwrap();
    let delivering = tokio::spawn(keep_delivering(Arc::clone(&world.app)));
    office.until_visited("/down/out", 16).await;
    browser.sign_out("logout-confirm").await.must(200, "logged-out-here");
    office.until_visited("/tax/out", 1).await;
    assert_eq!(office.visits("/down/out").len(), 16, "it holds its places and no more");
    delivering.abort();
    assert!(delivering.await.unwrap_err().is_cancelled());
}

/// A row as the migration to the outbox carried it over.
fn logout_before_outbox(world: &World, agency: &Agency<'_>, account: AccountId) -> Delivery {
    let session = SessionId::new(&Random::Os, world.now());
    Delivery {
        id: DeliveryId::new(&Random::Os, world.now()),
        kind: DeliveryKind::LogoutToken,
        recipient: Recipient::client(&agency.client.id),
        body: DeliveryBody::LogoutBeforeOutbox { session, account },
        attempt: 0,
    }
}

async fn a_logout_token_that_was_on_its_way_before_the_outbox_is_delivered(world: &World) {
    let office = Office::open().await;
    let tax = listening(world, "tax", &office).await;
    let (citizen, _, tokens) = world.signed_in(&tax, "openid").await;
    let account = world.app.store.account_by_national_id(&citizen.person.national_id).await.unwrap().unwrap().id;
    let mut tx = world.app.store.write().await.unwrap();
    let until = world.now().plus(Duration::from_hours(1));
    tx.insert_delivery(&logout_before_outbox(world, &tax, account), world.now(), until).await.unwrap();
    tx.save().await.unwrap();
    assert_eq!(deliver(world).await, Delivered::Tried(1));
    let (_, claims) = world.signed_claims(&tokens.id_token).await;
    assert_eq!(told(world, "tax", &office).await[0]["sub"], claims["sub"]);
}

async fn a_session_has_another_sid_at_every_client_and_keeps_it_when_the_person_authenticates_again(world: &World) {
    let tax = world.agency("tax").await;
    let health = world.agency("health").await;
    let citizen = world.registered(&tax).await;
    let mut browser = world.browser();
    let (asking, code) = browser.sign_in_at(&tax, &citizen, "openid").await;
    let (_, before) = tax.sign_in(&asking, &code).await;
    let (asking, code) = first_visit(&mut browser, &health).await;
    let (_, elsewhere) = health.sign_in(&asking, &code).await;
    assert_ne!(before["sid"], elsewhere["sid"]);

    world.pass(Duration::from_mins(5));
    let again = tax.ask("openid").with("prompt", "login");
    browser.open(&again.url()).await;
    let cookie = browser.session();
    browser.sign_in(&citizen).await;
    assert_ne!(browser.session(), cookie);
    let (_, after) = tax.sign_in(&again, &again.code(&browser.page)).await;
    assert_eq!(after["sid"], before["sid"]);
}

async fn a_sign_in_of_another_person_ends_the_earlier_session_for_its_clients(world: &World) {
    let office = Office::open().await;
    let tax = listening(world, "tax", &office).await;
    let other = world.registered(&tax).await;
    let (_, mut browser, tokens) = world.signed_in(&tax, "openid").await;
    let (_, claims) = world.signed_claims(&tokens.id_token).await;
    world.pass(Duration::from_secs(1));
    let asking = tax.ask("openid").with("prompt", "login");
    browser.open(&asking.url()).await.must(200, "sign-in-title");
    browser.sign_in(&other).await;
    assert_eq!(deliver(world).await, Delivered::Tried(1));
    assert_eq!(told(world, "tax", &office).await[0]["sid"], claims["sid"]);
    assert_eq!(tax.userinfo(&tokens.access_token).await.error(), "invalid_token", "as after a sign-out");
}

/// An agency that is notified by a frame.
async fn framed<'w>(world: &'w World, name: &str) -> Agency<'w> {
    let uri = format!("https://{name}.example/front?x=1");
    world.agency_with(name, |client| client.logout.frontchannel = Some(uri)).await
}

async fn frontchannel_logout_3_the_signed_out_page_loads_every_client_in_a_frame(world: &World) {
    let tax = framed(world, "tax").await;
    let health = framed(world, "health").await;
    let (_, mut browser, tokens) = world.signed_in(&tax, "openid").await;
    let (_, claims) = world.signed_claims(&tokens.id_token).await;
    let (asking, code) = first_visit(&mut browser, &health).await;
    health.sign_in(&asking, &code).await;
    browser.sign_out("logout-confirm").await.must(200, "logged-out-here");
    let html = browser.page.html();
    let sid = claims["sid"].as_str().unwrap();
    let frame = format!("https://tax.example/front?x=1&#38;iss=https%3A%2F%2Fwindow.example&#38;sid={sid}");
    assert!(html.contains(&format!("data-src=\"{frame}\"")), "{html}");
    assert!(html.contains("https://health.example/front?x=1"));
    let policy = browser.page.answer.header("content-security-policy");
    assert!(policy.ends_with("; frame-src https://health.example https://tax.example"), "{policy}");
    // A person who signs out without such agencies gets a page without any frame.
    browser.open("/logout").await.must(200, "logged-out-title");
    assert!(!browser.page.answer.header("content-security-policy").contains("frame-src"));
}

async fn frontchannel_logout_the_way_back_leads_through_the_frames(world: &World) {
    let tax = framed(world, "tax").await;
    let (_, mut browser, tokens) = world.signed_in(&tax, "openid").await;
    let back = ("post_logout_redirect_uri", "https://tax.example/bye");
    let url = format!("/logout?{}", crate::world::html::encode(&[("id_token_hint", tokens.id_token.as_str()), back]));
    browser.open(&url).await;
    let form = browser.page.form("/logout/confirm").press("logout-everywhere");
    browser.submit(form).await.must(200, "logged-out-everywhere");
    let html = browser.page.html();
    assert!(html.contains("logged-out.") && html.contains("data-onward=\"at-once\""), "{html}");
    // WCAG 2.2.1: no page leaves by a timer; the script leaves when the frames are loaded, and the link is there without it.
    assert!(!html.contains("http-equiv=\"refresh\""), "{html}");
    assert_eq!(browser.page.link("/bye"), "https://tax.example/bye");
}
