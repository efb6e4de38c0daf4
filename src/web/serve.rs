//! Listening, until told to stop; then finishing what is running.

use super::{routes, surround};
use crate::flows::App;
use axum::Router;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Serves the product and `more` routes until `stop` resolves; what is running is finished first.
pub async fn serve(
    app: &Arc<App>,
    listener: TcpListener,
    more: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let router = surround(app, routes(app).merge(more));
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop).await
}
