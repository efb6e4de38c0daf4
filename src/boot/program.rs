//! The order of a start, the same for every way to run the program: open the parts, assemble them, serve until asked to stop.

use crate::app::App;
use crate::boot::failure::Failure;
use crate::boot::listeners::open_inside;
use crate::boot::master_key::master_key;
use crate::boot::signing_keys::{Maker, ready};
use crate::boot::start::{Parts, start_background_tasks};
use crate::boot::stores::{open_serving_store, open_transient};
use crate::boot::telemetry::{start_log, start_metrics};
use crate::crypto::seal::MasterKey;
use crate::edge::metrics::metrics_route;
use crate::random::Random;
use crate::records::principal::Principal;
use crate::registry::Registry;
use crate::secret::Secret;
use crate::settings::Settings;
use crate::store::Store;
use crate::time::Clock;
use crate::transient::Transient;
use crate::web::server::serve::{Door, serve};
use axum::Router;
use metrics_exporter_prometheus::PrometheusHandle;
use std::future::Future;
use std::sync::Arc;

/// What happens if the schema of the database is older than the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Schema {
    /// The start fails: the operator decides when to migrate.
    Check,
    /// The database is migrated. For a database that the program itself made for a demonstration.
    #[cfg(feature = "demo")]
    Migrate,
}

/// The parts of a program, opened as the settings say. The civil registry is added later, because its choice depends on the
/// store.
pub(crate) struct Opened {
    pub(crate) settings: Settings,
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    transient: Transient,
    master: MasterKey,
    metrics: Option<PrometheusHandle>,
}

impl Opened {
    /// Starts log and metrics (so this is called once per process), and opens stores and keys. `master` is the content of
    /// `PANJEREH_MASTER_KEY`, if that is set.
    pub(crate) async fn open(settings: Settings, master: Option<&Secret<String>>, schema: Schema) -> Result<Self, Failure> {
        start_log(&settings.log)?;
        // Where nothing reads them, nothing is counted.
        let metrics = settings.server.metrics_listen.map(|_| start_metrics()).transpose()?;
        let (clock, random) = (Clock::System, Random::Os);
        let store = open_serving_store(&settings).await?;
        match schema {
            Schema::Check => store.check_schema().await?,
            #[cfg(feature = "demo")]
            Schema::Migrate => drop(store.migrate().await?),
        }
        let transient = open_transient(&settings, &store).await?;
        let master = master_key(&settings, master, &random)?;
        let maker = Maker { master: &master, random: &random, now: clock.now(), actor: Principal::System };
        ready(&store, &settings, &maker).await?;
        Ok(Self { settings, store, clock, random, transient, master, metrics })
    }

    /// The program, with this civil registry.
    pub(crate) async fn assemble(self, registry: Registry) -> Result<Program, Failure> {
        let Self { settings, store, clock, random, transient, master, metrics } = self;
        let parts = Parts { settings, store, transient, master: master.clone(), registry, clock, random };
        let inside = match (parts.settings.server.metrics_listen, metrics) {
            (Some(address), Some(metrics)) => Some(open_inside(address, metrics_route(metrics)).await?),
            _ => None,
        };
        Ok(Program { app: parts.assemble().await?, master, inside, routes: Router::new() })
    }
}

/// A program that is ready to serve.
pub(crate) struct Program {
    pub(crate) app: Arc<App>,
    master: MasterKey,
    /// The listener of the metrics, if there is one.
    inside: Option<Door>,
    /// Routes in addition to the product's own.
    routes: Router,
}

impl Program {
    /// Adds routes.
    #[cfg(feature = "demo")]
    #[must_use]
    pub(crate) fn with_routes(mut self, more: Router) -> Self {
        self.routes = self.routes.merge(more);
        self
    }

    /// Serves on these listeners until `stop` resolves. Returns when everything that was acknowledged is on disk, or says why it
    /// is not.
    pub(crate) async fn run(self, mut doors: Vec<Door>, stop: impl Future<Output = ()>) -> Result<(), Failure> {
        let Self { app, master, inside, routes } = self;
        let listening: Vec<String> = doors.iter().filter_map(Door::address).map(|address| address.to_string()).collect();
        doors.extend(inside);
        let background = start_background_tasks(&app, master);
        for warning in app.settings.warnings() {
            tracing::warn!("{warning}");
        }
        tracing::info!(listen = listening.join(" "), issuer = app.settings.issuer(), "serving");
        serve(&app, doors, routes, stop).await;
        background.stop().await;
        let flushed = app.store.flush().await;
        tracing::info!("stopped");
        Ok(flushed?)
    }
}
