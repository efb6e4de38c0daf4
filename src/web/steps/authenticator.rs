//! `POST …/authenticator`: a first password. `POST …/passkey/new`: a first passkey. `POST …/codes-kept`: on from the recovery codes.

use crate::app::App;
use crate::crypto::password::{Password, PasswordError};
use crate::flows::interaction::enroll::{EnrollError, NewAuthenticator, codes_kept, enroll, passkey_options};
use crate::flows::interaction::open::NotKept;
use crate::oidc::params::Params;
use crate::records::interaction::Pending;
use crate::web::answer::json_no_store;
use crate::web::layout::FormError;
use crate::web::pages::refusal::RefusalKind;
use crate::web::steps::{Step, show};
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// A first password.
pub async fn password(State(app): State<Arc<App>>, visitor: Visitor, Path(id): Path<String>, body: Bytes) -> Response {
    let form = Params::from_form(&body);
    let mut step = match Step::enter_by_form(&app, &visitor, &id, &form).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    match Password::parse(form.get("password").unwrap_or_default()) {
        Ok(password) => finish(&mut step, NewAuthenticator::Password(password)).await,
        Err(error) => faulty(&step, password_error(error)),
    }
}

/// Options for a first passkey.
pub async fn options(State(app): State<Arc<App>>, visitor: Visitor, Path(id): Path<String>) -> Response {
    let step = match Step::enter(&app, &visitor, &id).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    match passkey_options(&app, &step.open).await {
        Ok(options) => json_no_store(StatusCode::OK, &options),
        Err(EnrollError::Broken(cause)) => step.broken(&cause),
        Err(_) => StatusCode::CONFLICT.into_response(),
    }
}

/// A first passkey.
pub async fn passkey(State(app): State<Arc<App>>, visitor: Visitor, Path(id): Path<String>, body: Bytes) -> Response {
    let form = Params::from_form(&body);
    let mut step = match Step::enter_by_form(&app, &visitor, &id, &form).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    let response = form.get("response").unwrap_or_default().to_owned();
    finish(&mut step, NewAuthenticator::Passkey(response)).await
}

/// On from the recovery codes.
pub async fn kept(State(app): State<Arc<App>>, visitor: Visitor, Path(id): Path<String>, body: Bytes) -> Response {
    let form = Params::from_form(&body);
    let mut step = match Step::enter_by_form(&app, &visitor, &id, &form).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    match codes_kept(&app, &mut step.open).await {
        Ok(()) | Err(NotKept::Overtaken) => step.on(),
        Err(NotKept::Broken(cause)) => step.broken(&cause),
    }
}

async fn finish(step: &mut Step<'_>, authenticator: NewAuthenticator) -> Response {
    let before = step.visitor.session;
    let notice = step.locale().t("sms-account-taken-over");
    match enroll(step.app, &mut step.open, authenticator, before.as_ref(), &notice).await {
        Ok(begun) => step.on_signed_in(&begun),
        // Pressed twice: the first press made the account, and this very interaction goes on from there.
        Err(EnrollError::HasAccount) if step.has_moved_on().await => step.on(),
        Err(EnrollError::HasAccount) => step.refuse(RefusalKind::AlreadyRegistered, Some(step.address(""))),
        Err(EnrollError::NotProofed | EnrollError::NotKept(NotKept::Overtaken)) => step.on(),
        Err(EnrollError::Passkey(cause)) => {
            tracing::info!(reason = %cause, "passkey refused");
            faulty(step, FormError::PasskeyFailed)
        }
        Err(EnrollError::NotKept(NotKept::Broken(cause)) | EnrollError::Broken(cause)) => step.broken(&cause),
    }
}

fn faulty(step: &Step<'_>, error: FormError) -> Response {
    match &step.open.interaction.pending {
        Pending::Authenticator(applicant) => show::authenticator(step, applicant, &[error]),
        _ => step.on(),
    }
}

const fn password_error(error: PasswordError) -> FormError {
    match error {
        PasswordError::TooShort => FormError::PasswordTooShort,
        PasswordError::TooLong => FormError::PasswordTooLong,
        PasswordError::TooCommon => FormError::PasswordTooCommon,
    }
}
