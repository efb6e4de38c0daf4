//! Signing out: requested by a client (OpenID Connect RP-Initiated Logout 1.0 §2) or by the person, confirmed by the person.

use crate::app::App;
use crate::app::unavailable::Unavailable;
use crate::client::words::ClientId;
use crate::flows::authorization::hint::hint_claims;
use crate::flows::authorization::leave::{Leave, leave};
use crate::flows::session::backchannel_logout;
use crate::flows::session::browser_session::live;
use crate::flows::session::session_end::{Ending, LogoutScope, end_session};
use crate::oidc::logout::request::{LogoutProblem, LogoutRequest};
use crate::records::origin::RequestOrigin;
use crate::secret::TokenHash;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a sign-out page can be answered.
const TICKET_LIFETIME: Duration = Duration::from_mins(30);

/// Where the person may go after signing out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Back {
    /// A registered `post_logout_redirect_uri`, with `state` already added.
    pub(crate) uri: String,
    /// The client it belongs to.
    pub(crate) client: ClientId,
}

/// Where the person goes after signing out.
#[derive(Debug, Clone)]
pub(crate) enum WayBack {
    /// To the client that asks.
    To(Back),
    /// The request asks for none.
    NotAsked,
    /// The request asks for one, but names no client of ours: it has neither a usable `id_token_hint` nor a `client_id`, so nothing
    /// tells whether the address is registered (RP-Initiated Logout §2, §4).
    ClientNotNamed,
}

impl WayBack {
    /// The address, if there is one.
    pub(crate) const fn back(&self) -> Option<&Back> {
        match self {
            Self::To(back) => Some(back),
            Self::NotAsked | Self::ClientNotNamed => None,
        }
    }
}

/// What a sign-out page was opened for, sealed into its form. The form ends the session to which it was shown and no other.
#[derive(Serialize, Deserialize)]
struct Ticket {
    session: TokenHash,
    back: Option<Back>,
    expires_at: Timestamp,
}

/// What the browser shows.
pub(crate) enum LogoutQuestion {
    /// A question, with the form's ticket.
    Confirm {
        /// The sealed ticket.
        ticket: String,
        /// Where the person goes afterwards.
        way: WayBack,
    },
    /// No person is signed in here.
    NobodyHere {
        /// Where the person goes now.
        way: WayBack,
        /// Whether they go there at once.
        leave: Leave,
    },
}

/// What is left to do in the browser after a session ended.
pub(crate) struct SignedOut {
    /// Where the person may go.
    pub(crate) back: Option<Back>,
    /// Whether they go there at once.
    pub(crate) leave: Leave,
    /// Addresses that the signed-out page loads in frames, one for each client with a `frontchannel_logout_uri`.
    pub(crate) frames: Vec<String>,
}

/// Why a sign-out request was refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogoutRefused {
    /// The browser cannot be sent where the request says; an unchecked URI would be an open redirector.
    #[error(transparent)]
    BadRedirect(#[from] LogoutProblem),
    /// The form is not of this session, or too old.
    #[error("the form is not of this session")]
    Forged,
    /// A dependency failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Answers a sign-out request. The person must always confirm: otherwise a link on any page could end a session. They are asked as
/// well if the request's hint cannot be verified (its key may have been withdrawn), because they came to sign out.
pub(crate) async fn ask(
    app: &App,
    request: &LogoutRequest,
    session: Option<&TokenHash>,
) -> Result<LogoutQuestion, LogoutRefused> {
    let now = app.clock.now();
    let way = way_back(app, request, now)?;
    match session.zip(live(app, session, now).await?) {
        Some((hash, _)) => {
            let ticket = Ticket { session: *hash, back: way.back().cloned(), expires_at: now.plus(TICKET_LIFETIME) };
            let plain = serde_json::to_vec(&ticket).map_err(|error| Unavailable::Worker(error.to_string()))?;
            Ok(LogoutQuestion::Confirm { ticket: app.seals.logout.seal(&app.random, &plain), way })
        }
        None => Ok(LogoutQuestion::NobodyHere { leave: leave_for(app, way.back()), way }),
    }
}

/// The person confirmed.
pub(crate) async fn confirm(
    app: &App,
    ticket: &str,
    session: Option<&TokenHash>,
    scope: LogoutScope,
    origin: RequestOrigin,
) -> Result<SignedOut, LogoutRefused> {
    let now = app.clock.now();
    let plain = app.seals.logout.open(ticket).ok_or(LogoutRefused::Forged)?;
    let ticket: Ticket = serde_json::from_slice(&plain).map_err(|_| LogoutRefused::Forged)?;
    if now >= ticket.expires_at || session.is_some_and(|session| *session != ticket.session) {
        return Err(LogoutRefused::Forged);
    }
    let frames = match live(app, Some(&ticket.session), now).await? {
        Some((session, _)) => {
            let ending = Ending { hash: &ticket.session, session: &session, scope, by: session.account, origin };
            let holders = end_session(app, &ending, now).await?;
            backchannel_logout::frames(app, &holders, session.id)
        }
        None => Vec::new(),
    };
    Ok(SignedOut { leave: leave_for(app, ticket.back.as_ref()), back: ticket.back, frames })
}

fn leave_for(app: &App, back: Option<&Back>) -> Leave {
    let client = back.and_then(|back| app.client_cache.load().client(&back.client));
    // Without the client there is no way to it either.
    client.map_or(Leave::AfterPage, |client| leave(app, &client))
}

/// RP-Initiated Logout §2, §3: the browser is sent back only to a registered URI of the client that asks. What cannot be validated is
/// not used (§4).
fn way_back(app: &App, request: &LogoutRequest, now: Timestamp) -> Result<WayBack, LogoutRefused> {
    let Some(uri) = &request.post_logout_redirect_uri else { return Ok(WayBack::NotAsked) };
    let claims = request.id_token_hint.as_ref().and_then(|hint| hint_claims(app, hint, now));
    let named = request.asking_client(claims.as_ref().map(|claims| &claims.aud))?;
    let Some(client) = named.and_then(|id| app.client_cache.load().client(id)) else {
        tracing::info!(
            "the way back after a sign-out is not used: no id_token_hint that can be verified, and no known client_id"
        );
        return Ok(WayBack::ClientNotNamed);
    };
    Ok(WayBack::To(Back { uri: request.destination(uri, &client)?, client: client.id.clone() }))
}
