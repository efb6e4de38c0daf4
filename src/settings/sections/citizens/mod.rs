//! Sections about what citizens see.

pub(crate) mod support;
