//! A request whose method, header fields and body the caller chose, and its answer whatever the status is: for services whose wire
//! the operator describes.

use crate::outbound::client::{GuardedClient, unreachable};
use crate::outbound::error::OutboundError;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use std::time::Duration;

/// A request.
pub(crate) struct Exchange {
    /// The method.
    pub(crate) method: String,
    /// The URL.
    pub(crate) url: String,
    /// Header fields.
    pub(crate) headers: Vec<(String, String)>,
    /// The body with its media type.
    pub(crate) body: Option<(String, String)>,
}

/// Its answer.
pub(crate) struct Exchanged {
    /// The status.
    pub(crate) status: u16,
    /// `Retry-After` in seconds (RFC 9110 §10.2.3). A date in it is not read.
    pub(crate) retry_after: Option<Duration>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl GuardedClient {
    /// Sends a request. An error does not contain the URL: a person's number may be in it.
    pub(super) async fn exchange(&self, request: Exchange) -> Result<Exchanged, OutboundError> {
        let url = self.callable(&request.url)?;
        let method = Method::from_bytes(request.method.as_bytes()).map_err(|_| OutboundError::Refused("it is no method"))?;
        let mut builder = self.client()?.request(method, url);
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        if let Some((media_type, body)) = request.body {
            builder = builder.header(CONTENT_TYPE, media_type).body(body);
        }
        let response = builder.send().await.map_err(|error| unreachable(&error.without_url()))?;
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
        Ok(Exchanged {
            status: response.status().as_u16(),
            retry_after: retry_after.map(Duration::from_secs),
            body: self.body(response).await?,
        })
    }
}
