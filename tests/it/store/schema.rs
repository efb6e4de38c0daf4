//! Migrations, and the statements that depend on them.

use crate::backends::{postgres, postgres_url, sqlite, stores};
use panjereh::store::{SchemaProblem, Store};
use panjereh::transient::Transient;
use sqlx::{Connection as _, Executor as _, Row as _};
use std::collections::BTreeSet;

#[tokio::test]
async fn every_statement_can_be_prepared_on_every_database() {
    for backend in stores().await {
        let count =
            backend.store.check_statements().await.unwrap_or_else(|(name, error)| panic!("{}: {name}: {error}", backend.name));
        assert!(count > 40, "only {count} statements were found");
        let embedded = Transient::embedded(&backend.store);
        let count = embedded.check_statements().await.unwrap_or_else(|(name, error)| panic!("{}: {name}: {error}", backend.name));
        assert!(count > 5, "only {count} statements were found");
    }
}

#[tokio::test]
async fn an_unmigrated_database_is_refused_with_the_remedy_and_accepted_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut urls = vec![format!("sqlite:{}", folder.path().join("new.sqlite").display())];
    urls.extend(postgres_url().await);
    for url in urls {
        let store = Store::open(&url).await.unwrap();
        let problem = store.check_schema().await.unwrap_err();
        assert!(matches!(&problem, SchemaProblem::Missing(missing) if missing[0] == "0001_persons"), "{problem:?}");
        assert!(problem.to_string().contains("panjereh migrate"), "{problem}");
        let applied = store.migrate().await.unwrap();
        assert_eq!(applied.first().map(String::as_str), Some("0001_persons"));
        store.check_schema().await.unwrap();
        assert_eq!(store.migrate().await.unwrap(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_schema_of_a_newer_program_and_a_changed_migration_are_refused_by_name() {
    for backend in stores().await {
        execute(&backend.url, "UPDATE _sqlx_migrations SET version = 9999 WHERE version = 6").await;
        let problem = backend.store.check_schema().await.unwrap_err();
        assert!(matches!(&problem, SchemaProblem::Unknown(unknown) if unknown == &["9999"]), "{}: {problem:?}", backend.name);
        assert!(backend.store.migrate().await.is_err());
    }
    for backend in stores().await {
        execute(&backend.url, "UPDATE _sqlx_migrations SET success = FALSE WHERE version = 2").await;
        let problem = backend.store.check_schema().await.unwrap_err();
        assert!(
            matches!(&problem, SchemaProblem::Changed(names) if names == &["0002_accounts"]),
            "{}: {problem:?}",
            backend.name
        );
    }
}

#[tokio::test]
async fn an_address_that_is_no_database_is_refused_without_repeating_it() {
    for url in ["", "sqlite:", "sqlite::memory:", "mysql://root:hunter2@localhost/x", "postgres://:hunter2@[x"] {
        let Err(error) = Store::open(url).await else { panic!("{url} was opened") };
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}

/// Tables with their columns: name, declared type, whether `NULL` is refused.
type Columns = BTreeSet<(String, String, String, bool)>;

#[tokio::test]
async fn both_databases_have_the_same_tables_and_columns() {
    let Some(postgres) = postgres().await else { return };
    assert_eq!(columns_of_sqlite(&sqlite().await.url).await, columns_of_postgres(&postgres.url).await);
}

async fn columns_of_sqlite(url: &str) -> Columns {
    let mut connection = sqlx::SqliteConnection::connect(url).await.unwrap();
    let sql = "SELECT t.name, c.name, c.type, c.\"notnull\" FROM sqlite_master t JOIN pragma_table_info(t.name) c \
        WHERE t.type = 'table' AND t.name NOT LIKE '\\_%' ESCAPE '\\' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    let rows = connection.fetch_all(sql).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))).collect()
}

async fn columns_of_postgres(url: &str) -> Columns {
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    let sql = "SELECT table_name::text, column_name::text, upper(data_type)::text, is_nullable = 'NO' FROM information_schema.columns \
        WHERE table_schema = current_schema() AND table_name NOT LIKE '\\_%'";
    let rows = connection.fetch_all(sql).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))).collect()
}

/// Runs a statement directly on the database, without the store.
pub async fn execute(url: &str, sql: &'static str) {
    if url.starts_with("sqlite:") {
        sqlx::SqliteConnection::connect(url).await.unwrap().execute(sql).await.unwrap();
    } else {
        sqlx::PgConnection::connect(url).await.unwrap().execute(sql).await.unwrap();
    }
}

#[tokio::test]
async fn one_process_serves_from_sqlite_and_any_number_from_postgresql() {
    for backend in stores().await {
        let other = Store::open(&backend.url).await.unwrap();
        backend.store.serve_alone().unwrap();
        match other.serve_alone() {
            Ok(()) => assert_eq!(backend.name, "PostgreSQL"),
            Err(refused) => {
                assert_eq!(backend.name, "SQLite");
                assert!(refused.to_string().starts_with("another process serves from the database"), "{refused}");
            }
        }
        // Commands run beside a server.
        other.check_schema().await.unwrap();
    }
}
