//! Pushed authorization requests (RFC 9126): the `request_uri`, the stored request, and the response.

use crate::oidc::authorization::request::AuthorizationRequest;
use crate::secret::{Secret, TokenHash};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The prefix of every `request_uri` of ours (RFC 9126 §2.2).
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";
/// 256 bits in base64url.
const SECRET_LEN: usize = 43;

/// Whether a `request_uri` has the form of those that this server issues. Any other would have to be fetched, which is not
/// offered.
pub(crate) fn is_pushed(request_uri: &str) -> bool {
    request_uri.starts_with(PREFIX)
}

/// The hash under which the request of a `request_uri` is stored; `None` for a URI that this server never issued.
pub(crate) fn key_of(request_uri: &str) -> Option<TokenHash> {
    let secret = request_uri.strip_prefix(PREFIX)?;
    let known = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (secret.len() == SECRET_LEN && secret.bytes().all(known)).then(|| TokenHash::of(secret))
}

/// A request as it is stored between the two endpoints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushedRequest {
    /// The request, validated when it was pushed.
    pub request: AuthorizationRequest,
    /// Until when it may be brought to the authorization endpoint. It is stored longer, so that it is answered only once, however
    /// long the person takes.
    pub usable_until: Timestamp,
}

/// The response to a pushed request (RFC 9126 §2.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct PushedResponse {
    /// What the client brings to the authorization endpoint.
    pub(crate) request_uri: String,
    /// How long it may be brought there, in seconds.
    pub(crate) expires_in: u64,
}

impl PushedResponse {
    /// The response for a request that is stored under the hash of this secret.
    pub(crate) fn new(secret: &Secret<String>, lifetime: Duration) -> Self {
        Self { request_uri: format!("{PREFIX}{}", secret.expose()), expires_in: lifetime.as_secs() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rfc9126_2_2_a_request_uri_is_a_urn_of_256_bits_and_leads_to_the_hash_of_its_secret() {
        let secret = Secret::new("a".repeat(43));
        let answer = PushedResponse::new(&secret, Duration::from_mins(1));
        assert_eq!(answer.expires_in, 60);
        assert_eq!(key_of(&answer.request_uri), Some(TokenHash::of(secret.expose())));
    }

    #[test]
    fn a_request_uri_that_this_server_never_issued_has_no_key() {
        for uri in
            ["", "https://tax.example/r", PREFIX, &format!("{PREFIX}{}", "a".repeat(42)), &format!("{PREFIX}{}", "é".repeat(43))]
        {
            assert_eq!(key_of(uri), None, "{uri}");
        }
        assert!(is_pushed(PREFIX) && !is_pushed("https://tax.example/r") && !is_pushed("URN:ietf:params:oauth:request_uri:a"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,120}", tail in "[A-Za-z0-9_-]{0,60}") {
            prop_assert_eq!(key_of(&text), None);
            prop_assert_eq!(key_of(&format!("{PREFIX}{tail}")).is_some(), tail.len() == SECRET_LEN);
        }
    }
}
