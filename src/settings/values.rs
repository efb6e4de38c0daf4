//! The settings of one deployment, as typed values.

use crate::identity::age::CountryProfile;
use crate::settings::sections::citizens::proofing::Proofing;
use crate::settings::sections::citizens::support::Support;
use crate::settings::sections::database::Database;
use crate::settings::sections::decoupled::Decoupled;
use crate::settings::sections::demo::Demo;
use crate::settings::sections::journal::events::Events;
use crate::settings::sections::journal::log::Log;
use crate::settings::sections::keys::Keys;
use crate::settings::sections::limits::Limits;
use crate::settings::sections::outbound::Outbound;
use crate::settings::sections::registration::Registration;
use crate::settings::sections::registry::Registry;
use crate::settings::sections::server::Server;
use crate::settings::sections::sms::Sms;
use crate::settings::sections::tls::Tls;
use crate::settings::sections::tokens::Tokens;
use crate::settings::sections::transient::Transient;
use std::net::IpAddr;

/// All settings. The defaults are those of the reference file.
#[expect(missing_docs, reason = "each field is the section of that name, documented at its type")]
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    pub server: Server,
    pub tls: Tls,
    pub(crate) database: Database,
    pub(crate) transient: Transient,
    pub keys: Keys,
    pub registry: Registry,
    pub sms: Sms,
    pub support: Support,
    pub proofing: Proofing,
    pub(crate) country: CountryProfile,
    pub tokens: Tokens,
    pub(crate) decoupled: Decoupled,
    pub limits: Limits,
    pub outbound: Outbound,
    pub registration: Registration,
    pub events: Events,
    pub(crate) log: Log,
    pub(crate) demo: Demo,
}

impl Settings {
    /// The issuer identifier, without a slash at its end.
    pub(crate) fn issuer(&self) -> &str {
        &self.server.issuer
    }

    /// The country's rules for age and civil dates.
    pub(crate) const fn country_profile(&self) -> &CountryProfile {
        &self.country
    }

    /// Whether the issuer is on localhost. There the program creates keys and certificates that are missing; elsewhere the
    /// operator does.
    pub(crate) fn is_local(&self) -> bool {
        let authority = self.issuer().split_once("://").map_or("", |(_, authority)| authority);
        authority.split(':').next() == Some("localhost")
    }

    /// Whether an address is a trusted reverse proxy, whose `server.forwarded_header` tells the client's address.
    pub(crate) fn trusts_proxy(&self, address: IpAddr) -> bool {
        self.server.trusted_proxies.iter().any(|network| network.contains(address))
    }
}
