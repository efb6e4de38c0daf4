//! `panjereh serve`: the server.

use super::failure::Failure;
use super::keys::{self, Maker};
use super::sources::Surroundings;
use super::start::{Parts, keep_house, stop_signal};
use super::world::{open_checked_store, open_store, open_transient};
use super::{master_key, telemetry, tls};
use crate::demo::stage::Stage;
use crate::random::Random;
use crate::registry::Registry;
use crate::registry::local::LocalRegistry;
use crate::secret::Secret;
use crate::settings::Settings;
use crate::time::Clock;
use crate::web::metrics::metrics_route;
use crate::web::serve::{Door, serve};
use crate::web::tls::Clients;
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// Flags of `serve`, for what is changed most often.
#[derive(Debug, clap::Args)]
pub(super) struct ServeArguments {
    /// Address and port to listen on (server.listen)
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// The URL by which browsers and agencies reach the server (server.issuer)
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
}

/// What `serve` starts with.
pub(super) struct Start {
    settings: Settings,
    master_key: Option<Secret<String>>,
    conformance_base: Option<String>,
}

impl ServeArguments {
    pub(super) fn settings(self, mut surroundings: Surroundings) -> Result<Start, Failure> {
        surroundings.flag("server.listen", self.listen);
        surroundings.flag("server.issuer", self.issuer);
        let (settings, master_key) = (surroundings.settings()?, surroundings.master_key());
        Ok(Start { settings, master_key, conformance_base: surroundings.conformance_base })
    }
}

/// Runs the server until it is told to stop.
pub(super) async fn run(start: Start) -> Result<(), Failure> {
    let Start { mut settings, master_key, conformance_base } = start;
    let folder = Stage::folder(&mut settings)?;
    telemetry::start_log(&settings.log)?;
    let metrics = telemetry::start_metrics()?;
    let (clock, random) = (Clock::System, Random::Os);
    let (store, stage) = match folder {
        None => (open_checked_store(&settings).await?, None),
        Some(folder) => {
            let store = open_store(&settings).await?;
            let stage = Stage::set(folder, &store, &settings, conformance_base.as_deref(), clock.now()).await;
            (store, Some(stage.map_err(|error| Failure::new(error.to_string(), "correct the section [demo]"))?))
        }
    };
    let transient = open_transient(&settings, &store).await?;
    let master = master_key::master_key(&settings, master_key.as_ref(), &random)?;
    keys::ready(&store, &settings, &Maker { master: &master, random: &random, now: clock.now() }).await?;
    let registry =
        stage.as_ref().map_or_else(|| Registry::Local(LocalRegistry::new(store.clone())), |stage| stage.registry(&store));
    let doors = open_doors(&settings).await?;
    let parts = Parts { settings, store, transient, master: master.clone(), registry, clock, random };
    let app = parts.assemble().await.map_err(|error| Failure::new(error.to_string(), "correct the settings"))?;
    keep_house(&app, master);
    let more = metrics_route(metrics).merge(stage.as_ref().map(|stage| stage.routes(&app)).unwrap_or_default());
    tracing::info!(listen = %app.settings.server.listen, issuer = app.settings.issuer(), "serving");
    serve(&app, doors, more, stop_signal()).await;
    let kept = app.store.flush().await;
    tracing::info!("stopped");
    stage.map(Stage::clear).unwrap_or_default();
    Ok(kept?)
}

/// The address of the issuer, and the one at which clients are asked for a certificate, where there is one.
async fn open_doors(settings: &Settings) -> Result<Vec<Door>, Failure> {
    let listener = listen(settings.server.listen, "server.listen").await?;
    let Some(acceptor) = tls::acceptor(settings, Clients::Anonymous)? else {
        if settings.tls.mutual_listen.is_some() {
            let what = "tls.mutual_listen is set, but tls.mode is \"off\"";
            return Err(Failure::new(
                what,
                "let TLS end here by tls.mode, or let the proxy ask and set tls.client_certificate_header",
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

async fn listen(address: SocketAddr, setting: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        Failure::new(format!("{address} cannot be listened on: {error}"), format!("stop what listens there, or set {setting}"))
    })
}
