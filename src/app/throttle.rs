//! Limits for everything that can be guessed: per person, per address, per client.
//!
//! A limit is counted before the guess is looked at, whether or not an account exists, so that the answer tells nothing. A try that is
//! refused is counted nowhere, and one that succeeded is given back.
//!
//! A stranger must not be able to keep a person out. So a person's tries are counted for each address alone, and far above that all
//! strangers' together; a browser in which the person signed in before ([`crate::app::known_browser`]) has an allowance of its own. Both
//! together are the hundred consecutive failures that NIST SP 800-63B-4 §3.2.2 allows, and then everybody waits.

use crate::app::App;
use crate::app::known_browser::id_of;
use crate::app::unavailable::Broken;
use crate::client::words::ClientId;
use crate::identity::account::Account;
use crate::identity::id::AccountId;
use crate::identity::national_id::NationalId;
use crate::records::interaction::Proves;
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

const SIGN_IN_HERE: Limit = Limit { name: "sign_in_here", max: 10, window: QUARTER };
const SIGN_IN_HERE_DAY: Limit = Limit { name: "sign_in_here_day", max: 40, window: DAY };
const SIGN_IN_STRANGERS: Limit = Limit { name: "sign_in_strangers", max: 80, window: DAY };
const SIGN_IN_KNOWN: Limit = Limit { name: "sign_in_known", max: 10, window: QUARTER };
const SIGN_IN_KNOWN_DAY: Limit = Limit { name: "sign_in_known_day", max: 20, window: DAY };
const PROVE_HERE: Limit = Limit { name: "prove_here", max: 8, window: QUARTER };
const PROVE_HERE_DAY: Limit = Limit { name: "prove_here_day", max: 30, window: DAY };
/// Whoever is to be kept out by it is so by somebody with many addresses; whoever guesses a birth date needs years.
const PROVE_EVERYBODY: Limit = Limit { name: "prove_everybody", max: 100, window: DAY };
const SIGN_IN_CODES: Limit = Limit { name: "sign_in_codes", max: 5, window: QUARTER };
const SIGN_IN_CODES_DAY: Limit = Limit { name: "sign_in_codes_day", max: 30, window: DAY };
const PROVE_CODES: Limit = Limit { name: "prove_codes", max: 5, window: QUARTER };
const PROVE_CODES_DAY: Limit = Limit { name: "prove_codes_day", max: 30, window: DAY };
/// Wrong ones, from everywhere: with a thousand devices waiting, whoever tries so often for a whole day finds one of their codes with a
/// probability of one in thirteen, and has then offered one of them an account of his own.
const USER_CODES: Limit = Limit { name: "user_codes", max: 20_000, window: QUARTER };
/// So often an address may try whatever others do: nobody shuts a whole country out by guessing. Somebody types a code, and types it again.
const USER_CODES_OF_ONE: Limit = Limit { name: "user_codes_of_one", max: 5, window: QUARTER };
/// A call centre of a thousand seats asks less often.
const ASKS_OF_CLIENT: Limit = Limit { name: "asks_of_client", max: 5_000, window: QUARTER };
const UNKNOWN_PERSONS: Limit = Limit { name: "unknown_persons", max: 100, window: QUARTER };
const CLIENT_FAILURES: Limit = Limit { name: "client_failures", max: 100, window: QUARTER };

/// From where somebody tries to sign in.
#[derive(Clone, Copy)]
pub struct TriedFrom<'a> {
    /// Their address.
    pub address: &'a str,
    /// What their browser shows of an earlier sign-in, sealed ([`crate::app::known_browser`]).
    pub known: Option<&'a str>,
}

/// Before a password or a recovery code of this person is looked at.
pub async fn before_sign_in(app: &App, person: &NationalId, from: TriedFrom<'_>, now: Timestamp) -> Result<(), Throttled> {
    if let Some(browser) = id_of(app, from.known, person, now).await? {
        return hit(app, &[(SIGN_IN_KNOWN, &browser), (SIGN_IN_KNOWN_DAY, &browser)], now).await;
    }
    let (person, here) = (person.as_str(), here(person, from.address));
    let address = (address_limit(app, "sign_in_address"), from.address);
    hit(app, &[(SIGN_IN_HERE, &here), (SIGN_IN_HERE_DAY, &here), (SIGN_IN_STRANGERS, person), address], now).await
}

/// After a password or a recovery code was right. Thousands may share an address, so one who guessed nothing leaves no mark on it; what was
/// counted of others there stays, or whoever has one account could guess at all the rest.
pub async fn after_right_guess(app: &App, person: &NationalId, from: TriedFrom<'_>, now: Timestamp) -> Result<(), Broken> {
    if id_of(app, from.known, person, now).await?.is_none() {
        app.transient.give_back(&[(address_limit(app, "sign_in_address"), from.address)], now).await?;
    }
    Ok(())
}

/// After somebody showed both factors: only consecutive failures count, and a guesser cannot get here.
pub async fn after_sign_in(app: &App, account: &Account, from: TriedFrom<'_>, now: Timestamp) -> Result<(), Broken> {
    let (person, number) = (&account.person.national_id, account.mobile.e164());
    let codes = [(SIGN_IN_CODES, number), (SIGN_IN_CODES_DAY, number)];
    if let Some(browser) = id_of(app, from.known, person, now).await? {
        // What strangers tried meanwhile stays counted.
        app.transient.forget_hits(&[(SIGN_IN_KNOWN, &browser), (SIGN_IN_KNOWN_DAY, &browser)]).await?;
    } else {
        let (here, strangers) = (here(person, from.address), (SIGN_IN_STRANGERS, person.as_str()));
        app.transient.forget_hits(&[(SIGN_IN_HERE, &here), (SIGN_IN_HERE_DAY, &here), strangers]).await?;
    }
    Ok(app.transient.forget_hits(&codes).await?)
}

/// Before the registry is asked about this person.
pub async fn before_proofing(app: &App, person: &NationalId, address: &str, now: Timestamp) -> Result<(), Throttled> {
    let here = here(person, address);
    hit(app, &proofing_limits(app, person, &here, address), now).await
}

/// After the registry confirmed the person and the number as theirs: there was nothing to guess.
pub async fn after_proofing(app: &App, person: &NationalId, address: &str, now: Timestamp) -> Result<(), Broken> {
    let here = here(person, address);
    Ok(app.transient.give_back(&proofing_limits(app, person, &here, address), now).await?)
}

fn proofing_limits<'a>(app: &App, person: &'a NationalId, here: &'a str, address: &'a str) -> [(Limit, &'a str); 4] {
    let address = (address_limit(app, "prove_address"), address);
    [(PROVE_HERE, here), (PROVE_HERE_DAY, here), (PROVE_EVERYBODY, person.as_str()), address]
}

/// Before a code is sent to this number: nobody's phone is flooded, and nobody buys more tries by asking for more codes. Whoever knows enough
/// of a person to begin proofing uses up nothing of what the person needs to sign in.
pub async fn before_sending_code(app: &App, number: &str, proves: &Proves, now: Timestamp) -> Result<(), Throttled> {
    let limits = match proves {
        Proves::SecondFactor(_) => [(SIGN_IN_CODES, number), (SIGN_IN_CODES_DAY, number)],
        Proves::Number(_) => [(PROVE_CODES, number), (PROVE_CODES_DAY, number)],
    };
    hit(app, &limits, now).await
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

/// After a passkey signed somebody in.
pub async fn after_passkey(app: &App, address: &str, now: Timestamp) -> Result<(), Broken> {
    Ok(app.transient.give_back(&[(address_limit(app, "passkey_address"), address)], now).await?)
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

/// One person's tries from one address.
fn here(person: &NationalId, address: &str) -> String {
    format!("{} {address}", person.as_str())
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
