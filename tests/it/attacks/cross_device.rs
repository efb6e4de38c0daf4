//! Cross-device sign-ins: guessed codes, two concurrent polls, a decision by another person, forged forms.

use crate::world::browser::BINDING;
use crate::world::citizen::Citizen;
use crate::world::cross_device::{DeviceCodes, back_form, by_polling, device_form};
use crate::world::tokens::Tokens;
use crate::world::{Backend, World, on_both_backends, send};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use panjereh::client::words::TokenEndpointAuthMethod;
use panjereh::records::event::EventKind;
use panjereh::secret::TokenHash;
use panjereh::transient::Limit;
use std::time::Duration;

on_both_backends! {
    device_codes_fetched_by_many_at_once_serve_exactly_one,
    a_device_code_is_worth_nothing_to_another_client_and_is_not_used_up_by_it,
    of_many_concurrent_decisions_one_counts,
    of_many_confirmations_of_one_request_at_once_one_leaves_an_event,
    a_confirmation_whose_connection_closes_is_carried_out_to_its_end_or_not_begun,
    rfc8628_5_1_user_codes_cannot_be_guessed_from_one_address,
    rfc8628_5_1_unknown_used_and_expired_codes_are_answered_alike,
    the_comparison_form_is_accepted_from_its_own_page_and_browser_only,
    a_public_client_cannot_request_codes_without_limit,
    a_request_to_one_person_is_neither_shown_to_another_nor_decided_by_another,
    a_ciba_request_fetched_by_many_at_once_serves_exactly_one,
    the_requests_to_one_telephone_are_limited,
    a_client_cannot_list_who_has_an_account,
    an_auth_req_id_is_worth_nothing_to_another_client_or_at_another_grant,
}

async fn device_codes_fetched_by_many_at_once_serve_exactly_one(world: &World) {
    let tax = world.agency_with_devices("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid offline_access").await;
    for times in [2, 8, 2, 8] {
        let codes = tax.device("openid offline_access").await;
        browser.open(&codes.complete).await;
        browser.is_mine().await.must(200, "device-allowed-title");
        let mut sending = tokio::task::JoinSet::new();
        for _ in 0..times {
            sending.spawn(send(world.router(), tax.poll_request(&codes)));
        }
        let (served, refused): (Vec<_>, Vec<_>) = sending.join_all().await.into_iter().partition(|answer| answer.status == 200);
        assert_eq!(served.len(), 1, "exactly one is served");
        assert!(refused.iter().all(|answer| answer.error() == "invalid_grant"), "{refused:?}");
        let tokens = Tokens::of(&served[0]);
        assert_eq!(tax.userinfo(&tokens.access_token).await.status, 200, "and keeps what it got");
    }
}

async fn a_device_code_is_worth_nothing_to_another_client_and_is_not_used_up_by_it(world: &World) {
    let (tax, thief) = (world.agency_with_devices("tax").await, world.agency_with_devices("thief").await);
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let codes = tax.device("openid").await;
    assert_eq!(thief.poll_device(&codes).await.error(), "invalid_grant");
    browser.open(&codes.complete).await;
    browser.is_mine().await;
    assert_eq!(thief.poll_device(&codes).await.error(), "invalid_grant");
    // The code of one grant type is not valid for another.
    let as_code =
        [("grant_type", "authorization_code"), ("code", &*codes.device_code), ("redirect_uri", "https://tax.example/callback")];
    assert_eq!(tax.token(&as_code).await.error(), "invalid_grant");
    let typed = DeviceCodes { device_code: codes.user_code.clone(), ..codes.clone() };
    assert_eq!(tax.poll_device(&typed).await.error(), "invalid_grant", "who sees the screen cannot fetch the tokens");
    Tokens::of(&tax.poll_device(&codes).await);
    let plain = world.agency("plain").await;
    assert_eq!(plain.poll_device(&codes).await.error(), "unauthorized_client");
}

async fn of_many_concurrent_decisions_one_counts(world: &World) {
    let tax = world.agency_with_devices("tax").await;
    let codes = tax.device("openid").await;
    let (mut browsers, mut citizens) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        let (citizen, mut browser, _) = world.signed_in(&tax, "openid").await;
        browser.open(&codes.complete).await.must(200, "compare-title");
        browsers.push(browser);
        citizens.push(citizen);
    }
    let [a, b, c, d] = &mut browsers[..] else { panic!("four browsers") };
    // Half of them deny.
    let (a, b, c, d) = tokio::join!(a.is_mine(), b.is_not_mine(), c.is_mine(), d.is_not_mine());
    let mut shown = [a, b, c, d].map(|page| page.status().as_u16());
    shown.sort_unstable();
    assert_eq!(shown, [200, 410, 410, 410]);
    let answer = tax.poll_device(&codes).await;
    assert!(answer.status == 200 || answer.error() == "access_denied", "{}", answer.text());
    let mut allowed = 0;
    for citizen in &citizens {
        allowed += events(world, citizen, EventKind::DeviceAllowed).await;
    }
    assert_eq!(allowed, usize::from(answer.status == 200), "a decision that lost leaves no event");
}

/// How many events of that kind an account has.
async fn events(world: &World, citizen: &Citizen, kind: EventKind) -> usize {
    let account = world.app.store.account_by_national_id(&citizen.person.national_id).await.unwrap().unwrap();
    let events = world.app.store.events_of(account.id, 100).await.unwrap();
    events.iter().filter(|event| event.kind == kind).count()
}

async fn of_many_confirmations_of_one_request_at_once_one_leaves_an_event(world: &World) {
    let tax = world.agency_with("tax", by_polling).await;
    let (citizen, mut browser, _) = world.signed_in(&tax, "openid").await;
    for round in 1..4 {
        let (id, code) = tax.asked(&citizen, &[]).await;
        // The same person in several tabs: each tab is an interaction of its own.
        let mut tabs = Vec::new();
        for _ in 0..4 {
            browser.type_message_code(&code).await.must(200, "consent-allow");
            tabs.push(browser.clone());
        }
        let [a, b, c, d] = &mut tabs[..] else { panic!("four tabs") };
        let (a, b, c, d) = tokio::join!(a.allow(), b.allow(), c.allow(), d.allow());
        let mut shown = [a, b, c, d].map(|page| page.status().as_u16());
        shown.sort_unstable();
        assert_eq!(shown, [200, 410, 410, 410]);
        assert_eq!(tax.poll_back(&id).await.status, 200);
        assert_eq!(events(world, &citizen, EventKind::AskAllowed).await, round, "a decision that lost leaves no event");
    }
}

async fn a_confirmation_whose_connection_closes_is_carried_out_to_its_end_or_not_begun(world: &World) {
    let tax = world.agency_with_devices("tax").await;
    let (citizen, mut browser, _) = world.signed_in(&tax, "openid").await;
    let mut decided = 0;
    for quarter in 0..24 {
        let codes = tax.device("openid").await;
        browser.open(&codes.complete).await.must(200, "compare-title");
        let confirms = browser.page.form("/device").press("device-mine");
        send(world.router(), browser.request_of(&confirms)).await;
        // The next page carries the decision out. Its connection closes after some time.
        let path = browser.page.url.clone();
        let patience = Duration::from_micros(250 * quarter);
        tokio::time::timeout(patience, browser.fetch(&path)).await.ok();
        let name = TokenHash::of(&codes.device_code);
        for _ in 0..100 {
            if world.app.transient.decision(&name, world.now()).await.unwrap().is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let logged = events(world, &citizen, EventKind::DeviceAllowed).await;
        let served = world.app.transient.decision(&name, world.now()).await.unwrap().is_some();
        assert_eq!(logged, decided + usize::from(served), "{patience:?}: what is logged takes effect");
        decided = logged;
        if !served {
            // It was not begun: the person can decide in a new tab.
            browser.open(&codes.complete).await.must(200, "compare-title");
            browser.is_mine().await.must(200, "device-allowed-title");
            decided += 1;
        }
        assert_eq!(tax.poll_device(&codes).await.status, 200, "{patience:?}");
    }
    assert_eq!(decided, 24);
}

async fn rfc8628_5_1_user_codes_cannot_be_guessed_from_one_address(_: &World) {
    let world = World::with(Backend::Embedded, |settings| settings.limits.per_address = 6).await.unwrap();
    let tax = world.agency_with_devices("tax").await;
    let codes = tax.device("openid").await;
    let mut guesser = world.browser();
    for code in ["BBBB-BBBB", "BBBB-BBBC", "nonsense", "x", "BBBB-BBBF", "BBBB-BBBG"] {
        guesser.open("/device").await;
        guesser.type_code(code).await.must(422, "error-user-code-wrong");
    }
    // Even the right code is no longer checked.
    guesser.type_code(&codes.user_code).await.must(429, "refusal-too-many-tries-title");
    guesser.open(&codes.complete).await.must(429, "refusal-too-many-tries-title");
    let mut elsewhere = world.browser();
    elsewhere.address = [198, 51, 100, 1].into();
    elsewhere.type_code(&codes.user_code).await.must(200, "compare-title");
    world.pass(std::time::Duration::from_mins(15));
    guesser.type_code("BBBB-BBBB").await.must(422, "error-user-code-wrong");
}

async fn rfc8628_5_1_unknown_used_and_expired_codes_are_answered_alike(world: &World) {
    let tax = world.agency_with_devices("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let used = tax.device("openid").await;
    browser.open(&used.complete).await;
    browser.is_mine().await;
    let words = |page: &crate::world::browser::Page| page.words();
    let after_use = words(browser.type_code(&used.user_code).await);
    let unknown = words(browser.type_code("BBBB-BBBB").await);
    let expired = tax.device("openid").await;
    world.pass(std::time::Duration::from_mins(10));
    let expired = words(browser.type_code(&expired.user_code).await);
    assert_eq!((&after_use, &expired), (&unknown, &unknown));
}

async fn the_comparison_form_is_accepted_from_its_own_page_and_browser_only(world: &World) {
    let tax = world.agency_with_devices("tax").await;
    let (citizen, mut victim, _) = world.signed_in(&tax, "openid").await;
    let codes = tax.device("openid").await;
    victim.open(&codes.complete).await.must(200, "compare-title");
    for forged in ["forged", "", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let form = victim.page.form("/device").press("device-mine").fill("csrf", forged);
        victim.clone().submit(form).await.must(400, "refusal-bad-request-title");
    }
    // The attacker opens it in their own browser and lures the victim to that page: it does not work in the victim's browser.
    let mut attacker = world.browser();
    attacker.open(&codes.complete).await.must(200, "compare-title");
    let lured = attacker.page.form("/device").press("device-mine");
    victim.clone().submit(lured).await.must(410, "refusal-interaction-gone-title");
    let address = attacker.page.url.clone();
    victim.clone().open(&address).await.must(410, "refusal-interaction-gone-title");
    let mut guessing = world.browser();
    guessing.cookies.insert(BINDING.to_owned(), "guessed".to_owned());
    guessing.submit(victim.page.form("/device").press("device-mine")).await.must(410, "refusal-interaction-gone-title");
    // A person who skips the comparison by its URL is sent back to it.
    let address = victim.page.url.clone();
    let csrf = victim.page.form("/device").value("csrf").to_owned();
    let mut hasty = victim.clone();
    hasty.post(&format!("{address}/consent"), consent(world, &csrf, &citizen, "allow").await).await.must(200, "compare-title");
    assert_eq!(tax.poll_device(&codes).await.error(), "authorization_pending");
    victim.is_mine().await.must(200, "device-allowed-title");
}

async fn a_public_client_cannot_request_codes_without_limit(_: &World) {
    let world = World::with(Backend::Embedded, |settings| settings.limits.per_address = 5).await.unwrap();
    let public = world.agency_with("kiosk", |client| {
        crate::world::cross_device::with_devices(client);
        client.auth_method = TokenEndpointAuthMethod::None;
    });
    let public = public.await;
    for _ in 0..5 {
        public.device("openid").await;
    }
    let answer = public.post("/device_authorization", &[("scope", "openid")]).await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (429, "temporarily_unavailable"));
    assert!(!answer.header("retry-after").is_empty());
    let confidential = world.agency_with_devices("tax").await;
    for _ in 0..6 {
        let codes = confidential.device("openid").await;
        assert_eq!(device_form(&codes)[1].1.len(), 43);
    }
}

/// The form that the consent page would post if it had been shown to this person.
async fn consent(world: &World, csrf: &str, citizen: &Citizen, decision: &str) -> String {
    let account = world.app.store.account_by_national_id(&citizen.person.national_id).await.unwrap().unwrap().id;
    let shown_to = URL_SAFE_NO_PAD.encode(TokenHash::of(&format!("{csrf}\0{account}")).0);
    format!("csrf={csrf}&shown_to={shown_to}&decision={decision}")
}

async fn a_request_to_one_person_is_neither_shown_to_another_nor_decided_by_another(world: &World) {
    let tax = world.agency_with("tax", by_polling).await;
    let (citizen, mut browser, _) = world.signed_in(&tax, "openid").await;
    let (other, mut stranger, _) = world.signed_in(&tax, "openid").await;
    let (id, code) = tax.asked(&citizen, &[("binding_message", "W4SCT")]).await;

    // Signed in as another person: nothing is on the list, and the URL of the request shows only the sign-in page.
    stranger.open("/approve").await.must(200, "approvals-none");
    stranger.type_message_code(&code).await.must(200, "sign-in-title");
    assert!(!stranger.page.reads("Agency tax") && !stranger.page.reads("W4SCT"), "{}", stranger.page.words());
    let address = stranger.page.url.clone();
    let csrf = stranger.page.form("/sign-in").value("csrf").to_owned();
    for decision in ["allow", "deny"] {
        let mut hasty = stranger.clone();
        hasty.post(&format!("{address}/consent"), consent(world, &csrf, &other, decision).await).await.must(200, "sign-in-title");
        assert_eq!(tax.poll_back(&id).await.error(), "authorization_pending", "{decision}");
        world.pass(std::time::Duration::from_secs(30));
    }
    // The button that leads back to an agency does not show it either.
    stranger.clone().post(&format!("{address}/cancel"), format!("csrf={csrf}")).await.must(200, "sign-in-title");
    assert_eq!(tax.poll_back(&id).await.error(), "authorization_pending");
    world.pass(std::time::Duration::from_secs(30));
    // Another person who signs in there gets the same answer as for a guessed URL.
    stranger.sign_in(&other).await.must(404, "refusal-nothing-asked-title");
    let heard = stranger.page.words();
    let guessed = format!("/approve/{}", "0".repeat(26));
    assert_eq!(stranger.open(&guessed).await.words(), heard);
    stranger.open(&address).await.must(410, "refusal-interaction-gone-title");
    for none in ["/approve/x", "/approve/%00", "/approve/00000000000000000000000000?x=1"] {
        stranger.open(none).await.must(404, "refusal-nothing-asked-title");
    }

    // A person who makes an account there gets it as well, after their recovery codes.
    let (mut newcomer, mut fresh) = (world.citizen().await, world.browser());
    fresh.type_message_code(&code).await.must(200, "sign-in-title");
    fresh.register(&mut newcomer).await.must(404, "refusal-nothing-asked-title");
    assert_eq!(newcomer.recovery_codes.len(), 5);

    // The request still waits for the right person; a forged form decides nothing.
    browser.type_message_code(&code).await.must(200, "consent-allow");
    let forged = browser.page.form("/consent").press("consent-allow").fill("csrf", "forged");
    browser.clone().submit(forged).await.must(400, "refusal-bad-request-title");
    let lured = browser.page.form("/consent").press("consent-allow");
    stranger.submit(lured).await.must(410, "refusal-interaction-gone-title");
    assert_eq!(tax.poll_back(&id).await.error(), "authorization_pending");
    browser.allow().await.must(200, "ask-allowed-title");
    Tokens::of(&tax.poll_back(&id).await);
}

async fn a_ciba_request_fetched_by_many_at_once_serves_exactly_one(world: &World) {
    let tax = world.agency_with("tax", by_polling).await;
    let (citizen, mut browser, _) = world.signed_in(&tax, "openid").await;
    for times in [2, 8] {
        let (id, code) = tax.asked(&citizen, &[]).await;
        browser.type_message_code(&code).await;
        browser.allow().await.must(200, "ask-allowed-title");
        let mut sending = tokio::task::JoinSet::new();
        for _ in 0..times {
            sending.spawn(send(world.router(), tax.token_request(&back_form(&id))));
        }
        let (served, refused): (Vec<_>, Vec<_>) = sending.join_all().await.into_iter().partition(|answer| answer.status == 200);
        assert_eq!(served.len(), 1, "exactly one is served");
        assert!(refused.iter().all(|answer| answer.error() == "invalid_grant"), "{refused:?}");
    }
}

async fn the_requests_to_one_telephone_are_limited(world: &World) {
    let agencies = [world.agency_with("a", by_polling).await, world.agency_with("b", by_polling).await];
    let more = [world.agency_with("c", by_polling).await, world.agency_with("d", by_polling).await];
    let citizen = world.registered(&agencies[0]).await;
    let before = world.messages().len();
    for agency in agencies.iter().chain(&more[..1]) {
        for _ in 0..5 {
            assert_eq!(agency.ask_by_back(&citizen, &[]).await.status, 200);
        }
        let refused = agency.ask_by_back(&citizen, &[]).await;
        assert_eq!((refused.status.as_u16(), refused.error().as_str()), (429, "temporarily_unavailable"));
        assert!(!refused.header("retry-after").is_empty());
    }
    // All agencies together have a limit, too, and it does not affect another person.
    assert_eq!(more[1].ask_by_back(&citizen, &[]).await.status, 429);
    assert_eq!(world.messages().len() - before, 15);
    let other = world.registered(&agencies[0]).await;
    assert_eq!(agencies[0].ask_by_back(&other, &[]).await.status, 200);
    world.pass(std::time::Duration::from_mins(15));
    assert_eq!(agencies[0].ask_by_back(&citizen, &[]).await.status, 200);
    // There is a limit per day as well, for an agency that asks again every quarter of an hour.
    let asked = world.registered(&agencies[0]).await;
    for _ in 0..4 {
        for _ in 0..5 {
            assert_eq!(more[1].ask_by_back(&asked, &[]).await.status, 200);
        }
        world.pass(std::time::Duration::from_mins(15));
    }
    let refused = more[1].ask_by_back(&asked, &[]).await;
    assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (429, "82800"));
    world.messages();
}

async fn a_client_cannot_list_who_has_an_account(world: &World) {
    let tax = world.agency_with("tax", by_polling).await;
    let nobody = world.citizen().await;
    for _ in 0..100 {
        let answer = tax.ask_by_back(&nobody, &[]).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (400, "unknown_user_id"));
    }
    assert_eq!(tax.ask_by_back(&nobody, &[]).await.status, 429);
    assert!(world.messages().is_empty(), "no message was sent");
}

async fn an_auth_req_id_is_worth_nothing_to_another_client_or_at_another_grant(world: &World) {
    let both = |client: &mut panjereh::client::metadata::Client| {
        by_polling(client);
        crate::world::cross_device::with_devices(client);
    };
    let (tax, thief) = (world.agency_with("tax", both).await, world.agency_with("thief", both).await);
    let (citizen, mut browser, _) = world.signed_in(&tax, "openid").await;
    let (id, code) = tax.asked(&citizen, &[]).await;
    browser.type_message_code(&code).await;
    browser.allow().await;
    assert_eq!(thief.poll_back(&id).await.error(), "invalid_grant");
    let as_device = DeviceCodes { device_code: id.clone(), user_code: String::new(), complete: String::new() };
    assert_eq!(tax.poll_device(&as_device).await.error(), "invalid_grant");
    let approval = code.as_str();
    assert_eq!(tax.poll_back(approval).await.error(), "invalid_grant", "who sees the message cannot fetch the tokens");
    Tokens::of(&tax.poll_back(&id).await);
    let plain = world.agency("plain").await;
    assert_eq!(plain.poll_back(&id).await.error(), "unauthorized_client");
}

#[tokio::test]
async fn guesses_of_the_code_in_a_message_count_with_those_of_devices() {
    let world = World::new(Backend::Embedded).await.unwrap();
    let everybody = Limit { name: "user_codes", max: u64::MAX, window: std::time::Duration::from_mins(15) };
    for _ in 0..20_000 {
        world.app.transient.hit(&[(everybody, "everybody")], world.now()).await.unwrap();
    }
    let mut guesser = world.browser();
    for number in 0..5 {
        guesser
            .type_message_code(&format!("BBBB-BBB{}", ["B", "C", "D", "F", "G"][number]))
            .await
            .must(422, "approvals-code-wrong");
    }
    guesser.type_message_code("BBBB-BBBH").await.must(429, "refusal-too-many-tries-title");
    guesser.type_code("BBBB-BBBJ").await.must(429, "refusal-too-many-tries-title");
}

#[tokio::test]
async fn rfc8628_5_1_guesses_from_many_addresses_do_not_block_the_flow_for_others() {
    let world = World::new(Backend::Embedded).await.unwrap();
    let tax = world.agency_with_devices("tax").await;
    let codes = tax.device("openid").await;
    // The global limit of tries is used up; each address still has tries of its own.
    let everybody = Limit { name: "user_codes", max: u64::MAX, window: std::time::Duration::from_mins(15) };
    for _ in 0..20_000 {
        world.app.transient.hit(&[(everybody, "everybody")], world.now()).await.unwrap();
    }
    let mut guesser = world.browser();
    for _ in 0..5 {
        guesser.open("/device").await;
        guesser.type_code("BBBB-BBBB").await.must(422, "error-user-code-wrong");
    }
    guesser.type_code("BBBB-BBBC").await.must(429, "refusal-too-many-tries-title");
    let mut citizen = world.browser();
    citizen.address = [198, 51, 100, 1].into();
    citizen.open("/device").await;
    citizen.type_code("BBBB-BBBD").await.must(422, "error-user-code-wrong");
    citizen.type_code(&codes.user_code).await.must(200, "compare-title");
}
