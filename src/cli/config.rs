//! `panjereh config`: whether the settings are valid, and which settings exist.

use crate::boot::failure::Failure;
use crate::boot::stores::check_addresses;
use crate::cli::output::print;
use crate::cli::sources::Surroundings;
use crate::settings::default_text;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum ConfigCommand {
    /// Check the settings of file, environment and command line, and report every problem
    Check,
    /// Print a commented settings file with every setting at its default
    Default,
}

pub(crate) fn run(command: &ConfigCommand, surroundings: &Surroundings) -> Result<(), Failure> {
    match command {
        ConfigCommand::Check => {
            let settings = surroundings.settings()?;
            check_addresses(&settings)?;
            let usable = format!("the settings are usable (issuer {}; from {})", settings.issuer(), surroundings.described()?);
            let warnings = settings.warnings().into_iter().map(|warning| format!("warning: {warning}"));
            print(&warnings.fold(usable, |text, warning| format!("{text}\n{warning}")))
        }
        ConfigCommand::Default => print(&default_text()),
    }
}
