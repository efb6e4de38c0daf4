//! `GET /healthz`, `GET /readyz`: whether the process lives, and whether it can serve.

use crate::app::App;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// The process answers.
pub(crate) async fn alive() -> Result<Response, Response> {
    Ok("alive\n".into_response())
}

/// The stores answer, too.
pub(crate) async fn ready(State(app): State<Arc<App>>) -> Result<Response, Response> {
    let store = app.store.ping().await;
    let transient = app.transient.ping().await;
    if let Err(cause) = &store {
        tracing::error!(%cause, "not ready: the store does not answer");
    }
    if let Err(cause) = &transient {
        tracing::error!(%cause, "not ready: the short-lived state does not answer");
    }
    match (store, transient) {
        (Ok(()), Ok(())) => Ok((StatusCode::OK, "ready\n").into_response()),
        (Err(_), _) => Err((StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n").into_response()),
        (_, Err(_)) => Err((StatusCode::SERVICE_UNAVAILABLE, "the short-lived state does not answer\n").into_response()),
    }
}
