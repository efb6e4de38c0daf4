//! What a person allows an agency, and what they deny.

use crate::world::citizen::Citizen;
use crate::world::{World, on_both_backends, send};
use panjereh::client::metadata::Client;
use panjereh::client::scope::Scope;
use panjereh::client::words::{ApplicationType, TokenEndpointAuthMethod};
use panjereh::locale::Locale;
use panjereh::records::event::EventKind;
use panjereh::web::pages::masked;

on_both_backends! {
    a_person_who_denies_goes_back_without_a_code,
    only_something_new_is_asked_for,
    an_agency_gets_no_scope_that_it_is_not_registered_for,
    the_page_shows_what_would_be_passed_on,
    everything_that_userinfo_returns_was_on_the_page,
    what_is_written_in_the_other_script_says_its_language,
    anything_but_an_explicit_yes_is_a_denial,
    of_many_answers_to_one_page_at_once_one_is_written_down,
    a_refusal_of_a_request_that_was_answered_elsewhere_leaves_no_event,
    rfc8252_8_6_what_another_application_could_ask_in_a_client_s_name_is_asked_each_time,
    rfc6749_4_1_2_1_a_person_who_cancels_goes_back_without_a_code,
}

async fn a_person_who_denies_goes_back_without_a_code(world: &World) {
    let tax = world.agency("tax").await;
    let mut citizen = world.citizen().await;
    let mut browser = world.browser();
    let asking = tax.ask("openid phone");
    browser.open(&asking.url()).await;
    browser.register(&mut citizen).await.must(200, "consent-title");
    let consent_page = browser.page.clone();
    assert_eq!(asking.error(browser.deny().await), "access_denied");

    // The interaction is over; its form cannot be answered a second time.
    let form = consent_page.form("/consent").press("consent-allow");
    browser.submit(form).await.must(410, "refusal-interaction-gone-title");
    // Nothing is remembered: the person is asked again the next time.
    browser.open(&tax.ask("openid phone").url()).await.must(200, "consent-title");
}

async fn only_something_new_is_asked_for(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid profile phone").await;
    tax.silently(&mut browser, "openid phone").await;
    let asking = tax.ask("openid address");
    browser.open(&asking.url()).await.must(200, "scope-address");
    asking.code(browser.allow().await);
    tax.silently(&mut browser, "openid profile phone address").await;
}

async fn rfc8252_8_6_what_another_application_could_ask_in_a_client_s_name_is_asked_each_time(world: &World) {
    let public = |application_type, uris: &[&str]| {
        let uris: Vec<_> = uris.iter().map(|uri| (*uri).to_owned()).collect();
        move |client: &mut Client| {
            client.auth_method = TokenEndpointAuthMethod::None;
            client.application_type = application_type;
            client.redirect_uris = uris;
        }
    };
    let (native, web) = (ApplicationType::Native, ApplicationType::Web);
    let uris = ["http://127.0.0.1/cb", "ir.example.app:/cb", "https://app.example/claimed"];
    let app = world.agency_with("app", public(native, &uris)).await;
    let page = world.agency_with("page", public(web, &["http://localhost:9999/callback"])).await;
    let (_, mut browser, _) = world.signed_in(&app, "openid phone").await;
    for uri in ["http://127.0.0.1:50000/cb", "ir.example.app:/cb"] {
        let asking = app.ask("openid phone").with("redirect_uri", uri);
        browser.open(&format!("{}&ui_locales=en", asking.url())).await.must(200, "consent-title");
        assert!(browser.page.reads("we ask you each time"));
        let silent = asking.clone().with("prompt", "none");
        assert_eq!(silent.error(browser.open(&silent.url()).await), "consent_required");
        browser.open(&asking.url()).await;
        let code = asking.code(browser.allow().await);
        app.sign_in(&asking, &code).await;
    }
    // The operating system opens a claimed address only in the application that claimed it (RFC 8252 §7.2).
    let claimed = app.ask("openid phone").with("redirect_uri", "https://app.example/claimed");
    claimed.code(browser.open(&claimed.url()).await);
    // The operator declared that no other application listens there.
    let asking = page.ask("openid");
    browser.open(&asking.url()).await.must(200, "consent-title");
    asking.code(browser.allow().await);
    page.silently(&mut browser, "openid").await;
}

async fn an_agency_gets_no_scope_that_it_is_not_registered_for(world: &World) {
    let library = world.agency_with("library", |client| client.scopes = vec![Scope::Openid, Scope::AgeOver18]).await;
    let (_, _, tokens) = world.signed_in(&library, "openid profile national_id age_over_18 admin").await;
    assert_eq!(tokens.scope, "openid age_over_18");
    let person = library.userinfo(&tokens.access_token).await.json();
    assert_eq!(person.as_object().unwrap().keys().collect::<Vec<_>>(), ["age_over_18", "sub"]);
    let mut browser = world.browser();
    let asking = library.ask("profile");
    assert_eq!(asking.error(browser.open(&asking.url()).await), "invalid_scope");
}

async fn the_page_shows_what_would_be_passed_on(world: &World) {
    let tax = world.agency("tax").await;
    let mut citizen = world.citizen().await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid profile phone address national_id").url()).await;
    browser.register(&mut citizen).await.must(200, "consent-title");
    let page = &browser.page;
    assert!(page.reads("4 October 1986") && page.reads(&citizen.person.address.street));
    assert!(page.reads(&citizen.person.latin_name.as_ref().unwrap().family));
    assert!(!page.html().contains(citizen.national_id()), "shown in part: a bystander may see the screen");
    assert!(!page.html().contains(&citizen.mobile()[3..]));
}

async fn everything_that_userinfo_returns_was_on_the_page(world: &World) {
    let tax = world.agency("tax").await;
    let mut citizen = world.citizen().await;
    let mut browser = world.browser();
    let asking = tax.ask("openid profile phone address national_id age_over_18");
    browser.open(&asking.url()).await;
    browser.register(&mut citizen).await.must(200, "consent-title");
    let page = browser.page.clone();
    let (tokens, _) = tax.sign_in(&asking, &asking.code(browser.allow().await)).await;
    let told = tax.userinfo(&tokens.access_token).await.json();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    for (claim, value) in told.as_object().unwrap() {
        let shown: Vec<String> = match claim.split('#').next().unwrap() {
            "sub" => vec![Locale::En.t("scope-openid")],
            "name" | "given_name" | "family_name" => vec![text(value)],
            "birthdate" => vec![Locale::En.date(value.as_str().unwrap().parse().unwrap())],
            "gender" => vec![Locale::En.t("gender-female")],
            "updated_at" => vec![Locale::En.date(jiff::civil::date(2026, 11, 22))],
            "phone_number" => vec![citizen.person.mobile.as_ref().unwrap().masked()],
            "phone_number_verified" => vec![Locale::En.t("scope-phone-text")],
            "national_id" => vec![masked(&text(value))],
            "age_over_18" => vec![Locale::En.t("scope-age-over-18")],
            "address" => {
                assert_eq!(value["country"], "IR");
                let formatted = text(&value["formatted"]).replace("IR", "Iran");
                formatted.lines().map(str::to_owned).collect()
            }
            _ => panic!("{claim} is told, and no page says so"),
        };
        for shown in shown {
            assert!(page.reads(&shown), "{claim} is told, but `{shown}` is not on the page: {}", page.words());
        }
    }
}

async fn what_is_written_in_the_other_script_says_its_language(world: &World) {
    let tax = world.agency("tax").await;
    let mut citizen = world.citizen_with(|person| person.latin_name = None).await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid profile address").url()).await;
    browser.register(&mut citizen).await.must(200, "consent-title");
    let name = format!("{} {}", citizen.person.name.given, citizen.person.name.family);
    let html = browser.page.html().to_owned();
    assert_eq!(html.matches(&format!("<bdi lang=\"fa\">{name}</bdi>")).count(), 1, "in the footer");
    assert!(html.contains(&format!("<bdi dir=\"auto\" lang=\"fa\">{name}</bdi>")), "{html}");
    let address = &citizen.person.address;
    assert!(html.contains(&format!("lang=\"fa\">{}، {}، {}", address.region, address.locality, address.street)), "{html}");
    browser.open("/").await;
    assert!(browser.page.html().contains(&format!("<bdi lang=\"fa\">{name}</bdi>")));
    world.messages();
}

async fn anything_but_an_explicit_yes_is_a_denial(world: &World) {
    let tax = world.agency("tax").await;
    let mut citizen = world.citizen().await;
    let mut browser = world.browser();
    let asking = tax.ask("openid");
    browser.open(&asking.url()).await;
    browser.register(&mut citizen).await;
    let form = browser.page.form("/consent");
    assert_eq!(asking.error(browser.submit(form).await), "access_denied");
}

async fn rfc6749_4_1_2_1_a_person_who_cancels_goes_back_without_a_code(world: &World) {
    let tax = world.agency("tax").await;
    let (citizen, _, _) = world.signed_in(&tax, "openid").await;
    let mut browser = world.browser();
    // A person who allowed everything long ago, and changes their mind at the password or at the code.
    for at_the_code in [false, true] {
        let asking = tax.ask("openid");
        browser.open(&asking.url()).await.must(200, "sign-in-title");
        let form = browser.page.form("/cancel");
        if at_the_code {
            browser.enter_password(&citizen).await.must(200, "otp-title");
            browser.follow("/sign-in").await;
        }
        assert_eq!(asking.error(browser.submit(form.clone()).await), "access_denied");
        browser.submit(form).await.must(410, "refusal-interaction-gone-title");
    }

    // After a sign-in the cancel button of an older page has no effect.
    let asking = tax.ask("openid phone");
    browser.open(&asking.url()).await;
    let form = browser.page.form("/cancel");
    browser.sign_in(&citizen).await.must(200, "consent-title");
    browser.submit(form).await.must(200, "consent-title");
    asking.code(browser.allow().await);
}

/// How many answers on a consent page the log has: given, refused.
async fn answers(world: &World, citizen: &Citizen) -> [usize; 2] {
    let account = world.app.store.account_by_national_id(&citizen.person.national_id).await.unwrap().unwrap();
    let events = world.app.store.events_of(account.id, 100).await.unwrap();
    [EventKind::ConsentGiven, EventKind::ConsentRefused].map(|kind| events.iter().filter(|event| event.kind == kind).count())
}

async fn of_many_answers_to_one_page_at_once_one_is_written_down(world: &World) {
    let tax = world.agency("tax").await;
    let (citizen, mut browser, _) = world.signed_in(&tax, "openid").await;
    let mut before = answers(world, &citizen).await;
    for (round, scope) in ["openid phone", "openid address", "openid profile"].into_iter().enumerate() {
        for buttons in
            [["consent-allow"; 4], ["consent-deny"; 4], ["consent-allow", "consent-deny", "consent-allow", "consent-deny"]]
        {
            let asking = tax.ask(scope).with("prompt", "consent");
            browser.open(&asking.url()).await.must(200, "consent-title");
            let forms = buttons.map(|button| browser.request_of(&browser.page.form("/consent").press(button)));
            let sent: Vec<_> = forms.into_iter().map(|form| tokio::spawn(send(world.router(), form))).collect();
            for one in sent {
                let status = one.await.unwrap().status;
                assert!([303, 410].contains(&status.as_u16()), "{status}");
            }
            let after = answers(world, &citizen).await;
            let new = [after[0] - before[0], after[1] - before[1]];
            assert_eq!(new[0] + new[1], 1, "{round}: {buttons:?} left {new:?}");
            before = after;
        }
    }
}

async fn a_refusal_of_a_request_that_was_answered_elsewhere_leaves_no_event(world: &World) {
    let tax = world.agency("tax").await;
    let (citizen, mut browser, _) = world.signed_in(&tax, "openid").await;
    let before = answers(world, &citizen).await;
    let asking = tax.ask("openid phone");
    browser.open(&asking.url()).await.must(200, "consent-title");
    let mut slow = browser.clone();
    assert_eq!(asking.error(browser.deny().await), "access_denied");
    slow.deny().await.must(410, "refusal-interaction-gone-title");
    assert_eq!(answers(world, &citizen).await, [before[0], before[1] + 1]);
}
