//! Opens the listeners at the addresses in the settings.

use crate::boot::failure::Failure;
use crate::boot::tls;
use crate::edge::server::tls::Clients;
use crate::settings::Settings;
use crate::web::server::serve::Door;
use axum::Router;
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// The listener of the issuer, and the one that asks clients for a certificate, if it is configured.
pub(crate) async fn open_doors(settings: &Settings) -> Result<Vec<Door>, Failure> {
    let listener = listen(settings.server.listen, "server.listen").await?;
    let Some(acceptor) = tls::acceptor(settings, Clients::Anonymous)? else {
        if settings.tls.mutual_listen.is_some() {
            let what = "tls.mutual_listen is set, but tls.mode is \"off\"";
            return Err(Failure::new(
                what,
                "set tls.mode so that TLS ends here, or let the proxy ask and set tls.client_certificate_header",
            ));
        }
        return Ok(vec![Door::Plain(listener)]);
    };
    let mut doors = vec![Door::Tls(listener, acceptor)];
    if let (Some(address), Some(acceptor)) = (settings.tls.mutual_listen, tls::acceptor(settings, Clients::Asked)?) {
        doors.push(Door::Tls(listen(address, "tls.mutual_listen").await?, acceptor));
    }
    Ok(doors)
}

/// The listener of the metrics: for the monitoring, never for citizens.
pub(crate) async fn open_inside(address: SocketAddr, routes: Router) -> Result<Door, Failure> {
    Ok(Door::Inside(listen(address, "server.metrics_listen").await?, routes))
}

async fn listen(address: SocketAddr, setting: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        Failure::new(
            format!("cannot listen on {address}: {error}"),
            format!("stop the program that listens there, or set {setting}"),
        )
    })
}
