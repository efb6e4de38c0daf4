//! Somebody who does not want to sign in goes back to the client, which learns `access_denied`. RFC 6749 §4.1.2.1.

use crate::app::App;
use crate::flows::interaction::dispatcher::{Next, finish_with_error};
use crate::flows::interaction::open::{InteractionGone, Open};
use crate::oidc::error::OAuthErrorCode;

/// Ends an interaction in which nobody has signed in yet. `None` where somebody has: then the dispatcher goes on.
pub async fn cancel(app: &App, open: &Open) -> Result<Option<Next>, InteractionGone> {
    // What an agency asks of one person, nobody refuses who has not shown to be that person.
    let is_for_one = open.interaction.answering.as_ref().is_some_and(|answering| answering.asks_each_time());
    if is_for_one || !open.interaction.is_before_sign_in() {
        return Ok(None);
    }
    finish_with_error(app, open, OAuthErrorCode::AccessDenied, app.clock.now()).await.map(Some)
}
