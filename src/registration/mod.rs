//! The agency file: agencies and their clients as an operator writes them down, in TOML, with the metadata names of RFC 7591 §2 and OpenID
//! Connect Registration §2. [`example`] shows all of them. [`dynamic`] reads the same metadata from a client itself, in JSON.
//!
//! Reading never stops at the first problem: an operator learns everything that is wrong at once, each with key, value and remedy.
//! `registration/table.rs` is the table of all names, made of the rows of `registration/topics/`: a new name is a row there and a field of
//! [`Client`](crate::client::metadata::Client).

pub mod access;
pub mod agency_file;
pub mod changes;
pub mod declaration;
pub mod dynamic;
pub mod example;
pub mod metadata;
pub mod problem;
pub mod reader;
pub mod row;
pub mod table;
pub mod topics;

pub use crate::registration::agency_file::AgencyFile;
pub use crate::registration::changes::{Change, changes, describe};
pub use crate::registration::declaration::{ClientDeclaration, ClientWithoutSecret, Resolution};
pub use crate::registration::example::example;
pub use crate::registration::problem::{Problem, Problems};

#[cfg(test)]
mod tests;
