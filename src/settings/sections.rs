//! The sections of the settings file. Each has a file with its struct, its defaults and the table of its keys.

pub(crate) mod citizens;
pub(crate) mod country;
pub(crate) mod database;
pub(crate) mod decoupled;
pub(crate) mod demo;
pub(crate) mod journal;
pub(crate) mod keys;
pub(crate) mod limits;
pub(crate) mod outbound;
pub(crate) mod registration;
pub(crate) mod registry;
pub(crate) mod server;
pub(crate) mod sms;
pub(crate) mod tls;
pub(crate) mod tokens;
pub(crate) mod transient;
