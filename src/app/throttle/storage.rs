//! Budgets for what is stored for a while: begun sign-ins, pushed requests, requests of devices and CIBA requests, forms, challenges.
//!
//! Each of them is paid for by a client that authenticated, by an account that is signed in, or by an address, which has so many bytes in
//! a quarter of an hour. Counted is what is added, not what is there: nothing has to be given back, and at most a little more than the
//! budgets of an hour is there at once, because nothing lives much longer.
//!
//! All payers together have a ceiling. A stranger meets it at half, an account at three quarters, so that strangers who fill the
//! memory stop neither citizens who are signed in nor agencies. Single sign-on, codes and tokens store nothing of this kind.

use super::{Counted, DAY, QUARTER, Throttled, address_limit, at, hit};
use crate::app::App;
use crate::app::unavailable::Unavailable;
use crate::client::metadata::Client;
use crate::client::words::ClientId;
use crate::identity::id::AccountId;
use crate::records::address::CountedAddress;
use crate::time::Timestamp;
use crate::transient::{Budget, Limit, LimitError};
use std::time::Duration;

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
/// The bytes of an address for each of the failed attempts that `limits.per_address` allows it: a dozen begun sign-ins.
const BYTES_FOR_EACH_ATTEMPT: u64 = 16 * KIB;
/// The sessions that one account may begin on one day: each is kept for a day.
const SESSIONS: Limit = Limit { name: "sessions_of_account", max: 200, window: DAY };

/// Who pays for what is stored.
#[derive(Debug, Clone)]
pub(crate) enum Payer {
    /// A client that authenticated.
    Client(ClientId),
    /// The account that is signed in in this browser.
    Account(AccountId),
    /// Anybody at this address.
    Address(CountedAddress),
}

impl Payer {
    /// The client, if it authenticated; a public client is anybody.
    pub(crate) fn of_client(client: &Client, address: CountedAddress) -> Self {
        if client.is_public() { Self::Address(address) } else { Self::Client(client.id.clone()) }
    }
}

/// What is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// A begun sign-in.
    SignIn,
    /// The challenge of a passkey.
    Challenge,
    /// A device's or a CIBA request.
    CrossDevice,
    /// A pushed authorization request.
    PushedRequest,
    /// A form of another site.
    Form,
}

impl Kept {
    /// How many an address may store: many of them come before each attempt.
    fn limit(self, app: &App) -> Option<Limit> {
        let crowd = |name| Limit { name, max: app.settings.limits.per_address.saturating_mul(10), window: QUARTER };
        match self {
            Self::SignIn => Some(crowd("pages_address")),
            Self::PushedRequest => Some(crowd("public_push_address")),
            Self::Form => Some(crowd("parked_address")),
            Self::CrossDevice => Some(address_limit(app, "device_request_address")),
            // One for each begun sign-in.
            Self::Challenge => None,
        }
    }

    /// The name of the limits of its bytes, and their window. What is gone within a minute or two is counted apart.
    fn bytes(self, app: &App) -> ([&'static str; 3], Duration) {
        match self {
            Self::SignIn | Self::Challenge | Self::CrossDevice => {
                (["bytes_of_client", "bytes_of_account", "bytes_of_address"], QUARTER)
            }
            Self::PushedRequest | Self::Form => {
                let window = app.settings.tokens.pushed_request_lifetime.max(Duration::from_mins(1));
                (["short_bytes_of_client", "short_bytes_of_account", "short_bytes_of_address"], window)
            }
        }
    }
}

/// The budget from which a payer pays for something.
pub(crate) fn budget(app: &App, payer: &Payer, kept: Kept) -> Budget {
    let limits = &app.settings.limits;
    let ([of_client, of_account, of_address], window) = kept.bytes(app);
    match payer {
        Payer::Client(client) => {
            let limit = Limit { name: of_client, max: limits.kept_per_client_kib.saturating_mul(KIB), window };
            Budget { values: Vec::new(), bytes: vec![(limit, client.to_string())], ceiling: ceiling(app) }
        }
        Payer::Account(account) => {
            let limit = Limit { name: of_account, max: limits.kept_per_account_kib.saturating_mul(KIB), window };
            Budget { values: Vec::new(), bytes: vec![(limit, account.to_string())], ceiling: ceiling(app) / 4 * 3 }
        }
        Payer::Address(address) => {
            let limit = Limit { name: of_address, max: limits.per_address.saturating_mul(BYTES_FOR_EACH_ATTEMPT), window };
            let values = kept.limit(app).into_iter().flat_map(|limit| at(*address, limit)).collect();
            Budget { values, bytes: at(*address, limit).collect(), ceiling: ceiling(app) / 2 }
        }
    }
}

/// The budget for what follows a one-time code, of which a person gets few.
pub(crate) fn budget_after_code(app: &App) -> Budget {
    Budget { ceiling: ceiling(app), ..Budget::UNLIMITED }
}

fn ceiling(app: &App) -> u64 {
    app.settings.limits.kept_in_total_mib.saturating_mul(MIB)
}

/// Why something could not be stored that has no limit but the ceiling.
pub(crate) fn not_kept(error: LimitError) -> Unavailable {
    match error {
        LimitError::Transient(error) => error.into(),
        LimitError::Full | LimitError::Limited { .. } => Unavailable::Full,
    }
}

/// Before a mark against replay is stored: it has no limit but the ceiling.
pub(crate) fn before_mark(app: &App, now: Timestamp) -> Result<(), Unavailable> {
    if app.transient.has_room(ceiling(app), now) { Ok(()) } else { Err(Unavailable::Full) }
}

/// Before an account begins a session.
pub(crate) async fn before_session(app: &App, account: AccountId, now: Timestamp) -> Result<(), Throttled> {
    let limits: [Counted; 1] = [(SESSIONS, account.to_string())];
    hit(app, &limits, now).await
}
