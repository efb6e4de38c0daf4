//! Limits for everything that can be guessed: per person, per address, per client.
//!
//! A limit is counted before the guess is looked at, whether or not an account exists, so that the answer tells nothing.
//! NIST SP 800-63B-4 §3.2.2 allows at most 100 consecutive failures per account.

use super::{App, Broken};
use crate::identity::id::AccountId;
use crate::identity::national_id::NationalId;
use crate::oidc::client::ClientId;
use crate::time::Timestamp;
use crate::transient::{Limit, LimitError};
use quick_cache::sync::Cache;
use std::time::Duration;

const QUARTER: Duration = Duration::from_mins(15);
const DAY: Duration = Duration::from_hours(24);

/// Why somebody has to wait.
#[derive(Debug, thiserror::Error)]
pub enum Throttled {
    /// Too many tries.
    #[error("too many tries; the next is counted in {retry_after:?}")]
    TooMany {
        /// When the next try is possible.
        retry_after: Duration,
    },
    /// The limit could not be counted; then nothing is allowed.
    #[error(transparent)]
    Broken(#[from] Broken),
}

const SIGN_IN_PERSON: Limit = Limit { name: "sign_in_person", max: 10, window: QUARTER };
const SIGN_IN_PERSON_DAY: Limit = Limit { name: "sign_in_person_day", max: 60, window: DAY };
const PROVE_PERSON: Limit = Limit { name: "prove_person", max: 8, window: QUARTER };
const PROVE_PERSON_DAY: Limit = Limit { name: "prove_person_day", max: 30, window: DAY };
const CODES_TO_NUMBER: Limit = Limit { name: "codes_to_number", max: 5, window: QUARTER };
const CODES_TO_NUMBER_DAY: Limit = Limit { name: "codes_to_number_day", max: 30, window: DAY };
/// From everywhere: with a thousand devices waiting, whoever tries so often for a whole day finds one of their codes with a probability of
/// one in thirteen, and has then offered one of them an account of his own.
const USER_CODES: Limit = Limit { name: "user_codes", max: 20_000, window: QUARTER };
/// A call centre of a thousand seats asks less often.
const ASKS_OF_CLIENT: Limit = Limit { name: "asks_of_client", max: 5_000, window: QUARTER };
const UNKNOWN_PERSONS: Limit = Limit { name: "unknown_persons", max: 100, window: QUARTER };
const CLIENT_FAILURES: Limit = Limit { name: "client_failures", max: 100, window: QUARTER };

/// Before a password or a recovery code of this person is looked at.
pub async fn before_sign_in(app: &App, person: &NationalId, address: &str, now: Timestamp) -> Result<(), Throttled> {
    let person = person.as_str();
    let limits = [(SIGN_IN_PERSON, person), (SIGN_IN_PERSON_DAY, person), (address_limit(app, "sign_in_address"), address)];
    hit(app, &limits, now).await
}

/// Before the registry is asked about this person.
pub async fn before_proofing(app: &App, person: &NationalId, address: &str, now: Timestamp) -> Result<(), Throttled> {
    let person = person.as_str();
    let limits = [(PROVE_PERSON, person), (PROVE_PERSON_DAY, person), (address_limit(app, "prove_address"), address)];
    hit(app, &limits, now).await
}

/// Before a code is sent to this number: nobody's phone is flooded, and nobody buys more tries by asking for more codes.
pub async fn before_sending_code(app: &App, number: &str, now: Timestamp) -> Result<(), Throttled> {
    hit(app, &[(CODES_TO_NUMBER, number), (CODES_TO_NUMBER_DAY, number)], now).await
}

/// After somebody showed both factors: only consecutive failures count, and a guesser cannot get here.
pub async fn after_sign_in(app: &App, person: &NationalId, number: &str) -> Result<(), Broken> {
    let person = person.as_str();
    let limits =
        [(SIGN_IN_PERSON, person), (SIGN_IN_PERSON_DAY, person), (CODES_TO_NUMBER, number), (CODES_TO_NUMBER_DAY, number)];
    Ok(app.transient.forget_hits(&limits).await?)
}

/// Before anybody is looked for whom a client asks at the back.
pub async fn before_asking(app: &App, client: &ClientId, now: Timestamp) -> Result<(), Throttled> {
    hit(app, &[(ASKS_OF_CLIENT, client.as_str())], now).await
}

/// After a client asked for somebody who has no account: nobody makes a list of those who have.
pub async fn after_unknown_person(app: &App, client: &ClientId, now: Timestamp) -> Result<(), Throttled> {
    hit(app, &[(UNKNOWN_PERSONS, client.as_str())], now).await
}

/// Before a person is asked: whoever is asked again and again says yes at last, only to have peace.
pub async fn before_asking_person(app: &App, client: &ClientId, account: AccountId, now: Timestamp) -> Result<(), Throttled> {
    let max = app.settings.limits.asks_per_person;
    let limit = |name, times: u64, window| Limit { name, max: max.saturating_mul(times), window };
    let (account, both) = (account.to_string(), format!("{client} {account}"));
    // One after the other: a client that is refused uses up nothing of what the others may.
    hit(app, &[(limit("asks_by_client", 1, QUARTER), &both), (limit("asks_by_client_day", 4, DAY), &both)], now).await?;
    hit(app, &[(limit("asks", 3, QUARTER), &account), (limit("asks_day", 12, DAY), &account)], now).await
}

/// Before a device without a secret gets a code.
pub async fn before_device_request(app: &App, address: &str, now: Timestamp) -> Result<(), Throttled> {
    hit(app, &[(address_limit(app, "device_request_address"), address)], now).await
}

/// Before the code of a device is looked at (RFC 8628 §5.1).
pub async fn before_user_code(app: &App, address: &str, now: Timestamp) -> Result<(), Throttled> {
    hit(app, &[(address_limit(app, "user_code_address"), address), (USER_CODES, "everybody")], now).await
}

/// Before a passkey's answer is looked at.
pub async fn before_passkey(app: &App, address: &str, now: Timestamp) -> Result<(), Throttled> {
    hit(app, &[(address_limit(app, "passkey_address"), address)], now).await
}

/// Clients that failed here a short while ago, each with the address that it failed from. Who is not among them is let through to the
/// comparison without a question to the store, so that the limit costs nothing to those who do not fail. Of a guesser each instance
/// looks at one guess more than the limit allows, at most.
pub struct FailedClients(Cache<String, ()>);

impl Default for FailedClients {
    fn default() -> Self {
        Self(Cache::new(10_000))
    }
}

fn client_from(client: &ClientId, address: &str) -> String {
    format!("{client} {address}")
}

/// Before what a client shows is compared with what is registered: past the limit not even the right secret is looked at.
pub async fn before_client_authentication(app: &App, client: &ClientId, address: &str, now: Timestamp) -> Result<(), Throttled> {
    let who = client_from(client, address);
    if app.failed_clients.0.get(&who).is_none() {
        return Ok(());
    }
    match app.transient.full_for((CLIENT_FAILURES, &who), now).await.map_err(Broken::from)? {
        Some(retry_after) => Err(Throttled::TooMany { retry_after }),
        None => Ok(()),
    }
}

/// After a client failed to authenticate. Only failures count, so that a busy client is never locked out by its own traffic;
/// the key holds the address too, so that a stranger cannot lock a client out.
pub async fn after_client_failure(app: &App, client: &ClientId, address: &str, now: Timestamp) -> Result<(), Throttled> {
    let who = client_from(client, address);
    hit(app, &[(CLIENT_FAILURES, &who)], now).await?;
    app.failed_clients.0.insert(who, ());
    Ok(())
}

/// Before a registration is made, told or changed.
pub async fn before_registration(app: &App, address: &str, now: Timestamp) -> Result<(), Throttled> {
    hit(app, &[(address_limit(app, "register_address"), address)], now).await
}

fn address_limit(app: &App, name: &'static str) -> Limit {
    Limit { name, max: app.settings.limits.per_address, window: QUARTER }
}

async fn hit(app: &App, limits: &[(Limit, &str)], now: Timestamp) -> Result<(), Throttled> {
    match app.transient.hit(limits, now).await {
        Ok(()) => Ok(()),
        Err(LimitError::Limited { retry_after }) => Err(Throttled::TooMany { retry_after }),
        Err(LimitError::Transient(error)) => Err(Broken::from(error).into()),
    }
}
