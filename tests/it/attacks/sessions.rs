//! Sessions that an attacker planted or stole, and our pages inside of other pages.

use crate::world::browser::{BINDING, SESSION};
use crate::world::{World, on_both_backends};

on_both_backends! {
    a_planted_session_cookie_is_never_adopted,
    signing_in_again_ends_the_session_before,
    the_cookies_can_neither_be_read_by_scripts_nor_sent_by_other_sites,
    no_page_can_be_framed_or_run_what_is_not_ours,
    a_guessed_session_is_rejected,
}

async fn a_planted_session_cookie_is_never_adopted(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let planted = "A".repeat(43);
    let mut victim = world.browser();
    victim.cookies.insert(SESSION.to_owned(), planted.clone());
    victim.open(&tax.ask("openid").url()).await.must(200, "sign-in-title");
    victim.sign_in(&citizen).await;
    let given = victim.session().unwrap();
    assert_ne!(given, planted);
    assert!(given.len() >= 43, "256 bits");

    let mut attacker = world.browser();
    attacker.cookies.insert(SESSION.to_owned(), planted);
    let silent = tax.ask("openid").with("prompt", "none");
    assert_eq!(silent.error(attacker.open(&silent.url()).await), "login_required");
}

async fn signing_in_again_ends_the_session_before(world: &World) {
    let tax = world.agency("tax").await;
    let (citizen, mut browser, _) = world.signed_in(&tax, "openid").await;
    let before = browser.session().unwrap();
    world.pass(std::time::Duration::from_secs(1));
    let asking = tax.ask("openid").with("prompt", "login");
    browser.open(&asking.url()).await;
    browser.sign_in(&citizen).await;
    assert_ne!(browser.session().unwrap(), before);
    let mut old = world.browser();
    old.cookies.insert(SESSION.to_owned(), before);
    let silent = tax.ask("openid").with("prompt", "none");
    assert_eq!(silent.error(old.open(&silent.url()).await), "login_required");
}

async fn the_cookies_can_neither_be_read_by_scripts_nor_sent_by_other_sites(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let begun = world.get(&tax.ask("openid").url().replace(crate::world::ISSUER, "")).await;
    let cookies = begun.cookies();
    assert_eq!(cookies.len(), 1);
    let attributes = "; Path=/; HttpOnly; SameSite=Lax; Secure";
    assert!(cookies[0].starts_with(&format!("{BINDING}=")) && cookies[0].contains(attributes), "{}", cookies[0]);

    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    browser.enter_password(&citizen).await;
    let form = browser.page.form("/code").fill("code", &world.last_code(citizen.mobile()));
    let request = axum::http::Request::post(form.action.clone())
        .header("content-type", "application/x-www-form-urlencoded")
        .header("cookie", format!("{BINDING}={}", browser.cookies[BINDING]));
    let answer = world.send(request.body(axum::body::Body::from(form.body())).unwrap()).await;
    assert_eq!(answer.status, 303);
    let cookies = answer.cookies();
    assert!(cookies[0].starts_with(&format!("{SESSION}=")) && cookies[0].ends_with(attributes), "{}", cookies[0]);
    assert!(!cookies[0].contains("Domain"), "the host's alone");
}

async fn no_page_can_be_framed_or_run_what_is_not_ours(world: &World) {
    let tax = world.agency("tax").await;
    let mut citizen = world.citizen().await;
    let mut browser = world.browser();
    let mut pages = Vec::new();
    pages.push(browser.open("/").await.clone());
    pages.push(browser.open("/nowhere").await.clone());
    pages.push(browser.open("/authorize").await.clone());
    pages.push(browser.open("/logout").await.clone());
    pages.push(browser.open(&tax.ask("openid").url()).await.clone());
    pages.push(browser.follow("/prove").await.clone());
    pages.push(browser.prove(&citizen).await.clone());
    pages.push(browser.enter("1").await.clone());
    pages.push(browser.enter_code(&citizen).await.clone());
    let form = browser.page.form("/authenticator").fill("password", &citizen.password);
    pages.push(browser.submit(form).await.clone());
    pages.push(browser.keep_codes(&mut citizen).await.clone());
    pages.push(browser.open("/logout").await.clone());
    pages.push(browser.open(&tax.ask("openid").with("response_mode", "form_post").with("prompt", "none").url()).await.clone());

    for page in pages {
        let header = |name| page.answer.header(name).to_owned();
        assert_eq!(header("x-frame-options"), "DENY", "{}", page.url);
        let policy = header("content-security-policy");
        for rule in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"]
        {
            assert!(policy.contains(rule), "{}: {policy}", page.url);
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http:"), "{}: {policy}", page.url);
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("cache-control"), "no-store", "{}", page.url);
        assert_eq!(header("cross-origin-opener-policy"), "same-origin");
        let html = page.html();
        assert!(!html.contains("<script>") && !html.contains(" style=") && !html.contains(" onclick"), "{}", page.url);
        assert!(!html.contains("⟦"), "every sentence is there: {}", page.url);
    }
}

async fn a_guessed_session_is_rejected(world: &World) {
    let tax = world.agency("tax").await;
    for guess in ["", "null", "0", "../../etc/passwd", "' OR '1'='1"] {
        let mut browser = world.browser();
        browser.cookies.insert(SESSION.to_owned(), guess.to_owned());
        let silent = tax.ask("openid").with("prompt", "none");
        assert_eq!(silent.error(browser.open(&silent.url()).await), "login_required");
    }
}
