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
/// Wrong ones, from everywhere: with a thousand devices waiting, whoever tries so often for a whole day finds one of their codes with a
/// probability of one in thirteen, and has then offered one of them an account of his own.
const USER_CODES: Limit = Limit { name: "user_codes", max: 20_000, window: QUARTER };
/// So often an address may try whatever others do: nobody shuts a whole country out by guessing. Somebody types a code, and types it again.
const USER_CODES_OF_ONE: Limit = Limit { name: "user_codes_of_one", max: 5, window: QUARTER };
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

/// Whether a try was counted among everybody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AmongAll {
    /// It was.
    Counted,
    /// It is, if it turns out to be wrong.
    NotYet,
}

/// Before the code of a device is looked at (RFC 8628 §5.1). An address that tries more often than somebody who types needs room among
/// everybody's tries as well.
pub async fn before_user_code(app: &App, address: &str, now: Timestamp) -> Result<AmongAll, Throttled> {
    hit(app, &[(address_limit(app, "user_code_address"), address)], now).await?;
    match hit(app, &[(USER_CODES_OF_ONE, address)], now).await {
        Ok(()) => Ok(AmongAll::NotYet),
        Err(Throttled::TooMany { .. }) => hit(app, &[(USER_CODES, "everybody")], now).await.map(|()| AmongAll::Counted),
        Err(broken) => Err(broken),
    }
}

/// After a code that no device shows. It was looked at, so it does not matter any more whether it was one too many.
pub async fn after_wrong_user_code(app: &App, counted: AmongAll, now: Timestamp) -> Result<(), Broken> {
    match counted {
        AmongAll::Counted => Ok(()),
        AmongAll::NotYet => match hit(app, &[(USER_CODES, "everybody")], now).await {
            Ok(()) | Err(Throttled::TooMany { .. }) => Ok(()),
            Err(Throttled::Broken(cause)) => Err(cause),
        },
    }
}

/// Before a passkey's answer is looked at.
pub async fn before_passkey(app: &App, address: &str, now: Timestamp) -> Result<(), Throttled> {
    hit(app, &[(address_limit(app, "passkey_address"), address)], now).await
}

/// After a client failed to authenticate. Only failures count, so that a busy client is never locked out by its own traffic;
/// the key holds the address too, so that a stranger cannot lock a client out.
pub async fn after_client_failure(app: &App, client: &ClientId, address: &str, now: Timestamp) -> Result<(), Throttled> {
    hit(app, &[(CLIENT_FAILURES, &format!("{client} {address}"))], now).await
}

/// Before a form from another site is set aside.
pub async fn before_parking(app: &App, address: &str, now: Timestamp) -> Result<(), Throttled> {
    hit(app, &[(crowd_limit(app, "parked_address"), address)], now).await
}

/// Before pages begin for somebody who is not signed in.
pub async fn before_pages(app: &App, address: &str, now: Timestamp) -> Result<(), Throttled> {
    hit(app, &[(crowd_limit(app, "pages_address"), address)], now).await
}

/// Before a request is kept that a client without a secret pushes.
pub async fn before_public_push(app: &App, address: &str, now: Timestamp) -> Result<(), Throttled> {
    hit(app, &[(crowd_limit(app, "public_push_address"), address)], now).await
}

/// Before a registration is made, told or changed.
pub async fn before_registration(app: &App, address: &str, now: Timestamp) -> Result<(), Throttled> {
    hit(app, &[(address_limit(app, "register_address"), address)], now).await
}

fn address_limit(app: &App, name: &'static str) -> Limit {
    Limit { name, max: app.settings.limits.per_address, window: QUARTER }
}

/// For what guesses nothing and only takes up room for a while: many of these come before each try.
fn crowd_limit(app: &App, name: &'static str) -> Limit {
    Limit { name, max: app.settings.limits.per_address.saturating_mul(10), window: QUARTER }
}

async fn hit(app: &App, limits: &[(Limit, &str)], now: Timestamp) -> Result<(), Throttled> {
    match app.transient.hit(limits, now).await {
        Ok(()) => Ok(()),
        Err(LimitError::Limited { retry_after }) => Err(Throttled::TooMany { retry_after }),
        Err(LimitError::Transient(error)) => Err(Broken::from(error).into()),
    }
}
