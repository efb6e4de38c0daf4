//! The output of commands. A closed pipe (`panjereh keys list | head`) is no failure, and never a panic.

use crate::boot::failure::Failure;
use std::io::{ErrorKind, Write as _};

/// Whether a further result can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pipe {
    /// It can.
    Open,
    /// The reader went away.
    Closed,
}

/// Prints a result to standard output.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    print_part(text).map(|_| ())
}

/// Prints a part of a result.
pub(crate) fn print_part(text: &str) -> Result<Pipe, Failure> {
    let mut out = std::io::stdout().lock();
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    match write!(out, "{text}{end}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("standard output cannot be written: {error}"), "check where it leads, and try again"))
        }
        Err(_) => Ok(Pipe::Closed),
        Ok(()) => Ok(Pipe::Open),
    }
}

/// Prints everything else to standard error. If that is closed, the text is lost.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
