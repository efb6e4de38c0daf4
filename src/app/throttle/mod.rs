//! Every limit: of what can be guessed (`people.rs`, `clients.rs`), and of what takes up memory and disk for a while (`storage.rs`).
//!
//! An attempt is counted before it is checked, whether or not an account exists, so that the answer reveals nothing. An attempt
//! that is rejected by a limit is not counted, and one that succeeded is refunded. A limit of an address is counted for each network
//! of that address ([`CountedAddress`]).
//!
//! Start with `people.rs`.

mod clients;
mod people;
mod storage;

pub(crate) use clients::{
    after_client_failure, after_client_success, after_unknown_client, after_unknown_person, before_asking, before_asking_person,
    before_client_authentication, before_new_client, before_registration,
};
pub use people::{TriedFrom, before_sign_in};
pub(crate) use people::{
    after_evidence, after_passkey, after_proofing, after_right_guess, after_sign_in, after_wrong_user_code, before_evidence,
    before_letter, before_passkey, before_proofing, before_sending_code, before_user_code, user_codes_closed,
};
pub(crate) use storage::{Kept, Payer, before_mark, before_session, budget, budget_after_code, not_kept};

use crate::app::App;
use crate::app::unavailable::{Unavailable, unavailable_from};
use crate::records::address::CountedAddress;
use crate::records::event::EventKind;
use crate::records::origin::{AddressPrefix, RequestOrigin};
use crate::time::Timestamp;
use crate::transient::{Limit, LimitError, TransientError};
use std::net::IpAddr;
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

impl From<LimitError> for Throttled {
    fn from(error: LimitError) -> Self {
        match error {
            LimitError::Limited { retry_after } => Self::TooMany { retry_after },
            LimitError::Full => Self::Unavailable(Unavailable::Full),
            LimitError::Transient(error) => error.into(),
        }
    }
}

/// A limit, and whose attempts are counted against it.
type Counted = (Limit, String);

/// A limit of an address: it is counted for each of its networks, and higher for a wider one.
fn at(address: CountedAddress, limit: Limit) -> impl Iterator<Item = Counted> {
    let of = move |times: u64| Limit { max: limit.max.saturating_mul(times), ..limit };
    address.prefixes().into_iter().map(move |prefix| (of(prefix.times), prefix.text))
}

/// A limit of what an address does in the name of a person or a client, in the same way.
fn at_for(address: CountedAddress, name: &str, limit: Limit) -> impl Iterator<Item = Counted> {
    at(address, limit).map(move |(limit, network)| (limit, format!("{name} {network}")))
}

fn address_limit(app: &App, name: &'static str) -> Limit {
    Limit { name, max: app.settings.limits.per_address, window: QUARTER }
}

/// How long the first of these limits that is full stays so. Counts nothing.
async fn closed(app: &App, limits: &[Counted], now: Timestamp) -> Result<Option<Duration>, Unavailable> {
    for (limit, who) in limits {
        if let Some(wait) = app.transient.full_for(*limit, who, now).await? {
            reached(app, &[(*limit, who)], now);
            return Ok(Some(wait));
        }
    }
    Ok(None)
}

/// Counts for the event log that one of these limits rejected an attempt.
fn reached<W: AsRef<str>>(app: &App, limits: &[(Limit, W)], now: Timestamp) {
    let mut names: Vec<&str> = limits.iter().map(|(limit, _)| limit.name).collect();
    names.dedup();
    // What is counted for a network ends with it: `192.0.2.7`, `tax 2001:db8::/64`.
    let network = |who: &str| who.rsplit(' ').next()?.split('/').next()?.parse::<IpAddr>().ok();
    let address = limits.iter().find_map(|(_, who)| network(who.as_ref()));
    let origin = RequestOrigin { network: address.map(AddressPrefix::of), browser: None };
    app.note(app.event(EventKind::LimitReached, now).by_citizen(None).from(origin).because(names.join(", ")));
}

async fn hit<W: AsRef<str> + Sync>(app: &App, limits: &[(Limit, W)], now: Timestamp) -> Result<(), Throttled> {
    let counted = app.transient.hit(limits, now).await;
    if let Err(LimitError::Limited { .. }) = counted {
        reached(app, limits, now);
    }
    Ok(counted?)
}
