//! `GET …/passkey/options` and `POST …/passkey`: signing in with a passkey.

use crate::app::App;
use crate::app::throttle::Throttled;
use crate::app::unavailable::Breakdown;
use crate::flows::interaction::open::NotKept;
use crate::flows::interaction::passkey_sign_in::{PasskeySignInError, options as passkey_options, with_passkey};
use crate::oidc::params::Params;
use crate::records::outcome::{FormError, StepForm, Stop};
use crate::web::answer::json_no_store;
use crate::web::pages::refusal::RefusalKind;
use crate::web::steps::Step;
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// A challenge.
pub(crate) async fn options(State(app): State<Arc<App>>, visitor: Visitor, Path(id): Path<String>) -> Result<Response, Response> {
    let step = Step::enter(&app, &visitor, &id).await?;
    let options = passkey_options(&app, &step.open, visitor.address).await.map_err(|error| match error {
        PasskeySignInError::Throttled(Throttled::TooMany { retry_after }) => {
            step.refuse(RefusalKind::Stopped(Stop::TooManyTries { wait: retry_after }), Vec::new())
        }
        error => step.broken(breakdown(&error)),
    })?;
    Ok(json_no_store(StatusCode::OK, &options))
}

fn breakdown(error: &PasskeySignInError) -> Breakdown {
    match error {
        PasskeySignInError::Unavailable(cause) | PasskeySignInError::NotKept(NotKept::Unavailable(cause)) => cause.into(),
        other => Breakdown { cause: other.to_string(), may_pass: false },
    }
}

/// The response of the browser.
pub(crate) async fn submit(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Response> {
    let form = Params::from_form(&body);
    let mut step = Step::enter_by_form(&app, &visitor, &id, &form).await?;
    let answer = form.get("response").unwrap_or_default();
    // The form without the script's answer: it is not a try, and the open challenge stays.
    if answer.is_empty() {
        return Err(step.fail(StepForm::Passkey, FormError::PasskeyFailed).await);
    }
    match with_passkey(&app, &mut step.open, answer, visitor.session.as_ref(), visitor.address).await {
        Ok(begun) => Ok(step.on_signed_in(&begun)),
        Err(PasskeySignInError::Refused(reason)) => {
            tracing::info!(reason, "passkey rejected");
            Err(step.fail(StepForm::Passkey, FormError::PasskeyFailed).await)
        }
        Err(PasskeySignInError::Throttled(throttled)) => Err(step.fail(StepForm::Passkey, &throttled).await),
        Err(PasskeySignInError::NotKept(NotKept::Overtaken)) => Ok(step.on()),
        Err(PasskeySignInError::NotKept(NotKept::Unavailable(cause)) | PasskeySignInError::Unavailable(cause)) => {
            Err(step.broken(&cause))
        }
    }
}
