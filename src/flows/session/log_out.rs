//! Signing out: asked by a client (OpenID Connect RP-Initiated Logout 1.0 §2) or by the person, confirmed by the person.

use crate::app::App;
use crate::app::unavailable::Broken;
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
pub struct Back {
    /// A registered `post_logout_redirect_uri`, with `state` already added.
    pub uri: String,
    /// The client it belongs to.
    pub client: ClientId,
}

/// What a sign-out page was opened for, sealed into its form: it ends the session it was shown to and no other.
#[derive(Serialize, Deserialize)]
struct Ticket {
    session: TokenHash,
    back: Option<Back>,
    expires_at: Timestamp,
}

/// What the browser shows.
pub enum Asked {
    /// A question, with the form's ticket.
    Confirm {
        /// The sealed ticket.
        ticket: String,
        /// Where it goes on.
        back: Option<Back>,
    },
    /// Nobody is signed in here.
    NobodyHere {
        /// Where it goes on.
        back: Option<Back>,
    },
}

/// What is left to do in the browser after a session ended.
pub struct SignedOut {
    /// Where the person may go.
    pub back: Option<Back>,
    /// Addresses that the signed-out page loads in frames, one for each client with a `frontchannel_logout_uri`.
    pub frames: Vec<String>,
}

/// Why a sign-out request was refused.
#[derive(Debug, thiserror::Error)]
pub enum LogoutRefused {
    /// The hint is not an ID token of ours, or of another client than `client_id`.
    #[error("id_token_hint is not usable")]
    BadHint,
    /// The browser cannot be sent where the request says; an unchecked URI would be an open redirector.
    #[error(transparent)]
    BadRedirect(#[from] LogoutProblem),
    /// The form is not of this session, or too old.
    #[error("the form is not of this session")]
    Forged,
    /// Something broke.
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// Somebody asks to sign out. The person is always asked: a link on any page could otherwise end a session.
pub async fn ask(app: &App, request: &LogoutRequest, session: Option<&TokenHash>) -> Result<Asked, LogoutRefused> {
    let now = app.clock.now();
    let back = back(app, request, now)?;
    match session.zip(live(app, session, now).await?) {
        Some((hash, _)) => {
            let ticket = Ticket { session: *hash, back: back.clone(), expires_at: now.plus(TICKET_LIFETIME) };
            let plain = serde_json::to_vec(&ticket).map_err(|error| Broken::Worker(error.to_string()))?;
            Ok(Asked::Confirm { ticket: app.seals.logout.seal(&app.random, &plain), back })
        }
        None => Ok(Asked::NobodyHere { back }),
    }
}

/// The person confirmed.
pub async fn confirm(
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

/// RP-Initiated Logout §2, §3: only a registered URI of the client that asks is gone back to.
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
        request.asking_client(audience.as_ref())?.map(|id| app.directory.load().client(id).ok_or(LogoutRefused::BadHint));
    let client = client.transpose()?;
    let uri = request.destination(client.as_deref())?;
    Ok(uri.zip(client).map(|(uri, client)| Back { uri, client: client.id.clone() }))
}
