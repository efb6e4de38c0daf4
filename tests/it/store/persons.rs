//! The local civil registry.

use super::{national_id, person};
use crate::backends::stores;
use panjereh::identity::person::{Person, Vital};

#[tokio::test]
async fn persons_come_back_as_imported_and_the_later_record_counts() {
    for backend in stores().await {
        let store = &backend.store;
        let persons: Vec<Person> = (0..100).map(person).collect();
        let mut tx = store.begin_person_import().await.unwrap();
        assert_eq!(tx.insert_persons(&persons).await.unwrap(), 100, "{}", backend.name);
        tx.save().await.unwrap();
        assert_eq!(store.person_count().await.unwrap(), 100);
        for (number, expected) in (0..).zip(&persons) {
            assert_eq!(store.person(&national_id(number)).await.unwrap().as_ref(), Some(expected), "{}", backend.name);
        }
        assert_eq!(store.person(&national_id(100)).await.unwrap(), None);

        let revived = Person { vital: Vital::Alive, mobile: None, latin_name: None, card_serial: None, ..person(5) };
        let mut tx = store.begin_person_import().await.unwrap();
        tx.insert_persons(&[person(5), revived.clone()]).await.unwrap();
        tx.insert_persons(&[]).await.unwrap();
        tx.save().await.unwrap();
        assert_eq!(store.person(&national_id(5)).await.unwrap(), Some(revived), "{}", backend.name);
        assert_eq!(store.person_count().await.unwrap(), 100);
    }
}

#[tokio::test]
async fn an_import_that_is_not_saved_imports_nothing() {
    for backend in stores().await {
        let store = &backend.store;
        let persons: Vec<Person> = (0..70).map(person).collect();
        let mut tx = store.begin_person_import().await.unwrap();
        tx.insert_persons(&persons).await.unwrap();
        drop(tx);
        assert_eq!(store.person_count().await.unwrap(), 0, "{}", backend.name);
    }
}
