//! `GET /metrics`: for Prometheus, as text, on a listener of its own (`server.metrics_listen`).

use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;

/// The route. It reports counts and durations by route, and no personal data. Every label has values of a closed list: no request
/// can add a series.
pub(crate) fn metrics_route(metrics: PrometheusHandle) -> Router {
    let answer = move || {
        let metrics = metrics.clone();
        async move { ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], metrics.render()) }
    };
    Router::new().route("/metrics", get(answer)).layer(from_fn(turn_away))
}

/// The listener found that the head of this request must not be looked at, and answers with this status.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TurnedAway(pub(crate) StatusCode);

/// Answers a request whose head the listener refused, and lets others through.
pub(crate) async fn turn_away(request: Request, next: Next) -> Response {
    match request.extensions().get::<TurnedAway>() {
        Some(TurnedAway(status)) => status.into_response(),
        None => next.run(request).await,
    }
}
