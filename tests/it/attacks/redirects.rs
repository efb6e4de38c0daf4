//! Sending a browser, or a code, to an address that is not registered.

use crate::world::html::encode;
use crate::world::{ISSUER, World, on_both_backends};
use panjereh::client::words::ApplicationType;

on_both_backends! {
    rfc9700_4_1_3_no_look_alike_of_a_redirect_uri_is_answered,
    rfc6749_4_1_2_1_an_unknown_client_or_address_is_shown_and_never_redirected,
    the_port_of_a_web_redirect_uri_must_match,
    logout_is_no_open_redirector,
    a_state_cannot_add_parameters_or_headers,
}

/// Each of them has deceived a comparison somewhere.
const TRICKS: [&str; 26] = [
    "https://tax.example/callback/",
    "https://tax.example/callback2",
    "https://tax.example/callback/../../evil",
    "https://tax.example/callback?next=https://evil.example",
    "https://tax.example/callback#@evil.example",
    "https://tax.example/callback%23",
    "https://tax.example/%63allback",
    "https://tax.example/callback%2f",
    "https://tax.example/callback%00",
    "https://tax.example/callback\\@evil.example",
    "https://tax.example\\.evil.example/callback",
    "https://tax.example@evil.example/callback",
    "https://user:pass@tax.example/callback",
    "https://tax.example.evil.example/callback",
    "https://evil.example/https://tax.example/callback",
    "https://evil.example?https://tax.example/callback",
    "https://tax.example:443/callback",
    "https://tax.example:8443/callback",
    "https://TAX.example/callback",
    "HTTPS://tax.example/callback",
    "https://tax.example/CALLBACK",
    "http://tax.example/callback",
    "https://tаx.example/callback",
    "https://tax。example/callback",
    "//tax.example/callback",
    "javascript:alert(1)//https://tax.example/callback",
];

async fn rfc9700_4_1_3_no_look_alike_of_a_redirect_uri_is_answered(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    for trick in TRICKS {
        for asking in
            [tax.ask("openid"), tax.ask("openid").with("response_type", "nonsense"), tax.ask("openid").with("prompt", "none")]
        {
            browser.open(&asking.with("redirect_uri", trick).url()).await;
            assert_eq!(browser.page.left_for, None, "{trick}");
            browser.page.must(400, "refusal-bad-redirect-title");
            assert!(!browser.page.reads("evil.example"), "{trick} is not even shown");
        }
    }
}

async fn rfc6749_4_1_2_1_an_unknown_client_or_address_is_shown_and_never_redirected(world: &World) {
    let tax = world.agency("tax").await;
    let mut browser = world.browser();
    for (asking, key) in [
        (tax.ask("openid").with("client_id", "nobody"), "refusal-unknown-client-title"),
        (tax.ask("openid").with("client_id", "تکس"), "refusal-unknown-client-title"),
        (tax.ask("openid").without("client_id"), "refusal-unknown-client-title"),
        (tax.ask("openid").without("redirect_uri"), "refusal-bad-redirect-title"),
    ] {
        browser.open(&asking.url()).await.must(400, key);
    }
    // The same by form.
    let asking = tax.ask("openid").with("redirect_uri", "https://evil.example/");
    browser.post_from_an_agency("/authorize", encode(&asking.params)).await.must(400, "refusal-bad-redirect-title");
}

async fn the_port_of_a_web_redirect_uri_must_match(world: &World) {
    let local =
        |client: &mut panjereh::client::metadata::Client| client.redirect_uris = vec!["http://localhost:9999/cb".to_owned()];
    let web = world.agency_with("web", local).await;
    let native = world
        .agency_with("native", |client| {
            client.application_type = ApplicationType::Native;
            client.redirect_uris = vec!["http://127.0.0.1/cb".to_owned()];
        })
        .await;
    let mut browser = world.browser();
    for asking in [
        web.ask("openid").with("redirect_uri", "http://localhost:9998/cb"),
        native.ask("openid").with("redirect_uri", "http://127.0.0.1:80@evil.example/cb"),
        native.ask("openid").with("redirect_uri", "http://127.0.0.1.evil.example/cb"),
        native.ask("openid").with("redirect_uri", "http://127.0.0.1:99999/cb"),
        native.ask("openid").with("redirect_uri", "http://localhost:80/cb"),
        native.ask("openid").with("redirect_uri", "https://127.0.0.1:80/cb"),
    ] {
        browser.open(&asking.url()).await.must(400, "refusal-bad-redirect-title");
    }
}

async fn logout_is_no_open_redirector(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut here, tokens) = world.signed_in(&tax, "openid").await;
    let mut stranger = world.browser();
    for to in
        ["https://evil.example/", "https://tax.example/bye/", "https://tax.example/callback", "//evil.example", "javascript:1"]
    {
        for browser in [&mut here, &mut stranger] {
            let back = ("post_logout_redirect_uri", to);
            for params in [vec![back, ("client_id", "tax")], vec![back, ("id_token_hint", &tokens.id_token)]] {
                browser.open(&format!("/logout?{}", encode(&params))).await;
                assert_eq!(browser.page.left_for, None, "{to}");
                browser.page.must(400, "refusal-bad-redirect-title");
            }
            browser.open(&format!("/logout?{}", encode(&[back]))).await.must(200, "logout-hint-missing");
            assert_eq!(browser.page.left_for, None, "{to}");
        }
    }
    // Not even a registered one, if the request does not name its client.
    let unknown = encode(&[("post_logout_redirect_uri", "https://tax.example/bye")]);
    here.open(&format!("/logout?{unknown}")).await.must(200, "logout-hint-missing");
    let form = here.page.form("/logout/confirm").press("logout-confirm");
    assert_eq!(here.clone().submit(form).await.left_for, None);
    let (_, mut here, _) = world.signed_in(&tax, "openid").await;
    tax.silently(&mut here, "openid").await;
}

async fn a_state_cannot_add_parameters_or_headers(world: &World) {
    let tax = world.agency("tax").await;
    let mut browser = world.browser();
    let state = "s&code=stolen#x=1&iss=evil";
    let asking = tax.ask("openid").with("prompt", "none").with("state", state);
    let left_for = browser.open(&asking.url()).await.left_for().to_owned();
    let pairs: Vec<_> = url::Url::parse(&left_for).unwrap().query_pairs().into_owned().collect();
    assert!(pairs.contains(&("state".to_owned(), state.to_owned())) && pairs.contains(&("iss".to_owned(), ISSUER.to_owned())));
    assert!(!pairs.iter().any(|(name, _)| name == "code") && !left_for.contains('#'));
    // A line break is not allowed in any parameter.
    let asking = tax.ask("openid").with("prompt", "none").with("state", "s\r\nSet-Cookie: x=1");
    browser.open(&asking.url()).await;
    assert!(browser.cookies.is_empty() && !browser.page.left_for().contains("Set-Cookie"));
}
