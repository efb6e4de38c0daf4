//! A stored value that cannot be read is reported with its table, column and row.

use super::schema::execute;
use super::{account, at, event, grant, person, session_id};
use crate::backends::{TestStore, stores};
use panjereh::records::event::EventKind;
use panjereh::store::{Store, StoreError};

#[track_caller]
fn assert_place(error: &StoreError, table: &str, column: &str, row: &str) {
    let expected = format!("table {table}, column {column}, row {row}:");
    assert!(error.to_string().starts_with(&expected), "{error}: expected {expected}");
}

async fn fill(backend: &TestStore) -> (panjereh::identity::account::Account, panjereh::records::grant::Grant) {
    let kept = account(1);
    let granted = grant(kept.id, session_id());
    let mut tx = backend.store.write().await.unwrap();
    tx.insert_account(&kept).await.unwrap();
    tx.insert_grant(&granted, at(1000)).await.unwrap();
    tx.append_event(&event(kept.id, EventKind::SignedIn, 1)).await.unwrap();
    tx.insert_persons(&[person(1)]).await.unwrap();
    tx.save().await.unwrap();
    (kept, granted)
}

#[tokio::test]
async fn a_corrupt_account_names_table_column_and_row() {
    for backend in stores().await {
        let (kept, _) = fill(&backend).await;
        let row = kept.id.to_string();
        for (sql, column) in [
            ("UPDATE accounts SET status = 'asleep'", "status"),
            ("UPDATE accounts SET assurance = ''", "assurance"),
            ("UPDATE accounts SET mobile = 'none'", "mobile"),
            ("UPDATE accounts SET person = '{'", "person"),
        ] {
            execute(&backend.url, sql).await;
            assert_place(&backend.store.account(kept.id).await.unwrap_err(), "accounts", column, &row);
        }
    }
}

#[tokio::test]
async fn a_corrupt_grant_and_event_name_their_place() {
    for backend in stores().await {
        let (kept, granted) = fill(&backend).await;
        execute(&backend.url, "UPDATE grants SET scopes = 'openid everything'").await;
        // A grant that is cached in memory is not read.
        let reopened = Store::open(&backend.url).await.unwrap();
        let error = reopened.granted_account(granted.id).await.unwrap_err();
        assert_place(&error, "grants", "scopes", &granted.id.to_string());
        execute(&backend.url, "UPDATE events SET kind = 'vanished'").await;
        let error = backend.store.events_of(kept.id, 1).await.unwrap_err();
        assert!(matches!(error, StoreError::Corrupt { table: "events", ref column, .. } if column == "kind"), "{error}");
    }
}

#[tokio::test]
async fn a_corrupt_person_is_told_without_the_national_id() {
    for backend in stores().await {
        fill(&backend).await;
        execute(&backend.url, "UPDATE persons SET record = 'nobody'").await;
        let id = person(1).national_id;
        let error = backend.store.person(&id).await.unwrap_err();
        assert_place(&error, "persons", "record", &format!("*******{}", &id.as_str()[7..]));
        assert!(!format!("{error:?}").contains(id.as_str()));
    }
}

#[tokio::test]
async fn a_column_of_the_wrong_type_is_an_error_and_not_a_panic() {
    let backend = crate::backends::sqlite().await;
    let (kept, _) = fill(&backend).await;
    execute(&backend.url, "UPDATE accounts SET created_at = 'yesterday'").await;
    let error = backend.store.account(kept.id).await.unwrap_err();
    assert!(matches!(&error, StoreError::Corrupt { column, .. } if column.contains("account_created_at")), "{error}");
}
