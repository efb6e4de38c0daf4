//! What the page shows, and how often the person is asked.

use super::{TREASURY, allowed, api, asking, both, one_payment, payment, three};
use crate::world::agency::Agency;
use crate::world::browser::{BINDING, SESSION};
use crate::world::{ISSUER, World, on_both_backends};
use axum::body::Body;
use axum::http::Request;
use panjereh::client::profile::Profile;
use panjereh::client::words::TokenEndpointAuthMethod;
use panjereh::locale::Locale;
use serde_json::{Value, json};

on_both_backends! {
    the_page_shows_in_both_languages_what_would_be_allowed,
    what_a_client_writes_cannot_change_the_page,
    details_are_asked_about_each_time_identical_ones_too,
    the_approval_of_one_person_does_not_count_for_another,
    a_decision_on_a_page_shown_to_another_person_does_not_count,
    rfc9396_4_a_person_who_does_not_allow_them_gives_nothing,
    rfc9396_3_they_come_pushed_signed_or_both,
    a_client_held_to_fapi2_asks_for_them,
}

async fn the_page_shows_in_both_languages_what_would_be_allowed(world: &World) {
    let (_, _, shop) = three(world).await;
    let (_, mut browser, _) = world.signed_in(&shop, "openid").await;
    let request = asking(&shop, "openid", &both());
    browser.open(&request.url()).await.must(200, "consent-title");
    let page = &browser.page;
    for words in [
        "Payment of a tax bill",
        "At \u{2068}Agency treasury\u{2069}",
        "Amount (rials)12,500,000",
        "Maystart the payment",
        "Urgentyes",
    ] {
        assert!(page.reads(words), "{words}: {}", page.words());
    }
    assert!(page.reads("Health record") && page.reads("prescriptions") && !page.says("consent-promise"), "{}", page.words());
    let switch = browser.page.link("lang=fa");
    browser.open(&switch).await.must(200, "consent-title");
    assert_eq!(browser.page.locale(), Locale::Fa);
    for words in ["پرداخت مالیات", "مبلغ (ریال)۱۲٬۵۰۰٬۰۰۰", "آغاز پرداخت", "فوریبله", "پروندهٔ سلامت"]
    {
        assert!(browser.page.reads(words), "{words}: {}", browser.page.words());
    }
    request.code(browser.allow().await);
}

async fn what_a_client_writes_cannot_change_the_page(world: &World) {
    let (_, _, shop) = three(world).await;
    let (_, mut browser, _) = world.signed_in(&shop, "openid").await;
    let note = r#"</dd><script>alert(1)</script><b>"&'"#;
    let request = asking(&shop, "openid", &json!([{ "type": "tax_payment", "amount": 1, "note": note }]));
    browser.open(&request.url()).await.must(200, "consent-title");
    let html = browser.page.html();
    assert!(!html.contains("<script>alert") && !html.contains("</dd><script"), "{html}");
    assert!(browser.page.reads(note) && html.contains("<bdi dir=\"auto\">"));
}

async fn details_are_asked_about_each_time_identical_ones_too(world: &World) {
    let (_, _, shop) = three(world).await;
    let (_, mut browser, _) = world.signed_in(&shop, "openid offline_access").await;
    let details = json!([one_payment()]);
    for _ in 0..2 {
        let silent = asking(&shop, "openid", &details).with("prompt", "none");
        assert_eq!(silent.error(browser.open(&silent.url()).await), "consent_required");
        allowed(&shop, &mut browser, &details).await;
    }
    // What is allowed without them is not asked again because of them.
    shop.silently(&mut browser, "openid offline_access").await;
}

/// Sends the consent form of a page without following the redirect.
async fn send_consent(browser: &crate::world::browser::Browser<'_>) -> String {
    let form = browser.page.form("/consent").press("consent-allow");
    let cookies = [SESSION, BINDING].map(|name| format!("{name}={}", browser.cookies[name]));
    let request = Request::post(&form.action)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", ISSUER)
        .header("cookie", cookies.join("; "));
    let answer = browser.world.send(request.body(Body::from(form.body())).unwrap()).await;
    assert_eq!(answer.status, 303);
    answer.header("location").to_owned()
}

async fn the_approval_of_one_person_does_not_count_for_another(world: &World) {
    let (_, _, shop) = three(world).await;
    let (other, _, _) = world.signed_in(&shop, "openid").await;
    let (_, mut browser, _) = world.signed_in(&shop, "openid").await;
    let request = asking(&shop, "openid", &json!([one_payment()]));
    browser.open(&request.url()).await.must(200, "consent-title");
    let interaction = send_consent(&browser).await;
    // Before the browser continues, another person signs in in another tab.
    world.pass(std::time::Duration::from_secs(1));
    let login = shop.ask("openid").with("prompt", "login");
    browser.open(&login.url()).await;
    login.code(browser.sign_in(&other).await);
    browser.open(&interaction).await.must(200, "consent-title");
    assert!(browser.page.reads(&other.person.latin_name.as_ref().unwrap().family));
    request.code(browser.allow().await);
}

async fn a_decision_on_a_page_shown_to_another_person_does_not_count(world: &World) {
    let (_, _, shop) = three(world).await;
    let (other, _, _) = world.signed_in(&shop, "openid").await;
    for button in ["consent-allow", "consent-deny"] {
        let (_, mut browser, _) = world.signed_in(&shop, "openid").await;
        let request = asking(&shop, "openid", &json!([one_payment()]));
        browser.open(&request.url()).await.must(200, "consent-title");
        let form = browser.page.form("/consent").press(button);
        // Before the button is pressed, another person signs in in another tab.
        world.pass(std::time::Duration::from_secs(1));
        let login = shop.ask("openid").with("prompt", "login");
        browser.open(&login.url()).await;
        login.code(browser.sign_in(&other).await);
        browser.submit(form).await.must(200, "consent-title");
        assert!(browser.page.reads(&other.person.latin_name.as_ref().unwrap().family), "{button}");
        request.code(browser.allow().await);
    }
}

async fn rfc9396_4_a_person_who_does_not_allow_them_gives_nothing(world: &World) {
    let (_, _, shop) = three(world).await;
    let (_, mut browser, _) = world.signed_in(&shop, "openid").await;
    let request = asking(&shop, "openid", &json!([one_payment()]));
    browser.open(&request.url()).await.must(200, "consent-title");
    assert_eq!(request.error(browser.deny().await), "access_denied");
}

/// A request object with the details as JSON, as RFC 9396 §3 shows it.
fn object(agency: &Agency<'_>, asking: &crate::world::agency::Asking, details: &Value) -> String {
    let now = agency.world.now().seconds();
    let mut claims = json!({ "iss": agency.id(), "aud": ISSUER, "iat": now, "nbf": now, "exp": now + 120 });
    for (name, value) in &asking.params {
        claims[name] = json!(value);
    }
    claims["authorization_details"] = details.clone();
    agency.signer.sign(&claims)
}

async fn rfc9396_3_they_come_pushed_signed_or_both(world: &World) {
    let (_, _, shop) = three(world).await;
    let (_, mut browser, _) = world.signed_in(&shop, "openid").await;
    let details = json!([one_payment()]);
    let plain = shop.ask("openid");
    let signed = |beside: &Value| {
        let object = object(&shop, &plain, &details);
        plain.clone().with("request", &object).with("authorization_details", &beside.to_string())
    };
    let pushed = asking(&shop, "openid", &details);
    // Parameters beside an object are ignored (RFC 9101 §6.3).
    let beside = json!([{ "type": "health_record" }]);
    let urls = [
        (pushed.clone(), shop.pushed(&pushed).await),
        (signed(&beside), signed(&beside).url()),
        (plain.clone(), shop.pushed(&signed(&beside)).await),
    ];
    for (asked, url) in urls {
        browser.open(&url).await.must(200, "consent-title");
        assert!(browser.page.reads("12,500,000") && !browser.page.reads("Health record"));
        let code = asked.code(browser.allow().await);
        assert_eq!(shop.redeem(&asked, &code).await.json()["authorization_details"], details);
    }
}

async fn a_client_held_to_fapi2_asks_for_them(world: &World) {
    api(world, "treasury", TREASURY, vec![payment()]).await;
    let bank = world
        .agency_with("bank", |client| {
            super::may_ask(client);
            client.auth_method = TokenEndpointAuthMethod::PrivateKeyJwt;
            client.requests.profile = Profile::Fapi2;
        })
        .await;
    let citizen = world.registered(&world.agency("other").await).await;
    let (mut browser, key) = (world.browser(), crate::world::dpop::Prover::new());
    let details = json!([one_payment()]);
    let request = asking(&bank, "openid", &details);
    browser.open(&bank.pushed(&request).await).await;
    browser.sign_in(&citizen).await.must(200, "consent-title");
    let code = request.code(browser.allow().await);
    let form = crate::world::agency::code_form(&request, &code);
    let answer = bank.token_with(&form, &key.for_token(world)).await;
    assert_eq!((&answer.json()["token_type"], &answer.json()["authorization_details"]), (&json!("DPoP"), &details));
}
