//! A civil registry that lies, or somebody between it and this server: no answer is believed that the registry did not sign for this
//! very question, and no registry that is slow or down holds what does not need it.

use crate::backends;
use crate::world::citizen::{national_id, person};
use crate::world::registry::{Manner, NAME, Papers, Service, claims, with_claims, with_header};
use crate::world::{ISSUER, START};
use panjereh::identity::birth_date::BirthDate;
use panjereh::identity::life_event::LifeEvent;
use panjereh::identity::person::{Person, PersonName, RegistryAnswer, Vital};
use panjereh::random::Random;
use panjereh::registry::Registry;
use panjereh::registry::answer::{Answer, Asking, RegistryError, SimAnswer};
use panjereh::registry::local::add_all;
use panjereh::time::Clock;
use serde_json::Value;
use std::time::Duration;

/// A service, and what a sign-in server needs to ask it.
struct Office {
    store: backends::TestStore,
    clock: Clock,
    random: Random,
    service: Service,
    person: Person,
}

impl Office {
    async fn new() -> Self {
        Self::with(&Papers::default()).await
    }

    async fn with(papers: &Papers) -> Self {
        let (store, clock) = (backends::sqlite().await, Clock::frozen(START));
        let person = person(1);
        add_all(&store.store, [person.clone(), self::person(2)]).await.unwrap();
        let service = Service::with(&store.store, &clock, papers).await;
        Self { store, clock, random: Random::seeded(3), service, person }
    }

    fn registry(&self) -> Registry {
        self.service.asked(&self.store.store, |_| ())
    }

    async fn ask(&self, registry: &Registry) -> Result<Answer<RegistryAnswer>, RegistryError> {
        let asking = Asking { clock: &self.clock, random: &self.random };
        registry.ask(&self.person.national_id, &self.person.birth_date, asking).await
    }

    /// Asks a service of this manner. Returns what the log would say of a refusal.
    async fn refused(&self, manner: Manner) -> String {
        let what = format!("{manner:?}");
        self.service.be(manner);
        self.reason(&self.registry()).await.unwrap_or_else(|| panic!("{what} was believed"))
    }

    async fn reason(&self, registry: &Registry) -> Option<String> {
        let error = self.ask(registry).await.err()?;
        Some(std::error::Error::source(&error).expect("a cause").to_string())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_honest_registry_is_believed_and_its_signed_answer_is_kept() {
    let office = Office::new().await;
    let registry = office.registry();
    let answer = office.ask(&registry).await.unwrap();
    assert_eq!(answer.says, RegistryAnswer::Match(Box::new(office.person.clone())));
    let provenance = answer.provenance;
    assert_eq!((provenance.registry.as_str(), provenance.as_of), (NAME, START));
    let signed = claims(provenance.signed.as_deref().unwrap());
    assert_eq!((&signed["iss"], &signed["aud"]), (&NAME.into(), &ISSUER.into()));
    assert_eq!(signed["jti"], provenance.transaction.as_str());
    assert_eq!(signed["question"]["national_id"], office.person.national_id.as_str());

    let asking = Asking { clock: &office.clock, random: &office.random };
    let other_day = BirthDate::parse("1365/07/13").unwrap();
    let answer = registry.ask(&office.person.national_id, &other_day, asking).await.unwrap();
    assert_eq!(answer.says, RegistryAnswer::Mismatch);
    let answer = registry.ask(&national_id(77), &other_day, asking).await.unwrap();
    assert_eq!(answer.says, RegistryAnswer::NotFound);
    let mine = office.person.mobile.clone().unwrap();
    for (id, number, says) in [
        (&office.person.national_id, &mine, SimAnswer::Yes),
        (&person(2).national_id, &mine, SimAnswer::No),
        (&national_id(77), &mine, SimAnswer::Unknown),
    ] {
        let answer = registry.owns_number(id, number, asking).await.unwrap();
        assert_eq!(answer.says, says);
        assert_eq!(claims(&answer.provenance.signed.unwrap())["question"]["mobile"], mine.e164());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc8725_3_1_an_answer_without_a_signature_of_the_registry_s_own_key_is_refused() {
    let office = Office::new().await;
    let none = |token: &str| {
        let token = with_header(token, |header| header["alg"] = "none".into());
        format!("{}.", token.rsplit_once('.').unwrap().0)
    };
    assert!(office.refused(Manner::Changed(none)).await.contains("alg"));
    // The public key is no secret: an HMAC with it is worth nothing (RFC 8725 §2.1).
    assert!(office.refused(Manner::HmacWithThePublicKey).await.contains("alg"));
    assert!(office.refused(Manner::OtherKey).await.contains("no key that fits"));
    let renamed = |token: &str| with_header(token, |header| drop(header.as_object_mut().unwrap().remove("kid")));
    assert!(office.refused(Manner::Changed(renamed)).await.contains("signature"), "the header is signed, too");
    let signature = |token: &str| {
        let (message, signature) = token.rsplit_once('.').unwrap();
        let first = if signature.starts_with('A') { "B" } else { "A" };
        format!("{message}.{first}{}", &signature[1..])
    };
    assert!(office.refused(Manner::Changed(signature)).await.contains("signature"));
    let claims = |token: &str| with_claims(token, |claims| claims["answer"]["person"]["family_name"] = "دیگر".into());
    assert!(office.refused(Manner::Changed(claims)).await.contains("signature"));
    for text in ["", "x", "a.b.c", "<html>", "{\"result\":\"match\"}", "ey.ey.ey"] {
        assert!(office.refused(Manner::Text(text)).await.contains("not believed"), "{text}");
    }
    office.service.be(Manner::Honest);
    assert!(office.ask(&office.registry()).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_about_another_person_a_recorded_one_and_one_to_another_server_are_refused() {
    let office = Office::new().await;
    let (registry, other) = (office.registry(), person(2));
    // The first answer is recorded, and believed this once.
    assert!(office.ask(&registry).await.is_ok());
    assert!(office.refused(Manner::Replayed).await.contains("another question"));
    let about = office.refused(Manner::About(other.national_id.as_str().to_owned())).await;
    assert!(about.contains("another question"), "{about}");
    // An answer about a number is no answer about a person.
    office.service.be(Manner::Replayed);
    let asking = Asking { clock: &office.clock, random: &office.random };
    let number = office.person.mobile.clone().unwrap();
    assert!(registry.owns_number(&office.person.national_id, &number, asking).await.is_err());
    // The question says who asks, and the answer repeats it: it is of no use to another server.
    office.service.be(Manner::Honest);
    let elsewhere = office.service.asked(&office.store.store, |settings| settings.registry.name = "Another registry".into());
    assert!(office.reason(&elsewhere).await.unwrap().contains("iss"));
    // Clocks that differ by hours: an answer of another time is no answer to a question of now.
    let late = Clock::frozen(START);
    late.advance(Duration::from_hours(2));
    let asking = Asking { clock: &late, random: &office.random };
    let refused = registry.ask(&office.person.national_id, &office.person.birth_date, asking).await.unwrap_err();
    assert!(std::error::Error::source(&refused).unwrap().to_string().contains("clocks"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_cut_or_without_end_is_refused() {
    let office = Office::new().await;
    assert!(!office.refused(Manner::Cut).await.contains("not believed"), "the connection ended before the answer did");
    assert!(office.refused(Manner::Half).await.contains("not believed"));
    let huge = within(Duration::from_secs(5), office.refused(Manner::Huge(10 * 1024 * 1024))).await;
    assert!(huge.contains("longer"), "{huge}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registry_with_an_expired_certificate_or_of_another_authority_is_not_asked() {
    for papers in [Papers { of_a_stranger: true, ..Papers::default() }, Papers { expired: true, ..Papers::default() }] {
        let office = Office::with(&papers).await;
        assert!(office.reason(&office.registry()).await.is_some());
        assert_eq!(office.service.came(), 0, "no question left this server");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_service_answers_no_server_without_a_certificate_of_its_authority() {
    let office = Office::new().await;
    let stranger = office.service.asked(&office.store.store, |settings| {
        settings.registry.certificate = Some(office.service.file("stranger.pem"));
        settings.registry.key = Some(office.service.file("stranger.key"));
    });
    assert!(office.reason(&stranger).await.is_some());
    assert_eq!(office.service.came(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_registry_is_asked_again_a_few_times_and_one_that_refuses_is_not() {
    let office = Office::new().await;
    for (status, requests) in [(500, 3), (503, 3), (429, 1), (400, 1), (403, 1), (302, 1)] {
        let before = office.service.came();
        let told = office.refused(Manner::Status(status)).await;
        assert!(told.contains(&status.to_string()), "{told}");
        assert_eq!(office.service.came() - before, requests, "{status}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registry_that_is_down_is_left_alone_for_a_while_and_found_again_by_itself() {
    let office = Office::new().await;
    let registry = office.registry();
    office.service.be(Manner::Status(503));
    for _ in 0..5 {
        assert!(!registry.is_down());
        assert!(office.ask(&registry).await.is_err());
    }
    assert!(registry.is_down());
    let before = office.service.came();
    for _ in 0..50 {
        let told = within(Duration::from_secs(1), office.ask(&registry)).await;
        assert!(told.is_err(), "a citizen is told at once");
    }
    assert_eq!(office.service.came(), before, "no question is sent");
    // One question a pause finds out whether it is back.
    office.clock.advance(Duration::from_secs(10));
    for _ in 0..5 {
        assert!(office.ask(&registry).await.is_err());
    }
    assert_eq!(office.service.came(), before + 1);
    office.service.be(Manner::Honest);
    office.clock.advance(Duration::from_secs(10));
    assert!(office.ask(&registry).await.is_ok());
    assert!(!registry.is_down());
    assert!(office.ask(&registry).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_the_registry_cannot_serve_does_not_stop_the_look_ups_of_others() {
    let office = Office::new().await;
    let registry = office.registry();
    for manner in [Manner::Status(400), Manner::Half, Manner::Huge(1 << 20), Manner::Replayed] {
        office.service.be(manner);
        for _ in 0..6 {
            assert!(office.ask(&registry).await.is_err());
        }
        assert!(!registry.is_down());
    }
    office.service.be(Manner::Honest);
    assert!(office.ask(&registry).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_registry_holds_a_question_no_longer_than_the_limit_and_no_more_of_them_than_there_are_places() {
    let office = Office::new().await;
    let registry = office.service.asked(&office.store.store, |settings| {
        settings.registry.timeout = Duration::from_millis(500);
        settings.registry.concurrency = 2;
    });
    office.service.be(Manner::Slow(Duration::from_secs(20)));
    let asked = (0..4).map(|_| office.reason(&registry));
    let told = within(Duration::from_secs(5), join_all(asked)).await;
    let of = |what: &str| told.iter().filter(|told| told.as_deref().is_some_and(|told| told.contains(what))).count();
    assert_eq!((of("registry.concurrency"), of("registry.timeout") + of("longer than")), (2, 2), "{told:?}");
    assert_eq!(office.service.came(), 2);
}

/// A page of the feed with other changes.
fn page(text: &str, change: impl FnOnce(&mut Vec<Value>)) -> String {
    let mut page: Value = serde_json::from_str(text).unwrap();
    change(page["changes"].as_array_mut().unwrap());
    page.to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_that_leaves_out_repeats_or_forges_an_event_is_refused() {
    let office = Office::new().await;
    let registry = office.registry();
    let (mut changed, now) = (office.person.clone(), START);
    for name in ["یک", "دو", "سه"] {
        name.clone_into(&mut changed.name.family);
        let mut tx = office.store.store.begin_person_import().await.unwrap();
        tx.record_registry_changes(std::slice::from_ref(&changed), now).await.unwrap();
        tx.insert_persons(std::slice::from_ref(&changed)).await.unwrap();
        tx.save().await.unwrap();
    }
    let asking = Asking { clock: &office.clock, random: &office.random };
    let all = registry.changes(0, 10, asking).await.unwrap();
    let told: Vec<_> = all.iter().map(|change| (change.says.number, change.says.person.name.family.as_str())).collect();
    assert_eq!(told, [(1, "یک"), (2, "دو"), (3, "سه")]);
    assert!(all.iter().all(|change| change.says.event == LifeEvent::Name && change.provenance.signed.is_some()));
    let rest = registry.changes(2, 10, asking).await.unwrap();
    assert_eq!(rest.iter().map(|change| change.says.number).collect::<Vec<_>>(), [3]);
    assert!(registry.changes(3, 10, asking).await.unwrap().is_empty());
    assert!(matches!(registry.changes(9, 10, asking).await, Err(RegistryError::FeedLost)), "the feed began again");

    let lies: [fn(&str) -> String; 6] = [
        |text| page(text, |changes| drop(changes.remove(0))),
        |text| page(text, |changes| drop(changes.remove(1))),
        |text| page(text, |changes| changes.swap(0, 1)),
        |text| page(text, |changes| changes.insert(1, changes[0].clone())),
        |text| {
            page(text, |changes| {
                changes[0] = with_claims(changes[0].as_str().unwrap(), |claims| claims["event"]["kind"] = "death".into()).into();
            })
        },
        |text| {
            page(text, |changes| {
                changes[0] = with_header(changes[0].as_str().unwrap(), |header| header["alg"] = "none".into()).into();
            })
        },
    ];
    for (at, lie) in lies.into_iter().enumerate() {
        office.service.be(Manner::Changed(lie));
        assert!(registry.changes(0, 10, asking).await.is_err(), "{at}");
    }
    office.service.be(Manner::Huge(20 * 1024 * 1024));
    assert!(within(Duration::from_secs(5), registry.changes(0, 10, asking)).await.is_err());
    assert!(!registry.is_down(), "the feed says nothing of the look-ups");
}

/// What a future gives, which must come in time.
async fn within<F: Future>(time: Duration, future: F) -> F::Output {
    tokio::time::timeout(time, future).await.expect("it takes too long")
}

async fn join_all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut pinned: Vec<_> = futures.map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = pinned.iter().map(|_| None).collect();
    std::future::poll_fn(|cx| {
        for (future, place) in pinned.iter_mut().zip(&mut done) {
            if place.is_none()
                && let std::task::Poll::Ready(output) = future.as_mut().poll(cx)
            {
                *place = Some(output);
            }
        }
        if done.iter().all(Option::is_some) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_as_they_are_go_over_the_wire_and_back() {
    let office = Office::new().await;
    let registry = office.registry();
    let longest = "م".repeat(200);
    let mut people: Vec<Person> = (10..14).map(person).collect();
    people[0].name = PersonName { given: String::new(), family: "تک‌نام".to_owned() };
    people[0].latin_name = None;
    people[1].birth_date = BirthDate::parse("1340").unwrap();
    people[1].vital = Vital::Deceased(BirthDate::parse("1400/01/00").unwrap());
    people[2].national_id = panjereh::identity::national_id::NationalId::parse("120000000072").unwrap();
    people[2].mobile = None;
    people[3].name = PersonName { given: longest.clone(), family: longest.clone() };
    people[3].father_name = longest.clone();
    people[3].birth_place.clone_from(&longest);
    people[3].address.street.clone_from(&longest);
    people[3].address.region.clone_from(&longest);
    people[3].address.locality = longest;
    add_all(&office.store.store, people.clone()).await.unwrap();
    for person in people {
        let asking = Asking { clock: &office.clock, random: &office.random };
        let answer = registry.ask(&person.national_id, &person.birth_date, asking).await.unwrap();
        assert_eq!(answer.says, RegistryAnswer::Match(Box::new(person)));
    }
}
