//! `POST …/authenticator`: a first password. `POST …/passkey/new`: a first passkey. `POST …/codes-kept`: on from the recovery codes.

use crate::app::App;
use crate::crypto::password::{Password, PasswordError};
use crate::flows::interaction::enroll::{EnrollError, NewAuthenticator, codes_kept, enroll, passkey_options};
use crate::flows::interaction::open::NotKept;
use crate::oidc::params::Params;
use crate::records::outcome::{FormError, StepForm, Stop};
use crate::web::answer::json_no_store;
use crate::web::layout::Field;
use crate::web::steps::Step;
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// A first password.
pub(crate) async fn password(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Response> {
    let form = Params::from_form(&body);
    let mut step = Step::enter_by_form(&app, &visitor, &id, &form).await?;
    let typed = Field::NewPassword.filled(form.get("password").unwrap_or_default());
    match typed.and_then(|typed| Password::parse(typed).map_err(password_error)) {
        Ok(password) => finish(&mut step, NewAuthenticator::Password(password)).await,
        Err(error) => Err(step.fail(StepForm::Authenticator, error).await),
    }
}

/// Options for a first passkey.
pub(crate) async fn options(State(app): State<Arc<App>>, visitor: Visitor, Path(id): Path<String>) -> Result<Response, Response> {
    let step = Step::enter(&app, &visitor, &id).await?;
    let options = passkey_options(&app, &step.open).await.map_err(|error| match error {
        EnrollError::Unavailable(cause) => step.broken(&cause),
        _ => StatusCode::CONFLICT.into_response(),
    })?;
    Ok(json_no_store(StatusCode::OK, &options))
}

/// A first passkey.
pub(crate) async fn passkey(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Response> {
    let form = Params::from_form(&body);
    let mut step = Step::enter_by_form(&app, &visitor, &id, &form).await?;
    let response = form.get("response").unwrap_or_default().to_owned();
    finish(&mut step, NewAuthenticator::Passkey(response)).await
}

/// On from the recovery codes.
pub(crate) async fn kept(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Response> {
    let form = Params::from_form(&body);
    let mut step = Step::enter_by_form(&app, &visitor, &id, &form).await?;
    match codes_kept(&app, &mut step.open).await {
        Ok(()) | Err(NotKept::Overtaken) => Ok(step.on()),
        Err(NotKept::Unavailable(cause)) => Err(step.broken(&cause)),
    }
}

async fn finish(step: &mut Step<'_>, authenticator: NewAuthenticator) -> Result<Response, Response> {
    let before = step.visitor.session;
    let notice = step.sms_notice("sms-account-taken-over", &[]);
    match enroll(step.app, &mut step.open, authenticator, before.as_ref(), &notice).await {
        Ok(begun) => Ok(step.on_signed_in(&begun)),
        // A second press: the first one made the account, and this very interaction goes on from there.
        Err(EnrollError::HasAccount) if step.has_moved_on().await => Ok(step.on()),
        Err(EnrollError::HasAccount) => Err(step.fail(StepForm::Authenticator, Stop::AlreadyRegistered).await),
        Err(EnrollError::NotProofed | EnrollError::NotKept(NotKept::Overtaken)) => Ok(step.on()),
        Err(EnrollError::Passkey(cause)) => {
            tracing::info!(reason = %cause, "passkey rejected");
            Err(step.fail(StepForm::Authenticator, FormError::PasskeyFailed).await)
        }
        Err(EnrollError::NotKept(NotKept::Unavailable(cause)) | EnrollError::Unavailable(cause)) => Err(step.broken(&cause)),
    }
}

const fn password_error(error: PasswordError) -> FormError {
    match error {
        PasswordError::TooShort => FormError::PasswordTooShort,
        PasswordError::TooLong => FormError::PasswordTooLong,
        PasswordError::TooCommon => FormError::PasswordTooCommon,
    }
}
