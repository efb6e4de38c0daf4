//! The dispatcher: reads an interaction, sees what is missing, and says which page comes next or sends the person back.
//!
//! Steps load the interaction, change it, store it, and return; the browser then asks the dispatcher again.

use crate::app::App;
use crate::flows::authorization::authorization_code::make_code;
use crate::flows::authorization::authorization_response::respond;
use crate::flows::authorization::hint::{Hint, hint};
use crate::flows::authorization::resolve_request::may_answer;
use crate::flows::cross_device::decide::{Answered, Undecided, allow, refuse};
use crate::flows::interaction::arrival::remember;
use crate::flows::interaction::open::{InteractionGone, Open};
use crate::flows::proofing::seeker::Seeker;
use crate::flows::session::browser_session::{state_for, visit};
use crate::identity::id::AccountId;
use crate::oidc::authorization::response::{AuthorizationResponse, Reply};
use crate::oidc::cross_device::device::UserCode;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::records::cross_device::CrossDeviceWay;
use crate::records::event::EventKind;
use crate::records::evidence::applicant::Applicant;
use crate::records::interaction::{Interaction, Missing, Pending, SentCode, Visit};
use crate::secret::TokenHash;
use crate::time::Timestamp;
use crate::transient::Taken;
use std::sync::Arc;

/// What the browser shows next.
pub(crate) enum Next {
    /// The sign-in page.
    SignIn,
    /// The one-time code page.
    Code(SentCode),
    /// The page for a recovery code: no code could be sent by SMS.
    RecoveryCode,
    /// The page on which a passkey or password is made.
    Authenticator(Box<Applicant>),
    /// The page with the ways to show more about who one is.
    Evidence(Seeker),
    /// The recovery codes.
    RecoveryCodes,
    /// How many recovery codes are left after one was used.
    RecoveryCodesLeft(u32),
    /// The consent page.
    Consent(Box<Visit>),
    /// The page on which the code of a device is compared.
    Comparison(UserCode),
    /// No page: the browser goes back to the client.
    Respond(AuthorizationResponse),
    /// No page of the request: it is for another person than the one who signed in.
    NotTheirs,
    /// The decision about a cross-device request; the client gets it at the token endpoint.
    Answered(Answered),
}

/// The dispatcher.
pub(crate) async fn next(
    app: &Arc<App>,
    open: Open,
    session: Option<&TokenHash>,
    now: Timestamp,
) -> Result<Next, InteractionGone> {
    let visit = visit(app, session, &open.client.id, now).await?;
    // A session of another account than the hint's is ignored.
    let hint = visit.as_ref().map_or(Hint::Fits, |visit| hint(app, &open.client, &open.interaction.request, visit, now));
    let answered = visit.as_ref().is_some_and(|visit| open.interaction.was_answered_by(visit));
    let theirs = visit.as_ref().is_none_or(|visit| open.interaction.is_for(visit));
    if answered && !theirs && matches!(open.interaction.pending, Pending::Nothing) {
        // The person sees the same page as at an unknown address, so it reveals nothing about the request.
        take(app, &open, now).await?;
        return Ok(Next::NotTheirs);
    }
    let visit = visit.filter(|_| theirs);
    let visit = visit.filter(|_| hint == Hint::Fits);
    match (open.interaction.missing(&open.client, visit.as_ref(), now), visit, open.interaction.pending.clone()) {
        (Missing::Comparison, ..) => comparison(&open),
        (Missing::Code, _, Pending::Code(sent)) => Ok(Next::Code(sent)),
        (Missing::Code, _, Pending::SecondFactor(_)) => Ok(Next::RecoveryCode),
        (Missing::Authenticator, _, Pending::Authenticator(applicant)) => Ok(Next::Authenticator(applicant)),
        (Missing::Evidence, _, Pending::Claim(applicant)) => Ok(Next::Evidence(Seeker::Claimant(applicant))),
        (Missing::Evidence, Some(visit), _) => Ok(Next::Evidence(Seeker::Holder(visit.account))),
        (Missing::RecoveryCodes, _, Pending::RecoveryCodes(_)) => Ok(Next::RecoveryCodes),
        (Missing::RecoveryCodes, _, Pending::RecoveryCodeUsed { left }) => Ok(Next::RecoveryCodesLeft(left)),
        (Missing::SignIn, ..) if answered && hint == Hint::NamesAnother => {
            finish_with_error(app, &open, OAuthErrorCode::LoginRequired, now).await
        }
        (Missing::SamePerson, ..) => finish_with_error(app, &open, OAuthErrorCode::LoginRequired, now).await,
        (Missing::Consent, Some(visit), _) => Ok(Next::Consent(Box::new(visit))),
        (Missing::Assurance, ..) => finish_with_error(app, &open, OAuthErrorCode::UnmetAuthenticationRequirements, now).await,
        (Missing::Nothing, Some(visit), _) => finish(app, &open, &visit, session, now).await,
        _ => Ok(Next::SignIn),
    }
}

/// Ends the interaction. One request takes it, and that one sends the person back.
async fn finish(
    app: &Arc<App>,
    open: &Open,
    visit: &Visit,
    session: Option<&TokenHash>,
    now: Timestamp,
) -> Result<Next, InteractionGone> {
    take(app, open, now).await?;
    if let Some(answering) = &open.interaction.answering {
        return allow(app, Undecided { open, answering }, visit, now).await.map(Next::Answered);
    }
    let request = &open.interaction.request;
    let code = make_code(app, request, visit, now);
    let reply = Reply::success(request, &code, app.settings.issuer()).with_session_state(state_for(app, session, request));
    remember(app, open, now).await;
    Ok(Next::Respond(respond(app, &open.client, reply, now)?))
}

/// The interaction ends with an error for the client.
pub(crate) async fn finish_with_error(
    app: &Arc<App>,
    open: &Open,
    code: OAuthErrorCode,
    now: Timestamp,
) -> Result<Next, InteractionGone> {
    take(app, open, now).await?;
    if let Some(answering) = &open.interaction.answering {
        return refuse(app, Undecided { open, answering }, None, now).await.map(Next::Answered);
    }
    respond_with_error(app, open, code, now)
}

/// The person of this account refused consent. The refusal is logged after it won, and before it takes effect.
pub(crate) async fn finish_refused(
    app: &Arc<App>,
    open: &Open,
    account: AccountId,
    now: Timestamp,
) -> Result<Next, InteractionGone> {
    take(app, open, now).await?;
    if let Some(answering) = &open.interaction.answering {
        return refuse(app, Undecided { open, answering }, Some(account), now).await.map(Next::Answered);
    }
    let event = app.event(EventKind::ConsentRefused, now).by_citizen(account).about(account);
    let mut tx = app.store.write().await?;
    tx.append_event(&event.at_client(&open.client.id).from(open.origin)).await?;
    tx.save().await?;
    respond_with_error(app, open, OAuthErrorCode::AccessDenied, now)
}

fn respond_with_error(app: &App, open: &Open, code: OAuthErrorCode, now: Timestamp) -> Result<Next, InteractionGone> {
    let description = match code {
        OAuthErrorCode::AccessDenied => "the person did not allow it",
        OAuthErrorCode::LoginRequired => "the person who signed in is not the one that the request is about",
        _ => "the person signed in below the level that this client or request accepts",
    };
    let error = OAuthError::new(code, description);
    let reply = Reply::error(&open.interaction.request, &error, app.settings.issuer());
    Ok(Next::Respond(respond(app, &open.client, reply, now)?))
}

fn comparison(open: &Open) -> Result<Next, InteractionGone> {
    match open.interaction.answering.as_ref().map(|answering| &answering.way) {
        Some(CrossDeviceWay::Device(code)) => Ok(Next::Comparison(code.clone())),
        Some(CrossDeviceWay::Ciba(_)) | None => Err(InteractionGone::Gone),
    }
}

/// Takes the interaction and its pushed request. Each is answered once; one pushed request can begin several interactions.
pub(crate) async fn take(app: &App, open: &Open, now: Timestamp) -> Result<(), InteractionGone> {
    match app.transient.take_interaction::<Interaction>(open.interaction.id, now).await? {
        Taken::First(_) if may_answer(app, &open.interaction.request, now).await? => Ok(()),
        _ => Err(InteractionGone::Gone),
    }
}
