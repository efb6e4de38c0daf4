//! Room `oidc/` (floor 1): what the standards say, as types and pure rules. No I/O, no async, nothing from above.

pub mod client;
pub mod scope;
