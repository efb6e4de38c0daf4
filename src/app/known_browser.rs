//! Browsers in which a person signed in before. Such a browser may still try to sign in after strangers have used up the person's
//! limits ([`crate::app::throttle`]). It gains no other right.
//!
//! The value that the browser stores is sealed: an attacker can neither read from it which account signed in nor forge one.

use crate::app::App;
use crate::app::unavailable::Unavailable;
use crate::identity::id::AccountId;
use crate::identity::national_id::NationalId;
use crate::secret::Secret;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a browser stays known without a sign-in.
pub(crate) const KNOWN_FOR: Duration = Duration::from_hours(24 * 365);

#[derive(Serialize, Deserialize)]
struct Known {
    account: AccountId,
    since: Timestamp,
    id: String,
}

/// The value that a browser stores after a sign-in with both factors or with a passkey. It is new each time.
pub(crate) fn known(app: &App, account: AccountId, now: Timestamp) -> Result<Secret<String>, Unavailable> {
    let known = Known { account, since: now, id: app.random.token().expose().clone() };
    let plain = serde_json::to_vec(&known).map_err(|error| Unavailable::Worker(error.to_string()))?;
    Ok(Secret::new(app.seals.browser.seal(&app.random, &plain)))
}

/// The id of the browser that presents this value, if this very person signed in there. The account is looked up by the value and
/// not by the national ID that was entered, so that the response time does not reveal which persons have an account.
pub(crate) async fn id_of(
    app: &App,
    sealed: Option<&str>,
    person: &NationalId,
    now: Timestamp,
) -> Result<Option<String>, Unavailable> {
    let Some(plain) = sealed.and_then(|sealed| app.seals.browser.open(sealed)) else { return Ok(None) };
    let Ok(known) = serde_json::from_slice::<Known>(&plain) else { return Ok(None) };
    let Some(account) = app.store.account(known.account).await? else { return Ok(None) };
    // Browsers from before the number was confirmed again stay unknown: another person may have held the account then.
    let holds = account.person.national_id == *person && known.since >= account.mobile_verified_at;
    Ok((holds && now.since(known.since) < KNOWN_FOR).then_some(known.id))
}
