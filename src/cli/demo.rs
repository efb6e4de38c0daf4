//! `panjereh demo`: everything in one process, to try it out.

use crate::boot::failure::Failure;
use crate::cli::sources::Surroundings;
use std::path::PathBuf;

/// Flags of `demo`. It takes `--set` and a file that `--config` names; it reads neither the environment nor a `panjereh.toml`.
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
pub(crate) async fn run(arguments: DemoArguments, surroundings: &Surroundings) -> Result<(), Failure> {
    let DemoArguments { port, data, people } = arguments;
    let adjust = |base: Settings| adjusted(&base, surroundings);
    let played = Box::pin(crate::demo::run::run(crate::demo::run::Options { port, data, people }, adjust)).await;
    played.map_err(|error| match error.downcast::<Failure>() {
        Ok(failure) => *failure,
        Err(error) => Failure::new(error.to_string(), "correct what the message names; `panjereh demo --help` lists the options"),
    })
}

/// Every build knows the command, so that a build without the demo can report that it has none.
#[cfg(not(feature = "demo"))]
pub(crate) fn run(_: DemoArguments, _: &Surroundings) -> std::future::Ready<Result<(), Failure>> {
    let remedy = "build panjereh with the cargo feature `demo`, which is on by default: `cargo run --release -- demo`";
    std::future::ready(Err(Failure::new("this build of panjereh has no demo", remedy)))
}

#[cfg(feature = "demo")]
use crate::settings::Settings;

/// The settings of the demo with those of the command line. A setting that the demo must decide is refused, because it could only
/// be ignored.
#[cfg(feature = "demo")]
fn adjusted(base: &Settings, surroundings: &Surroundings) -> Result<Settings, Failure> {
    let settings = surroundings.settings_over(base.clone())?;
    let decided = [
        ("server.issuer", settings.server.issuer != base.server.issuer, "use --port for another port"),
        ("server.listen", settings.server.listen != base.server.listen, "use --port for another port"),
        ("database", settings.database != base.database, "use --data for another folder"),
        ("keys.master_key_file", settings.keys.master_key_file != base.keys.master_key_file, "use --data for another folder"),
        ("sms.outbox", settings.sms.outbox != base.sms.outbox, "use --data for another folder"),
        ("tls", settings.tls != base.tls, "the demo is for this machine alone and speaks plain HTTP"),
        ("demo", settings.demo != base.demo, "the section [demo] is for `panjereh serve`"),
    ];
    match decided.into_iter().find(|(_, differs, _)| *differs) {
        None => Ok(settings),
        Some((name, _, remedy)) => {
            let remedy = format!("{remedy}; `panjereh serve` takes every setting");
            Err(Failure::new(format!("the demo decides {name} itself"), remedy))
        }
    }
}
