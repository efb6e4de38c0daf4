//! Rate limits for everything that can be guessed: per person, per address, per client.
//!
//! An attempt is counted before it is checked, whether or not an account exists, so that the answer reveals nothing. An attempt
//! that is rejected by a limit is not counted, and one that succeeded is refunded.
//!
//! A stranger must not be able to lock a person out. So a person's attempts are counted per address, and all strangers' attempts
//! together have a limit far above that. A browser in which the person signed in before ([`crate::app::known_browser`]) has an
//! allowance of its own. Both together are the hundred consecutive failures that NIST SP 800-63B-4 §3.2.2 allows; after them,
//! every attempt has to wait.

use crate::app::App;
use crate::app::known_browser::id_of;
use crate::app::unavailable::{Unavailable, unavailable_from};
use crate::client::words::ClientId;
use crate::identity::account::Account;
use crate::identity::id::AccountId;
use crate::identity::national_id::NationalId;
use crate::records::interaction::Proves;
use crate::time::Timestamp;
use crate::transient::{Limit, LimitError, TransientError};
use std::time::Duration;

const QUARTER: Duration = Duration::from_mins(15);
const DAY: Duration = Duration::from_hours(24);

/// Why a caller has to wait.
#[derive(Debug, thiserror::Error)]
pub enum Throttled {
    /// Too many attempts.
    #[error("too many attempts; try again in {retry_after:?}")]
    TooMany {
        /// How long until the next attempt is possible.
        retry_after: Duration,
    },
    /// The limit could not be counted; the attempt is rejected then.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

unavailable_from!(Throttled: TransientError);

const SIGN_IN_HERE: Limit = Limit { name: "sign_in_here", max: 10, window: QUARTER };
const SIGN_IN_HERE_DAY: Limit = Limit { name: "sign_in_here_day", max: 40, window: DAY };
const SIGN_IN_STRANGERS: Limit = Limit { name: "sign_in_strangers", max: 80, window: DAY };
const SIGN_IN_KNOWN: Limit = Limit { name: "sign_in_known", max: 10, window: QUARTER };
const SIGN_IN_KNOWN_DAY: Limit = Limit { name: "sign_in_known_day", max: 20, window: DAY };
const PROVE_HERE: Limit = Limit { name: "prove_here", max: 8, window: QUARTER };
const PROVE_HERE_DAY: Limit = Limit { name: "prove_here_day", max: 30, window: DAY };
/// A global cap per person. An attacker with many addresses can use it to lock a person out of proofing for a day. Accepted,
/// because without it a birth date could be guessed: a century has 36,525 of them, which take a year at 100 attempts a day.
const PROVE_EVERYBODY: Limit = Limit { name: "prove_everybody", max: 100, window: DAY };
const SIGN_IN_CODES: Limit = Limit { name: "sign_in_codes", max: 5, window: QUARTER };
const SIGN_IN_CODES_DAY: Limit = Limit { name: "sign_in_codes_day", max: 30, window: DAY };
const PROVE_CODES: Limit = Limit { name: "prove_codes", max: 5, window: QUARTER };
const PROVE_CODES_DAY: Limit = Limit { name: "prove_codes_day", max: 30, window: DAY };
/// Wrong codes, from all addresses together. With a thousand devices waiting, an attacker who uses this limit up for a whole day
/// finds one of their codes with a probability of 1 in 13, and has then only signed that device in to an account of the
/// attacker's own.
const USER_CODES: Limit = Limit { name: "user_codes", max: 20_000, window: QUARTER };
/// Attempts that an address always has, regardless of other addresses, so that an attacker cannot lock a whole country out. A
/// person types a code once or twice.
const USER_CODES_OF_ONE: Limit = Limit { name: "user_codes_of_one", max: 5, window: QUARTER };
/// A call centre with a thousand seats stays below it.
const ASKS_OF_CLIENT: Limit = Limit { name: "asks_of_client", max: 5_000, window: QUARTER };
const UNKNOWN_PERSONS: Limit = Limit { name: "unknown_persons", max: 100, window: QUARTER };
const CLIENT_FAILURES: Limit = Limit { name: "client_failures", max: 100, window: QUARTER };

/// Where a sign-in attempt comes from.
#[derive(Clone, Copy)]
pub struct TriedFrom<'a> {
    /// The address of the browser.
    pub address: &'a str,
    /// The sealed value of an earlier sign-in that the browser stores ([`crate::app::known_browser`]).
    pub known: Option<&'a str>,
}

/// Before a password or a recovery code of this person is checked.
pub async fn before_sign_in(app: &App, person: &NationalId, from: TriedFrom<'_>, now: Timestamp) -> Result<(), Throttled> {
    if let Some(browser) = id_of(app, from.known, person, now).await? {
        return hit(app, &[(SIGN_IN_KNOWN, &browser), (SIGN_IN_KNOWN_DAY, &browser)], now).await;
    }
    let (person, here) = (person.as_str(), here(person, from.address));
    let address = (address_limit(app, "sign_in_address"), from.address);
    hit(app, &[(SIGN_IN_HERE, &here), (SIGN_IN_HERE_DAY, &here), (SIGN_IN_STRANGERS, person), address], now).await
}

/// After a password or a recovery code was right. Thousands of people may share an address, so a right attempt is refunded to the
/// address. The wrong attempts of others stay counted there; otherwise an attacker with one account could reset the limit and
/// guess at all other accounts.
pub(crate) async fn after_right_guess(
    app: &App,
    person: &NationalId,
    from: TriedFrom<'_>,
    now: Timestamp,
) -> Result<(), Unavailable> {
    if id_of(app, from.known, person, now).await?.is_none() {
        app.transient.refund(&[(address_limit(app, "sign_in_address"), from.address)], now).await?;
    }
    Ok(())
}

/// After a person proved both factors. Only consecutive failures count, and an attacker who guesses does not get here.
pub(crate) async fn after_sign_in(app: &App, account: &Account, from: TriedFrom<'_>, now: Timestamp) -> Result<(), Unavailable> {
    let (person, number) = (&account.person.national_id, account.mobile.e164());
    let codes = [(SIGN_IN_CODES, number), (SIGN_IN_CODES_DAY, number)];
    if let Some(browser) = id_of(app, from.known, person, now).await? {
        // The attempts of strangers stay counted.
        app.transient.forget_hits(&[(SIGN_IN_KNOWN, &browser), (SIGN_IN_KNOWN_DAY, &browser)]).await?;
    } else {
        let (here, strangers) = (here(person, from.address), (SIGN_IN_STRANGERS, person.as_str()));
        app.transient.forget_hits(&[(SIGN_IN_HERE, &here), (SIGN_IN_HERE_DAY, &here), strangers]).await?;
    }
    Ok(app.transient.forget_hits(&codes).await?)
}

/// Before the registry is asked about this person.
pub(crate) async fn before_proofing(app: &App, person: &NationalId, address: &str, now: Timestamp) -> Result<(), Throttled> {
    let here = here(person, address);
    hit(app, &proofing_limits(app, person, &here, address), now).await
}

/// After the registry confirmed person and number: the attempt was not a guess, so it is refunded.
pub(crate) async fn after_proofing(app: &App, person: &NationalId, address: &str, now: Timestamp) -> Result<(), Unavailable> {
    let here = here(person, address);
    Ok(app.transient.refund(&proofing_limits(app, person, &here, address), now).await?)
}

fn proofing_limits<'a>(app: &App, person: &'a NationalId, here: &'a str, address: &'a str) -> [(Limit, &'a str); 4] {
    let address = (address_limit(app, "prove_address"), address);
    [(PROVE_HERE, here), (PROVE_HERE_DAY, here), (PROVE_EVERYBODY, person.as_str()), address]
}

/// Before a code is sent to this number. The limit keeps an attacker from flooding a phone, and from getting more attempts by
/// requesting more codes. Proofing and sign-in are counted apart: a stranger who knows enough about a person to begin proofing
/// cannot use up the codes that the person needs to sign in.
pub(crate) async fn before_sending_code(app: &App, number: &str, proves: &Proves, now: Timestamp) -> Result<(), Throttled> {
    let limits = match proves {
        Proves::SecondFactor(_) => [(SIGN_IN_CODES, number), (SIGN_IN_CODES_DAY, number)],
        Proves::Number(_) => [(PROVE_CODES, number), (PROVE_CODES_DAY, number)],
    };
    hit(app, &limits, now).await
}

/// Before the person of a CIBA request is looked up.
pub(crate) async fn before_asking(app: &App, client: &ClientId, now: Timestamp) -> Result<(), Throttled> {
    hit(app, &[(ASKS_OF_CLIENT, client.as_str())], now).await
}

/// After a CIBA request named a person without an account: the limit keeps a client from listing who has one.
pub(crate) async fn after_unknown_person(app: &App, client: &ClientId, now: Timestamp) -> Result<(), Throttled> {
    hit(app, &[(UNKNOWN_PERSONS, client.as_str())], now).await
}

/// Before a person is asked to approve a CIBA request: a person who is asked again and again approves in the end to be left
/// alone.
pub(crate) async fn before_asking_person(
    app: &App,
    client: &ClientId,
    account: AccountId,
    now: Timestamp,
) -> Result<(), Throttled> {
    let max = app.settings.limits.asks_per_person;
    let limit = |name, times: u64, window| Limit { name, max: max.saturating_mul(times), window };
    let (account, both) = (account.to_string(), format!("{client} {account}"));
    // One after the other: a client that is rejected by its own limit does not use up what other clients may ask.
    hit(app, &[(limit("asks_by_client", 1, QUARTER), &both), (limit("asks_by_client_day", 4, DAY), &both)], now).await?;
    hit(app, &[(limit("asks", 3, QUARTER), &account), (limit("asks_day", 12, DAY), &account)], now).await
}

/// Before a public client gets a device code.
pub(crate) async fn before_device_request(app: &App, address: &str, now: Timestamp) -> Result<(), Throttled> {
    hit(app, &[(address_limit(app, "device_request_address"), address)], now).await
}

/// Whether an attempt was counted in the limit over all addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AmongAll {
    /// It was.
    Counted,
    /// It will be, if the code turns out to be wrong.
    NotYet,
}

/// Before a user code is checked (RFC 8628 §5.1). An address that tries more often than a person who types is also counted in the
/// limit over all addresses.
pub(crate) async fn before_user_code(app: &App, address: &str, now: Timestamp) -> Result<AmongAll, Throttled> {
    hit(app, &[(address_limit(app, "user_code_address"), address)], now).await?;
    match hit(app, &[(USER_CODES_OF_ONE, address)], now).await {
        Ok(()) => Ok(AmongAll::NotYet),
        Err(Throttled::TooMany { .. }) => hit(app, &[(USER_CODES, "everybody")], now).await.map(|()| AmongAll::Counted),
        Err(broken) => Err(broken),
    }
}

/// After a wrong user code. It was checked already, so a full limit no longer matters here.
pub(crate) async fn after_wrong_user_code(app: &App, counted: AmongAll, now: Timestamp) -> Result<(), Unavailable> {
    match counted {
        AmongAll::Counted => Ok(()),
        AmongAll::NotYet => match hit(app, &[(USER_CODES, "everybody")], now).await {
            Ok(()) | Err(Throttled::TooMany { .. }) => Ok(()),
            Err(Throttled::Unavailable(cause)) => Err(cause),
        },
    }
}

/// Before a passkey assertion is verified.
pub(crate) async fn before_passkey(app: &App, address: &str, now: Timestamp) -> Result<(), Throttled> {
    hit(app, &[(address_limit(app, "passkey_address"), address)], now).await
}

/// After a passkey signed a person in.
pub(crate) async fn after_passkey(app: &App, address: &str, now: Timestamp) -> Result<(), Unavailable> {
    Ok(app.transient.refund(&[(address_limit(app, "passkey_address"), address)], now).await?)
}

fn client_from(client: &ClientId, address: &str) -> String {
    format!("{client} {address}")
}

/// Before the credential of a client is compared with the registered one: above the limit not even the right secret is compared.
pub(crate) async fn before_client_authentication(
    app: &App,
    client: &ClientId,
    address: &str,
    now: Timestamp,
) -> Result<(), Throttled> {
    let who = client_from(client, address);
    if app.failed_clients.0.get(&who).is_none() {
        return Ok(());
    }
    match app.transient.full_for(CLIENT_FAILURES, &who, now).await? {
        Some(retry_after) => Err(Throttled::TooMany { retry_after }),
        None => Ok(()),
    }
}

/// After a client failed to authenticate. Only failures count, so that a busy client is never locked out by its own traffic. The
/// key includes the address, so that a stranger cannot lock a client out.
pub(crate) async fn after_client_failure(app: &App, client: &ClientId, address: &str, now: Timestamp) -> Result<(), Throttled> {
    let who = client_from(client, address);
    hit(app, &[(CLIENT_FAILURES, &who)], now).await?;
    app.failed_clients.0.insert(who, ());
    Ok(())
}

/// Before a form from another site is stored for the same-site request that follows.
pub(crate) async fn before_setting_aside(app: &App, address: &str, now: Timestamp) -> Result<(), Throttled> {
    hit(app, &[(crowd_limit(app, "parked_address"), address)], now).await
}

/// Before an interaction is created for a browser without a session.
pub(crate) async fn before_pages(app: &App, address: &str, now: Timestamp) -> Result<(), Throttled> {
    hit(app, &[(crowd_limit(app, "pages_address"), address)], now).await
}

/// Before a pushed authorization request of a public client is stored.
pub(crate) async fn before_public_push(app: &App, address: &str, now: Timestamp) -> Result<(), Throttled> {
    hit(app, &[(crowd_limit(app, "public_push_address"), address)], now).await
}

/// Before a client registration is created, read or changed.
pub(crate) async fn before_registration(app: &App, address: &str, now: Timestamp) -> Result<(), Throttled> {
    hit(app, &[(address_limit(app, "register_address"), address)], now).await
}

/// The key for one person's attempts from one address.
fn here(person: &NationalId, address: &str) -> String {
    format!("{} {address}", person.as_str())
}

fn address_limit(app: &App, name: &'static str) -> Limit {
    Limit { name, max: app.settings.limits.per_address, window: QUARTER }
}

/// For requests that guess nothing and only use storage for a while: many of them come before each attempt.
fn crowd_limit(app: &App, name: &'static str) -> Limit {
    Limit { name, max: app.settings.limits.per_address.saturating_mul(10), window: QUARTER }
}

async fn hit(app: &App, limits: &[(Limit, &str)], now: Timestamp) -> Result<(), Throttled> {
    match app.transient.hit(limits, now).await {
        Ok(()) => Ok(()),
        Err(LimitError::Limited { retry_after }) => Err(Throttled::TooMany { retry_after }),
        Err(LimitError::Transient(error)) => Err(error.into()),
    }
}
