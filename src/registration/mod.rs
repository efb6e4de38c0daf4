//! Room `registration/` (floor *words*): from metadata to a client, and back.
//!
//! Here: one table of the names of client metadata (`table.rs`). A row has the name, who may set it, how it is read and written, and
//! its line of the example. The agency file (TOML, by an operator: [`agency_file`]), dynamic registration (JSON, by the client itself:
//! [`dynamic`]), its answer, what `panjereh agency apply` reports (`changes.rs`) and the example (`example.rs`) all come from that
//! table.
//!
//! Not here: the registered client as a value (`client/`); authorising and storing a registration (`clients/register_client.rs`).
//!
//! Reading does not stop at the first problem: an operator learns everything that is wrong at once, each with key, value and remedy.
//!
//! To add a name: a row in the file of its topic (`topics/`) and a field of [`Client`](crate::client::metadata::Client). Start with
//! `row.rs`, then `topics/logout.rs`.

pub(crate) mod access;
pub(crate) mod agency_file;
pub mod changes;
pub(crate) mod declaration;
pub mod dynamic;
pub(crate) mod example;
pub(crate) mod metadata;
pub(crate) mod problem;
pub(crate) mod reader;
pub(crate) mod row;
pub(crate) mod table;
pub(crate) mod topics;

pub use crate::registration::agency_file::AgencyFile;
pub use crate::registration::changes::{Change, changes, describe};
pub use crate::registration::declaration::{ClientDeclaration, ClientWithoutSecret, Resolution};
pub(crate) use crate::registration::example::example;
pub(crate) use crate::registration::problem::Problems;

#[cfg(test)]
mod tests;
