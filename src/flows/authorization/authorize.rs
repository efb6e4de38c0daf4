//! The authorization endpoint: from a request to a redirect, a page, or an error. OpenID Connect Core §3.1.2, RFC 6749 §4.1.1.

use crate::app::App;
use crate::app::throttle::{Kept, Payer, Throttled, budget};
use crate::app::unavailable::Unavailable;
use crate::client::metadata::Client;
use crate::flows::authorization::authorization_code::make_code;
use crate::flows::authorization::authorization_response::respond;
use crate::flows::authorization::hint::{Hint, hint};
use crate::flows::authorization::leave::{Leave, leave};
use crate::flows::authorization::resolve_request::{NotRequested, may_answer, requested};
use crate::flows::session::browser_session::{state_for, visit};
use crate::identity::id::{AccountId, InteractionId};
use crate::oidc::authorization::prompt::{Display, Prompt};
use crate::oidc::authorization::request::{AuthorizationRequest, AuthorizeError, PageProblem, find_client_id};
use crate::oidc::authorization::response::{AuthorizationResponse, Reply, error_params};
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::oidc::params::Params;
use crate::records::address::CountedAddress;
use crate::records::cross_device::Answering;
use crate::records::interaction::{INTERACTION_LIFETIME, Interaction, Missing, Pending, Typed, is_step_up, missing_at_start};
use crate::secret::{Secret, TokenHash};
use crate::time::Timestamp;
use crate::transient::Paid;
use std::sync::Arc;

/// Where the browser goes next.
pub(crate) enum Authorized {
    /// Back to the client, with a code or an error.
    Respond {
        /// The answer.
        response: AuthorizationResponse,
        /// The request's wish for the look of its pages, as far as the request was understood.
        display: Display,
    },
    /// Back to the client with an error, before the person has done anything.
    Unasked {
        /// The error.
        response: AuthorizationResponse,
        /// Whether the browser goes there at once.
        leave: Leave,
        /// The client.
        client: Arc<Client>,
        /// The request's wish for the look of its pages, as far as the request was understood.
        display: Display,
    },
    /// Through the pages of a new interaction.
    Interact {
        /// The interaction.
        id: InteractionId,
        /// The cookie that binds it to this browser, if the browser has none yet.
        browser: Option<Secret<String>>,
        /// The request's wish for the look of its pages.
        display: Display,
    },
}

/// Why an authorization request could not be answered by a redirect.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthorizeRefusal {
    /// The client or its redirect URI cannot be trusted: shown as a page, never redirected (RFC 6749 §4.1.2.1).
    #[error("request: {0}")]
    Request(#[from] PageProblem),
    /// The request object cannot be verified, and no other parameter says where to answer (RFC 9101 §7): shown as a page.
    #[error("request object: {0}")]
    Object(OAuthError),
    /// Too many pages were begun from this address.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// A dependency failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// What the browser sent beside the parameters.
pub(crate) struct Browser {
    /// Hash of its session cookie.
    pub(crate) session: Option<TokenHash>,
    /// Its interaction cookie.
    pub(crate) binding: Option<Secret<String>>,
    /// The address for which limits are counted.
    pub(crate) address: CountedAddress,
    /// Where it shows the answer.
    pub(crate) shown_in: ShownIn,
}

/// Where a browser shows an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ShownIn {
    /// In a window, or in a frame of a page of the same site.
    Window,
    /// In a frame of a page of another site. Browsers send no session cookie there (`SameSite`).
    FrameOfAnotherSite,
}

/// Answers an authorization request.
pub(crate) async fn authorize(app: &App, browser: &Browser, params: &Params) -> Result<Authorized, AuthorizeRefusal> {
    let now = app.clock.now();
    let client = client_of(app, params)?;
    let request = match requested(app, &client, params, now).await {
        Ok(request) => request,
        Err(NotRequested::Unavailable(cause)) => return Err(cause.into()),
        Err(NotRequested::Refused(AuthorizeError::Page(problem))) => return Err(problem.into()),
        Err(NotRequested::Refused(AuthorizeError::Object(error))) => return Err(AuthorizeRefusal::Object(error)),
        Err(NotRequested::Refused(AuthorizeError::Redirect { redirect_uri, state, response_mode, error })) => {
            log(&client, &error);
            let params = error_params(&error, state.as_deref(), issuer(app));
            return unasked(app, client, Reply { redirect_uri, mode: response_mode, params }, Display::Page, now);
        }
    };

    let visit = visit(app, browser.session.as_ref(), &client.id, now).await?;
    let visit = visit.filter(|visit| hint(app, &client, &request, visit, now) == Hint::Fits);
    let missing = missing_at_start(&request, &client, visit.as_ref(), now);

    let display = request.display;
    let ends_here = missing == Missing::Nothing || request.prompt.has(Prompt::None);
    if ends_here && !may_answer(app, &request, now).await? {
        return Err(PageProblem::BadRequestUri.into());
    }
    match (missing, &visit) {
        (Missing::Nothing, Some(visit)) => {
            let code = make_code(app, &request, visit, now);
            let state = state_for(app, browser.session.as_ref(), &request);
            let reply = Reply::success(&request, &code, issuer(app)).with_session_state(state);
            Ok(Authorized::Respond { response: respond(app, &client, reply, now)?, display })
        }
        (missing, _) if request.prompt.has(Prompt::None) => {
            let error = silent_error(missing, browser);
            log(&client, &error);
            unasked(app, client, Reply::error(&request, &error, issuer(app)), display, now)
        }
        (_, visit) => {
            let payer = visit.as_ref().map_or(Payer::Address(browser.address), |visit| Payer::Account(visit.account.id));
            let stepping_up = visit.as_ref().filter(|visit| is_step_up(&request, &client, visit, now));
            let step_up_of = stepping_up.map(|visit| visit.account.id);
            let (id, browser) =
                begin_interaction(app, browser, NewInteraction { request, step_up_of, answering: None, payer }, now).await?;
            Ok(Authorized::Interact { id, browser, display })
        }
    }
}

/// An error for the client, before the person has done anything.
fn unasked(
    app: &App,
    client: Arc<Client>,
    reply: Reply,
    display: Display,
    now: Timestamp,
) -> Result<Authorized, AuthorizeRefusal> {
    let response = respond(app, &client, reply, now)?;
    Ok(Authorized::Unasked { response, leave: leave(app, &client), client, display })
}

fn client_of(app: &App, params: &Params) -> Result<Arc<Client>, PageProblem> {
    let id = find_client_id(params)?;
    app.client_cache.load().client(&id).ok_or(PageProblem::UnknownClient)
}

fn issuer(app: &App) -> &str {
    app.settings.issuer()
}

/// OpenID Connect Core §3.1.2.6.
fn silent_error(missing: Missing, browser: &Browser) -> OAuthError {
    const ACT: &str = "the request has prompt=none, but the person would have to act";
    if missing == Missing::Consent {
        return OAuthError::new(OAuthErrorCode::ConsentRequired, ACT);
    }
    // Such a frame never succeeds, whether or not the person is signed in. Without a word of it a developer would look for a fault here.
    let description = if browser.session.is_none() && browser.shown_in == ShownIn::FrameOfAnotherSite {
        "prompt=none in a frame of another site: browsers send no session cookie there (SameSite), so it never succeeds; \
         refresh with a refresh token, or keep the session at your own server and redirect the whole window"
    } else {
        ACT
    };
    OAuthError::new(OAuthErrorCode::LoginRequired, description)
}

/// The error that goes back by the browser, for a developer who cannot see it there.
fn log(client: &Client, error: &OAuthError) {
    let (code, told) = (error.code.name(), &*error.description);
    tracing::info!(client = %client.id, error = code, told, "an authorization request was refused");
}

/// What an interaction is begun for.
pub(crate) struct NewInteraction {
    /// The request.
    pub(crate) request: AuthorizationRequest,
    /// The account whose session has to be raised to what the request demands.
    pub(crate) step_up_of: Option<AccountId>,
    /// The request of another device that it answers.
    pub(crate) answering: Option<Answering>,
    /// Who pays for it.
    pub(crate) payer: Payer,
}

/// Begins an interaction. Returns its id and, if the browser has no interaction cookie yet, a new one that binds it to this
/// browser.
pub(crate) async fn begin_interaction(
    app: &App,
    browser: &Browser,
    new: NewInteraction,
    now: Timestamp,
) -> Result<(InteractionId, Option<Secret<String>>), Throttled> {
    let NewInteraction { request, step_up_of, answering, payer } = new;
    let fresh = browser.binding.is_none().then(|| app.random.token());
    let secret = browser.binding.as_ref().or(fresh.as_ref()).map_or("", |secret| secret.expose());
    let binding = TokenHash::of(secret);
    let interaction = Interaction {
        id: InteractionId::from_bytes(app.random.bytes()),
        browser: binding,
        csrf: app.random.token().expose().clone(),
        request,
        began_at: now,
        authenticated_at: None,
        consented_by: None,
        answered_until: None,
        step_up_of,
        newcomer: None,
        pending: Pending::Nothing,
        answering: answering.map(Box::new),
        typed: Typed::default(),
        extended_until: None,
        outcome: None,
    };
    let paid = Paid { until: now.plus(INTERACTION_LIFETIME), by: &budget(app, &payer, Kept::SignIn) };
    app.transient.put_interaction(interaction.id, &interaction, paid, now).await?;
    Ok((interaction.id, fresh))
}
