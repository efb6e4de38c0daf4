//! The first connection to PostgreSQL. A server that is starting is waited for, and the operator is told at once for what.

use crate::db::error::StoreError;
use crate::db::options::StoreOptions;
use crate::db::postgres::doors::{instant, within};
use crate::db::postgres::fate::{REFUSED, is_of_a_pooler, may_pass};
use crate::db::postgres::{PostgresDb, address, check_writable};
use crate::settings::Pooler;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, Row as _};
use std::time::Duration;

/// How long the first attempt may take: then the operator is told.
const FIRST_WITHIN: Duration = Duration::from_secs(2);
/// The pause between two attempts.
const PAUSE: Duration = Duration::from_millis(250);

/// Opens the database at this address.
pub(crate) async fn open(url: &str, options: &StoreOptions) -> Result<PostgresDb, StoreError> {
    let address = address::options(url, &options.tls, options.pooler)?;
    let began = instant();
    let mut first = None;
    loop {
        match within(Some(FIRST_WITHIN), try_once(&address, options.pooler)).await {
            Ok(()) => break,
            Err(error) if is_of_a_pooler(&error) => return Err(StoreError::Pooler),
            Err(error) if !may_pass(&error) => return Err(error.into()),
            Err(error) => {
                let first = first.get_or_insert_with(|| {
                    let error = StoreError::from(error);
                    (options.announce)(&format!("{error}; it is tried again for {} s", options.waits.as_secs()));
                    error
                });
                if began.elapsed() >= options.waits {
                    return Err(first.clone());
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    let pooled = options.pooler == Pooler::Transaction;
    Ok(PostgresDb::new(address, options.postgres_connections, pooled, options.answers_within))
}

/// Connects once. A pooler that drops the startup parameters which it does not know (`ignore_startup_parameters`) would be noticed
/// only by statements that fail now and then, so it is looked for here: then the session has no limit.
async fn try_once(address: &PgConnectOptions, pooler: Pooler) -> Result<(), sqlx::Error> {
    let mut connection = address.connect().await?;
    if pooler == Pooler::None {
        let answer = connection.fetch_one("SHOW lock_timeout").await?;
        if answer.try_get::<String, _>(0)? == "0" {
            return Err(sqlx::Error::Configuration(REFUSED.into()));
        }
        // Every connection of the pool is looked at like this; here the operator learns why there would be none.
        check_writable(&mut connection).await?;
    }
    connection.close().await
}
