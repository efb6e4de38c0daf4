//! The door to a server that the operator configured, such as the civil registry.

use crate::outbound::address::AllowedAddresses;
use crate::outbound::client::{GuardedClient, Limits, Policy, Trust, authorities, literal_address, no_client};
use crate::outbound::error::OutboundError;
use crate::outbound::exchange::{Exchange, Exchanged};
use crate::secret::Secret;
use crate::settings::PlainHttp;
use reqwest::Identity;
use serde_json::Value;
use url::{Origin, Url};

/// A server that the operator configured, and how we and it know each other.
pub struct Destination<'d> {
    /// A URL of it. URLs with its scheme, host and port may be called, and no others. `https`, or `http` to a loopback address.
    pub url: &'d str,
    /// The content of a PEM file with the authorities that issue its certificate. Where it is given, no other authority is
    /// trusted, not even the system's: an authority of one institution vouches for that institution only.
    pub ca_pem: Option<&'d [u8]>,
    /// What we show where it demands a certificate.
    pub identity: Option<ClientIdentity<'d>>,
}

/// A client certificate with its private key.
pub struct ClientIdentity<'d> {
    /// The content of a PEM file: the certificate, then those between it and the authority.
    pub certificate_pem: &'d [u8],
    /// The content of a PEM file with the private key.
    pub key_pem: &'d Secret<Vec<u8>>,
}

/// Calls one server, at a private address, too. Each destination has a client of its own, so that our certificate is shown to no
/// other server.
pub struct ConfiguredDoor {
    origin: Origin,
    client: GuardedClient,
}

impl ConfiguredDoor {
    /// Fails on a URL, an authority or a certificate that cannot be used, so that an operator hears of it at the start.
    pub fn new(destination: &Destination<'_>, limits: Limits) -> Result<Self, OutboundError> {
        let url = Url::parse(destination.url).map_err(|_| OutboundError::Refused("it is no absolute URL"))?;
        let policy = Policy {
            plain_http: plain_http(&url),
            addresses: AllowedAddresses::Any,
            trust: match destination.ca_pem {
                Some(pem) => Trust::Only(authorities(pem, "the file of authorities")?),
                None => Trust::SystemAnd(Vec::new()),
            },
            identity: destination.identity.as_ref().map(identity).transpose()?,
        };
        let client = GuardedClient::new(policy, limits);
        client.callable(destination.url)?;
        client.client()?;
        Ok(Self { origin: url.origin(), client })
    }

    /// Fetches JSON.
    pub async fn get_json(&self, url: &str) -> Result<Value, OutboundError> {
        self.of_destination(url)?;
        Ok(self.client.get_json(url).await?.json)
    }

    /// Posts a form; success is any status of 2xx, and the body of the answer is not read.
    pub async fn post_form(&self, url: &str, fields: &[(&str, &str)]) -> Result<(), OutboundError> {
        self.of_destination(url)?;
        self.client.post_form(url, fields).await
    }

    /// Posts JSON with a bearer token; success is any status of 2xx, and the body of the answer is not read.
    pub async fn post_json(&self, url: &str, bearer: &str, body: &Value) -> Result<(), OutboundError> {
        self.of_destination(url)?;
        self.client.post_json(url, bearer, body).await
    }

    /// Posts JSON and returns the body of an answer with status 200, as text.
    pub(crate) async fn post_for_text(&self, url: &str, json: Vec<u8>, accept: &str) -> Result<String, OutboundError> {
        self.of_destination(url)?;
        self.client.post_for_text(url, json, accept).await
    }

    /// One request as the caller wrote it, and the answer with any status.
    pub(crate) async fn exchange(&self, request: Exchange) -> Result<Exchanged, OutboundError> {
        self.of_destination(&request.url)?;
        self.client.exchange(request).await
    }

    /// Another origin was not configured by the operator, so its address is a stranger's.
    fn of_destination(&self, url: &str) -> Result<(), OutboundError> {
        match Url::parse(url) {
            Ok(url) if url.origin() == self.origin => Ok(()),
            _ => Err(OutboundError::Refused("it is not of the configured server")),
        }
    }
}

/// Only a literal address is known to be loopback: a name may lead elsewhere when it is looked up.
fn plain_http(url: &Url) -> PlainHttp {
    if literal_address(url).is_some_and(|address| address.is_loopback()) { PlainHttp::Allowed } else { PlainHttp::Refused }
}

fn identity(identity: &ClientIdentity<'_>) -> Result<Identity, OutboundError> {
    // `Identity` reads both from one text. The line break is for a file that ends without one.
    let both = Secret::new([identity.certificate_pem, b"\n", identity.key_pem.expose()].concat());
    Identity::from_pem(both.expose()).map_err(|error| no_client(&error))
}
