//! `POST …/code`: the answer to a one-time code. `POST …/code/again`: a new one.

use crate::app::App;
use crate::flows::interaction::one_time_code::send_again;
use crate::flows::interaction::proofing::{ProveError, confirm_number};
use crate::flows::interaction::sign_in::{CodeAnswer, SignInError, with_code};
use crate::oidc::params::Params;
use crate::records::interaction::{Pending, Proves, SentCode};
use crate::text::latin_digits;
use crate::web::layout::{Field, FormError};
use crate::web::pages::authentication::one_time_code::Sending;
use crate::web::pages::refusal::RefusalKind;
use crate::web::steps::{Fault, Step, proofing, show, sign_in};
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
        return Err(step.refuse(RefusalKind::CodeUsed, Some(step.address(""))));
    };
    let typed = Field::OneTimeCode.filled(form.get("code").unwrap_or_default());
    let typed = typed.map_err(|error| show::one_time_code(&step, &sent, Sending::First, &[error]))?;
    let digits: String = latin_digits(typed).chars().filter(|c| !c.is_whitespace()).collect();
    if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(show::one_time_code(&step, &sent, Sending::First, &[FormError::CodeShape]));
    }
    match sent.proves {
        Proves::SecondFactor(_) => {
            let answer = CodeAnswer { sent: &sent, digits: &digits, from: visitor.tried_from() };
            let begun = with_code(&app, &mut step.open, &answer, visitor.session.as_ref()).await;
            let begun = begun.map_err(|error| match error {
                // The account was closed, or its number replaced, since the password was checked.
                SignInError::Wrong => step.refuse(RefusalKind::InteractionGone, None),
                error => refused(&step, &sent, sign_in::fault(&error)),
            })?;
            Ok(step.on_signed_in(&begun))
        }
        Proves::Number(_) => {
            confirm_number(&app, &mut step.open, &sent, &digits).await.map_err(|error| match error {
                ProveError::HasAccount => {
                    tracing::info!(reason = %error, "proofing rejected");
                    step.refuse(RefusalKind::AlreadyRegistered, Some(step.address("")))
                }
                error => refused(&step, &sent, proofing::fault(&error)),
            })?;
            Ok(step.on())
        }
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
    let text = step.sms_text();
    match (send_again(&app, &mut step.open, &text).await, step.open.interaction.pending.clone()) {
        (Ok(()), Pending::Code(sent)) => Ok(show::one_time_code(&step, &sent, Sending::Again, &[])),
        (Ok(()), _) => Ok(step.on()),
        (Err(error), Pending::Code(sent)) => {
            let fault = if matches!(sent.proves, Proves::SecondFactor(_)) { sign_in::not_sent(&error) } else { (&error).into() };
            Err(refused(&step, &sent, fault))
        }
        (Err(error), _) => Err(match Fault::from(&error) {
            Fault::Page(kind) => step.refuse(kind, None),
            Fault::Unavailable(cause) => step.broken(cause),
            Fault::Form(_) | Fault::Overtaken => step.on(),
        }),
    }
}

fn refused(step: &Step<'_>, sent: &SentCode, fault: Fault) -> Response {
    match fault {
        Fault::Form(error) => show::one_time_code(step, sent, Sending::First, &[error]),
        Fault::Page(kind) => step.refuse(kind, Some(step.address(""))),
        Fault::Overtaken => step.on(),
        Fault::Unavailable(cause) => step.broken(cause),
    }
}
