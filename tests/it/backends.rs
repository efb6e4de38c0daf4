//! The backends under test: SQLite and the embedded short-lived state always; PostgreSQL and Redis where the environment names
//! them.
//!
//! `PANJEREH_TEST_POSTGRES` is a `postgres://` address whose user may create schemas (each test makes its own);
//! `PANJEREH_TEST_REDIS` is a `redis://` address (each test has its own prefix). A missing one is reported, and is fatal when
//! `CI` is set.

use panjereh::random::Random;
use panjereh::store::Store;
use panjereh::transient::Transient;
use sqlx::Connection as _;
use sqlx::Executor as _;
use std::sync::Arc;

/// A migrated store on one database that no other test uses.
#[derive(Clone)]
pub struct TestStore {
    pub name: &'static str,
    pub url: String,
    pub store: Store,
    _folder: Option<Arc<tempfile::TempDir>>,
}

impl TestStore {
    /// A store that a test opened itself; it is migrated.
    pub async fn of(name: &'static str, url: String, store: Store) -> Self {
        store.migrate().await.expect("the store can be migrated");
        Self { name, url, store, _folder: None }
    }
}

/// A backend of short-lived state that no other test uses.
pub struct TestTransient {
    pub name: &'static str,
    pub transient: Transient,
    /// The durable store beside it.
    pub store: TestStore,
}

#[expect(clippy::disallowed_methods, reason = "the tests learn from the environment which servers there are")]
fn server(variable: &str) -> Option<String> {
    let found = std::env::var(variable).ok().filter(|url| !url.is_empty());
    if found.is_none() {
        assert!(std::env::var("CI").is_err(), "{variable} must be set where CI is set");
        eprintln!("{variable} is not set: this backend is not tested");
    }
    found
}

/// A name that no other test has.
fn unique() -> String {
    Random::Os.bytes::<8>().iter().fold(String::from("t"), |name, byte| format!("{name}{byte:02x}"))
}

/// The address of a new, empty schema, where there is a PostgreSQL.
pub async fn postgres_url() -> Option<String> {
    let admin = server("PANJEREH_TEST_POSTGRES")?;
    let schema = unique();
    let mut connection = sqlx::PgConnection::connect(&admin).await.expect("PANJEREH_TEST_POSTGRES does not answer");
    connection.execute(sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).await.expect("a schema can be made");
    connection.close().await.ok();
    let separator = if admin.contains('?') { '&' } else { '?' };
    Some(format!("{admin}{separator}options[search_path]={schema}"))
}

/// Redis, where there is one, under a prefix of its own.
pub async fn redis() -> Option<Transient> {
    let url = server("PANJEREH_TEST_REDIS")?;
    Some(Transient::redis_with_prefix(&url, &format!("{}:", unique())).await.expect("PANJEREH_TEST_REDIS does not answer"))
}

/// A new SQLite file, migrated.
pub async fn sqlite() -> TestStore {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite:{}", folder.path().join("panjereh.sqlite").display());
    migrated("SQLite", url, Some(Arc::new(folder))).await
}

/// A new PostgreSQL schema, migrated, where there is a PostgreSQL.
pub async fn postgres() -> Option<TestStore> {
    Some(migrated("PostgreSQL", postgres_url().await?, None).await)
}

async fn migrated(name: &'static str, url: String, folder: Option<Arc<tempfile::TempDir>>) -> TestStore {
    let store = Store::open(&url).await.expect("the store opens");
    store.migrate().await.expect("the store can be migrated");
    TestStore { name, url, store, _folder: folder }
}

/// Every store under test.
pub async fn stores() -> Vec<TestStore> {
    let mut stores = vec![sqlite().await];
    stores.extend(postgres().await);
    stores
}

/// Every backend of short-lived state under test.
pub async fn transients() -> Vec<TestTransient> {
    let mut all = Vec::new();
    for store in stores().await {
        let name = if store.name == "SQLite" { "embedded in SQLite" } else { "embedded in PostgreSQL" };
        all.push(TestTransient { name, transient: Transient::embedded(&store.store), store });
    }
    if let Some(transient) = redis().await {
        all.push(TestTransient { name: "Redis", transient, store: sqlite().await });
    }
    all
}
