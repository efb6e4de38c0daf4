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
            return Ok(Some(wait));
        }
    }
    Ok(None)
}

async fn hit<W: AsRef<str> + Sync>(app: &App, limits: &[(Limit, W)], now: Timestamp) -> Result<(), Throttled> {
    Ok(app.transient.hit(limits, now).await?)
}
