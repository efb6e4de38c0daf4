//! Limits of what clients may try: guesses at their secrets, CIBA requests, registrations.

use super::{Counted, DAY, QUARTER, Throttled, address_limit, at, at_for, hit, reached};
use crate::app::App;
use crate::app::unavailable::Unavailable;
use crate::client::words::ClientId;
use crate::identity::id::AccountId;
use crate::records::address::CountedAddress;
use crate::time::Timestamp;
use crate::transient::Limit;
use std::time::Duration;

/// A call centre with a thousand seats stays below it.
const ASKS_OF_CLIENT: Limit = Limit { name: "asks_of_client", max: 5_000, window: QUARTER };
const UNKNOWN_PERSONS: Limit = Limit { name: "unknown_persons", max: 100, window: QUARTER };
const CLIENT_FAILURES: Limit = Limit { name: "client_failures", max: 100, window: QUARTER };
/// Requests in the name of clients that do not exist. They are counted for the address alone: an attacker can invent any number of
/// names, and nothing is kept for them.
const UNKNOWN_CLIENTS: Limit = Limit { name: "unknown_clients", max: 100, window: QUARTER };
/// An address from which a client authenticated: a mark that lasts, in the form of a limit that one success fills.
const USUAL_ADDRESS: Limit = Limit { name: "usual_address", max: 1, window: Duration::from_hours(24 * 30) };
/// When less than this is left of the mark, the next success renews it.
const RENEWED_WITH: Duration = Duration::from_hours(24 * 15);
/// How long a success stands for the ones that follow it.
const RECENT: Duration = Duration::from_secs(1);

/// What is known about a client and the address of its request before its credential is compared.
pub(crate) struct BeforeComparing {
    key: String,
    stands: Stands,
}

enum Stands {
    /// A success a moment ago.
    Recent,
    /// The limit was looked up; whether the mark of a usual address has to be set.
    LookedUp { mark: bool },
}

/// Before the credential of a client is compared with the registered one: above the limit not even the right secret is compared. The
/// limit is in the store, so it holds across restarts and for all instances.
///
/// No stranger can lock a client out. Failures are counted for the client and the address together. The wider networks of an IPv6
/// address, in which a stranger may have a place, are of no account for a client at an address from which it authenticated
/// before.
pub(crate) async fn before_client_authentication(
    app: &App,
    client: &ClientId,
    address: CountedAddress,
    now: Timestamp,
) -> Result<BeforeComparing, Throttled> {
    let key = format!("{client} {address}");
    if app.recent_clients.0.get(&key).is_some_and(|until| now < until) {
        return Ok(BeforeComparing { key, stands: Stands::Recent });
    }
    let mut limits: Vec<Counted> = at_for(address, client.as_str(), CLIENT_FAILURES).collect();
    if limits.len() > 1 {
        limits.push((USUAL_ADDRESS, key.clone()));
    }
    let full = app.transient.full_for_each(&limits, now).await?;
    // The narrowest network first; then the wider ones, if there are any, and the mark at the end.
    let (narrow, wide) = full.split_first().map_or((None, &[][..]), |(narrow, wide)| (*narrow, wide));
    let (wide, usual) = wide.split_last().map_or((&[][..], None), |(usual, wide)| (wide, *usual));
    let strangers = if usual.is_some() { None } else { wide.iter().copied().flatten().max() };
    if let Some(retry_after) = narrow.max(strangers) {
        reached(app, &limits[..1], now);
        return Err(Throttled::TooMany { retry_after });
    }
    let mark = limits.len() > 1 && usual.is_none_or(|left| left < RENEWED_WITH);
    Ok(BeforeComparing { key, stands: Stands::LookedUp { mark } })
}

/// After a client authenticated.
pub(crate) async fn after_client_success(app: &App, before: BeforeComparing, now: Timestamp) -> Result<(), Unavailable> {
    let BeforeComparing { key, stands: Stands::LookedUp { mark } } = before else { return Ok(()) };
    if mark {
        let usual = [(USUAL_ADDRESS, &key)];
        app.transient.forget_hits(&usual).await?;
        match hit(app, &usual, now).await {
            Ok(()) | Err(Throttled::TooMany { .. }) => {}
            Err(Throttled::Unavailable(cause)) => return Err(cause),
        }
    }
    app.recent_clients.0.insert(key, now.plus(RECENT));
    Ok(())
}

/// After a client failed to authenticate. Only failures count, so that a busy client is never locked out by its own traffic. The
/// key includes the address, so that a stranger cannot lock a client out.
pub(crate) async fn after_client_failure(
    app: &App,
    client: &ClientId,
    address: CountedAddress,
    now: Timestamp,
) -> Result<(), Throttled> {
    app.recent_clients.0.remove(&format!("{client} {address}"));
    let mut limits = at_for(address, client.as_str(), CLIENT_FAILURES);
    let narrow: Vec<Counted> = limits.by_ref().take(1).collect();
    hit(app, &narrow, now).await?;
    let wide: Vec<Counted> = limits.collect();
    if wide.is_empty() {
        return Ok(());
    }
    // Counted apart: where strangers filled a wider network, the guesses from this address are still counted.
    match hit(app, &wide, now).await {
        Ok(()) | Err(Throttled::TooMany { .. }) => Ok(()),
        Err(broken) => Err(broken),
    }
}

/// After a request in the name of a client that does not exist.
pub(crate) async fn after_unknown_client(app: &App, address: CountedAddress, now: Timestamp) -> Result<(), Throttled> {
    let limits: Vec<Counted> = at(address, UNKNOWN_CLIENTS).collect();
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

/// Before a client is registered that nobody let in: its metadata was checked already.
pub(crate) async fn before_new_client(app: &App, address: CountedAddress, now: Timestamp) -> Result<(), Throttled> {
    let settings = &app.settings.registration;
    let of_address = Limit { name: "registrations_of_address", max: settings.per_address_a_day, window: DAY };
    let of_all = Limit { name: "registrations", max: settings.a_day, window: DAY };
    let limits: Vec<Counted> = at(address, of_address).chain([(of_all, "everybody".to_owned())]).collect();
    hit(app, &limits, now).await
}

/// Before a client registration is created, read or changed.
pub(crate) async fn before_registration(app: &App, address: CountedAddress, now: Timestamp) -> Result<(), Throttled> {
    let limits: Vec<Counted> = at(address, address_limit(app, "register_address")).collect();
    hit(app, &limits, now).await
}
