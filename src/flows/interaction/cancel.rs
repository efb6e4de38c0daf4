//! A person who does not want to sign in goes back to the client, which gets `access_denied`. RFC 6749 §4.1.2.1.

use crate::app::App;
use crate::flows::interaction::dispatcher::{Next, finish_with_error};
use crate::flows::interaction::open::{InteractionGone, Open};
use crate::oidc::error::OAuthErrorCode;
use std::sync::Arc;

/// Ends an interaction in which no person has signed in yet. `None` if one has: then the dispatcher goes on.
pub(crate) async fn cancel(app: &Arc<App>, open: &Open) -> Result<Option<Next>, InteractionGone> {
    // A request to one person can be refused only by that person, after a sign-in.
    let is_for_one = open.interaction.answering.as_ref().is_some_and(|answering| answering.asks_each_time());
    if is_for_one || !open.interaction.is_before_sign_in() {
        return Ok(None);
    }
    finish_with_error(app, open, OAuthErrorCode::AccessDenied, app.clock.now()).await.map(Some)
}
