//! `panjereh demo`: everything in one process, to try it out.

use crate::boot::failure::Failure;
use std::path::PathBuf;

/// Flags of `demo`. It reads neither a settings file nor the environment.
#[derive(Debug, clap::Args)]
pub(crate) struct DemoArguments {
    /// Port of the provider; the two sample agencies use the next two ports
    #[arg(long, default_value_t = 8080, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..=65533))]
    port: u16,
    /// Folder for the data, kept between runs [default: a temporary one, removed at the end]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// How many people the synthetic civil registry has; the sample people are always among them
    #[arg(long, default_value_t = 1000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    people: u32,
}

/// Runs the demo until it is asked to stop.
#[cfg(feature = "demo")]
pub(crate) async fn run(arguments: DemoArguments) -> Result<(), Failure> {
    let DemoArguments { port, data, people } = arguments;
    let played = crate::demo::run::run(crate::demo::run::Options { port, data, people }).await;
    played.map_err(|error| match error.downcast::<Failure>() {
        Ok(failure) => *failure,
        Err(error) => Failure::new(error.to_string(), "correct what the message names; `panjereh demo --help` lists the options"),
    })
}

/// Every build knows the command, so that a build without the demo can report that it has none.
#[cfg(not(feature = "demo"))]
pub(crate) fn run(_: DemoArguments) -> std::future::Ready<Result<(), Failure>> {
    let remedy = "build panjereh with the cargo feature `demo`, which is on by default: `cargo run --release -- demo`";
    std::future::ready(Err(Failure::new("this build of panjereh has no demo", remedy)))
}
