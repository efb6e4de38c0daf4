//! The settings of one deployment, as typed values.

use crate::identity::age::CountryProfile;
use crate::settings::sections::database::Database;
use crate::settings::sections::decoupled::Decoupled;
use crate::settings::sections::demo::Demo;
use crate::settings::sections::keys::Keys;
use crate::settings::sections::limits::Limits;
use crate::settings::sections::log::Log;
use crate::settings::sections::outbound::Outbound;
use crate::settings::sections::registration::Registration;
use crate::settings::sections::registry::Registry;
use crate::settings::sections::server::Server;
use crate::settings::sections::sms::Sms;
use crate::settings::sections::tls::Tls;
use crate::settings::sections::tokens::Tokens;
use crate::settings::sections::transient::Transient;
use std::net::IpAddr;

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

impl Settings {
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
