//! `GET /interaction/{id}`: the page for what is missing next.

use crate::app::App;
use crate::flows::interaction::dispatcher::{Next, next};
use crate::flows::interaction::one_time_code::{CODE_LIFETIME, message_state};
use crate::flows::interaction::sign_in::second_factor_of;
use crate::flows::interaction::step_up::asked_of;
use crate::identity::account::reference;
use crate::oidc::cross_device::device::UserCode;
use crate::records::delivery::message::MessageState;
use crate::records::evidence::applicant::Applicant;
use crate::records::interaction::{Pending, Proves, SentCode};
use crate::records::outcome::StepForm;
use crate::web::answer::{refuse_plainly, to_client};
use crate::web::pages::authentication::authenticator::{Authenticator, Becomes};
use crate::web::pages::authentication::one_time_code::{CodePurpose, MessageNews, OneTimeCode, Sending};
use crate::web::pages::authentication::recovery_used::RecoveryUsed;
use crate::web::pages::authentication::sign_in::SignIn;
use crate::web::pages::device::Compare;
use crate::web::pages::refusal::RefusalKind;
use crate::web::pages::{BackTo, RecoveryCode};
use crate::web::steps::outcome::status;
use crate::web::steps::{Step, answered, consent, ended, more_evidence, name_of, recovery_codes};
use crate::web::visitor::Visitor;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use std::time::Duration;

/// A message that no provider took for so long is said to wait.
const WAITS_FROM: Duration = Duration::from_secs(10);

/// Shows what comes next.
pub(crate) async fn show(State(app): State<Arc<App>>, visitor: Visitor, Path(id): Path<String>) -> Result<Response, Response> {
    let step = Step::enter(&app, &visitor, &id).await?;
    Box::pin(dispatch(step)).await
}

async fn dispatch(step: Step<'_>) -> Result<Response, Response> {
    let Step { app, visitor, open } = step;
    let keep = Step { app, visitor, open: open.clone() };
    let next = next(app, open, visitor.session.as_ref(), app.clock.now()).await.map_err(|gone| ended(visitor, &gone))?;
    Ok(match next {
        Next::SignIn => sign_in(&keep).await?,
        Next::Code(sent) => one_time_code(&keep, &sent).await?,
        Next::RecoveryCode => recovery_page(&keep),
        Next::Authenticator(applicant) => authenticator(&keep, &applicant),
        Next::Evidence(seeker) => more_evidence::page(&keep, &seeker).await?,
        Next::RecoveryCodes => recovery_codes::page(&keep),
        Next::RecoveryCodesLeft(left) => {
            let form = keep.form("/codes-kept", &[]);
            keep.page(StatusCode::OK, &RecoveryUsed { layout: keep.layout(&keep.address("")), form, left })
        }
        Next::Consent(visit) => consent::page(&keep, &visit),
        Next::Comparison(code) => compare(&keep, &code),
        Next::Answered(how) => answered(&keep, how),
        Next::NotTheirs => refuse_plainly(visitor, RefusalKind::NothingAsked),
        Next::Respond(response) => to_client(&response, keep.layout("/"), keep.agency()),
    })
}

/// The sign-in page.
pub(crate) async fn sign_in(step: &Step<'_>) -> Result<Response, Response> {
    let again = asked_of(step.app, &step.open, step.visitor.session.as_ref(), step.app.clock.now()).await;
    let again = again.map_err(|cause| step.broken(&cause))?.map(|account| name_of(&account, step.locale()));
    let hint = step.open.interaction.request.login_hint.as_deref().unwrap_or_default();
    // A hint may hold any text; only a valid national ID goes into the field.
    let hint = crate::identity::national_id::NationalId::parse(hint).map(|id| id.as_str().to_owned()).unwrap_or_default();
    let (about, typed) = (step.about(), &step.open.interaction.typed.national_id);
    let sign_in = SignIn {
        layout: step.layout(&step.address("/sign-in")),
        form: step.form("/sign-in", &[StepForm::SignIn, StepForm::Passkey]),
        agency: step.agency(),
        again,
        cancel: step.open.interaction.answering.is_none().then(|| step.address("/cancel")),
        about: about.clone(),
        base: step.address(""),
        national_id: if typed.is_empty() { hint } else { typed.clone() },
    };
    Ok(step.page_about(status(&sign_in.form), &sign_in, &about))
}

/// The one-time code page.
pub(crate) async fn one_time_code(step: &Step<'_>, sent: &SentCode) -> Result<Response, Response> {
    let now = step.app.clock.now();
    let state = message_state(step.app, sent, now).await.map_err(|cause| step.broken(&cause))?;
    let purpose = match sent.proves {
        Proves::SecondFactor(_) => CodePurpose::SignIn { recovery: step.address("/recovery"), back: step.address("/sign-in") },
        Proves::Number(_) => CodePurpose::Proofing { change: step.address("/prove") },
    };
    let age = now.since(sent.sent_at);
    let left = CODE_LIFETIME.saturating_sub(age);
    let code = OneTimeCode {
        layout: step.layout(&step.address("")),
        form: step.form("/code", &[StepForm::Code]),
        purpose,
        number: sent.to.masked(),
        minutes: left.as_secs().div_ceil(60),
        again: step.address("/code/again"),
        sending: if step.has_sent_again() { Sending::Again } else { Sending::First },
        news: news(state, age),
        check: step.app.sms.mailbox().map(|_| step.address("")),
    };
    Ok(step.page(status(&code.form), &code))
}

/// What the page says of the message. That a telephone received it is not said: it would tell others which telephones are on.
const fn news(state: Option<MessageState>, age: Duration) -> MessageNews {
    match state {
        Some(MessageState::Undeliverable | MessageState::Expired) => MessageNews::Lost,
        Some(MessageState::Queued) if age.as_secs() >= WAITS_FROM.as_secs() => MessageNews::Waiting,
        _ => MessageNews::OnItsWay,
    }
}

/// The page on which the person makes a passkey or a password.
pub(crate) fn authenticator(step: &Step<'_>, applicant: &Applicant) -> Response {
    let authenticator = Authenticator {
        layout: step.layout(&step.address("")),
        form: step.form("/authenticator", &[StepForm::Authenticator]),
        base: step.address(""),
        username: applicant.person.national_id.as_str().to_owned(),
        account: if applicant.replaces.is_some() { Becomes::Theirs } else { Becomes::New },
    };
    step.page(status(&authenticator.form), &authenticator)
}

/// The page on which the person compares the code of a device.
fn compare(step: &Step<'_>, code: &UserCode) -> Response {
    let layout = step.layout(&step.address(""));
    let compare = Compare { layout, form: step.form("/device", &[]), agency: step.agency(), user_code: code.to_string() };
    step.page(StatusCode::OK, &compare)
}

/// The page for a recovery code.
pub(crate) fn recovery_page(step: &Step<'_>) -> Response {
    let form = step.form("/recovery", &[StepForm::Recovery]);
    let layout = step.layout(&step.address("/recovery"));
    let back = match step.open.interaction.pending {
        Pending::SecondFactor(_) => BackTo::SignIn(step.address("/sign-in")),
        _ => BackTo::Code(step.address("")),
    };
    let sheet = second_factor_of(&step.open).map(reference).unwrap_or_default();
    step.page(status(&form), &RecoveryCode { layout, form, back, sheet })
}
