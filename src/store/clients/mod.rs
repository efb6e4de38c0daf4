//! Tables about agencies and their clients.

pub mod agencies;
pub mod metadata;
pub mod registration_tokens;
