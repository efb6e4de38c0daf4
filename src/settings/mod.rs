//! Room `settings/` (floor 1): what an operator can set, as typed values parsed from text.
//!
//! Three places, in order of growing strength: the file `panjereh.toml`, the environment (`PANJEREH_SERVER_LISTEN`), flags
//! (`server.listen=…`). This room reads none of them itself: `cli/` hands their text in. One file per section holds its struct, its
//! defaults and the table of its keys; parser ([`Settings::load`]) and reference file ([`default_text`]) are driven by that table.
//!
//! To add a key: a field, its default, a line in the table of its section; then write `deploy/panjereh.toml` anew.

mod country;
mod database;
mod decoupled;
mod demo;
mod error;
mod key;
mod keys;
mod limits;
mod log;
mod network;
mod outbound;
mod reference;
mod registration;
mod registry;
mod server;
mod sms;
mod source;
mod span;
mod tls;
mod tokens;
mod transient;
mod unknown;

#[cfg(test)]
mod tests;

pub use database::Database;
pub use decoupled::Decoupled;
pub use demo::{Demo, Stage};
pub use error::{Origin, SettingsError};
pub use keys::{KEY_SET_CACHED, Keys};
pub use limits::Limits;
pub use log::{Log, LogFormat, LogLevel};
pub use network::Network;
pub use outbound::{Outbound, PlainHttp};
pub use reference::default_text;
pub use registration::{Registration, RegistrationMode};
pub use registry::{Registry, RegistrySource};
pub use server::Server;
pub use sms::Sms;
pub use tls::{Tls, TlsMode};
pub use tokens::{PushedRequests, Tokens};
pub use transient::Transient;

use crate::identity::age::CountryProfile;
use std::net::IpAddr;

/// Every section, in the order of the reference file.
const SECTIONS: [key::Section; 15] = [
    server::SECTION,
    tls::SECTION,
    database::SECTION,
    transient::SECTION,
    keys::SECTION,
    registry::SECTION,
    sms::SECTION,
    country::SECTION,
    tokens::SECTION,
    decoupled::SECTION,
    limits::SECTION,
    outbound::SECTION,
    registration::SECTION,
    log::SECTION,
    demo::SECTION,
];

/// Everything that can be set. The default is what the reference file says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "each field is the section of that name, documented at its type")]
pub struct Settings {
    pub server: Server,
    pub tls: Tls,
    pub database: Database,
    pub transient: Transient,
    pub keys: Keys,
    pub registry: Registry,
    pub sms: Sms,
    pub country: CountryProfile,
    pub tokens: Tokens,
    pub decoupled: Decoupled,
    pub limits: Limits,
    pub outbound: Outbound,
    pub registration: Registration,
    pub log: Log,
    pub demo: Demo,
}

/// The text of a settings file.
#[derive(Debug, Clone, Copy)]
pub struct SettingsFile<'a> {
    /// What messages call it.
    pub name: &'a str,
    /// What it says.
    pub text: &'a str,
}

impl Settings {
    /// Reads the settings: defaults, then the file, then the environment (variables that do not begin with `PANJEREH_` are passed
    /// over), then flags (`section.key` and value). Reports everything that is wrong at once, also what a stronger place overrides.
    pub fn load(
        file: Option<SettingsFile<'_>>,
        environment: impl Iterator<Item = (String, String)>,
        flags: &[(String, String)],
    ) -> Result<Self, Vec<SettingsError>> {
        let places = [file.map(source::file).unwrap_or_default(), source::environment(environment), source::flags(flags)];
        let mut settings = Self::default();
        let mut errors = Vec::new();
        for place in places {
            errors.extend(place.errors);
            for entry in place.entries {
                if let Err(refusal) = entry.key.kind.set(&mut settings, &entry.given) {
                    let subject = entry.subject();
                    errors.push(SettingsError {
                        origin: entry.origin,
                        subject,
                        problem: refusal.problem,
                        remedy: refusal.remedy,
                    });
                }
            }
        }
        if errors.is_empty() { Ok(settings) } else { Err(errors) }
    }

    /// The issuer identifier, without a slash at its end.
    pub fn issuer(&self) -> &str {
        &self.server.issuer
    }

    /// What the country says about age and days.
    pub const fn country_profile(&self) -> &CountryProfile {
        &self.country
    }

    /// Whether the issuer is a developer's own machine: what is missing there is made, elsewhere an operator makes it.
    pub fn is_local(&self) -> bool {
        let authority = self.issuer().split_once("://").map_or("", |(_, authority)| authority);
        authority.split(':').next() == Some("localhost")
    }

    /// Whether an address is a reverse proxy of ours, whose word about the client's address is believed.
    pub fn trusts_proxy(&self, address: IpAddr) -> bool {
        self.server.trusted_proxies.iter().any(|network| network.contains(address))
    }
}
