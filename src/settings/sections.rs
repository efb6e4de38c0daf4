//! The sections of the settings file, one file each: its struct, its defaults, the table of its keys.

pub mod country;
pub mod database;
pub mod decoupled;
pub mod demo;
pub mod keys;
pub mod limits;
pub mod log;
pub mod outbound;
pub mod registration;
pub mod registry;
pub mod server;
pub mod sms;
pub mod tls;
pub mod tokens;
pub mod transient;
