//! Room `transient/`.

pub(crate) use embedded::STATEMENTS;
mod embedded;
