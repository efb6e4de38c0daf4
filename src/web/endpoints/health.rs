//! `GET /healthz`, `GET /readyz`: whether the process lives, and whether it can serve.

use crate::app::App;
use crate::app::unavailable::PAUSE;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// The process answers.
pub(crate) async fn alive() -> Result<Response, Response> {
    Ok("alive\n".into_response())
}

/// The stores take what a sign-in writes. Answers within two seconds, whatever the stores do.
pub(crate) async fn ready(State(app): State<Arc<App>>) -> Result<Response, Response> {
    match app.ready().await {
        Ok(()) => Ok((StatusCode::OK, [(header::CACHE_CONTROL, "no-store")], "ready\n").into_response()),
        Err(faults) => {
            let headers = [(header::CACHE_CONTROL, "no-store".to_owned()), (header::RETRY_AFTER, PAUSE.as_secs().to_string())];
            Err((StatusCode::SERVICE_UNAVAILABLE, headers, faults.to_string()).into_response())
        }
    }
}
