//! Citizens whose civil registry is a service on another machine, and people as a registry has them: with a single name, with a birth
//! date of which only the year is known, of another nationality.

use crate::backends;
use crate::world::registry::{Manner, Service, with_claims};
use crate::world::{Backend, START, World, on_both_backends};
use panjereh::identity::birth_date::BirthDate;
use panjereh::identity::national_id::NationalId;
use panjereh::identity::person::PersonName;
use panjereh::time::Clock;
use panjereh::transient::Transient;
use serde_json::json;
use std::time::Duration;

on_both_backends! {
    a_person_with_a_single_name_has_an_account_and_the_claims_leave_out_what_is_not_there,
    a_birth_date_of_which_only_the_year_is_known_is_typed_and_compared_as_a_year,
    a_person_of_whom_only_the_year_of_birth_is_known_is_an_adult_when_the_latest_possible_day_is,
    a_resident_of_another_nationality_has_an_account_under_the_number_of_that_scheme,
}

/// A world whose registry is a service on this machine; its clock is the world's.
async fn with_a_service(backend: Backend) -> Option<(World, Service)> {
    let (store, transient) = match backend {
        Backend::Embedded => {
            let store = backends::sqlite().await;
            let transient = Transient::embedded(&store.store);
            (store, transient)
        }
        Backend::Servers => (backends::postgres().await?, backends::redis().await?),
    };
    let service = Service::start(&store.store, &Clock::frozen(START)).await;
    let world = World::over(store, transient, |settings| service.configure(settings)).await;
    Some((world, service))
}

macro_rules! with_a_service_on_both_backends {
    ($($story:ident),+ $(,)?) => {
        mod service_embedded {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                let (world, service) = super::with_a_service(super::Backend::Embedded).await.unwrap();
                super::$story(&world, &service).await;
            })+
        }
        mod service_servers {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                if let Some((world, service)) = super::with_a_service(super::Backend::Servers).await {
                    super::$story(&world, &service).await;
                }
            })+
        }
    };
}

with_a_service_on_both_backends! {
    a_citizen_is_verified_by_a_registry_on_another_machine,
    a_citizen_with_the_longest_names_is_verified_by_a_registry_on_another_machine,
    with_a_registry_that_fails_or_lies_nothing_is_made_and_a_plain_page_says_so,
    while_the_registry_is_down_who_has_an_account_signs_in_and_it_is_found_again_by_itself,
}

async fn a_citizen_is_verified_by_a_registry_on_another_machine(world: &World, service: &Service) {
    let tax = world.agency("tax").await;
    let (citizen, _, tokens) = world.signed_in(&tax, "openid profile").await;
    let person = tax.userinfo(&tokens.access_token).await.json();
    assert_eq!(person["family_name"], citizen.person.name.family.as_str());
    assert!(service.came() >= 2, "the person and the number were asked about");
}

async fn a_citizen_with_the_longest_names_is_verified_by_a_registry_on_another_machine(world: &World, _: &Service) {
    let tax = world.agency("tax").await;
    let longest = "نام".repeat(66);
    let mut citizen = world
        .citizen_with(|person| {
            person.name = PersonName { given: longest.clone(), family: longest.clone() };
            person.latin_name = Some(PersonName { given: "n".repeat(200), family: "n".repeat(200) });
            for text in [&mut person.father_name, &mut person.birth_place, &mut person.address.street] {
                text.clone_from(&longest);
            }
        })
        .await;
    let asked = tax.ask("openid profile");
    let mut browser = world.browser();
    browser.open(&asked.url()).await;
    // The signed answer waits in the interaction with the steps in between.
    browser.register(&mut citizen).await.must(200, "consent-title");
    let code = asked.code(browser.allow().await);
    let (tokens, _) = tax.sign_in(&asked, &code).await;
    assert_eq!(tax.userinfo(&tokens.access_token).await.json()["name"], format!("{longest} {longest}"));
}

async fn with_a_registry_that_fails_or_lies_nothing_is_made_and_a_plain_page_says_so(world: &World, service: &Service) {
    let tax = world.agency("tax").await;
    let forged = |token: &str| with_claims(token, |claims| claims["answer"]["person"]["given_name"] = "دیگر".into());
    let other = world.citizen().await;
    for manner in [
        Manner::Status(503),
        Manner::Slow(Duration::from_secs(30)),
        Manner::Cut,
        Manner::Huge(10 * 1024 * 1024),
        Manner::Changed(forged),
        Manner::OtherKey,
        Manner::About(other.national_id().to_owned()),
    ] {
        let what = format!("{manner:?}");
        service.be(manner);
        let (citizen, sent) = (world.citizen().await, world.messages().len());
        let mut browser = world.browser();
        browser.open(&tax.ask("openid").url()).await;
        browser.prove(&citizen).await.must(503, "refusal-registry-unavailable-title");
        assert!(!browser.page.answer.header("retry-after").is_empty());
        assert_eq!(world.messages().len(), sent, "{what}");
        assert_eq!(browser.session(), None);
        let account = world.app.store.account_by_national_id(&citizen.person.national_id).await.unwrap();
        assert!(account.is_none(), "{what}");
        // The same citizen, a moment later.
        service.be(Manner::Honest);
        browser.follow("/prove").await;
        browser.prove(&citizen).await;
        browser.enter_code(&citizen).await.must(200, "authenticator-title");
    }
}

async fn while_the_registry_is_down_who_has_an_account_signs_in_and_it_is_found_again_by_itself(
    world: &World,
    service: &Service,
) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    assert_eq!(world.get("/readyz").await.text(), "ready\n");
    service.be(Manner::Status(503));
    let newcomers =
        [world.citizen().await, world.citizen().await, world.citizen().await, world.citizen().await, world.citizen().await];
    for newcomer in &newcomers {
        let mut browser = world.browser();
        browser.open(&tax.ask("openid").url()).await;
        browser.prove(newcomer).await.must(503, "refusal-registry-unavailable-title");
    }
    let ready = world.get("/readyz").await;
    assert_eq!(ready.status, 200, "no other instance would do better");
    assert!(ready.text().starts_with("ready\ndegraded: the civil registry"), "{}", ready.text());
    let came = service.came();
    let mut browser = world.browser();
    browser.sign_in_at(&tax, &citizen, "openid").await;
    assert_eq!(service.came(), came, "nobody asks the registry about an account");

    service.be(Manner::Honest);
    world.pass(Duration::from_secs(10));
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    browser.prove(&newcomers[0]).await;
    browser.enter_code(&newcomers[0]).await.must(200, "authenticator-title");
    assert_eq!(world.get("/readyz").await.text(), "ready\n");
}

async fn a_person_with_a_single_name_has_an_account_and_the_claims_leave_out_what_is_not_there(world: &World) {
    let tax = world.agency("tax").await;
    let mut citizen = world
        .citizen_with(|person| {
            person.name = PersonName { given: String::new(), family: "تک‌نام".to_owned() };
            person.latin_name = None;
            person.address.street = String::new();
        })
        .await;
    let asked = tax.ask("openid profile address");
    let mut browser = world.browser();
    browser.open(&asked.url()).await;
    browser.register(&mut citizen).await.must(200, "consent-title");
    assert!(browser.page.reads("تک‌نام"));
    let code = asked.code(browser.allow().await);
    let (tokens, _) = tax.sign_in(&asked, &code).await;
    let person = tax.userinfo(&tokens.access_token).await.json();
    assert_eq!((&person["name"], &person["family_name"]), (&json!("تک‌نام"), &json!("تک‌نام")));
    for absent in ["given_name", "given_name#fa", "given_name#en", "name#en", "family_name#en"] {
        assert_eq!(person.get(absent), None, "{absent}");
    }
    assert_eq!((person["address"].get("street_address"), &person["address"]["country"]), (None, &json!("IR")));
}

async fn a_birth_date_of_which_only_the_year_is_known_is_typed_and_compared_as_a_year(world: &World) {
    let tax = world.agency("tax").await;
    for (known, others, birthdate, shown) in [
        ("1961", ["1961/01/01", "1961/03", "1340"], json!("1961"), "1961"),
        // A Persian year lies in two Gregorian ones: which one is not known.
        ("1340", ["1340/01/01", "1340/07", "1961"], json!(null), "1340"),
    ] {
        let mut citizen = world.citizen_with(|person| person.birth_date = BirthDate::parse(known).unwrap()).await;
        let asked = tax.ask("openid profile");
        let mut browser = world.browser();
        browser.open(&asked.url()).await;
        for other in others {
            let mobile = citizen.mobile().to_owned();
            browser.prove_with(citizen.national_id(), other, &mobile).await.must(422, "error-mismatch");
        }
        citizen.birth_date = format!("{known}/00/00");
        browser.register(&mut citizen).await.must(200, "consent-title");
        assert!(browser.page.reads(shown), "{}", browser.page.words());
        let code = asked.code(browser.allow().await);
        let (tokens, _) = tax.sign_in(&asked, &code).await;
        let person = tax.userinfo(&tokens.access_token).await.json();
        assert_eq!(person.get("birthdate").cloned().unwrap_or_default(), birthdate, "OpenID Connect Core §5.1");
    }
}

async fn a_person_of_whom_only_the_year_of_birth_is_known_is_an_adult_when_the_latest_possible_day_is(world: &World) {
    // In Azar 1405 those born early in 1387 are 18; those born on its last day are not.
    let citizen = world.citizen_with(|person| person.birth_date = BirthDate::parse("1387").unwrap()).await;
    let mut browser = world.browser();
    browser.open(&world.agency("tax").await.ask("openid").url()).await;
    browser.prove(&citizen).await.must(403, "refusal-under-age-title");
    assert!(browser.page.reads("1 Farvardin 1406"), "{}", browser.page.words());
}

async fn a_resident_of_another_nationality_has_an_account_under_the_number_of_that_scheme(world: &World) {
    let tax = world.agency("tax").await;
    let resident = NationalId::parse("120000000072").unwrap();
    let mut citizen = world.citizen_with(|person| person.national_id = resident).await;
    let asked = tax.ask("openid national_id");
    let mut browser = world.browser();
    browser.open(&asked.url()).await;
    browser.register(&mut citizen).await.must(200, "consent-title");
    let code = asked.code(browser.allow().await);
    let (tokens, _) = tax.sign_in(&asked, &code).await;
    assert_eq!(tax.userinfo(&tokens.access_token).await.json()["national_id"], "120000000072");
    let mut again = world.browser();
    again.sign_in_at(&tax, &citizen, "openid").await;
}
