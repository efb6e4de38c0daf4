//! Room `cli/` (floor *top*): the commands. It parses the command line, reads the environment, and prints.
//!
//! - `sources.rs`: settings from file, environment and flags
//! - one file per command: `serve.rs demo.rs migrate.rs keys.rs agency.rs registration_token.rs registry.rs config.rs doctor.rs`,
//!   `events/` (and `events/line.rs`: an event as text and as JSON),
//!   `healthy.rs`; `shell.rs`: completions, manual pages, and the examples of every `--help` (`shell/examples.rs`)
//! - `output.rs`: what a command prints; `table.rs`: in columns
//!
//! Not here: what starts a program ([`boot`](crate::boot)), and what a command does beyond asking for it (`flows/`, `store/`,
//! `registry/`).
//!
//! Exit codes: 0 done, 1 failed, 2 the command line is wrong (`clap` says so). Results go to standard output, everything else to
//! standard error. Start with `serve.rs`.

mod agency;
mod config;
mod demo;
mod doctor;
mod events;
mod healthy;
mod keys;
mod migrate;
mod output;
mod registration_token;
mod registry;
mod serve;
mod shell;
mod sources;
mod table;

use crate::boot::failure::Failure;
use crate::cli::sources::Surroundings;
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// A national sign-in server: an OpenID Connect provider that verifies adults once against the civil registry.
#[derive(Debug, Parser)]
#[command(name = "panjereh", version)]
struct Arguments {
    #[command(flatten)]
    settings: SettingsArguments,
    #[command(subcommand)]
    command: Command,
}

/// The sources of the settings.
#[derive(Debug, Args)]
struct SettingsArguments {
    /// Settings file [default: the variable PANJEREH_CONFIG, or panjereh.toml if it exists]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A setting that overrides file and environment: --set log.level=debug (may be repeated)
    #[arg(long, global = true, value_name = "SECTION.KEY=VALUE", value_parser = setting)]
    set: Vec<(String, String)>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve(serve::ServeArguments),
    /// Run everything in one process, with sample people and two sample agencies, to try it out
    Demo(demo::DemoArguments),
    /// Bring the database to the schema that this program knows
    Migrate,
    /// Signing keys
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Agencies and their clients
    #[command(subcommand)]
    Agency(agency::AgencyCommand),
    /// The event log: who did what, from where and why. Reading it is an event too
    Events(events::EventsArguments),
    /// The local civil registry
    #[command(subcommand)]
    Registry(registry::RegistryCommand),
    /// Settings
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Check this deployment: settings, keys, stores, clock, TLS, proxies, disk, permissions; says what is wrong and what to do
    Doctor,
    /// Whether a server on this machine is ready: exit code 0 if it is. For the health check of a container
    Healthy(healthy::HealthyArguments),
    /// Print the completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page of a command
    Man {
        /// The command, such as keys rotate [default: the page of the program]
        command: Vec<String>,
    },
}

/// The command line, with its examples.
fn command_line() -> clap::Command {
    shell::examples::with_examples(Arguments::command())
}

/// Parses the command line and runs the command.
pub fn main() -> ExitCode {
    let arguments = Arguments::from_arg_matches(&command_line().get_matches()).unwrap_or_else(|error| error.exit());
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::complain(&failure.to_string());
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Failure> {
    let surroundings = Surroundings::read(arguments.settings.config, arguments.settings.set);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| {
        Failure::new(format!("no threads could be started: {error}"), "raise the limit on threads (ulimit -u)")
    })?;
    runtime.block_on(async {
        match arguments.command {
            Command::Serve(arguments) => Box::pin(serve::run(arguments.settings(surroundings)?)).await,
            Command::Demo(arguments) => demo::run(arguments, &surroundings).await,
            Command::Migrate => migrate::run(&surroundings.settings()?).await,
            Command::Keys(command) => keys::run(command, &surroundings).await,
            Command::Agency(command) => agency::run(command, &surroundings).await,
            Command::Events(arguments) => events::run(arguments, &surroundings).await,
            Command::Registry(command) => registry::run(command, &surroundings).await,
            Command::Config(command) => config::run(&command, &surroundings),
            Command::Doctor => doctor::run(&surroundings).await,
            Command::Healthy(arguments) => healthy::run(&arguments, &surroundings).await,
            Command::Completions { shell } => shell::completions(shell),
            Command::Man { command } => shell::man(&command),
        }
    })
}

/// `section.key=value`
fn setting(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write SECTION.KEY=VALUE, such as log.level=debug")?;
    Ok((name.trim().to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        command_line().debug_assert();
    }

    #[test]
    fn a_setting_on_the_command_line_is_a_name_and_a_value_that_may_hold_anything() {
        assert_eq!(setting("database.url=postgres://h/d?a=b"), Ok(("database.url".to_owned(), "postgres://h/d?a=b".to_owned())));
        assert!(setting("database.url").is_err());
    }
}
