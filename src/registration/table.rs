//! The table of client metadata. It has each name once, with the roles that may set it, how it is read and written, and its line
//! in the example file.
//!
//! The agency file, dynamic registration and its response, the output of `agency apply` and the example file all use this table,
//! so all of them know the same names. To add a name, add a row in the file of its topic (`topics/`) and a field of
//! [`Client`](crate::client::metadata::Client).

use crate::registration::row::{Row, SetBy};
use crate::registration::topics::TOPICS;

/// All rows.
pub(crate) fn rows() -> impl Iterator<Item = &'static Row> {
    TOPICS.into_iter().flatten()
}

/// The rows of the names that an agency file may have.
pub(crate) fn rows_of_files() -> impl Iterator<Item = &'static Row> {
    rows().filter(|row| matches!(row.set_by, SetBy::Operator | SetBy::OperatorTold | SetBy::OperatorOrClient))
}

/// Whether both an operator and a client may set this name. Then both values are read in the same way.
pub(crate) fn is_read_from_clients(name: &str) -> bool {
    rows().any(|row| row.name == name && row.set_by == SetBy::OperatorOrClient)
}

#[cfg(test)]
mod tests;
