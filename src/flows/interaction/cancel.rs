//! A person who does not want to sign in goes back to the client, which gets `access_denied`. RFC 6749 §4.1.2.1.

use crate::app::App;
use crate::flows::interaction::dispatcher::{Next, finish_with_error};
use crate::flows::interaction::open::{InteractionGone, Open};
use crate::flows::proofing::seeker::{NotProved, seeker};
use crate::oidc::error::OAuthErrorCode;
use crate::secret::TokenHash;
use std::sync::Arc;

/// Ends an interaction in which no person has signed in yet, or in which the person does not show what the client demands. `None`
/// otherwise: then the dispatcher goes on.
pub(crate) async fn cancel(app: &Arc<App>, open: &Open, session: Option<&TokenHash>) -> Result<Option<Next>, InteractionGone> {
    let now = app.clock.now();
    // A request to one person can be refused only by that person, after a sign-in.
    let is_for_one = open.interaction.answering.as_ref().is_some_and(|answering| answering.asks_each_time());
    if !is_for_one && open.interaction.is_before_sign_in() {
        return finish_with_error(app, open, OAuthErrorCode::AccessDenied, now).await.map(Some);
    }
    match seeker(app, open, session, now).await {
        Ok(_) => finish_with_error(app, open, OAuthErrorCode::UnmetAuthenticationRequirements, now).await.map(Some),
        Err(NotProved::Unavailable(cause)) => Err(cause.into()),
        Err(_) => Ok(None),
    }
}
