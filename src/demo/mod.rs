//! Room `demo/` (floor *top*): everything in one process, with synthetic people and two sample agencies that are real relying parties.
//!
//! - `people.rs`: the people; `/demo/people.json`. `populate.rs`: they enter the registry.
//! - `clients.rs`: what is registered; `/demo/clients.json`. `agency_config.rs`: which agencies there are.
//! - `agency.rs` (routes), `relying_party.rs` and `logout_token.rs` (protocol, on the `openidconnect` crate), `agency_page.rs` (the
//!   page): a sample agency.
//! - `kiosk.rs` (pages), `device_party.rs` (protocol): a kiosk at which a citizen signs in with a telephone.
//! - `run.rs`: the `demo` command. `stage.rs`: `serve` on a stage, which the section `[demo]` asks for. `pages.rs`: `/demo/…`.
//!
//! None of this is in `serve` unless its settings set up a stage, and none of it is in the program when it is built without the cargo
//! feature `demo` (`cargo build --no-default-features`). Start with `run.rs`.

pub(crate) mod agency;
pub(crate) mod agency_config;
pub(crate) mod agency_page;
pub(crate) mod clients;
mod device_party;
pub(crate) mod kiosk;
mod logout_token;
pub(crate) mod pages;
pub(crate) mod people;
mod populate;
pub(crate) mod relying_party;
pub(crate) mod run;
pub(crate) mod stage;
mod wire;

/// A result of the demo. Its error is one sentence for the operator.
pub(crate) type DemoResult<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;
