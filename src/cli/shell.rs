//! `panjereh completions` and `panjereh man`: what a shell and `man` know of the command line.

use crate::boot::failure::Failure;
use crate::cli::command_line;
use crate::cli::output::print;
use clap_complete::Shell;

pub(crate) mod examples;

/// Prints the completions of a shell.
pub(crate) fn completions(shell: Shell) -> Result<(), Failure> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command_line(), "panjereh", &mut text);
    print(&String::from_utf8_lossy(&text))
}

/// Prints the page of a command for `man`; without a name, that of the program.
pub(crate) fn man(path: &[String]) -> Result<(), Failure> {
    let mut command = command_line();
    // Names each inner page after its whole path: panjereh-keys-rotate.
    command.build();
    for name in path {
        let unknown = || Failure::new(format!("there is no command {name}"), "`panjereh --help` lists the commands");
        command = command.find_subcommand(name).ok_or_else(unknown)?.clone();
    }
    let mut text = Vec::new();
    let made = clap_mangen::Man::new(command).render(&mut text);
    made.map_err(|error| Failure::new(format!("the page could not be made: {error}"), "report this"))?;
    print(&String::from_utf8_lossy(&text))
}
