//! What is not trusted of clients that register themselves, and what they cannot get by it.

use super::registration::{Told, call, open_worlds, plain, register, worlds};
use crate::world::{Answer, send};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use panjereh::client::words::Pkce;
use panjereh::settings::{RegistrationMode, Settings};
use serde_json::{Value, json};
use std::time::Duration;

/// A request to one instance.
async fn call_at(instance: Router, method: &str, path: &str, token: &str, body: &Value) -> Answer {
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    let request = request.header("authorization", format!("Bearer {token}"));
    send(instance, request.body(Body::from(body.to_string())).unwrap()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc7591_5_the_pages_say_that_a_self_registered_client_is_unverified() {
    for world in open_worlds().await {
        let told = Told::of(&register(&world, &plain()).await);
        let tax = world.agency("tax").await;
        let mut citizen = world.citizen().await;
        for (agency, unchecked) in [(told.agency(&world), true), (tax, false)] {
            let mut browser = world.browser();
            let asking = agency.ask("openid");
            browser.open(&format!("{}&ui_locales=en", asking.url())).await.must(200, "sign-in-title");
            assert_eq!(browser.page.reads("Nobody has checked who runs it"), unchecked);
            if unchecked {
                browser.register(&mut citizen).await;
            } else {
                browser.sign_in(&citizen).await;
            }
            browser.page.must(200, "consent-title");
            assert_eq!(browser.page.reads("Nobody has checked who runs it"), unchecked);
            asking.code(browser.allow().await);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_another_instance_removed_is_not_brought_back_by_an_update() {
    for world in open_worlds().await {
        let told = Told::of(&register(&world, &plain()).await);
        let before = world.app.client_cache.load_full();
        let mut same = plain();
        same["client_id"] = told.0["client_id"].clone();
        assert_eq!(call(&world, "DELETE", &told.path(), Some(told.token()), &Value::Null).await.status, 204);
        // Another instance still has the old state in memory.
        world.app.client_cache.store(before);
        for method in ["PUT", "DELETE"] {
            let refused = call(&world, method, &told.path(), Some(told.token()), &same).await;
            assert_eq!((refused.status.as_u16(), refused.error().as_str()), (401, "invalid_token"), "{method}");
        }
        let clients = world.app.store.clients().await.unwrap();
        assert!(clients.iter().all(|client| client.id.as_str() != told.text("client_id")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_registered_without_a_token_does_not_get_ciba_later() {
    let ciba = "urn:openid:params:grant-type:ciba";
    let with_ciba = |told: &Told| {
        let mut wanted = plain();
        wanted["client_id"] = told.0["client_id"].clone();
        wanted["grant_types"] = json!(["authorization_code", ciba]);
        wanted
    };
    let mode = |mode| move |settings: &mut Settings| settings.registration.mode = mode;
    for world in open_worlds().await {
        let told = Told::of(&register(&world, &plain()).await);
        // An operator closes the registration and keeps the same clients.
        let closed = world.another_instance_with(mode(RegistrationMode::Token)).await;
        let refused = call_at(closed.clone(), "PUT", &told.path(), told.token(), &with_ciba(&told)).await;
        assert_eq!((refused.status.as_u16(), refused.error().as_str()), (400, "invalid_client_metadata"));
        assert!(refused.json()["error_description"].as_str().unwrap().contains("ciba"));
        let mut same = plain();
        same["client_id"] = told.0["client_id"].clone();
        assert_eq!(call_at(closed, "PUT", &told.path(), told.token(), &same).await.status, 200);
    }
    for world in worlds(mode(RegistrationMode::Token)).await {
        let token = super::registration_tokens::initial_access_token(&world, "for a counter").await;
        let told = Told::of(&call(&world, "POST", "/register", Some(token.expose()), &plain()).await);
        let changed = call(&world, "PUT", &told.path(), Some(told.token()), &with_ciba(&told)).await;
        assert_eq!((changed.status.as_u16(), &changed.json()["grant_types"][1]), (200, &json!(ciba)), "{}", changed.text());
        // The token that a client registered with is remembered when registration is opened to every client.
        let opened = world.another_instance_with(mode(RegistrationMode::Open)).await;
        assert_eq!(call_at(opened, "PUT", &told.path(), told.token(), &with_ciba(&told)).await.status, 200);
    }
}

/// What a client would otherwise find out by its first request that fails.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc7591_3_2_1_the_answer_to_a_registration_says_what_holds_for_the_client() {
    let with = |pkce| {
        move |settings: &mut Settings| {
            settings.registration.mode = RegistrationMode::Open;
            settings.registration.pkce = pkce;
        }
    };
    for (pkce, word) in [(Pkce::Required, "required"), (Pkce::Optional, "optional")] {
        for world in worlds(with(pkce)).await {
            // The operator decides, whatever the client sends.
            for sent in [None, Some("optional"), Some("required"), Some("never")] {
                let mut wanted = plain();
                wanted["pkce"] = json!(sent);
                let told = Told::of(&register(&world, &wanted).await);
                let read = call(&world, "GET", &told.path(), Some(told.token()), &Value::Null).await.json();
                for answer in [&told.0, &read] {
                    assert_eq!((&answer["pkce"], &answer["id_token_signed_response_alg"]), (&json!(word), &json!("RS256")));
                }
                // And it is so.
                let agency = told.agency(&world);
                let asking = agency.ask("openid").without("code_challenge").without("code_challenge_method");
                let mut browser = world.browser();
                browser.open(&asking.url()).await;
                if pkce == Pkce::Required {
                    browser.page.must(200, "leaving-title");
                    let onward = browser.page.link("&iss=https%3A%2F%2Fwindow.example");
                    assert!(onward.contains("callback?error=invalid_request&"), "{onward}");
                } else {
                    browser.page.must(200, "sign-in-title");
                }
            }
            // A public client needs it in any case (RFC 9700 §2.1.1).
            let mut public = plain();
            public["token_endpoint_auth_method"] = json!("none");
            assert_eq!(Told::of(&register(&world, &public).await).0["pkce"], "required");
            let mut other = plain();
            other["id_token_signed_response_alg"] = json!("ES256");
            assert_eq!(Told::of(&register(&world, &other).await).0["id_token_signed_response_alg"], "ES256");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_registered_without_a_method_may_send_its_secret_either_way_also_after_an_update() {
    for world in open_worlds().await {
        let told = Told::of(&register(&world, &plain()).await);
        let mut named = plain();
        named["token_endpoint_auth_method"] = json!("client_secret_basic");
        let one = Told::of(&register(&world, &named).await);
        let by_form = async |told: &Told| {
            let (id, secret) = (told.text("client_id"), told.text("client_secret"));
            let form = [("grant_type", "authorization_code"), ("code", "x"), ("redirect_uri", "x")];
            let form = [&form[..], &[("client_id", id), ("client_secret", secret)]].concat();
            world.post("/token", &crate::world::html::encode(&form)).await.error()
        };
        assert_eq!((by_form(&told).await.as_str(), by_form(&one).await.as_str()), ("invalid_grant", "invalid_client"));
        // RFC 7592 §2.2: an update repeats what the answer said, and that changes nothing.
        for told in [&told, &one] {
            let mut read = call(&world, "GET", &told.path(), Some(told.token()), &Value::Null).await.json();
            for name in
                ["registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"]
            {
                read.as_object_mut().unwrap().remove(name);
            }
            assert_eq!(call(&world, "PUT", &told.path(), Some(told.token()), &read).await.status, 200);
        }
        assert_eq!((by_form(&told).await.as_str(), by_form(&one).await.as_str()), ("invalid_grant", "invalid_client"));
        // An update that leaves the name out allows both again.
        let mut both = plain();
        both["client_id"] = one.0["client_id"].clone();
        assert_eq!(call(&world, "PUT", &one.path(), Some(one.token()), &both).await.status, 200);
        assert_eq!(by_form(&one).await, "invalid_grant");
    }
}

/// The registration of a client with other metadata, as it repeats it in an update (RFC 7592 §2.2).
fn changed(told: &Told, name: &str, value: Value) -> Value {
    let mut body = plain();
    body["client_id"] = told.0["client_id"].clone();
    body[name] = value;
    body
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consent_holds_for_the_name_the_hosts_and_the_owner_that_were_shown() {
    for world in open_worlds().await {
        let mut body = plain();
        body["subject_type"] = json!("public");
        let told = Told::of(&register(&world, &body).await);
        let (_, mut browser, _) = world.signed_in(&told.agency(&world), "openid profile").await;
        let put = async |name: &str, value: Value| {
            let mut body = changed(&told, name, value);
            body["subject_type"] = json!("public");
            let answer = call(&world, "PUT", &told.path(), Some(told.token()), &body).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
        };
        // What the page does not show changes nothing.
        put("redirect_uris", json!(["https://relying.example/callback", "https://relying.example/other"])).await;
        told.agency(&world).silently(&mut browser, "openid").await;
        // Another host: the code would go there. In either order, with the old one beside it, and by every way to ask.
        for uris in [
            json!(["https://evil.example/callback"]),
            json!(["https://relying.example/callback", "https://evil.example/callback"]),
        ] {
            put("redirect_uris", uris.clone()).await;
            let mut agency = told.agency(&world);
            agency.client.redirect_uris.reverse();
            agency.client.redirect_uris.truncate(1);
            let silent = agency.ask("openid").with("prompt", "none");
            browser.open(&silent.url()).await;
            assert!(browser.page.left_for.is_none() || browser.page.left_for().contains("consent_required"), "{uris}");
            browser.open(&agency.ask("openid").url()).await.must(200, "consent-title");
        }
        // The page of before does not answer for the client of now.
        put("client_name", json!("A third name")).await;
        browser.open(&told.agency(&world).ask("openid").url()).await.must(200, "consent-title");
        let before = browser.page.form("/consent").press("consent-allow");
        put("client_name", json!("Another name")).await;
        browser.submit(before).await.must(200, "consent-title");
        assert!(browser.page.reads("Another name"));
        let asking = told.agency(&world).ask("openid");
        browser.open(&asking.url()).await.must(200, "consent-title");
        asking.code(browser.allow().await);
        told.agency(&world).silently(&mut browser, "openid").await;
        // What was allowed to the client of before is not allowed to this one.
        browser.open(&told.agency(&world).ask("openid profile").url()).await.must(200, "consent-title");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consent_to_an_agency_s_client_ends_when_an_operator_changes_what_was_shown() {
    for world in worlds(|_| ()).await {
        let tax = world.agency("tax").await;
        let (citizen, mut browser, _) = world.signed_in(&tax, "openid").await;
        let changes: [fn(&mut panjereh::client::metadata::Client); 3] = [
            |client| client.name.fa = "سازمان دیگر".to_owned(),
            |client| client.redirect_uris = vec!["https://other.example/callback".to_owned()],
            |client| client.agency = "health-agency".to_owned(),
        ];
        world.agency("health").await;
        for change in changes {
            let renewed = world.agency_with("tax", change).await;
            let asking = renewed.ask("openid");
            browser.open(&asking.url()).await.must(200, "consent-title");
            asking.code(browser.allow().await);
            renewed.silently(&mut browser, "openid").await;
        }
        // A consent that was given before this was stored holds for a client that an operator declared.
        let account = world.app.store.account_by_national_id(&citizen.person.national_id).await.unwrap().unwrap().id;
        let consents = world.app.store.consents(account).await.unwrap();
        let mut tx = world.app.store.write().await.unwrap();
        for consent in consents {
            tx.put_consent(&panjereh::records::consent::Consent { shown: None, ..consent }).await.unwrap();
        }
        tx.save().await.unwrap();
        tax.silently(&mut browser, "openid").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc9700_4_11_2_a_browser_leaves_for_a_client_that_nobody_vouches_for_only_after_a_page() {
    for world in open_worlds().await {
        let mut body = plain();
        body["post_logout_redirect_uris"] = json!(["https://relying.example/bye"]);
        let told = Told::of(&register(&world, &body).await);
        let agency = told.agency(&world);
        let logout =
            format!("/logout?client_id={}&post_logout_redirect_uri=https://relying.example/bye&state=s", told.text("client_id"));
        let silent = agency.ask("openid").with("prompt", "none");
        let wrong = agency.ask("openid").with("response_type", "token");
        let unknown_scope = agency.ask("profile");
        let by_form = wrong.clone().with("response_mode", "form_post");
        let signed = silent.clone().with("response_mode", "query.jwt");
        let mut nobody = world.browser();
        for lang in ["fa", "en"] {
            for url in [&logout, &silent.url(), &wrong.url(), &unknown_scope.url(), &by_form.url(), &signed.url()] {
                nobody.open(&format!("{url}&ui_locales={lang}")).await.must(200, "leaving-title");
                assert!(nobody.page.left_for.is_none() && nobody.page.reads("relying.example"), "{url}");
                assert_eq!(nobody.page.locale() == panjereh::locale::Locale::Fa, lang == "fa");
                assert!(
                    !nobody.page.html().contains("form-post.js") && !nobody.page.html().contains("http-equiv=\"refresh\""),
                    "{url}"
                );
            }
        }
        // By a press the answer is what it would have been.
        nobody.open(&silent.url()).await;
        let onward = nobody.page.link("&iss=https%3A%2F%2Fwindow.example");
        assert!(onward.starts_with("https://relying.example/callback?error=login_required&"), "{onward}");
        nobody.open(&logout).await;
        nobody.page.link("https://relying.example/bye?state=s");
        nobody.open(&by_form.url()).await;
        assert_eq!(nobody.page.form("/callback").value("error"), "unsupported_response_type");
        assert!(nobody.page.answer.header("content-security-policy").contains("form-action 'self' https:"));

        // A person who has acted goes back at once: signed in, consented, denied. With the consent, single sign-on is silent.
        let (_, mut browser, _) = world.signed_in(&agency, "openid").await;
        agency.silently(&mut browser, "openid").await;
        let asking = agency.ask("openid profile");
        browser.open(&asking.url()).await.must(200, "consent-title");
        assert_eq!(asking.error(browser.deny().await), "access_denied");
        // After a sign-out the page stays, with a link.
        browser.open(&logout).await.must(200, "logout-title");
        let form = browser.page.form("/logout/confirm").press("logout-confirm");
        browser.submit(form).await.must(200, "logged-out-here");
        assert!(browser.page.left_for.is_none());
        browser.page.link("https://relying.example/bye?state=s");
        world.pass(Duration::from_secs(1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_is_redirected_at_once_to_a_client_that_an_operator_or_a_token_let_in() {
    for world in worlds(|settings| settings.registration.mode = RegistrationMode::Token).await {
        let token = super::registration_tokens::initial_access_token(&world, "for an agency").await;
        let told = Told::of(&call(&world, "POST", "/register", Some(token.expose()), &plain()).await);
        let mut browser = world.browser();
        for agency in [told.agency(&world), world.agency("tax").await] {
            for (name, value) in [("prompt", "none"), ("response_type", "token")] {
                let asking = agency.ask("openid").with(name, value);
                browser.open(&asking.url()).await;
                assert!(browser.page.left_for().contains("error="), "{name}");
            }
        }
    }
    let direct = |settings: &mut Settings| {
        settings.registration.mode = RegistrationMode::Open;
        settings.registration.unasked_redirects = panjereh::settings::UnaskedRedirects::Direct;
    };
    for world in worlds(direct).await {
        let told = Told::of(&register(&world, &plain()).await);
        let asking = told.agency(&world).ask("openid").with("prompt", "none");
        assert_eq!(asking.error(world.browser().open(&asking.url()).await), "login_required");
    }
}

/// Names that would deceive a reader, where an agency is called "Agency tax" and «سازمان tax».
fn deceiving_names() -> Vec<String> {
    let likeness =
        ["Agency tax", "AGENCY TAX", "Agency  tax", "Agency-tax.", "Аgency tax", "Agency tаx", "Agencytax", "Ａgency tax"];
    let persian = ["agency táx", "سازمان tax", "سازمان\u{200c}tax"];
    let unseen =
        ["Agency\u{200b}tax", "A\u{ad}gency", "\u{3164}", "\u{200b}\u{200d}", "\u{2800}", "\u{202e}xat", "Tax\u{200c}Office"];
    let odd = ["Pаypal", " ", "-", "a\nb", "Tax 😀"];
    let long = "Your account is blocked, call 0912 to sign in again and tell us your code, please do it now or you will lose it for good";
    let named = likeness.iter().chain(&persian).chain(&unseen).chain(&odd).map(|name| (*name).to_owned());
    named.chain([long.to_owned(), "a".repeat(61)]).collect()
}

async fn worlds_without_limits() -> Vec<crate::world::World> {
    worlds(|settings| {
        settings.registration.mode = RegistrationMode::Open;
        settings.limits.per_address = 1_000_000;
        settings.registration.per_address_a_day = 1_000_000;
        settings.registration.a_day = 1_000_000;
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc7591_5_a_client_cannot_take_a_name_that_deceives_its_readers() {
    for world in worlds_without_limits().await {
        world.agency("tax").await;
        let told = Told::of(&register(&world, &plain()).await);
        for name in deceiving_names() {
            for key in ["client_name", "client_name#fa", "client_name#en"] {
                let mut body = plain();
                body[key] = json!(name);
                let registered = register(&world, &body).await;
                let updated = call(&world, "PUT", &told.path(), Some(told.token()), &changed(&told, key, json!(name))).await;
                for refused in [registered, updated] {
                    let (status, error) = (refused.status.as_u16(), refused.error());
                    assert_eq!((status, error.as_str()), (400, "invalid_client_metadata"), "{key} {name:?}");
                    let description = refused.json()["error_description"].as_str().unwrap().to_owned();
                    assert!(description.starts_with("client_name"), "{description}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_can_repeat_the_name_that_it_was_told() {
    let ours = ["registration_access_token", "registration_client_uri", "client_secret", "client_secret_expires_at"];
    for world in worlds_without_limits().await {
        let ordinary = ["Agency for tax advice", "خانه\u{200c}های سالمندان", "My Example (test_2)"].map(str::to_owned);
        for name in ordinary.into_iter().chain(["ب".repeat(60)]) {
            let mut body = plain();
            body["client_name"] = json!(name);
            let told = Told::of(&register(&world, &body).await);
            assert_eq!(told.text("client_name"), name);
            // Two clients that registered themselves may have one name: nobody vouches for either.
            Told::of(&register(&world, &body).await);
            let mut same = told.0.clone();
            same.as_object_mut().unwrap().retain(|name, _| !ours.contains(&name.as_str()));
            let answer = call(&world, "PUT", &told.path(), Some(told.token()), &same).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
        // So can a client without a name of its own.
        let mut nameless = plain();
        nameless.as_object_mut().unwrap().remove("client_name");
        let told = Told::of(&register(&world, &nameless).await);
        let mut same = changed(&told, "client_name", told.0["client_name"].clone());
        same["client_name#fa"] = told.0["client_name#fa"].clone();
        assert_eq!(call(&world, "PUT", &told.path(), Some(told.token()), &same).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_of_before_that_would_not_be_accepted_now_still_loads_and_signs_people_in() {
    for world in open_worlds().await {
        let told = Told::of(&register(&world, &plain()).await);
        let old = format!("\u{200b}Pаypal {}", "x".repeat(100));
        let mut client = told.agency(&world).client;
        (client.name.fa, client.name.en) = (old.clone(), old.clone());
        let mut tx = world.app.store.write().await.unwrap();
        assert!(tx.change_client(&client).await.unwrap());
        tx.save().await.unwrap();
        world.refresh().await;
        let read = call(&world, "GET", &told.path(), Some(told.token()), &Value::Null).await;
        assert_eq!((read.status.as_u16(), &read.json()["client_name"]), (200, &json!(old)));
        let instance = world.another_instance_with(|_| ()).await;
        assert_eq!(call_at(instance, "GET", &told.path(), told.token(), &Value::Null).await.status, 200);
        world.signed_in(&told.agency(&world), "openid").await;
        let renamed =
            call(&world, "PUT", &told.path(), Some(told.token()), &changed(&told, "client_name", json!("New name"))).await;
        assert_eq!(renamed.status, 200, "{}", renamed.text());
    }
}
