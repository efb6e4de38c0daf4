//! `POST …/code`: the answer to a one-time code. `POST …/code/again`: a new one.

use crate::app::App;
use crate::flows::interaction::one_time_code::{purpose, send_again};
use crate::flows::interaction::proofing::{ProveError, confirm_number};
use crate::flows::interaction::sign_in::{CodeAnswer, SignInError, with_code};
use crate::identity::typed_code::six_digits;
use crate::oidc::params::Params;
use crate::records::delivery::message::Purpose;
use crate::records::interaction::{Pending, Proves};
use crate::records::outcome::{FormError, StepForm, Stop, Told};
use crate::web::layout::Field;
use crate::web::steps::outcome::Fault;
use crate::web::steps::{Step, proofing, sign_in};
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use std::sync::Arc;

/// The answer.
pub(crate) async fn submit(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Response> {
    let form = Params::from_form(&body);
    let mut step = Step::enter_by_form(&app, &visitor, &id, &form).await?;
    // No code is awaited any more: the right one was sent before, and this is the same form a second time.
    let Pending::Code(sent) = step.open.interaction.pending.clone() else {
        let goes_on = step.visitor.session.is_some()
            || matches!(step.open.interaction.pending, Pending::Authenticator(_) | Pending::Claim(_));
        return if goes_on { Ok(step.on()) } else { Err(step.fail(StepForm::Code, Stop::CodeUsed).await) };
    };
    let typed = Field::OneTimeCode.filled(form.get("code").unwrap_or_default());
    let digits = match typed.and_then(|typed| six_digits(typed).ok_or(FormError::CodeShape)) {
        Ok(digits) => digits,
        Err(error) => return Err(step.fail(StepForm::Code, error).await),
    };
    match sent.proves {
        Proves::SecondFactor(_) => {
            let answer = CodeAnswer { sent: &sent, digits: &digits, from: visitor.tried_from() };
            match with_code(&app, &mut step.open, &answer, visitor.session.as_ref()).await {
                Ok(begun) => Ok(step.on_signed_in(&begun)),
                // The account was closed, or its number replaced, since the password was checked.
                Err(SignInError::Wrong) => {
                    step.open.interaction.pending = Pending::Nothing;
                    Err(step.fail(StepForm::SignIn, FormError::CredentialsWrong).await)
                }
                Err(error) => Err(step.fail(StepForm::Code, sign_in::fault(&error)).await),
            }
        }
        Proves::Number(_) => match confirm_number(&app, &mut step.open, &sent, &digits).await {
            Ok(()) => Ok(step.on()),
            Err(error) => {
                if matches!(error, ProveError::HasAccount) {
                    tracing::info!(reason = %error, "proofing rejected");
                }
                Err(step.fail(StepForm::Code, proofing::fault(&error)).await)
            }
        },
    }
}

/// A new code to the same number.
pub(crate) async fn again(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Response> {
    let form = Params::from_form(&body);
    let mut step = Step::enter_by_form(&app, &visitor, &id, &form).await?;
    let purpose = match &step.open.interaction.pending {
        Pending::Code(sent) => purpose(&sent.proves),
        _ => Purpose::SignIn,
    };
    let text = step.sms_text(purpose);
    match (send_again(&app, &mut step.open, &text).await, step.open.interaction.pending.clone()) {
        (Ok(()), Pending::Code(_)) => Ok(step.tell(StepForm::Code, Told::CodeSent).await),
        (Ok(()), _) => Ok(step.on()),
        (Err(error), Pending::Code(sent)) if matches!(sent.proves, Proves::SecondFactor(_)) => {
            Err(step.fail(StepForm::Code, sign_in::not_sent(&error)).await)
        }
        (Err(error), Pending::Code(_)) => Err(step.fail(StepForm::Code, &error).await),
        // It was not a code that was awaited: nothing is told on its page.
        (Err(error), _) => Err(match Fault::from(&error) {
            Fault::Unavailable(cause) => step.broken(cause),
            Fault::Form(_) | Fault::Stop(_) | Fault::Overtaken => step.on(),
        }),
    }
}
