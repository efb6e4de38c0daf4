//! Sections about what is written down: the log on standard error, and the event log.

pub(crate) mod events;
pub(crate) mod log;
