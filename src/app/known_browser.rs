//! Browsers in which a person signed in before. Such a browser may go on trying when strangers have used up what they may
//! ([`crate::app::throttle`]), and that is all that it may.
//!
//! What it keeps is sealed: nobody reads there who signed in, and nobody makes one up.

use crate::app::App;
use crate::app::unavailable::Broken;
use crate::identity::id::AccountId;
use crate::identity::national_id::NationalId;
use crate::secret::Secret;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// For how long a browser that nobody signs in with stays known.
pub const KNOWN_FOR: Duration = Duration::from_hours(24 * 365);

#[derive(Serialize, Deserialize)]
struct Known {
    account: AccountId,
    since: Timestamp,
    id: String,
}

/// What a browser keeps after a sign-in by both factors or by a passkey. It is new each time.
pub(crate) fn known(app: &App, account: AccountId, now: Timestamp) -> Result<Secret<String>, Broken> {
    let known = Known { account, since: now, id: app.random.token().expose().clone() };
    let plain = serde_json::to_vec(&known).map_err(|error| Broken::Worker(error.to_string()))?;
    Ok(Secret::new(app.seals.browser.seal(&app.random, &plain)))
}

/// The id of the browser that shows this, if this very person signed in there. The account is found by what the browser shows and not by
/// whom somebody names, so that the time it takes tells nothing about who has one.
pub(crate) async fn id_of(
    app: &App,
    sealed: Option<&str>,
    person: &NationalId,
    now: Timestamp,
) -> Result<Option<String>, Broken> {
    let Some(plain) = sealed.and_then(|sealed| app.seals.browser.open(sealed)) else { return Ok(None) };
    let Ok(known) = serde_json::from_slice::<Known>(&plain) else { return Ok(None) };
    let Some(account) = app.store.account(known.account).await? else { return Ok(None) };
    // Whoever had the account before its number was confirmed anew is a stranger now.
    let holds = account.person.national_id == *person && known.since >= account.mobile_verified_at;
    Ok((holds && now.since(known.since) < KNOWN_FOR).then_some(known.id))
}
