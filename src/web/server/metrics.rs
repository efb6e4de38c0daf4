//! `GET /metrics`: for Prometheus, as text.

use axum::Router;
use axum::http::header;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;

/// The route. It reports counts and durations by route, and no personal data.
pub(crate) fn metrics_route(metrics: PrometheusHandle) -> Router {
    let answer = move || {
        let metrics = metrics.clone();
        async move {
            metrics.run_upkeep();
            ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], metrics.render())
        }
    };
    Router::new().route("/metrics", get(answer))
}
