//! Tables about agencies and their clients. Read whole into memory by `app/client_cache.rs`; a revision moves when anything in them
//! changes.

pub(crate) mod agencies;
pub(crate) mod changes;
pub(crate) mod metadata;
pub(crate) mod registration_tokens;
