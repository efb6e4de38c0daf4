//! The guarded client under both doors: what it calls, what it trusts, and the limits of every request.

use crate::outbound::address::AllowedAddresses;
use crate::outbound::error::OutboundError;
use crate::outbound::freshness::{Fetched, fresh_for};
use crate::outbound::resolver::{GuardedResolver, NotPublic};
use crate::settings::{Outbound as OutboundSettings, PlainHttp};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Certificate, Client, ClientBuilder, Identity, RequestBuilder, Response};
use serde_json::Value;
use std::error::Error;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use url::{Host, Url};

/// What others see of us.
const USER_AGENT: &str = "Panjereh";

/// The limits of every request through a door.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The longest time, from the look-up of the name to the last byte.
    pub timeout: Duration,
    /// The longest answer that is read, in bytes.
    pub response_limit: usize,
}

impl Limits {
    pub(super) const fn of(settings: &OutboundSettings) -> Self {
        Self { timeout: settings.timeout, response_limit: settings.response_limit }
    }
}

/// Whose server certificates are accepted.
pub(super) enum Trust {
    /// Those of the system's authorities, and of these.
    SystemAnd(Vec<Certificate>),
    /// Those of these authorities, and of no other.
    Only(Vec<Certificate>),
}

/// In what the doors differ.
pub(super) struct Policy {
    pub(super) plain_http: PlainHttp,
    pub(super) addresses: AllowedAddresses,
    pub(super) trust: Trust,
    /// The certificate that is shown to servers which ask for one, with its private key.
    pub(super) identity: Option<Identity>,
}

/// One HTTP client under one policy.
pub(super) struct GuardedClient {
    policy: Policy,
    limits: Limits,
    resolver: Arc<GuardedResolver>,
    client: OnceLock<Result<Client, OutboundError>>,
}

impl GuardedClient {
    pub(super) fn new(policy: Policy, limits: Limits) -> Self {
        let resolver = Arc::new(GuardedResolver::new(policy.addresses.clone()));
        Self { policy, limits, resolver, client: OnceLock::new() }
    }

    pub(super) async fn get_json(&self, url: &str) -> Result<Fetched, OutboundError> {
        let url = self.callable(url)?;
        let response = send(self.client()?.get(url).header(ACCEPT, "application/json")).await?;
        if response.status().as_u16() != 200 {
            return Err(OutboundError::Status(response.status().as_u16()));
        }
        let fresh_for = fresh_for(response.headers());
        let json = serde_json::from_slice(&self.body(response).await?).map_err(|_| OutboundError::NotJson)?;
        Ok(Fetched { json, fresh_for })
    }

    pub(super) async fn post_form(&self, url: &str, fields: &[(&str, &str)]) -> Result<(), OutboundError> {
        let url = self.callable(url)?;
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.client()?.post(url).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
        let status = send(request).await?.status();
        if status.is_success() { Ok(()) } else { Err(OutboundError::Status(status.as_u16())) }
    }

    pub(super) async fn post_json(&self, url: &str, bearer: &str, body: &Value) -> Result<(), OutboundError> {
        let url = self.callable(url)?;
        let request = self.client()?.post(url).bearer_auth(bearer);
        let request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        let status = send(request).await?.status();
        if status.is_success() { Ok(()) } else { Err(OutboundError::Status(status.as_u16())) }
    }

    /// Posts JSON and returns the body of an answer with status 200.
    pub(super) async fn post_for_text(&self, url: &str, json: Vec<u8>, accept: &str) -> Result<String, OutboundError> {
        let url = self.callable(url)?;
        let request = self.client()?.post(url).header(ACCEPT, accept).header(CONTENT_TYPE, "application/json");
        let response = send(request.body(json)).await?;
        if response.status().as_u16() != 200 {
            return Err(OutboundError::Status(response.status().as_u16()));
        }
        String::from_utf8(self.body(response).await?).map_err(|_| OutboundError::NotText)
    }

    /// Whether a URL would be called, as far as that can be said without a look-up of its name.
    pub(super) fn callable(&self, url: &str) -> Result<Url, OutboundError> {
        let url = Url::parse(url).map_err(|_| OutboundError::Refused("it is no absolute URL"))?;
        match (url.scheme(), self.policy.plain_http) {
            ("https", _) | ("http", PlainHttp::Allowed) => {}
            _ => return Err(OutboundError::Refused("it is not https")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(OutboundError::Refused("it has a user name or a password"));
        }
        if url.host().is_none() {
            return Err(OutboundError::Refused("it has no host"));
        }
        if literal_address(&url).is_some_and(|address| !self.policy.addresses.contain(address)) {
            return Err(OutboundError::NotPublic);
        }
        Ok(url)
    }

    /// The HTTP client, made at its first use.
    pub(super) fn client(&self) -> Result<&Client, OutboundError> {
        self.client.get_or_init(|| self.make_client()).as_ref().map_err(Clone::clone)
    }

    fn make_client(&self) -> Result<Client, OutboundError> {
        let builder = Client::builder()
            .user_agent(USER_AGENT)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .https_only(self.policy.plain_http == PlainHttp::Refused)
            .timeout(self.limits.timeout)
            .dns_resolver(Arc::clone(&self.resolver));
        let builder = match &self.policy.trust {
            Trust::SystemAnd(authorities) => builder.tls_certs_merge(authorities.iter().cloned()),
            Trust::Only(authorities) => builder.tls_certs_only(authorities.iter().cloned()),
        };
        self.policy.identity.iter().cloned().fold(builder, ClientBuilder::identity).build().map_err(|error| no_client(&error))
    }

    /// The whole body, counted while it arrives: what a header says of its length is not believed.
    pub(super) async fn body(&self, mut response: Response) -> Result<Vec<u8>, OutboundError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(&error))? {
            if body.len() + chunk.len() > self.limits.response_limit {
                return Err(OutboundError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    #[cfg(test)]
    pub(super) fn resolver(&self) -> &GuardedResolver {
        &self.resolver
    }
}

/// The address that stands in a URL in the place of a name.
pub(super) fn literal_address(url: &Url) -> Option<std::net::IpAddr> {
    // The parser has read 2130706433, 0x7f.1 and 017700000001 as the addresses that they are.
    match url.host()? {
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
        Host::Domain(_) => None,
    }
}

/// The certificates in a PEM file; `name` is how an operator knows the file.
pub(super) fn authorities(pem: &[u8], name: &str) -> Result<Vec<Certificate>, OutboundError> {
    let found = Certificate::from_pem_bundle(pem).map_err(|error| no_client(&error))?;
    if found.is_empty() { Err(OutboundError::NoClient(format!("{name} holds no certificate in PEM"))) } else { Ok(found) }
}

async fn send(request: RequestBuilder) -> Result<Response, OutboundError> {
    request.send().await.map_err(|error| unreachable(&error))
}

pub(super) fn no_client(error: &reqwest::Error) -> OutboundError {
    OutboundError::NoClient(innermost(error).to_string())
}

pub(super) fn unreachable(error: &reqwest::Error) -> OutboundError {
    match innermost(error) {
        cause if cause.is::<NotPublic>() => OutboundError::NotPublic,
        _ if error.is_timeout() => OutboundError::Unreachable("it took longer than its time limit".to_owned()),
        cause => OutboundError::Unreachable(cause.to_string()),
    }
}

fn innermost<'e>(error: &'e (dyn Error + 'static)) -> &'e (dyn Error + 'static) {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause
}
