//! Step-up: the person who is signed in here authenticates again, by a stronger method or because the sign-in is too old
//! (RFC 9470 §4, OpenID Connect Core §3.1.2.1 `max_age`).
//!
//! It is about that person. If another person signs in on these pages, with whatever authenticator, the answer is
//! `login_required`: otherwise the client would have a stronger sign-in than before, but of another person. The page says which
//! person is meant and how to sign out first; `prompt=login` and `prompt=select_account` accept any person.

use crate::app::App;
use crate::app::unavailable::Unavailable;
use crate::flows::authorization::hint::{Hint, hint};
use crate::flows::interaction::open::Open;
use crate::flows::session::browser_session::live;
use crate::identity::account::Account;
use crate::records::interaction::{Visit, is_step_up};
use crate::secret::TokenHash;
use crate::time::Timestamp;
use std::sync::Arc;

/// The account whose sign-in must become stronger or fresher; `None` if this interaction is an ordinary sign-in.
pub(crate) async fn asked_of(
    app: &App,
    open: &Open,
    session: Option<&TokenHash>,
    now: Timestamp,
) -> Result<Option<Arc<Account>>, Unavailable> {
    if open.interaction.authenticated_at.is_some() {
        return Ok(None);
    }
    let Some((session, account)) = live(app, session, now).await? else { return Ok(None) };
    let visit = Visit { session, account, consent: None };
    // A request to one person asks no other person for a step-up.
    if !open.interaction.is_for(&visit) {
        return Ok(None);
    }
    let request = &open.interaction.request;
    // If the hint names another account, this one need not step up.
    let meant = hint(app, &open.client, request, &visit, now) == Hint::Fits && is_step_up(request, &open.client, &visit, now);
    Ok(meant.then_some(visit.account))
}
