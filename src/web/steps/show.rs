//! `GET /interaction/{id}`: the page for what is missing next.

use crate::app::App;
use crate::flows::interaction::dispatcher::{Next, next};
use crate::flows::interaction::one_time_code::CODE_LIFETIME;
use crate::flows::interaction::step_up::asked_of;
use crate::oidc::cross_device::device::UserCode;
use crate::records::interaction::{Applicant, Pending, Proves, SentCode};
use crate::web::answer::{refuse_plainly, to_client};
use crate::web::layout::FormError;
use crate::web::pages::authentication::authenticator::{Authenticator, Becomes};
use crate::web::pages::authentication::one_time_code::{CodePurpose, OneTimeCode, Sending};
use crate::web::pages::authentication::recovery_codes::RecoveryCodes;
use crate::web::pages::authentication::recovery_used::RecoveryUsed;
use crate::web::pages::authentication::sign_in::SignIn;
use crate::web::pages::device::Compare;
use crate::web::pages::refusal::RefusalKind;
use crate::web::pages::{BackTo, RecoveryCode};
use crate::web::steps::{Step, answered, consent, ended, name_of};
use crate::web::visitor::Visitor;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

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
        Next::SignIn => sign_in(&keep, &[]).await?,
        Next::Code(sent) => one_time_code(&keep, &sent, Sending::First, &[]),
        Next::RecoveryCode => recovery_page(&keep, &[]),
        Next::Authenticator(applicant) => authenticator(&keep, &applicant, &[]),
        Next::RecoveryCodes(codes) => {
            let form = keep.form("/codes-kept", &[]);
            keep.page(StatusCode::OK, &RecoveryCodes { layout: keep.layout(&keep.address("")), form, codes })
        }
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
pub(crate) async fn sign_in(step: &Step<'_>, errors: &[FormError]) -> Result<Response, Response> {
    let again = asked_of(step.app, &step.open, step.visitor.session.as_ref(), step.app.clock.now()).await;
    let again = again.map_err(|cause| step.broken(&cause))?.map(|account| name_of(&account.person, step.locale()));
    let hint = step.open.interaction.request.login_hint.as_deref().unwrap_or_default();
    // A hint may hold any text; only a valid national ID goes into the field.
    let hint = crate::identity::national_id::NationalId::parse(hint).map(|id| id.as_str().to_owned()).unwrap_or_default();
    let (about, typed) = (step.about(), &step.open.interaction.typed.national_id);
    let sign_in = SignIn {
        layout: step.layout(&step.address("")),
        form: step.form("/sign-in", errors),
        agency: step.agency(),
        again,
        cancel: step.open.interaction.answering.is_none().then(|| step.address("/cancel")),
        about: about.clone(),
        base: step.address(""),
        national_id: if typed.is_empty() { hint } else { typed.clone() },
    };
    Ok(step.page_about(status(errors), &sign_in, &about))
}

/// The one-time code page.
pub(crate) fn one_time_code(step: &Step<'_>, sent: &SentCode, sending: Sending, errors: &[FormError]) -> Response {
    let purpose = match sent.proves {
        Proves::SecondFactor(_) => CodePurpose::SignIn { recovery: step.address("/recovery"), back: step.address("/sign-in") },
        Proves::Number(_) => CodePurpose::Proofing { change: step.address("/prove") },
    };
    let left = CODE_LIFETIME.saturating_sub(step.app.clock.now().since(sent.sent_at));
    let code = OneTimeCode {
        layout: step.layout(&step.address("")),
        form: step.form("/code", errors),
        purpose,
        number: sent.to.masked(),
        minutes: left.as_secs().div_ceil(60),
        again: step.address("/code/again"),
        sending,
    };
    step.page(status(errors), &code)
}

/// The page on which the person makes a passkey or a password.
pub(crate) fn authenticator(step: &Step<'_>, applicant: &Applicant, errors: &[FormError]) -> Response {
    let authenticator = Authenticator {
        layout: step.layout(&step.address("")),
        form: step.form("/authenticator", errors),
        base: step.address(""),
        username: applicant.person.national_id.as_str().to_owned(),
        account: if applicant.takes_over.is_some() { Becomes::Theirs } else { Becomes::New },
    };
    step.page(status(errors), &authenticator)
}

/// The page on which the person compares the code of a device.
fn compare(step: &Step<'_>, code: &UserCode) -> Response {
    let layout = step.layout(&step.address(""));
    let compare = Compare { layout, form: step.form("/device", &[]), agency: step.agency(), user_code: code.to_string() };
    step.page(StatusCode::OK, &compare)
}

/// A rejected form is an error for HTTP as it is for the reader (WCAG 2.2 §3.3.1).
fn status(errors: &[FormError]) -> StatusCode {
    if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}

/// The page for a recovery code.
pub(crate) fn recovery_page(step: &Step<'_>, errors: &[FormError]) -> Response {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let layout = step.layout(&step.address("/recovery"));
    let back = match step.open.interaction.pending {
        Pending::SecondFactor(_) => BackTo::SignIn(step.address("/sign-in")),
        _ => BackTo::Code(step.address("")),
    };
    step.page(status, &RecoveryCode { layout, form: step.form("/recovery", errors), back })
}
