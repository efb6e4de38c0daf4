//! Room `outbound/` (floor 3): the one client for requests that this program makes to addresses that others chose.
//!
//! Whoever registers a client chooses URLs that we then call: the classic way to make a server knock at doors inside its own network
//! (server-side request forgery). So every request goes through [`Outbound`]: `https` only, no user name in the URL, no redirect, no proxy
//! of the environment, one time limit from the look-up of the name to the last byte, one limit on what is read. Addresses are judged
//! ([`address`]) where a connection is made, after the name was looked up ([`resolver`]): a name that meant something else a moment
//! ago does not get through.

pub mod address;
mod resolver;
#[cfg(test)]
mod tests;

use crate::outbound::address::Doors;
use crate::outbound::resolver::{GuardedResolver, NotPublic};
use crate::settings::{Outbound as OutboundSettings, PlainHttp};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Certificate, Client, RequestBuilder, Response};
use serde_json::Value;
use std::error::Error;
use std::sync::{Arc, OnceLock};
use url::{Host, Url};

/// What others see of us.
const USER_AGENT: &str = "Panjereh";

/// Why a request was not made, or what came back is of no use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// Not a URL that we call at all.
    #[error("the URL is not called: {0}")]
    Refused(&'static str),
    /// It leads to an address outside the public Internet.
    #[error("the URL leads to an address that is not public and not in outbound.allow_private_addresses")]
    NotPublic,
    /// No answer: name, connection, TLS or time.
    #[error("no answer: {0}")]
    Unreachable(String),
    /// Another status than success; redirects are among them.
    #[error("it was answered with status {0}")]
    Status(u16),
    /// More than `outbound.response_limit`.
    #[error("the answer is longer than outbound.response_limit")]
    TooLong,
    /// The answer is no JSON.
    #[error("the answer is no JSON")]
    NotJson,
    /// The HTTP client could not be made; tells why.
    #[error("there is no HTTP client: {0}")]
    NoClient(String),
}

/// The guarded client. It is made at its first use, so that a server which calls nobody starts without any certificate authority.
pub struct Outbound {
    settings: OutboundSettings,
    authorities: Vec<Certificate>,
    resolver: Arc<GuardedResolver>,
    client: OnceLock<Result<Client, OutboundError>>,
}

impl Outbound {
    /// A client under these settings that trusts the authorities in `ca_pem`, the content of `outbound.ca_file`, besides the system's.
    pub fn new(settings: &OutboundSettings, ca_pem: Option<&[u8]>) -> Result<Self, OutboundError> {
        let authorities = ca_pem.map_or(Ok(Vec::new()), Certificate::from_pem_bundle).map_err(|error| no_client(&error))?;
        if ca_pem.is_some() && authorities.is_empty() {
            return Err(OutboundError::NoClient("outbound.ca_file holds no certificate in PEM".to_owned()));
        }
        let resolver = Arc::new(GuardedResolver::new(Doors::new(&settings.allow_private_addresses)));
        Ok(Self { settings: settings.clone(), authorities, resolver, client: OnceLock::new() })
    }

    /// Fetches JSON.
    pub async fn get_json(&self, url: &str) -> Result<Value, OutboundError> {
        let url = self.callable(url)?;
        let response = send(self.client()?.get(url).header(ACCEPT, "application/json")).await?;
        if response.status().as_u16() != 200 {
            return Err(OutboundError::Status(response.status().as_u16()));
        }
        serde_json::from_slice(&self.body(response).await?).map_err(|_| OutboundError::NotJson)
    }

    /// Posts a form; success is any status of 2xx, and the body of the answer is not read.
    pub async fn post_form(&self, url: &str, fields: &[(&str, &str)]) -> Result<(), OutboundError> {
        let url = self.callable(url)?;
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.client()?.post(url).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
        let status = send(request).await?.status();
        if status.is_success() { Ok(()) } else { Err(OutboundError::Status(status.as_u16())) }
    }

    /// Posts JSON with a bearer token; success is any status of 2xx, and the body of the answer is not read.
    pub async fn post_json(&self, url: &str, bearer: &str, body: &Value) -> Result<(), OutboundError> {
        let url = self.callable(url)?;
        let request = self.client()?.post(url).bearer_auth(bearer);
        let request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        let status = send(request).await?.status();
        if status.is_success() { Ok(()) } else { Err(OutboundError::Status(status.as_u16())) }
    }

    /// Whether a URL would be called, as far as that can be said without looking up its name.
    pub fn callable(&self, url: &str) -> Result<Url, OutboundError> {
        let url = Url::parse(url).map_err(|_| OutboundError::Refused("it is no absolute URL"))?;
        match (url.scheme(), self.settings.plain_http) {
            ("https", _) | ("http", PlainHttp::Allowed) => {}
            _ => return Err(OutboundError::Refused("it is not https")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(OutboundError::Refused("it has a user name or a password"));
        }
        // The parser has read 2130706433, 0x7f.1 and 017700000001 as the addresses that they are.
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(address.into()),
            Some(Host::Ipv6(address)) => Some(address.into()),
            Some(Host::Domain(_)) => None,
            None => return Err(OutboundError::Refused("it has no host")),
        };
        if literal.is_some_and(|address| !self.resolver.doors().open_to(address)) {
            return Err(OutboundError::NotPublic);
        }
        Ok(url)
    }

    fn client(&self) -> Result<&Client, OutboundError> {
        self.client.get_or_init(|| self.make_client()).as_ref().map_err(Clone::clone)
    }

    fn make_client(&self) -> Result<Client, OutboundError> {
        let builder = Client::builder()
            .user_agent(USER_AGENT)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .https_only(self.settings.plain_http == PlainHttp::Refused)
            .timeout(self.settings.timeout)
            .dns_resolver(Arc::clone(&self.resolver));
        builder.tls_certs_merge(self.authorities.iter().cloned()).build().map_err(|error| no_client(&error))
    }

    /// The whole body, counted while it arrives: what a header says of its length is not believed.
    async fn body(&self, mut response: Response) -> Result<Vec<u8>, OutboundError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(&error))? {
            if body.len() + chunk.len() > self.settings.response_limit {
                return Err(OutboundError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

async fn send(request: RequestBuilder) -> Result<Response, OutboundError> {
    request.send().await.map_err(|error| unreachable(&error))
}

fn no_client(error: &reqwest::Error) -> OutboundError {
    OutboundError::NoClient(innermost(error).to_string())
}

fn unreachable(error: &reqwest::Error) -> OutboundError {
    match innermost(error) {
        cause if cause.is::<NotPublic>() => OutboundError::NotPublic,
        _ if error.is_timeout() => OutboundError::Unreachable("it took longer than outbound.timeout".to_owned()),
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
