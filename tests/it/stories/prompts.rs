//! What an agency may request of the sign-in itself: `prompt`, `max_age`, `acr_values`, hints (OpenID Connect Core §3.1.2.1).

use crate::soft_authenticator::SoftAuthenticator;
use crate::world::html::encode;
use crate::world::{ISSUER, World, on_both_backends};
use axum::body::Body;
use axum::http::Request;
use panjereh::identity::assurance::Acr;
use std::time::Duration;

on_both_backends! {
    prompt_none_never_shows_a_page,
    oidc_core_3_1_2_1_a_form_of_an_agency_finds_the_session_and_leaves_what_is_open_alone,
    oidc_core_3_1_2_1_display_changes_every_page_of_the_way,
    a_popup_keeps_the_window_that_opened_it_on_every_answer_of_its_request_and_on_no_other,
    prompt_none_in_a_frame_of_another_site_says_that_it_never_succeeds,
    behind_a_loopback_callback_the_policy_of_every_form_allows_other_ports,
    prompt_none_does_not_go_with_another_value,
    prompt_login_authenticates_again,
    prompt_consent_asks_again,
    prompt_select_account_lets_another_person_sign_in,
    max_age_wants_an_authentication_that_is_young_enough,
    oidc_registration_2_what_a_request_leaves_out_is_asked_for_as_it_is_registered,
    acr_values_are_tried_for_and_reported_honestly,
    an_agency_with_a_minimum_level_accepts_no_sign_in_below_it,
    an_id_token_hint_asks_for_this_very_person,
    a_person_other_than_the_hint_names_is_not_sent_back,
    a_hint_that_cannot_be_verified_is_as_good_as_none,
    a_login_hint_fills_the_field_in_when_it_can_be_a_national_id,
}

async fn prompt_none_never_shows_a_page(world: &World) {
    let (tax, health) = (world.agency("tax").await, world.agency("health").await);
    let mut stranger = world.browser();
    let silent = tax.ask("openid").with("prompt", "none");
    assert_eq!(silent.error(stranger.open(&silent.url()).await), "login_required");
    assert!(stranger.cookies.is_empty(), "nothing was begun");

    let (_, mut browser, _) = world.signed_in(&tax, "openid phone").await;
    let silent = tax.ask("openid phone").with("prompt", "none");
    silent.code(browser.open(&silent.url()).await);
    let other = health.ask("openid").with("prompt", "none");
    assert_eq!(other.error(browser.open(&other.url()).await), "consent_required");
    let more = tax.ask("openid phone address").with("prompt", "none");
    assert_eq!(more.error(browser.open(&more.url()).await), "consent_required");
}

async fn oidc_core_3_1_2_1_a_form_of_an_agency_finds_the_session_and_leaves_what_is_open_alone(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let silent = tax.ask("openid").with("prompt", "none");
    silent.code(browser.post_from_an_agency("/authorize", encode(&silent.params)).await);

    // Another person is in the middle of signing in when an agency's form comes: both continue.
    let citizen = world.registered(&tax).await;
    let mut other = world.browser();
    let open = tax.ask("openid");
    other.open(&open.url()).await.must(200, "sign-in-title");
    let (mut tab, binding) = (other.clone(), other.cookies.clone());
    let second = tax.ask("openid");
    tab.post_from_an_agency("/authorize", encode(&second.params)).await.must(200, "sign-in-title");
    assert_eq!(tab.cookies, binding, "the cookie that binds the first is not replaced");
    other.cookies = tab.cookies;
    other.sign_in(&citizen).await.must(200, "consent-title");
    open.code(other.allow().await);
}

async fn oidc_core_3_1_2_1_display_changes_every_page_of_the_way(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let looks = [("popup", Some("popup")), ("touch", Some("touch")), ("page", None), ("wap", None), ("hologram", None)];
    for (display, class) in looks {
        let body = class.map_or("<body>".to_owned(), |class| format!("<body class=\"{class}\">"));
        let mut browser = world.browser();
        let asking = tax.ask("openid phone").with("prompt", "consent").with("display", display);
        assert!(browser.open(&asking.url()).await.html().contains(&body), "{display}");
        assert!(browser.enter_credentials(citizen.national_id(), "wrong-password").await.html().contains(&body), "{display}");
        assert!(browser.enter_password(&citizen).await.html().contains(&body), "{display}");
        browser.enter_code(&citizen).await.must(200, "consent-title");
        assert!(browser.page.html().contains(&body), "{display}");
        asking.code(browser.allow().await);
    }
}

async fn a_popup_keeps_the_window_that_opened_it_on_every_answer_of_its_request_and_on_no_other(world: &World) {
    const HEADER: &str = "cross-origin-opener-policy";
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    for (display, policy) in [("popup", "unsafe-none"), ("touch", "same-origin"), ("page", "same-origin")] {
        let mut browser = world.browser();
        let asking = tax.ask("openid phone").with("prompt", "consent").with("display", display);
        // Also on redirects: a browser cuts the two apart at the first answer that asks for it.
        let by_parameters = asking.url();
        let by_push = tax.pushed(&asking).await;
        let signed = tax.signer.sign(&{
            let params = asking.params.iter().map(|(name, value)| (name.clone(), serde_json::Value::from(value.as_str())));
            let mut claims: serde_json::Map<_, _> = params.collect();
            claims.extend([("iss".to_owned(), "tax".into()), ("aud".to_owned(), ISSUER.into())]);
            serde_json::Value::Object(claims)
        });
        let by_object = format!("{ISSUER}/authorize?{}", encode(&[("client_id", "tax"), ("request", &signed)]));
        for url in [&by_parameters, &by_push, &by_object] {
            let answer = world.get(url.strip_prefix(ISSUER).unwrap()).await;
            assert_eq!((answer.status.as_u16(), answer.header(HEADER)), (303, policy), "{display}: {url}");
        }
        let form = world.post("/authorize", &encode(&asking.params)).await;
        assert_eq!((form.status.as_u16(), form.header(HEADER)), (303, policy), "{display}: a form");

        assert_eq!(browser.open(&by_parameters).await.answer.header(HEADER), policy);
        assert_eq!(browser.enter_credentials(citizen.national_id(), "wrong-password").await.answer.header(HEADER), policy);
        let right = browser.page.form("/sign-in").fill("national_id", citizen.national_id()).fill("password", &citizen.password);
        let redirect = world.send(browser.request_of(&right)).await;
        assert_eq!((redirect.status.as_u16(), redirect.header(HEADER)), (303, policy), "{display}: after the password");
        assert_eq!(browser.submit(right).await.answer.header(HEADER), policy);
        browser.enter_code(&citizen).await.must(200, "consent-title");
        assert_eq!(browser.page.answer.header(HEADER), policy);
        asking.code(browser.allow().await);
        assert_eq!(browser.page.answer.header(HEADER), policy, "{display}: on the way back");
        // Without a page, with an error, and by a form that posts itself.
        let silent = tax.ask("openid phone").with("display", display);
        silent.code(browser.open(&silent.url()).await);
        assert_eq!(browser.page.answer.header(HEADER), policy, "{display}: single sign-on");
        let refused = silent.clone().with("response_type", "token");
        assert_eq!(browser.open(&refused.url()).await.answer.header(HEADER), policy, "{display}: an error");
        let posted = silent.clone().with("response_mode", "form_post");
        assert_eq!(browser.open(&posted.url()).await.answer.header(HEADER), policy, "{display}: form_post");
        // What is no part of the request is cut off as ever.
        for path in ["/", "/logout", "/device"] {
            assert_eq!(browser.open(path).await.answer.header(HEADER), "same-origin", "{path}");
        }
        world.pass(Duration::from_secs(1));
    }
}

async fn prompt_none_in_a_frame_of_another_site_says_that_it_never_succeeds(world: &World) {
    let tax = world.agency("tax").await;
    let silent = tax.ask("openid").with("prompt", "none");
    let told = async |dest: Option<&str>, site: Option<&str>, cookie: Option<&str>| {
        let mut request = Request::get(silent.url().strip_prefix(ISSUER).unwrap());
        for (name, value) in [("sec-fetch-dest", dest), ("sec-fetch-site", site), ("cookie", cookie)] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        let answer = world.send(request.body(Body::empty()).unwrap()).await;
        let location = url::Url::parse(answer.header("location")).unwrap();
        let found = |name: &str| location.query_pairs().find(|(known, _)| known == name).unwrap().1.into_owned();
        (found("error"), found("error_description"))
    };
    for dest in ["iframe", "frame", "embed", "object", "fencedframe"] {
        let (error, description) = told(Some(dest), Some("cross-site"), None).await;
        assert_eq!(error, "login_required", "{dest}: the code of the standard");
        assert!(description.contains("SameSite") && description.contains("refresh token"), "{dest}: {description}");
    }
    // A person who is not signed in, where the frame may well succeed; and browsers that do not say.
    for (dest, site) in [
        (Some("iframe"), Some("same-site")),
        (Some("iframe"), Some("same-origin")),
        (Some("document"), Some("cross-site")),
        (Some("iframe"), None),
        (None, Some("cross-site")),
        (None, None),
    ] {
        let (error, description) = told(dest, site, None).await;
        assert_eq!(error, "login_required");
        assert!(!description.contains("SameSite"), "{dest:?} {site:?}: {description}");
    }
    // A cookie that came in spite of it: an old browser, or an operator's exception. Then the session is looked at as ever.
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let cookies: Vec<_> = browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = Request::get(silent.url().strip_prefix(ISSUER).unwrap()).header("cookie", cookies.join("; "));
    let request = request.header("sec-fetch-dest", "iframe").header("sec-fetch-site", "cross-site");
    let answer = world.send(request.body(Body::empty()).unwrap()).await;
    assert!(answer.header("location").contains("code="), "{}", answer.header("location"));
    silent.code(browser.open(&silent.url()).await);
}

async fn behind_a_loopback_callback_the_policy_of_every_form_allows_other_ports(world: &World) {
    let ports = "form-action 'self' http://127.0.0.1:* http://localhost:* http://[::1]:* https:";
    for (name, callback, expected) in [
        ("web", "http://localhost:3000/callback", ports.to_owned()),
        ("four", "http://127.0.0.1:3000/callback", ports.to_owned()),
        ("six", "http://[::1]:3000/callback", format!("{ports} http:")),
        ("https", "https://https.example/callback", "form-action 'self' https:".to_owned()),
        ("scheme", "ir.example.app:/callback", "form-action 'self' ir.example.app:".to_owned()),
    ] {
        let change = |client: &mut panjereh::client::metadata::Client| client.redirect_uris = vec![callback.to_owned()];
        let agency = world.agency_with(name, change).await;
        let mut citizen = world.citizen().await;
        let mut browser = world.browser();
        let asking = agency.ask("openid");
        let policy = |page: &crate::world::browser::Page| {
            let policy = page.answer.header("content-security-policy").to_owned();
            assert!(policy.ends_with(&format!("; {expected}")), "{name}: {policy}");
        };
        policy(browser.open(&asking.url()).await);
        browser.register(&mut citizen).await.must(200, "consent-title");
        policy(&browser.page);
        asking.code(browser.allow().await);
        let posted = agency.ask("openid").with("response_mode", "form_post").with("prompt", "consent");
        browser.open(&posted.url()).await.must(200, "consent-title");
        policy(browser.allow().await);
    }
}

async fn prompt_none_does_not_go_with_another_value(world: &World) {
    let tax = world.agency("tax").await;
    let mut browser = world.browser();
    let asking = tax.ask("openid").with("prompt", "none login");
    assert_eq!(asking.error(browser.open(&asking.url()).await), "invalid_request");
}

async fn prompt_login_authenticates_again(world: &World) {
    let tax = world.agency("tax").await;
    let (citizen, mut browser, tokens) = world.signed_in(&tax, "openid").await;
    let before = tax.verified(&tokens).await;
    world.pass(Duration::from_mins(3));
    let asking = tax.ask("openid").with("prompt", "login");
    browser.open(&asking.url()).await.must(200, "sign-in-title");
    let code = asking.code(browser.sign_in(&citizen).await);
    let (_, after) = tax.sign_in(&asking, &code).await;
    assert_eq!(after["auth_time"], world.now().seconds());
    assert_eq!(after["sub"], before["sub"]);
    assert_eq!(after["sid"], before["sid"], "for the agency it is the same session, which will end once");
}

async fn prompt_consent_asks_again(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    let asking = tax.ask("openid").with("prompt", "consent");
    browser.open(&asking.url()).await.must(200, "consent-title");
    asking.code(browser.allow().await);
}

async fn prompt_select_account_lets_another_person_sign_in(world: &World) {
    let tax = world.agency("tax").await;
    let other = world.registered(&tax).await;
    let (_, mut browser, tokens) = world.signed_in(&tax, "openid").await;
    let asking = tax.ask("openid").with("prompt", "select_account");
    browser.open(&asking.url()).await.must(200, "sign-in-title");
    browser.sign_in(&other).await;
    let (_, claims) = tax.sign_in(&asking, &asking.code(browser.allow().await)).await;
    assert_ne!(claims["sub"], tax.verified(&tokens).await["sub"]);
}

async fn max_age_wants_an_authentication_that_is_young_enough(world: &World) {
    let tax = world.agency("tax").await;
    let (citizen, mut browser, _) = world.signed_in(&tax, "openid").await;
    world.pass(Duration::from_secs(100));
    let asking = tax.ask("openid").with("max_age", "100");
    asking.code(browser.open(&asking.url()).await);
    world.pass(Duration::from_secs(1));
    let silent = tax.ask("openid").with("max_age", "100").with("prompt", "none");
    assert_eq!(silent.error(browser.open(&silent.url()).await), "login_required");

    let asking = tax.ask("openid").with("max_age", "100");
    browser.open(&asking.url()).await.must(200, "sign-in-title");
    let code = asking.code(browser.sign_in(&citizen).await);
    let (_, claims) = tax.sign_in(&asking, &code).await;
    assert_eq!(claims["auth_time"], world.now().seconds());

    world.pass(Duration::from_secs(1));
    let asking = tax.ask("openid").with("max_age", "0");
    browser.open(&asking.url()).await.must(200, "sign-in-title");
    for wrong in ["-1", "+1", "1.5", "soon"] {
        let asking = tax.ask("openid").with("max_age", wrong);
        assert_eq!(asking.error(browser.open(&asking.url()).await), "invalid_request", "{wrong}");
    }
}

async fn oidc_registration_2_what_a_request_leaves_out_is_asked_for_as_it_is_registered(world: &World) {
    let tax = world.agency_with("tax", |client| client.requests.default_max_age = Some(100)).await;
    let (citizen, mut browser, _) = world.signed_in(&tax, "openid").await;
    world.pass(Duration::from_secs(101));
    let silent = tax.ask("openid").with("prompt", "none");
    assert_eq!(silent.error(browser.open(&silent.url()).await), "login_required");
    let pushed = tax.pushed(&silent).await;
    assert_eq!(silent.error(browser.open(&pushed).await), "login_required");
    // The request's value counts, and not the default.
    let patient = tax.ask("openid").with("prompt", "none").with("max_age", "1000");
    patient.code(browser.open(&patient.url()).await);
    let asking = tax.ask("openid");
    browser.open(&asking.url()).await.must(200, "sign-in-title");
    let (_, claims) = tax.sign_in(&asking, &asking.code(browser.sign_in(&citizen).await)).await;
    assert_eq!(claims["auth_time"], world.now().seconds());

    let strong = world.agency_with("strong", |client| client.requests.default_acr_values = vec![Acr::High]).await;
    let asking = strong.ask("openid");
    browser.open(&asking.url()).await.must(200, "sign-in-title");
    browser.sign_in(&citizen).await.must(200, "consent-title");
    asking.code(browser.allow().await);
    let low = strong.ask("openid").with("acr_values", "urn:panjereh:acr:low").with("prompt", "none");
    low.code(browser.open(&low.url()).await);
    let claims = r#"{"id_token":{"acr":{"value":"urn:panjereh:acr:low"}}}"#;
    let by_claims = strong.ask("openid").with("claims", claims).with("prompt", "none");
    by_claims.code(browser.open(&by_claims.url()).await);
}

async fn acr_values_are_tried_for_and_reported_honestly(world: &World) {
    let tax = world.agency("tax").await;
    let (citizen, mut browser, _) = world.signed_in(&tax, "openid").await;
    let asking = tax.ask("openid").with("acr_values", "urn:panjereh:acr:substantial urn:unknown");
    asking.code(browser.open(&asking.url()).await);
    let asking = tax.ask("openid").with("acr_values", "urn:panjereh:acr:high");
    browser.open(&asking.url()).await.must(200, "sign-in-title");
    let code = asking.code(browser.sign_in(&citizen).await);
    let (_, claims) = tax.sign_in(&asking, &code).await;
    assert_eq!(claims["acr"], "urn:panjereh:acr:substantial");
}

async fn an_agency_with_a_minimum_level_accepts_no_sign_in_below_it(world: &World) {
    let tax = world.agency("tax").await;
    let strict = world.agency_with("strict", |client| client.min_acr = Acr::High).await;
    let (citizen, mut browser, _) = world.signed_in(&tax, "openid").await;
    let silent = strict.ask("openid").with("prompt", "none");
    assert_eq!(silent.error(browser.open(&silent.url()).await), "login_required");
    let asking = strict.ask("openid");
    browser.open(&asking.url()).await.must(200, "sign-in-title");
    assert_eq!(asking.error(browser.sign_in(&citizen).await), "unmet_authentication_requirements");
}

async fn an_id_token_hint_asks_for_this_very_person(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut mine, my_tokens) = world.signed_in(&tax, "openid").await;
    let (_, _, other_tokens) = world.signed_in(&tax, "openid").await;
    let hint = tax.ask("openid").with("prompt", "none").with("id_token_hint", &my_tokens.id_token);
    hint.code(mine.open(&hint.url()).await);
    let other = tax.ask("openid").with("prompt", "none").with("id_token_hint", &other_tokens.id_token);
    assert_eq!(other.error(mine.open(&other.url()).await), "login_required");
    // An expired one still says which person is meant.
    world.pass(Duration::from_mins(30));
    hint.code(mine.open(&hint.url()).await);
}

async fn a_person_other_than_the_hint_names_is_not_sent_back(world: &World) {
    let tax = world.agency("tax").await;
    let (me, mut mine, my_tokens) = world.signed_in(&tax, "openid").await;
    let (other, _, other_tokens) = world.signed_in(&tax, "openid").await;
    world.pass(Duration::from_mins(1));

    // The session of one person does not answer for the other: the other one has to sign in.
    let asking = tax.ask("openid").with("id_token_hint", &other_tokens.id_token);
    mine.open(&asking.url()).await.must(200, "sign-in-title");
    let (_, claims) = tax.sign_in(&asking, &asking.code(mine.sign_in(&other).await)).await;
    assert_eq!(claims["sub"], world.signed_claims(&other_tokens.id_token).await.1["sub"]);

    // If the wrong person signs in, the agency gets an error.
    let mut browser = world.browser();
    let asking = tax.ask("openid").with("id_token_hint", &my_tokens.id_token);
    browser.open(&asking.url()).await.must(200, "sign-in-title");
    assert_eq!(asking.error(browser.sign_in(&other).await), "login_required");
    let asking = tax.ask("openid").with("id_token_hint", &my_tokens.id_token);
    browser.open(&asking.url()).await.must(200, "sign-in-title");
    asking.code(browser.sign_in(&me).await);
}

async fn a_hint_that_cannot_be_verified_is_as_good_as_none(world: &World) {
    let tax = world.agency("tax").await;
    let (citizen, mut browser, _) = world.signed_in(&tax, "openid").await;
    for prompt in ["", "none"] {
        let asking = tax.ask("openid").with("id_token_hint", "of.another.age").with("prompt", prompt);
        asking.code(browser.open(&asking.url()).await);
    }
    let mut nobody = world.browser();
    let silent = tax.ask("openid").with("id_token_hint", "of.another.age").with("prompt", "none");
    assert_eq!(silent.error(nobody.open(&silent.url()).await), "login_required");
    let asking = tax.ask("openid").with("id_token_hint", "of.another.age");
    nobody.open(&asking.url()).await.must(200, "sign-in-title");
    asking.code(nobody.sign_in(&citizen).await);
}

async fn a_login_hint_fills_the_field_in_when_it_can_be_a_national_id(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.citizen().await;
    let mut browser = world.browser();
    for (hint, filled) in [(citizen.national_id(), citizen.national_id()), ("\"><script>alert(1)</script>", "")] {
        browser.open(&tax.ask("openid").with("login_hint", hint).url()).await.must(200, "sign-in-title");
        assert_eq!(browser.page.form("/sign-in").value("national_id"), filled);
        assert!(!browser.page.html().contains("alert(1)"));
    }
    // A person with a passkey needs no hint: the challenge names no account.
    let form = browser.page.form("/passkey");
    let options = browser.fetch(&format!("{}/options", form.action)).await.json();
    assert_eq!(options["publicKey"]["allowCredentials"].as_array().map_or(0, Vec::len), 0);
    assert_eq!(options["publicKey"]["userVerification"], "required");
    let _ = SoftAuthenticator::new("window.example", ISSUER).get(&options);
}
