//! Sections about what citizens see.

pub(crate) mod proofing;
pub(crate) mod support;
