//! The dispatcher: reads an interaction, sees what is missing, and says which page comes next or sends the person back.
//!
//! Steps load the interaction here, change it, keep it, and return; the browser then asks the dispatcher again.

use super::authorize::{Hint, hint};
use super::code::make_code;
use super::decoupled::{Answered, Undecided, allow, refuse};
use super::requested::may_answer;
use super::respond::respond;
use super::session::{state_for, visit};
use super::{App, Broken};
use crate::identity::account::TokenHash;
use crate::identity::decoupled::Way;
use crate::identity::id::InteractionId;
use crate::identity::interaction::{Applicant, Interaction, Missing, Pending, SentCode, Typed, Visit};
use crate::oidc::client::Client;
use crate::oidc::device::UserCode;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::oidc::response::{AuthorizationResponse, Reply};
use crate::secret::same_bytes;
use crate::time::Timestamp;
use crate::transient::{Taken, Version};
use std::sync::Arc;

/// An interaction that belongs to the browser that asks.
#[derive(Clone)]
pub struct Open {
    /// The interaction.
    pub interaction: Interaction,
    /// Its client.
    pub client: Arc<Client>,
    /// Which of its states was read.
    version: Version,
}

/// How often a change is made again because the language was switched meanwhile.
const AGAIN: usize = 3;

/// Why a change was not kept.
#[derive(Debug, thiserror::Error)]
pub enum NotKept {
    /// Another request changed or ended the interaction meanwhile: the browser is to see where it stands now.
    #[error("another request was faster")]
    Overtaken,
    /// Something broke.
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// Why an interaction cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum InteractionGone {
    /// Unknown, finished, expired, or of another browser: which of them is nobody's business.
    #[error("the interaction is over or belongs to another browser")]
    Gone,
    /// The form does not carry this interaction's token.
    #[error("the form was not made by this interaction")]
    Forged,
    /// Something broke.
    #[error(transparent)]
    Broken(#[from] Broken),
}

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

/// Opens an interaction for the browser that holds its cookie.
pub async fn open(app: &App, id: InteractionId, binding: Option<&str>, now: Timestamp) -> Result<Open, InteractionGone> {
    let found: Option<(Interaction, Version)> = app.transient.interaction(id, now).await.map_err(Broken::from)?;
    let (interaction, version) = found.ok_or(InteractionGone::Gone)?;
    let binding = binding.map(TokenHash::of).ok_or(InteractionGone::Gone)?;
    if !same_bytes(&binding.0, &interaction.browser.0) {
        return Err(InteractionGone::Gone);
    }
    let client = app.directory.load().client(&interaction.request.client_id).ok_or(InteractionGone::Gone)?;
    Ok(Open { interaction, client, version })
}

impl Open {
    /// A form's token must be this interaction's: a page of another site cannot know it.
    pub fn check_csrf(&self, token: &str) -> Result<(), InteractionGone> {
        same_bytes(token.as_bytes(), self.interaction.csrf.as_bytes()).then_some(()).ok_or(InteractionGone::Forged)
    }

    /// Keeps what a step changed, if nobody was faster. That the language was switched meanwhile is no step: then it is kept all the same,
    /// in that language.
    pub async fn keep(&mut self, app: &App, now: Timestamp) -> Result<(), NotKept> {
        for _ in 0..AGAIN {
            let id = self.interaction.id;
            let kept =
                app.transient.replace_interaction(id, &self.version, &self.interaction, now).await.map_err(Broken::from)?;
            if let Some(version) = kept {
                self.version = version;
                return Ok(());
            }
            let found: Option<(Interaction, Version)> = app.transient.interaction(id, now).await.map_err(Broken::from)?;
            let (current, version) = found.ok_or(NotKept::Overtaken)?;
            let mut as_read = current.clone();
            as_read.request.ui_locales.clone_from(&self.interaction.request.ui_locales);
            if !self.version.is_of(&as_read) {
                return Err(NotKept::Overtaken);
            }
            (self.interaction.request.ui_locales, self.version) = (current.request.ui_locales, version);
        }
        Err(NotKept::Overtaken)
    }

    /// Keeps what was typed, as far as it is new.
    pub async fn keep_typed(&mut self, app: &App, typed: Typed) -> Result<(), NotKept> {
        if self.interaction.typed == typed {
            return Ok(());
        }
        self.interaction.typed = typed;
        self.keep(app, app.clock.now()).await
    }

    /// Sets what has begun, and keeps it.
    pub async fn begin(&mut self, app: &App, pending: Pending, now: Timestamp) -> Result<(), NotKept> {
        self.interaction.pending = pending;
        self.keep(app, now).await
    }

    /// Switches the language of the pages, if nobody was faster with anything.
    pub async fn speak(&mut self, app: &App, tag: &str, now: Timestamp) -> Result<(), NotKept> {
        self.interaction.request.ui_locales = vec![tag.to_owned()];
        let id = self.interaction.id;
        let kept = app.transient.replace_interaction(id, &self.version, &self.interaction, now).await.map_err(Broken::from)?;
        self.version = kept.ok_or(NotKept::Overtaken)?;
        Ok(())
    }
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
pub(super) async fn take(app: &App, open: &Open, now: Timestamp) -> Result<(), InteractionGone> {
    match app.transient.take_interaction::<Interaction>(open.interaction.id, now).await.map_err(Broken::from)? {
        Taken::First(_) if may_answer(app, &open.interaction.request, now).await? => Ok(()),
        _ => Err(InteractionGone::Gone),
    }
}

fn unseal_codes(app: &App, sealed: &str) -> Vec<String> {
    let text = app.seals.recovery.open(sealed).unwrap_or_default();
    String::from_utf8(text).unwrap_or_default().lines().map(str::to_owned).collect()
}
