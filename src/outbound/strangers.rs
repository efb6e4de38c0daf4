//! The door to addresses that strangers chose: URLs in the registration of a client.

use crate::outbound::address::AllowedAddresses;
use crate::outbound::client::{GuardedClient, Limits, Policy, Trust, authorities};
use crate::outbound::error::OutboundError;
use crate::outbound::freshness::Fetched;
use crate::settings::Outbound as OutboundSettings;
use serde_json::Value;
use url::Url;

/// Calls public addresses only, and those of the networks in `outbound.allow_private_addresses`. It shows no certificate.
///
/// The HTTP client is made at its first use, so that a server which makes no request starts without any certificate authority.
pub struct StrangersDoor {
    client: GuardedClient,
}

impl StrangersDoor {
    /// Trusts the authorities in `ca_pem`, the content of `outbound.ca_file`, besides the system's.
    pub(super) fn new(settings: &OutboundSettings, ca_pem: Option<&[u8]>) -> Result<Self, OutboundError> {
        let policy = Policy {
            plain_http: settings.plain_http,
            addresses: AllowedAddresses::PublicAnd(settings.allow_private_addresses.clone()),
            trust: Trust::SystemAnd(ca_pem.map_or(Ok(Vec::new()), |pem| authorities(pem, "outbound.ca_file"))?),
            identity: None,
        };
        Ok(Self { client: GuardedClient::new(policy, Limits::of(settings)) })
    }

    /// Fetches JSON.
    pub async fn get_json(&self, url: &str) -> Result<Value, OutboundError> {
        Ok(self.client.get_json(url).await?.json)
    }

    /// Fetches JSON that is cached for as long as its server says.
    pub(crate) async fn get_json_to_cache(&self, url: &str) -> Result<Fetched, OutboundError> {
        self.client.get_json(url).await
    }

    /// Posts a form; success is any status of 2xx, and the body of the answer is not read.
    pub(crate) async fn post_form(&self, url: &str, fields: &[(&str, &str)]) -> Result<(), OutboundError> {
        self.client.post_form(url, fields).await
    }

    /// Posts JSON with a bearer token; success is any status of 2xx, and the body of the answer is not read.
    pub(crate) async fn post_json(&self, url: &str, bearer: &str, body: &Value) -> Result<(), OutboundError> {
        self.client.post_json(url, bearer, body).await
    }

    /// Whether a URL would be called, as far as that can be said without a look-up of its name.
    pub(crate) fn callable(&self, url: &str) -> Result<Url, OutboundError> {
        self.client.callable(url)
    }

    #[cfg(test)]
    pub(super) fn resolver(&self) -> &crate::outbound::resolver::GuardedResolver {
        self.client.resolver()
    }
}
