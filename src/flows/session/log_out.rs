//! Signing out: requested by a client (OpenID Connect RP-Initiated Logout 1.0 §2) or by the person, confirmed by the person.

use crate::app::App;
use crate::app::unavailable::Unavailable;
use crate::client::words::ClientId;
use crate::crypto::jose::verify::verify_own_expired_ok;
use crate::flows::session::backchannel_logout;
use crate::flows::session::browser_session::live;
use crate::flows::session::session_end::{Ending, LogoutScope, end_session};
use crate::oidc::claims::token::IdTokenClaims;
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
        /// Where the person may go afterwards.
        back: Option<Back>,
    },
    /// No person is signed in here.
    NobodyHere {
        /// Where the person may go afterwards.
        back: Option<Back>,
    },
}

/// What is left to do in the browser after a session ended.
pub(crate) struct SignedOut {
    /// Where the person may go.
    pub(crate) back: Option<Back>,
    /// Addresses that the signed-out page loads in frames, one for each client with a `frontchannel_logout_uri`.
    pub(crate) frames: Vec<String>,
}

/// Why a sign-out request was refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogoutRefused {
    /// The hint is no ID token of this server, or was issued to another client than `client_id`.
    #[error("id_token_hint is not usable")]
    BadHint,
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

/// Answers a sign-out request. The person must always confirm: otherwise a link on any page could end a session.
pub(crate) async fn ask(
    app: &App,
    request: &LogoutRequest,
    session: Option<&TokenHash>,
) -> Result<LogoutQuestion, LogoutRefused> {
    let now = app.clock.now();
    let back = back(app, request, now)?;
    match session.zip(live(app, session, now).await?) {
        Some((hash, _)) => {
            let ticket = Ticket { session: *hash, back: back.clone(), expires_at: now.plus(TICKET_LIFETIME) };
            let plain = serde_json::to_vec(&ticket).map_err(|error| Unavailable::Worker(error.to_string()))?;
            Ok(LogoutQuestion::Confirm { ticket: app.seals.logout.seal(&app.random, &plain), back })
        }
        None => Ok(LogoutQuestion::NobodyHere { back }),
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
    Ok(SignedOut { back: ticket.back, frames })
}

/// RP-Initiated Logout §2, §3: the browser is sent back only to a registered URI of the client that asks.
fn back(app: &App, request: &LogoutRequest, now: Timestamp) -> Result<Option<Back>, LogoutRefused> {
    let audience = match &request.id_token_hint {
        Some(hint) => {
            let claims: IdTokenClaims =
                verify_own_expired_ok(&app.keyring.load(), hint, "JWT", now).map_err(|_| LogoutRefused::BadHint)?;
            Some(claims.aud)
        }
        None => None,
    };
    let client =
        request.asking_client(audience.as_ref())?.map(|id| app.client_cache.load().client(id).ok_or(LogoutRefused::BadHint));
    let client = client.transpose()?;
    let uri = request.destination(client.as_deref())?;
    Ok(uri.zip(client).map(|(uri, client)| Back { uri, client: client.id.clone() }))
}
