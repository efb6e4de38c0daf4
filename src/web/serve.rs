//! Listening, until told to stop; then finishing what is running.

use super::{routes, surround};
use crate::flows::App;
use axum::Router;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// Serves the product and `more` routes until `stop` resolves. What is running is finished first, for `server.shutdown_grace` at most:
/// a client that never ends its request does not keep the process.
pub async fn serve(
    app: &Arc<App>,
    listener: TcpListener,
    more: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let router = surround(app, routes(app).merge(more));
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let (stopping, stopped) = oneshot::channel();
    let told = async move {
        stop.await;
        // Nobody listens any more only when serving ended by itself.
        let _ = stopping.send(());
    };
    let grace = app.settings.server.shutdown_grace;
    let patience = async move {
        // An error says that `told` was dropped: then serving has ended, and this is never asked again.
        if stopped.await.is_ok() {
            tokio::time::sleep(grace).await;
        } else {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        served = axum::serve(listener, service).with_graceful_shutdown(told) => served,
        () = patience => Ok(()),
    }
}
