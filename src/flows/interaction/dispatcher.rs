//! The dispatcher: reads an interaction, sees what is missing, and says which page comes next or sends the person back.
//!
//! Steps load the interaction here, change it, keep it, and return; the browser then asks the dispatcher again.

use crate::app::App;
use crate::app::unavailable::Broken;
use crate::flows::authorization::authorization_code::make_code;
use crate::flows::authorization::authorization_response::respond;
use crate::flows::authorization::hint::{Hint, hint};
use crate::flows::authorization::resolve_request::may_answer;
use crate::flows::cross_device::decide::{Answered, Undecided, allow, refuse};
use crate::flows::interaction::open::{InteractionGone, Open};
use crate::flows::session::browser_session::{state_for, visit};
use crate::oidc::authorization::response::{AuthorizationResponse, Reply};
use crate::oidc::cross_device::device::UserCode;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::records::cross_device::Way;
use crate::records::interaction::{Applicant, Interaction, Missing, Pending, SentCode, Visit};
use crate::secret::TokenHash;
use crate::time::Timestamp;
use crate::transient::Taken;

/// What the browser shows next.
pub enum Next {
    /// The sign-in page.
    SignIn,
    /// The one-time code page.
    Code(SentCode),
    /// The page for a recovery code: none could be sent by SMS.
    RecoveryCode,
    /// The page on which a passkey or password is made.
    Authenticator(Box<Applicant>),
    /// The recovery codes, shown this once.
    RecoveryCodes(Vec<String>),
    /// How many recovery codes are left after one was used.
    RecoveryCodesLeft(u32),
    /// The consent page.
    Consent(Box<Visit>),
    /// The page on which the code of a device is compared.
    Comparison(UserCode),
    /// Nothing: back to the client.
    Respond(AuthorizationResponse),
    /// Nothing: somebody else is asked than signed in.
    NotTheirs,
    /// Nothing: a client hears it at the token endpoint.
    Answered(Answered),
}

/// The dispatcher.
pub async fn next(app: &App, open: Open, session: Option<&TokenHash>, now: Timestamp) -> Result<Next, InteractionGone> {
    let visit = visit(app, session, &open.client.id, now).await?;
    // Whom `id_token_hint` does not name is nobody here. After a sign-in on these pages only a hint that names another is held
    // against them: one that cannot be read has got all that it could ask for.
    let hint = visit.as_ref().map_or(Hint::Fits, |visit| hint(app, &open.client, &open.interaction.request, visit, now));
    let answered = visit.as_ref().is_some_and(|visit| open.interaction.was_answered_by(visit));
    let theirs = visit.as_ref().is_none_or(|visit| open.interaction.is_for(visit));
    if answered && !theirs && matches!(open.interaction.pending, Pending::Nothing) {
        // They hear what somebody hears who opens an address where nothing is.
        take(app, &open, now).await?;
        return Ok(Next::NotTheirs);
    }
    let visit = visit.filter(|_| theirs);
    let visit = visit.filter(|_| hint == Hint::Fits || (hint == Hint::Unreadable && answered));
    match (open.interaction.missing(&open.client, visit.as_ref(), now), visit, open.interaction.pending.clone()) {
        (Missing::Comparison, ..) => comparison(&open),
        (Missing::Code, _, Pending::Code(sent)) => Ok(Next::Code(sent)),
        (Missing::Code, _, Pending::SecondFactor(_)) => Ok(Next::RecoveryCode),
        (Missing::Authenticator, _, Pending::Authenticator(applicant)) => Ok(Next::Authenticator(applicant)),
        (Missing::RecoveryCodes, _, Pending::RecoveryCodes(sealed)) => Ok(Next::RecoveryCodes(unseal_codes(app, &sealed))),
        (Missing::RecoveryCodes, _, Pending::RecoveryCodeUsed { left }) => Ok(Next::RecoveryCodesLeft(left)),
        (Missing::SignIn, ..) if answered && hint == Hint::NamesAnother => {
            finish_with_error(app, &open, OAuthErrorCode::LoginRequired, now).await
        }
        (Missing::SamePerson, ..) => finish_with_error(app, &open, OAuthErrorCode::LoginRequired, now).await,
        (Missing::Consent, Some(visit), _) => Ok(Next::Consent(Box::new(visit))),
        (Missing::Assurance, ..) => finish_with_error(app, &open, OAuthErrorCode::UnmetAuthenticationRequirements, now).await,
        (Missing::Nothing, Some(visit), _) => finish(app, &open, (&visit, session), now).await,
        _ => Ok(Next::SignIn),
    }
}

/// The interaction ends: whoever takes it sends the person back, and it is taken once.
async fn finish(
    app: &App,
    open: &Open,
    (visit, session): (&Visit, Option<&TokenHash>),
    now: Timestamp,
) -> Result<Next, InteractionGone> {
    take(app, open, now).await?;
    if let Some(answering) = &open.interaction.answering {
        return allow(app, Undecided { open, answering }, visit, now).await.map(Next::Answered);
    }
    let request = &open.interaction.request;
    let code = make_code(app, request, visit, now);
    let reply = Reply::success(request, &code, app.settings.issuer()).with_session_state(state_for(app, session, request));
    Ok(Next::Respond(respond(app, &open.client, reply, now)?))
}

/// The interaction ends with an error for the client.
pub async fn finish_with_error(app: &App, open: &Open, code: OAuthErrorCode, now: Timestamp) -> Result<Next, InteractionGone> {
    take(app, open, now).await?;
    if let Some(answering) = &open.interaction.answering {
        return refuse(app, Undecided { open, answering }, None, now).await.map(Next::Answered);
    }
    let description = match code {
        OAuthErrorCode::AccessDenied => "the person did not allow it",
        OAuthErrorCode::LoginRequired => "somebody else signed in than the person whom the request is about",
        _ => "the person signed in below the level that this client or request accepts",
    };
    let error = OAuthError::new(code, description);
    let reply = Reply::error(&open.interaction.request, &error, app.settings.issuer());
    Ok(Next::Respond(respond(app, &open.client, reply, now)?))
}

fn comparison(open: &Open) -> Result<Next, InteractionGone> {
    match open.interaction.answering.as_ref().map(|answering| &answering.way) {
        Some(Way::Device(code)) => Ok(Next::Comparison(code.clone())),
        Some(Way::Backchannel(_)) | None => Err(InteractionGone::Gone),
    }
}

/// Both are answered once: the interaction, and the pushed request that may have begun several.
pub(crate) async fn take(app: &App, open: &Open, now: Timestamp) -> Result<(), InteractionGone> {
    match app.transient.take_interaction::<Interaction>(open.interaction.id, now).await.map_err(Broken::from)? {
        Taken::First(_) if may_answer(app, &open.interaction.request, now).await? => Ok(()),
        _ => Err(InteractionGone::Gone),
    }
}

fn unseal_codes(app: &App, sealed: &str) -> Vec<String> {
    let text = app.seals.recovery.open(sealed).unwrap_or_default();
    String::from_utf8(text).unwrap_or_default().lines().map(str::to_owned).collect()
}
