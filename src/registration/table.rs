//! The table of client metadata: each name once, with who may set it, how it is read and written, and its line of the example file.
//!
//! The agency file, dynamic registration and its answer, what `agency apply` shows and the example all come from here, so that none of
//! them can know a name that another does not. A new name is a row in the file of its topic (`topics/`) and a field of
//! [`Client`](crate::client::metadata::Client).

use crate::registration::row::{Row, SetBy};
use crate::registration::topics::TOPICS;

/// All rows.
pub(crate) fn rows() -> impl Iterator<Item = &'static Row> {
    TOPICS.into_iter().flatten()
}

/// The rows of names that an agency file may have.
pub(crate) fn rows_of_files() -> impl Iterator<Item = &'static Row> {
    rows().filter(|row| matches!(row.set_by, SetBy::Operator | SetBy::OperatorOrClient))
}

/// Whether a client may set this name, and an operator too: then both are read alike.
pub(crate) fn is_read_from_clients(name: &str) -> bool {
    rows().any(|row| row.name == name && row.set_by == SetBy::OperatorOrClient)
}

#[cfg(test)]
mod tests;
