//! Panjereh: a national sign-in server.
//!
//! The map of the house. Imports point down only; `tests/it/floors.rs` checks it.

// floor 0: ground
pub mod random;
pub mod secret;
pub mod text;
pub mod time;
// floor 1: words
pub mod identity;
pub mod oidc;
pub mod settings;
// floor 2: crypto
pub mod crypto;
// floor 3: world
pub mod messaging;
pub mod registry;
pub mod store;
pub mod transient;
// floor 4: flows
pub mod flows;
// floor 5: web
pub mod web;
// floor 6: top
pub mod cli;
pub mod demo;
