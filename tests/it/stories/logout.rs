//! Signing out, here or everywhere (OpenID Connect RP-Initiated Logout 1.0).

use crate::world::agency::{Agency, code_form};
use crate::world::browser::Browser;
use crate::world::html::encode;
use crate::world::tokens::Tokens;
use crate::world::{World, on_both_backends};
use std::time::Duration;

on_both_backends! {
    signing_out_here_ends_this_browser_s_session_and_its_tokens,
    backchannel_logout_2_7_offline_access_outlasts_the_session,
    a_code_that_was_under_way_when_its_session_ended_is_worth_nothing,
    of_a_sign_out_and_redemptions_at_the_same_time_no_token_is_left_over,
    signing_out_everywhere_ends_every_session_and_every_token,
    rp_initiated_logout_3_the_person_goes_back_to_a_registered_address_with_the_state,
    rp_initiated_logout_2_a_client_id_is_enough_without_a_hint,
    rp_initiated_logout_2_post_works_as_get_does,
    a_form_from_another_site_waits_for_the_browser_s_cookies_for_a_minute_and_once,
    a_browser_without_any_cookies_can_post_as_well,
    without_an_address_the_person_stays_and_is_told,
    a_person_who_is_not_signed_in_is_asked_nothing,
    an_expired_id_token_is_still_a_hint,
    the_question_alone_ends_nothing,
}

async fn is_signed_in(agency: &Agency<'_>, browser: &mut Browser<'_>) -> bool {
    let asking = agency.ask("openid").with("prompt", "none");
    asking.answer(browser.open(&asking.url()).await).get("error") != "login_required"
}

fn logout_url(params: &[(&str, &str)]) -> String {
    format!("/logout?{}", encode(params))
}

async fn signing_out_here_ends_this_browser_s_session_and_its_tokens(world: &World) {
    let tax = world.agency("tax").await;
    let (citizen, mut here, tokens) = world.signed_in(&tax, "openid").await;
    let mut elsewhere = world.browser();
    let (asking, code) = elsewhere.sign_in_at(&tax, &citizen, "openid").await;
    let (other_tokens, _) = tax.sign_in(&asking, &code).await;
    world.pass(Duration::from_secs(1));

    let kept = here.clone().cookies;
    here.sign_out("logout-confirm").await.must(200, "logged-out-here");
    assert_eq!(here.session(), None);
    here.cookies = kept;
    assert!(!is_signed_in(&tax, &mut here).await, "also for a thief who kept the cookie");
    assert_eq!(tax.userinfo(&tokens.access_token).await.error(), "invalid_token");
    assert!(is_signed_in(&tax, &mut elsewhere).await);
    assert_eq!(tax.userinfo(&other_tokens.access_token).await.status, 200);
}

async fn backchannel_logout_2_7_offline_access_outlasts_the_session(world: &World) {
    let tax = world.agency("tax").await;
    let (citizen, mut here, tokens) = world.signed_in(&tax, "openid offline_access").await;
    let (asking, code) = tax.silently(&mut here, "openid").await;
    let (online, _) = tax.sign_in(&asking, &code).await;
    here.sign_out("logout-confirm").await.must(200, "logged-out-here");
    assert_eq!(tax.userinfo(&online.access_token).await.error(), "invalid_token");
    let renewed = Tokens::of(&tax.refresh(tokens.refresh()).await);
    assert_eq!(tax.userinfo(&renewed.access_token).await.status, 200);

    world.pass(Duration::from_mins(16));
    here.sign_in_at(&tax, &citizen, "openid").await;
    world.pass(Duration::from_secs(1));
    here.sign_out("logout-everywhere").await.must(200, "logged-out-everywhere");
    assert_eq!(tax.refresh(renewed.refresh()).await.error(), "invalid_grant");
}

async fn a_code_that_was_under_way_when_its_session_ended_is_worth_nothing(world: &World) {
    let tax = world.agency("tax").await;
    for (scope, button) in [
        ("openid", "logout-confirm"),
        ("openid offline_access", "logout-confirm"),
        ("openid offline_access", "logout-everywhere"),
    ] {
        let (_, mut browser, _) = world.signed_in(&tax, "openid offline_access").await;
        let (asking, code) = tax.silently(&mut browser, scope).await;
        let (other, other_code) = tax.silently(&mut browser, scope).await;
        browser.sign_out(button).await;
        assert_eq!(tax.redeem(&asking, &code).await.error(), "invalid_grant", "{scope} {button}");
        // Nor later, nor at another instance, nor after a restart.
        world.pass(Duration::from_secs(50));
        let restarted = world.another_instance().await;
        let request = tax.token_request(&code_form(&other, &other_code));
        assert_eq!(crate::world::send(restarted, request).await.error(), "invalid_grant", "{scope} {button}");
    }
}

async fn of_a_sign_out_and_redemptions_at_the_same_time_no_token_is_left_over(world: &World) {
    let tax = world.agency("tax").await;
    for _ in 0..6 {
        let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
        let mut redeeming = tokio::task::JoinSet::new();
        let mut requests = Vec::new();
        for _ in 0..4 {
            let (asking, code) = tax.silently(&mut browser, "openid").await;
            requests.push(tax.token_request(&code_form(&asking, &code)));
        }
        browser.open("/logout").await;
        let form = browser.page.form("/logout/confirm").press("logout-confirm");
        for request in requests {
            redeeming.spawn(crate::world::send(world.router(), request));
        }
        browser.submit(form).await.must(200, "logged-out-here");
        for answer in redeeming.join_all().await {
            if answer.status == 200 {
                let tokens = Tokens::of(&answer);
                assert_eq!(tax.userinfo(&tokens.access_token).await.error(), "invalid_token", "its session is over");
            } else {
                assert_eq!(answer.error(), "invalid_grant");
            }
        }
    }
}

async fn signing_out_everywhere_ends_every_session_and_every_token(world: &World) {
    let tax = world.agency("tax").await;
    let (citizen, mut lost, tokens) = world.signed_in(&tax, "openid offline_access").await;
    let mut here = world.browser();
    let (asking, code) = here.sign_in_at(&tax, &citizen, "openid").await;
    let (my_tokens, _) = tax.sign_in(&asking, &code).await;
    let (late, late_code) = tax.silently(&mut lost, "openid").await;
    world.pass(Duration::from_secs(1));

    here.sign_out("logout-everywhere").await.must(200, "logged-out-everywhere");
    assert!(!is_signed_in(&tax, &mut here).await);
    assert!(!is_signed_in(&tax, &mut lost).await);
    assert_eq!(tax.userinfo(&my_tokens.access_token).await.error(), "invalid_token");
    assert_eq!(tax.userinfo(&tokens.access_token).await.error(), "invalid_token");
    assert_eq!(tax.refresh(tokens.refresh()).await.error(), "invalid_grant");
    assert_eq!(tax.redeem(&late, &late_code).await.error(), "invalid_grant", "a code that was under way is dead, too");

    // Signing in again begins anew.
    world.pass(Duration::from_secs(1));
    let (asking, code) = here.sign_in_at(&tax, &citizen, "openid").await;
    let (tokens, _) = tax.sign_in(&asking, &code).await;
    assert_eq!(tax.userinfo(&tokens.access_token).await.status, 200);
}

async fn rp_initiated_logout_3_the_person_goes_back_to_a_registered_address_with_the_state(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, tokens) = world.signed_in(&tax, "openid").await;
    let back = ("post_logout_redirect_uri", "https://tax.example/bye");
    let url = logout_url(&[("id_token_hint", &tokens.id_token), back, ("state", "a&b=ü")]);
    browser.open(&url).await.must(200, "logout-title");
    assert!(browser.page.reads("Agency tax"));
    let form = browser.page.form("/logout/confirm").press("logout-confirm");
    let left_for = browser.submit(form).await.left_for().to_owned();
    assert_eq!(left_for, "https://tax.example/bye?state=a%26b%3D%C3%BC");
    assert!(!is_signed_in(&tax, &mut browser).await);
}

async fn rp_initiated_logout_2_a_client_id_is_enough_without_a_hint(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, tokens) = world.signed_in(&tax, "openid").await;
    let back = ("post_logout_redirect_uri", "https://tax.example/bye");
    browser.open(&logout_url(&[("client_id", "tax"), back, ("state", "s")])).await.must(200, "logout-title");
    // §3: the person goes back, whichever of the two they chose.
    let form = browser.page.form("/logout/confirm").press("logout-everywhere");
    assert_eq!(browser.submit(form).await.left_for(), "https://tax.example/bye?state=s");

    world.agency("health").await;
    let both = logout_url(&[("client_id", "health"), ("id_token_hint", &tokens.id_token), back]);
    browser.open(&both).await.must(400, "refusal-bad-redirect-title");
}

async fn rp_initiated_logout_2_post_works_as_get_does(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, tokens) = world.signed_in(&tax, "openid").await;
    let back = ("post_logout_redirect_uri", "https://tax.example/bye");
    let body = encode(&[("id_token_hint", tokens.id_token.as_str()), back]);
    // As ASP.NET Core can: from the agency's page, so the form carries no cookie of ours.
    browser.post_from_an_agency("/logout", body.clone()).await.must(200, "logout-title");
    assert!(is_signed_in(&tax, &mut browser).await);
    assert!(!browser.history.iter().any(|url| url.contains(&tokens.id_token)), "no token in an address");
    browser.post_from_an_agency("/logout", body).await.must(200, "logout-title");
    let form = browser.page.form("/logout/confirm").press("logout-confirm");
    assert_eq!(browser.submit(form).await.left_for(), "https://tax.example/bye");
}

async fn a_form_from_another_site_waits_for_the_browser_s_cookies_for_a_minute_and_once(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, tokens) = world.signed_in(&tax, "openid").await;
    let back = ("post_logout_redirect_uri", "https://tax.example/bye");
    let form = encode(&[("id_token_hint", tokens.id_token.as_str()), back, ("state", "s")]);
    let waiting = |answer: &crate::world::Answer| {
        assert_eq!((answer.status.as_u16(), answer.cookies().len()), (303, 0), "{}", answer.text());
        let location = answer.header("location").to_owned();
        assert!(location.starts_with("/logout/parked/") && location.len() == "/logout/parked/".len() + 43, "{location}");
        location
    };
    let first = waiting(&world.post("/logout", &form).await);
    let late = waiting(&world.post("/logout", &form).await);
    let elsewhere = first.replace("/logout/", "/authorize/");
    browser.open(&elsewhere).await.must(400, "refusal-request-gone-title");
    browser.open(&first).await.must(200, "logout-title");
    assert!(browser.page.reads("Agency tax"));
    // Loaded again, the page asks without a way back.
    browser.open(&first).await.must(200, "logout-title");
    assert!(!browser.page.reads("Agency tax"));
    world.pass(Duration::from_mins(1));
    browser.open(&late).await.must(200, "logout-title");
    assert!(!browser.page.reads("Agency tax"));
}

async fn a_browser_without_any_cookies_can_post_as_well(world: &World) {
    world.agency("tax").await;
    let mut browser = world.browser();
    let back = ("post_logout_redirect_uri", "https://tax.example/bye");
    let form = encode(&[("client_id", "tax"), back]);
    assert_eq!(browser.post_from_an_agency("/logout", form.clone()).await.left_for(), "https://tax.example/bye");
    browser.post_from_an_agency("/logout", format!("{form}&state={}", "s".repeat(50 * 1024))).await;
    browser.page.must(413, "refusal-too-large-title");
    browser.post_from_an_agency("/logout", "id_token_hint=x".to_owned()).await.must(200, "logged-out-title");
}

async fn without_an_address_the_person_stays_and_is_told(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, tokens) = world.signed_in(&tax, "openid").await;
    browser.open(&logout_url(&[("id_token_hint", &tokens.id_token)])).await.must(200, "logout-title");
    let form = browser.page.form("/logout/confirm").press("logout-confirm");
    browser.submit(form).await.must(200, "logged-out-here");
}

async fn a_person_who_is_not_signed_in_is_asked_nothing(world: &World) {
    world.agency("tax").await;
    let mut browser = world.browser();
    browser.open("/logout").await.must(200, "logged-out-title");
    let url = logout_url(&[("client_id", "tax"), ("post_logout_redirect_uri", "https://tax.example/bye"), ("state", "s")]);
    assert_eq!(browser.open(&url).await.left_for(), "https://tax.example/bye?state=s");
}

async fn an_expired_id_token_is_still_a_hint(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, tokens) = world.signed_in(&tax, "openid").await;
    world.pass(Duration::from_mins(50));
    let back = ("post_logout_redirect_uri", "https://tax.example/bye");
    browser.open(&logout_url(&[("id_token_hint", &tokens.id_token), back])).await.must(200, "logout-title");
}

async fn the_question_alone_ends_nothing(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, tokens) = world.signed_in(&tax, "openid").await;
    // As an image or a link of any page could do.
    browser.open(&logout_url(&[("id_token_hint", &tokens.id_token)])).await.must(200, "logout-title");
    assert!(is_signed_in(&tax, &mut browser).await);
    assert_eq!(tax.userinfo(&tokens.access_token).await.status, 200);
}
