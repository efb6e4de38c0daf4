//! `GET /healthz`, `GET /readyz`: whether the process lives, and whether it can serve.

use crate::app::App;
use axum::extract::State;
use axum::http::StatusCode;
use std::sync::Arc;

/// The process answers.
pub async fn alive() -> &'static str {
    "alive\n"
}

/// Its stores answer, too.
pub async fn ready(State(app): State<Arc<App>>) -> (StatusCode, &'static str) {
    let store = app.store.ping().await;
    let transient = app.transient.ping().await;
    if let Err(cause) = &store {
        tracing::error!(%cause, "not ready: the store does not answer");
    }
    if let Err(cause) = &transient {
        tracing::error!(%cause, "not ready: the short-lived state does not answer");
    }
    match (store, transient) {
        (Ok(()), Ok(())) => (StatusCode::OK, "ready\n"),
        (Err(_), _) => (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n"),
        (_, Err(_)) => (StatusCode::SERVICE_UNAVAILABLE, "the short-lived state does not answer\n"),
    }
}
