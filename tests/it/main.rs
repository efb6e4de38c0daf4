//! Integration tests.

// The discovery document that `wire/metadata.rs` writes out is one long `json!`.
#![recursion_limit = "256"]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in a test's helper, too, panicking is how a failure is reported"
)]

mod attacks;
mod backends;
mod browser;
mod cli;
mod conformance;
mod connect;
mod corpora;
mod crash;
mod demo_process;
mod documents;
mod edge;
mod failures;
mod floors;
#[path = "../../fuzz/src/lib.rs"]
mod fuzz_targets;
mod gallery;
mod glossary;
mod go;
mod locales;
mod messages;
mod node;
mod other_clients;
mod outbound;
mod python;
#[path = "../../src/crypto/soft_authenticator.rs"]
mod soft_authenticator;
mod store;
mod stories;
mod transient;
mod wire;
mod world;

/// An environment variable; empty counts as missing.
#[expect(clippy::disallowed_methods, reason = "a test's surroundings are told to it in the environment")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
