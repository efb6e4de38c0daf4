//! After a form that does not lead on: its outcome is kept in the interaction, and the browser is sent to the page that shows it.
//!
//! Every form of an interaction is answered by a redirect (303, RFC 9110 §15.4.4). A reload therefore repeats a `GET`: no form is
//! sent twice and no attempt is counted twice.

use crate::app::App;
use crate::app::throttle::Throttled;
use crate::app::unavailable::Breakdown;
use crate::flows::interaction::one_time_code::{CodeError, SendError};
use crate::flows::interaction::open::NotKept;
use crate::records::interaction::{Pending, Proves, SentCode};
use crate::records::outcome::{FormError, Outcome, StepForm, Stop, Told};
use crate::web::answer::see_other;
use crate::web::layout::FormPart;
use crate::web::pages::refusal::{RefusalKind, Way};
use crate::web::steps::Step;
use crate::web::visitor::Visitor;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// The consequence of a failure.
pub(crate) enum Fault {
    /// The person corrects it on the form.
    Form(FormError),
    /// A page of its own.
    Stop(Stop),
    /// No page: another request was faster, and the dispatcher shows the current state.
    Overtaken,
    /// A line in the log.
    Unavailable(Breakdown),
}

/// `GET /interaction/{id}/stopped`: why it does not go on, and what helps. When the wait is over, or another form was sent since,
/// the dispatcher goes on.
pub(crate) async fn stopped(State(app): State<Arc<App>>, visitor: Visitor, Path(id): Path<String>) -> Result<Response, Response> {
    let step = Step::enter(&app, &visitor, &id).await?;
    let now = app.clock.now();
    let told = step.open.interaction.outcome.as_ref().and_then(|outcome| Some((outcome.form, outcome.stop(now)?)));
    match told {
        Some((form, why)) => Err(step.refuse(RefusalKind::Stopped(why), ways(&step, form, why))),
        None => Ok(step.on()),
    }
}

impl Step<'_> {
    /// The answer to a form that failed.
    pub(crate) async fn fail(&mut self, form: StepForm, fault: impl Into<Fault>) -> Response {
        match fault.into() {
            Fault::Form(error) => self.tell(form, Told::Faults(vec![error])).await,
            Fault::Stop(stop) => self.tell(form, Told::Stopped(stop)).await,
            Fault::Overtaken => self.on(),
            Fault::Unavailable(cause) => self.broken(cause),
        }
    }

    /// Keeps what the form led to, and sends the browser to the page that shows it.
    pub(crate) async fn tell(&mut self, form: StepForm, told: Told) -> Response {
        let page = match (&told, form) {
            (Told::Stopped(_), _) => "/stopped",
            (_, StepForm::SignIn | StepForm::Passkey) => "/sign-in",
            (_, StepForm::Prove) => "/prove",
            (_, StepForm::Recovery) => "/recovery",
            (_, StepForm::Code | StepForm::Authenticator | StepForm::Card | StepForm::Letter) => "",
        };
        match self.open.tell(self.app, form, told).await {
            Ok(()) => see_other(&self.address(page)),
            Err(error) => self.not_kept(&error),
        }
    }

    /// The faults of these forms, if one of them was the last form.
    pub(crate) fn faults(&self, forms: &[StepForm]) -> &[FormError] {
        match &self.open.interaction.outcome {
            Some(Outcome { form, told: Told::Faults(faults), .. }) if forms.contains(form) => faults,
            _ => &[],
        }
    }

    /// Whether a new one-time code was sent by the last form.
    pub(crate) fn has_sent_again(&self) -> bool {
        self.open.interaction.outcome.as_ref().is_some_and(|outcome| outcome.told == Told::CodeSent)
    }
}

/// A rejected form is an error for HTTP as it is for the reader (WCAG 2.2 §3.3.1).
pub(crate) fn status(form: &FormPart) -> StatusCode {
    if form.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}

/// What helps, the most helpful first. No way leads back to the form that is closed.
fn ways(step: &Step<'_>, form: StepForm, why: Stop) -> Vec<Way> {
    let link = |label, target: &str| Way::link(label, step.address(target));
    let new_code = || Way::form("otp-again", step.form("/code/again", &[]));
    let recovery = || link("otp-recovery", "/recovery");
    let awaited = match &step.open.interaction.pending {
        Pending::Code(SentCode { proves: Proves::SecondFactor(_), .. }) => Awaited::CodeOfSignIn,
        Pending::Code(SentCode { proves: Proves::Number(_), .. }) => Awaited::CodeOfProofing,
        Pending::SecondFactor(_) => Awaited::RecoveryCode,
        Pending::Claim(_) => Awaited::Evidence,
        _ => Awaited::Nothing,
    };
    let arrived = || link("otp-enter", "");
    match (why, form, awaited) {
        (Stop::RegistryUnavailable, StepForm::Card, _) => vec![link("try-again", "")],
        (Stop::RegistryUnavailable, ..) => vec![link("try-again", "/prove")],
        (Stop::AlreadyRegistered, _, Awaited::Evidence) => {
            vec![link("sign-in-title", "/sign-in"), link("refusal-not-my-account", "")]
        }
        (Stop::AlreadyRegistered, ..) => vec![link("sign-in-title", "/sign-in")],
        (Stop::TooManyTries { .. }, StepForm::Card | StepForm::Letter, _) => vec![link("more-other-way", "")],
        (Stop::CodeUsed | Stop::CodeTriesUsedUp, _, Awaited::CodeOfSignIn) => vec![new_code(), recovery()],
        (Stop::CodeUsed | Stop::CodeTriesUsedUp, _, Awaited::CodeOfProofing) => vec![new_code()],
        (Stop::CodeUsed | Stop::CodeTriesUsedUp, ..) => vec![link("otp-back", "/sign-in")],
        (Stop::NoMoreCodes { .. }, _, Awaited::CodeOfSignIn) => vec![arrived(), recovery()],
        (Stop::NoMoreCodes { .. }, _, Awaited::RecoveryCode) => vec![recovery()],
        (Stop::TooManyTries { .. }, StepForm::Recovery, Awaited::CodeOfSignIn) => vec![arrived()],
        (Stop::TooManyTries { .. }, StepForm::Code, Awaited::CodeOfProofing) => {
            vec![arrived(), link("otp-change-number", "/prove")]
        }
        (Stop::TooManyTries { .. }, StepForm::SignIn, _) => vec![Way::passkey(step.address("/sign-in"))],
        (Stop::TooManyTries { .. }, StepForm::Passkey, _) => vec![link("sign-in-submit", "/sign-in")],
        (Stop::UnderAge { .. } | Stop::Deceased | Stop::TooManyTries { .. } | Stop::NoMoreCodes { .. }, ..) => vec![],
    }
}

/// What the interaction waits for.
#[derive(Clone, Copy)]
enum Awaited {
    CodeOfSignIn,
    CodeOfProofing,
    RecoveryCode,
    Evidence,
    Nothing,
}

impl From<FormError> for Fault {
    fn from(error: FormError) -> Self {
        Self::Form(error)
    }
}

impl From<Stop> for Fault {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

impl From<&NotKept> for Fault {
    fn from(error: &NotKept) -> Self {
        match error {
            NotKept::Overtaken => Self::Overtaken,
            NotKept::Unavailable(cause) => Self::Unavailable(cause.into()),
        }
    }
}

impl From<&Throttled> for Fault {
    fn from(throttled: &Throttled) -> Self {
        match throttled {
            Throttled::TooMany { retry_after } => Self::Stop(Stop::TooManyTries { wait: *retry_after }),
            Throttled::Unavailable(cause) => Self::Unavailable(cause.into()),
        }
    }
}

impl From<&SendError> for Fault {
    fn from(error: &SendError) -> Self {
        match error {
            SendError::Throttled(throttled) => throttled.into(),
            SendError::NotKept(error) => error.into(),
            SendError::Sms(cause) => Self::Unavailable(Breakdown { cause: cause.to_string(), may_pass: true }),
            SendError::Unavailable(cause) => Self::Unavailable(cause.into()),
        }
    }
}

impl From<&CodeError> for Fault {
    fn from(error: &CodeError) -> Self {
        match error {
            CodeError::Wrong { tries_left } => Self::Form(FormError::CodeWrong { tries_left: *tries_left }),
            CodeError::TooManyTries => Self::Stop(Stop::CodeTriesUsedUp),
            CodeError::Expired => Self::Form(FormError::CodeExpired),
            CodeError::Used => Self::Stop(Stop::CodeUsed),
            CodeError::Unavailable(cause) => Self::Unavailable(cause.into()),
        }
    }
}
