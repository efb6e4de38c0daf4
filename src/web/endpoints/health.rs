//! `GET /healthz`, `GET /readyz`: whether the process lives, and whether it can serve.

use crate::app::App;
use crate::app::unavailable::PAUSE;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// What a load balancer reads as ready, and an operator as a reason to look.
const DEGRADED: &str = "ready\ndegraded: the civil registry does not answer, so that nobody can make an account\n";

/// The process answers.
pub(crate) async fn alive() -> Result<Response, Response> {
    Ok("alive\n".into_response())
}

/// The stores take what a sign-in writes. Answers within two seconds, whatever the stores do. While the civil registry is down the
/// instance is ready all the same: who has an account signs in, and no other instance would do better.
pub(crate) async fn ready(State(app): State<Arc<App>>) -> Result<Response, Response> {
    match app.ready().await {
        Ok(()) => {
            let text = if app.registry.is_down() { DEGRADED } else { "ready\n" };
            Ok((StatusCode::OK, [(header::CACHE_CONTROL, "no-store")], text).into_response())
        }
        Err(faults) => {
            let headers = [(header::CACHE_CONTROL, "no-store".to_owned()), (header::RETRY_AFTER, PAUSE.as_secs().to_string())];
            Err((StatusCode::SERVICE_UNAVAILABLE, headers, faults.to_string()).into_response())
        }
    }
}
