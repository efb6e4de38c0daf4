//! The same work without the engine: the driver, one connection that writes, a pool that reads, one commit for each transaction.
//!
//! Its tables are those of the program at the time of the measurement, so that a later migration changes nothing here.

use crate::Failure;
use crate::engine::{NOW, STATE, UNTIL};
use panjereh::identity::id::AccountId;
use panjereh::identity::person::Person;
use panjereh::random::Random;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, SqlitePool};
use std::path::Path;
use tokio::sync::Mutex;

const SCHEMA: &str = "CREATE TABLE grants (id BYTEA PRIMARY KEY, account_id BYTEA NOT NULL, client_id TEXT NOT NULL, \
    session_id BYTEA NOT NULL, scopes TEXT NOT NULL, auth_time BIGINT NOT NULL, methods TEXT NOT NULL, acr TEXT NOT NULL, nonce TEXT, \
    created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, ended_at BIGINT); \
    CREATE INDEX grants_of_session ON grants (session_id); CREATE INDEX grants_by_expiry ON grants (expires_at); \
    CREATE TABLE refresh_tokens (token_hash BYTEA PRIMARY KEY, grant_id BYTEA NOT NULL, created_at BIGINT NOT NULL, \
    expires_at BIGINT NOT NULL, used_at BIGINT); CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at); \
    CREATE TABLE transient (key BYTEA PRIMARY KEY, value BYTEA, uses BIGINT NOT NULL, expires_at BIGINT NOT NULL); \
    CREATE INDEX transient_by_expiry ON transient (expires_at)";
const INSERT_GRANT: &str = "INSERT INTO grants (id, account_id, client_id, session_id, scopes, auth_time, methods, acr, nonce, created_at, \
    expires_at) VALUES ($1, $2, 'bench', $3, 'openid national_id', $4, 'password', 'substantial', 'n-0S6_WzA2Mj', $4, $5)";
const INSERT_REFRESH: &str = "INSERT INTO refresh_tokens (token_hash, grant_id, created_at, expires_at) VALUES ($1, $2, $3, $4)";
const PROLONG_GRANT: &str = "UPDATE grants SET expires_at = $2 WHERE id = $1 AND expires_at < $2";
const PUT: &str = "INSERT INTO transient (key, value, uses, expires_at) VALUES ($1, $2, 0, $3) \
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, uses = 0, expires_at = excluded.expires_at";
const COUNT: &str = "INSERT INTO transient (key, uses, expires_at) VALUES ($1, 1, $2) ON CONFLICT (key) DO UPDATE SET \
    uses = CASE WHEN transient.expires_at <= $3 THEN 1 ELSE transient.uses + 1 END RETURNING uses, expires_at";
const TAKE: &str = "UPDATE transient SET uses = uses + 1 WHERE key = $1 AND expires_at > $2 RETURNING uses, value";
const VISIT: &str = "SELECT a.person, a.mobile, a.assurance, a.status, a.created_at, c.scopes FROM accounts a \
    LEFT JOIN consents c ON c.account_id = a.id AND c.client_id = $2 WHERE a.id = $1";

pub struct Plain {
    writer: Mutex<SqliteConnection>,
    readers: SqlitePool,
    accounts: Vec<AccountId>,
}

fn options(database: &Path) -> SqliteConnectOptions {
    let options = SqliteConnectOptions::new().filename(database).create_if_missing(true);
    options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full).pragma("wal_autocheckpoint", "4000")
}

impl Plain {
    /// Reads from the database of the program, and writes to one of its own.
    pub async fn make(read: &Path, written: &Path, accounts: &[AccountId]) -> Result<Self, Failure> {
        let mut writer = SqliteConnection::connect_with(&options(written)).await?;
        sqlx::raw_sql(SCHEMA).execute(&mut writer).await?;
        let readers = SqlitePoolOptions::new().max_connections(2).test_before_acquire(false).connect_with(options(read)).await?;
        Ok(Self { writer: Mutex::new(writer), readers, accounts: accounts.to_vec() })
    }

    pub async fn write(&self) -> Result<(), Failure> {
        let mut writer = self.writer.lock().await;
        let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
        insert_grant(&mut tx, self.accounts[0]).await?;
        Ok(tx.commit().await?)
    }

    pub async fn step(&self) -> Result<(), Failure> {
        let (interaction, code): ([u8; 32], [u8; 32]) = (Random::Os.bytes(), Random::Os.bytes());
        let tries: [u8; 32] = Random::Os.bytes();
        let mut writer = self.writer.lock().await;
        let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
        let until = UNTIL.millis();
        sqlx::query(PUT).bind(&interaction[..]).bind(vec![b'x'; STATE]).bind(until).execute(&mut *tx).await?;
        sqlx::query(PUT).bind(&code[..]).bind(&code[..]).bind(until).execute(&mut *tx).await?;
        sqlx::query_as::<_, (i64, i64)>(COUNT).bind(&tries[..]).bind(until).bind(NOW.millis()).fetch_one(&mut *tx).await?;
        let taken: Option<(i64, Vec<u8>)> =
            sqlx::query_as(TAKE).bind(&code[..]).bind(NOW.millis()).fetch_optional(&mut *tx).await?;
        taken.filter(|(uses, _)| *uses == 1).ok_or("a code that was put is not there")?;
        insert_grant(&mut tx, self.accounts[0]).await?;
        Ok(tx.commit().await?)
    }

    pub async fn read(&self) -> Result<(), Failure> {
        let id = self.accounts[usize::try_from(Random::Os.below(u64::try_from(self.accounts.len())?))?];
        let found: Option<(String, String, String, String, i64, Option<String>)> =
            sqlx::query_as(VISIT).bind(id.bytes().to_vec()).bind("bench").fetch_optional(&self.readers).await?;
        let (person, .., scopes) = found.ok_or("an account is not there")?;
        serde_json::from_str::<Person>(&person)?;
        scopes.ok_or("a consent is not there")?;
        Ok(())
    }
}

async fn insert_grant(connection: &mut SqliteConnection, account: AccountId) -> Result<(), Failure> {
    let (id, session, token): ([u8; 16], [u8; 16], [u8; 32]) = (Random::Os.id(NOW), Random::Os.id(NOW), Random::Os.bytes());
    let (now, until) = (NOW.millis(), UNTIL.millis());
    let grant = sqlx::query(INSERT_GRANT).bind(&id[..]).bind(account.bytes().to_vec()).bind(&session[..]);
    grant.bind(now).bind(until).execute(&mut *connection).await?;
    sqlx::query(INSERT_REFRESH).bind(&token[..]).bind(&id[..]).bind(now).bind(until).execute(&mut *connection).await?;
    sqlx::query(PROLONG_GRANT).bind(&id[..]).bind(until).execute(&mut *connection).await?;
    Ok(())
}
