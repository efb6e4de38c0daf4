//! `GET …/passkey/options` and `POST …/passkey`: signing in with a passkey.

use crate::app::App;
use crate::flows::interaction::open::NotKept;
use crate::flows::interaction::passkey_sign_in::{PasskeySignInError, options as passkey_options, with_passkey};
use crate::oidc::params::Params;
use crate::web::answer::json_no_store;
use crate::web::layout::FormError;
use crate::web::steps::{Fault, Step, show};
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// A challenge.
pub async fn options(State(app): State<Arc<App>>, visitor: Visitor, Path(id): Path<String>) -> Response {
    let step = match Step::enter(&app, &visitor, &id).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    match passkey_options(&app, &step.open).await {
        Ok(options) => json_no_store(StatusCode::OK, &options),
        Err(error) => step.broken(&error),
    }
}

/// The browser's answer.
pub async fn submit(State(app): State<Arc<App>>, visitor: Visitor, Path(id): Path<String>, body: Bytes) -> Response {
    let form = Params::from_form(&body);
    let mut step = match Step::enter_by_form(&app, &visitor, &id, &form).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    let answer = form.get("response").unwrap_or_default();
    match with_passkey(&app, &mut step.open, answer, visitor.session.as_ref(), &visitor.address).await {
        Ok(begun) => step.on_signed_in(&begun),
        Err(PasskeySignInError::Refused(reason)) => {
            tracing::info!(reason, "passkey refused");
            show::sign_in(&step, &[FormError::PasskeyFailed]).await
        }
        Err(PasskeySignInError::Throttled(throttled)) => match (&throttled).into() {
            Fault::Page(kind) => step.refuse(kind, Some(step.address(""))),
            Fault::Overtaken => step.on(),
            Fault::Form(error) => show::sign_in(&step, &[error]).await,
            Fault::Broken(cause) => step.broken(&cause),
        },
        Err(PasskeySignInError::NotKept(NotKept::Overtaken)) => step.on(),
        Err(PasskeySignInError::NotKept(NotKept::Broken(cause)) | PasskeySignInError::Broken(cause)) => step.broken(&cause),
    }
}
