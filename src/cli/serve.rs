//! `panjereh serve`: the server.

use crate::boot::failure::Failure;
use crate::boot::listeners::open_doors;
use crate::boot::program::{Opened, Schema};
use crate::boot::registry::open_registry;
use crate::boot::start::stop_signal;
use crate::cli::sources::Surroundings;
use crate::secret::Secret;
use crate::settings::{Settings, Stage};

/// Flags of `serve` for the settings that change most often.
#[derive(Debug, clap::Args)]
pub(crate) struct ServeArguments {
    /// Address and port to listen on (server.listen)
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// The URL at which browsers and agencies reach the server (server.issuer)
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
}

/// What `serve` needs to start.
pub(crate) struct Start {
    settings: Settings,
    master_key: Option<Secret<String>>,
    conformance_base: Option<String>,
}

impl ServeArguments {
    pub(crate) fn settings(self, mut surroundings: Surroundings) -> Result<Start, Failure> {
        surroundings.flag("server.listen", self.listen);
        surroundings.flag("server.issuer", self.issuer);
        let (settings, master_key) = (surroundings.settings()?, surroundings.master_key());
        Ok(Start { settings, master_key, conformance_base: surroundings.conformance_base })
    }
}

/// Runs the server until it is asked to stop.
pub(crate) async fn run(start: Start) -> Result<(), Failure> {
    let Start { settings, master_key, conformance_base } = start;
    if settings.demo.stage == Stage::Fresh {
        return Box::pin(on_a_stage(settings, master_key.as_ref(), conformance_base.as_deref())).await;
    }
    let opened = Opened::open(settings, master_key.as_ref(), Schema::Check).await?;
    let registry = open_registry(&opened.settings, &opened.store)?;
    let doors = open_doors(&opened.settings).await?;
    opened.assemble(registry).await?.run(doors, stop_signal()).await
}

#[cfg(feature = "demo")]
use crate::demo::stage::serve as on_a_stage;

/// A build without the demo has no sample people for a stage.
#[cfg(not(feature = "demo"))]
fn on_a_stage(_: Settings, _: Option<&Secret<String>>, _: Option<&str>) -> std::future::Ready<Result<(), Failure>> {
    let remedy = "remove the section [demo], or build panjereh with the cargo feature `demo`, which is on by default";
    std::future::ready(Err(Failure::new("demo.stage is on, and this build of panjereh has no demo", remedy)))
}
