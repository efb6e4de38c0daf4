//! Limits of what can be guessed about a person: passwords, recovery codes, birth dates, one-time codes, user codes, passkeys.
//!
//! A stranger must not be able to lock a person out. So a person's attempts are counted per address, and all strangers' attempts
//! together have a limit far above that. A browser in which the person signed in before ([`crate::app::known_browser`]) has an
//! allowance of its own. Both together are the hundred consecutive failures that NIST SP 800-63B-4 §3.2.2 allows; after them,
//! every attempt has to wait.
//!
//! A national ID without an account is counted like one with an account: otherwise the limit would tell who has one. The limit of the
//! address is counted in the same step, and above it nothing more is kept, so invented national IDs leave a bounded number of counters.

use super::{Counted, DAY, QUARTER, Throttled, address_limit, at, at_for, closed, hit};
use crate::app::App;
use crate::app::known_browser::id_of;
use crate::app::unavailable::Unavailable;
use crate::identity::account::Account;
use crate::identity::national_id::NationalId;
use crate::records::address::CountedAddress;
use crate::records::interaction::Proves;
use crate::time::Timestamp;
use crate::transient::Limit;
use std::time::Duration;

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
/// Letters that an address causes in a day: a family, or a counter that helps people.
const LETTERS_HERE: Limit = Limit { name: "letters_here", max: 10, window: DAY };
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

/// Where a sign-in attempt comes from.
#[derive(Clone, Copy)]
pub struct TriedFrom<'a> {
    /// The address of the browser.
    pub address: CountedAddress,
    /// The sealed value of an earlier sign-in that the browser stores ([`crate::app::known_browser`]).
    pub known: Option<&'a str>,
}

/// Before a password or a recovery code of this person is checked.
pub async fn before_sign_in(app: &App, person: &NationalId, from: TriedFrom<'_>, now: Timestamp) -> Result<(), Throttled> {
    if let Some(browser) = id_of(app, from.known, person, now).await? {
        return hit(app, &[(SIGN_IN_KNOWN, &browser), (SIGN_IN_KNOWN_DAY, &browser)], now).await;
    }
    let mut limits = sign_in_limits(person, from.address);
    limits.extend(at(from.address, address_limit(app, "sign_in_address")));
    hit(app, &limits, now).await
}

/// The limits of attempts in the name of one person, from one address and from all of them.
fn sign_in_limits(person: &NationalId, address: CountedAddress) -> Vec<Counted> {
    let here = |limit| at_for(address, person.as_str(), limit);
    let strangers = (SIGN_IN_STRANGERS, person.as_str().to_owned());
    here(SIGN_IN_HERE).chain(here(SIGN_IN_HERE_DAY)).chain([strangers]).collect()
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
        refund(app, at(from.address, address_limit(app, "sign_in_address")), now).await?;
    }
    Ok(())
}

/// After a person proved both factors. Only consecutive failures count, and an attacker who guesses does not get here.
pub(crate) async fn after_sign_in(app: &App, account: &Account, from: TriedFrom<'_>, now: Timestamp) -> Result<(), Unavailable> {
    let (person, number) = (&account.person.national_id, account.mobile.e164());
    if let Some(browser) = id_of(app, from.known, person, now).await? {
        // The attempts of strangers stay counted.
        app.transient.forget_hits(&[(SIGN_IN_KNOWN, &browser), (SIGN_IN_KNOWN_DAY, &browser)]).await?;
    } else {
        app.transient.forget_hits(&sign_in_limits(person, from.address)).await?;
    }
    Ok(app.transient.forget_hits(&[(SIGN_IN_CODES, number), (SIGN_IN_CODES_DAY, number)]).await?)
}

/// Before the registry is asked about this person.
pub(crate) async fn before_proofing(
    app: &App,
    person: &NationalId,
    address: CountedAddress,
    now: Timestamp,
) -> Result<(), Throttled> {
    hit(app, &proofing_limits(app, person, address), now).await
}

/// After the registry confirmed person and number: the attempt was not a guess, so it is refunded.
pub(crate) async fn after_proofing(
    app: &App,
    person: &NationalId,
    address: CountedAddress,
    now: Timestamp,
) -> Result<(), Unavailable> {
    refund(app, proofing_limits(app, person, address), now).await
}

fn proofing_limits(app: &App, person: &NationalId, address: CountedAddress) -> Vec<Counted> {
    let here = |limit| at_for(address, person.as_str(), limit);
    let everybody = (PROVE_EVERYBODY, person.as_str().to_owned());
    let of_address = at(address, address_limit(app, "prove_address"));
    here(PROVE_HERE).chain(here(PROVE_HERE_DAY)).chain([everybody]).chain(of_address).collect()
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
pub(crate) async fn before_user_code(app: &App, address: CountedAddress, now: Timestamp) -> Result<AmongAll, Throttled> {
    let of_address: Vec<Counted> = at(address, address_limit(app, "user_code_address")).collect();
    hit(app, &of_address, now).await?;
    let of_one: Vec<Counted> = at(address, USER_CODES_OF_ONE).collect();
    match hit(app, &of_one, now).await {
        Ok(()) => Ok(AmongAll::NotYet),
        Err(Throttled::TooMany { .. }) => hit(app, &[(USER_CODES, "everybody")], now).await.map(|()| AmongAll::Counted),
        Err(broken) => Err(broken),
    }
}

/// How long no user code is accepted from an address. Counts nothing.
pub(crate) async fn user_codes_closed(
    app: &App,
    address: CountedAddress,
    now: Timestamp,
) -> Result<Option<Duration>, Unavailable> {
    let of_address: Vec<Counted> = at(address, address_limit(app, "user_code_address")).collect();
    if let Some(wait) = closed(app, &of_address, now).await? {
        return Ok(Some(wait));
    }
    // An address that still has attempts of its own is not counted with the others.
    let of_one: Vec<Counted> = at(address, USER_CODES_OF_ONE).collect();
    match closed(app, &of_one, now).await? {
        Some(_) => Ok(app.transient.full_for(USER_CODES, "everybody", now).await?),
        None => Ok(None),
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
pub(crate) async fn before_passkey(app: &App, address: CountedAddress, now: Timestamp) -> Result<(), Throttled> {
    let limits: Vec<Counted> = at(address, address_limit(app, "passkey_address")).collect();
    hit(app, &limits, now).await
}

/// After a passkey signed a person in.
pub(crate) async fn after_passkey(app: &App, address: CountedAddress, now: Timestamp) -> Result<(), Unavailable> {
    refund(app, at(address, address_limit(app, "passkey_address")), now).await
}

/// Before a serial of a card or a code of a letter is compared. Wrong ones in a row are counted durably, with their story.
pub(crate) async fn before_evidence(app: &App, address: CountedAddress, now: Timestamp) -> Result<(), Throttled> {
    let limits: Vec<Counted> = at(address, address_limit(app, "evidence_address")).collect();
    hit(app, &limits, now).await
}

/// After one was right.
pub(crate) async fn after_evidence(app: &App, address: CountedAddress, now: Timestamp) -> Result<(), Unavailable> {
    refund(app, at(address, address_limit(app, "evidence_address")), now).await
}

/// Before a letter is sent. A letter costs money, so there is a limit for an address and one for all together.
pub(crate) async fn before_letter(app: &App, address: CountedAddress, now: Timestamp) -> Result<(), Throttled> {
    let of_all = Limit { name: "letters", max: app.settings.proofing.letters_per_day, window: DAY };
    let limits: Vec<Counted> = at(address, LETTERS_HERE).chain([(of_all, "everybody".to_owned())]).collect();
    hit(app, &limits, now).await
}

async fn refund(app: &App, limits: impl IntoIterator<Item = Counted>, now: Timestamp) -> Result<(), Unavailable> {
    let limits: Vec<Counted> = limits.into_iter().collect();
    Ok(app.transient.refund(&limits, now).await?)
}
