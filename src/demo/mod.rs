//! The demo: everything in one process, with people one can be and two sample agencies that are real relying parties.
//!
//! - `people.rs`: who one can be; `/demo/people.json`.
//! - `clients.rs`: what is registered; `/demo/clients.json`.
//! - `agency_config.rs`: which agencies there are. `agency.rs` (routes), `relying_party.rs` and `logout_token.rs` (protocol, on the `openidconnect` crate), `agency_page.rs` (the page): a sample agency.
//! - `kiosk.rs` (pages), `device_party.rs` (protocol): a screen in the hall at which one signs in with one's telephone.
//! - `populate.rs`: they enter the registry. `run.rs`: the `demo` command; `stage.rs`: `serve` on a stage, which `[demo]` asks for.
//!
//! None of this is in `serve` unless its settings set up a stage, and none of it is in the program when it is built without the cargo
//! feature `demo` (`cargo build --no-default-features`).

pub mod agency;
pub mod agency_config;
pub mod agency_page;
pub mod clients;
mod device_party;
pub mod kiosk;
mod logout_token;
pub mod pages;
pub mod people;
mod populate;
pub mod relying_party;
pub mod run;
pub mod stage;
mod wire;

/// What ends the demo is told in one sentence.
pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;
