//! `panjereh serve`: the server.

use super::failure::Failure;
use super::keys::{self, Maker};
use super::sources::Surroundings;
use super::start::{Parts, keep_house, stop_signal};
use super::world::{open_checked_store, open_transient};
use super::{master_key, telemetry};
use crate::random::Random;
use crate::registry::Registry;
use crate::registry::local::LocalRegistry;
use crate::secret::Secret;
use crate::settings::Settings;
use crate::time::Clock;
use crate::web::metrics::metrics_route;
use crate::web::serve::serve;
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
}

impl ServeArguments {
    pub(super) fn settings(self, mut surroundings: Surroundings) -> Result<Start, Failure> {
        surroundings.flag("server.listen", self.listen);
        surroundings.flag("server.issuer", self.issuer);
        Ok(Start { settings: surroundings.settings()?, master_key: surroundings.master_key() })
    }
}

/// Runs the server until it is told to stop.
pub(super) async fn run(start: Start) -> Result<(), Failure> {
    let Start { settings, master_key } = start;
    telemetry::start_log(&settings.log)?;
    let metrics = telemetry::start_metrics()?;
    let store = open_checked_store(&settings).await?;
    let transient = open_transient(&settings, &store).await?;
    let (clock, random) = (Clock::System, Random::Os);
    let master = master_key::master_key(&settings, master_key.as_ref(), &random)?;
    keys::ready(&store, &settings, &Maker { master: &master, random: &random, now: clock.now() }).await?;
    let registry = Registry::Local(LocalRegistry::new(store.clone()));
    let listen = settings.server.listen;
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        Failure::new(format!("{listen} cannot be listened on: {error}"), "stop what listens there, or set server.listen")
    })?;
    let parts = Parts { settings, store, transient, master: master.clone(), registry, clock, random };
    let app = parts.assemble().await.map_err(|error| Failure::new(error.to_string(), "correct the settings"))?;
    keep_house(&app, master);
    tracing::info!(%listen, issuer = app.settings.issuer(), "serving");
    let served = serve(&app, listener, metrics_route(metrics), stop_signal()).await;
    tracing::info!("stopped");
    served.map_err(|error| Failure::new(format!("serving ended: {error}"), "see the log"))
}
