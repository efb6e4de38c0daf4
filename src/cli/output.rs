//! What commands print. A reader who goes away (`panjereh keys list | head`) is no failure, and never a panic.

use crate::boot::failure::Failure;
use std::io::{ErrorKind, Write as _};

/// A result, to standard output.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    match write!(out, "{text}{end}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("standard output cannot be written: {error}"), "see where it leads to, and try again"))
        }
        _ => Ok(()),
    }
}

/// Everything else, to standard error. Where that is closed there is nobody to tell.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
