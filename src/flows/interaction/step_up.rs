//! Step-up: the person who is signed in here authenticates again, more strongly or more freshly (RFC 9470 §4, OpenID Connect Core §3.1.2.1
//! `max_age`).
//!
//! It is about that person. Somebody else who signs in on these pages, with whatever authenticator, does not take their place: the client
//! would hold a stronger sign-in than it had, of another person. So the answer is then `login_required`. The page tells who is meant and
//! how to sign out first; `prompt=login` and `prompt=select_account` ask for anybody.

use crate::app::App;
use crate::app::unavailable::Broken;
use crate::flows::authorization::hint::{Hint, hint};
use crate::flows::interaction::open::Open;
use crate::flows::session::browser_session::live;
use crate::identity::account::Account;
use crate::records::interaction::{Visit, is_step_up};
use crate::secret::TokenHash;
use crate::time::Timestamp;
use std::sync::Arc;

/// Whose sign-in is to become stronger or fresher; nobody's where this interaction is an ordinary sign-in.
pub async fn asked_of(
    app: &App,
    open: &Open,
    session: Option<&TokenHash>,
    now: Timestamp,
) -> Result<Option<Arc<Account>>, Broken> {
    if open.interaction.authenticated_at.is_some() {
        return Ok(None);
    }
    let Some((session, account)) = live(app, session, now).await? else { return Ok(None) };
    let visit = Visit { session, account, consent: None };
    // Where somebody is asked by name, nobody else is asked anything.
    if !open.interaction.is_for(&visit) {
        return Ok(None);
    }
    let request = &open.interaction.request;
    // Of whom the hint does not name, nothing is asked.
    let meant = hint(app, &open.client, request, &visit, now) == Hint::Fits && is_step_up(request, &open.client, &visit, now);
    Ok(meant.then_some(visit.account))
}
