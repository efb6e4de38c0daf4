//! The feed of the local civil registry.

use super::person;
use crate::backends::{TestStore, stores};
use panjereh::identity::life_event::LifeEvent;
use panjereh::identity::person::{Person, Vital};
use panjereh::time::Timestamp;
use std::time::Duration;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

async fn import(backend: &TestStore, persons: &[Person], now: Timestamp) {
    let mut tx = backend.store.begin_person_import().await.unwrap();
    tx.record_registry_changes(persons, now).await.unwrap();
    tx.insert_persons(persons).await.unwrap();
    tx.save().await.unwrap();
}

#[tokio::test]
async fn an_import_records_what_it_changes_under_numbers_without_a_gap() {
    for backend in stores().await {
        let store = &backend.store;
        let persons: Vec<Person> = (0..70).map(person).collect();
        import(&backend, &persons, NOW).await;
        import(&backend, &persons, NOW).await;
        assert_eq!(store.registry_changes(0, 10).await.unwrap(), [], "{}: new and unchanged persons", backend.name);
        assert_eq!(store.last_registry_change().await.unwrap(), 0);

        let mut changed = persons.clone();
        changed[3].vital = Vital::Alive;
        changed[3].name.family = "نام‌دیگر".to_owned();
        changed[65].mobile = None;
        let later = NOW.plus(Duration::from_hours(1));
        import(&backend, &changed, later).await;
        let given_up = LifeEvent::NumberGivenUp { mobile: persons[65].mobile.clone().unwrap() };
        let expected = [(1, LifeEvent::Returned, 3), (2, LifeEvent::Name, 3), (3, given_up, 65)];
        let found = store.registry_changes(0, 10).await.unwrap();
        assert_eq!(found.len(), expected.len(), "{}", backend.name);
        for ((change, at), (number, event, place)) in found.iter().zip(expected) {
            assert_eq!((change.number, &change.event, *at), (number, &event, later), "{}", backend.name);
            assert_eq!(change.person, changed[place]);
        }
        let rest = store.registry_changes(1, 1).await.unwrap();
        assert_eq!(rest.iter().map(|(change, _)| change.number).collect::<Vec<_>>(), [2]);
        assert_eq!(store.last_registry_change().await.unwrap(), 3);

        // After more than a year they are gone, except the last: its number is not given again.
        let mut tx = store.write().await.unwrap();
        tx.expire(later.plus(Duration::from_hours(24 * 401)), 100).await.unwrap();
        tx.save().await.unwrap();
        assert_eq!(store.registry_changes(0, 10).await.unwrap().len(), 1, "{}", backend.name);
        import(&backend, &persons[65..66], later).await;
        assert_eq!(store.last_registry_change().await.unwrap(), 3, "a first number is no life event");
        import(&backend, &changed[65..66], later).await;
        assert_eq!(store.last_registry_change().await.unwrap(), 4);
    }
}
