//! How a client's requests and their answers travel, as it is registered: pushed (RFC 9126 §6), signed (RFC 9101 §10.5), answered by a
//! signed response (JARM §3); and what they ask for where they say nothing (OpenID Connect Registration §2).

use crate::client::profile::Profile;
use crate::client::words::SigningAlg;
use crate::identity::assurance::Acr;
use serde::{Deserialize, Serialize};

/// The rules of one client.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RequestRules {
    /// `profile`: what it is held to beyond all of these.
    pub profile: Profile,
    /// `require_pushed_authorization_requests`: a request that was not pushed is refused (RFC 9126 §6).
    pub must_be_pushed: bool,
    /// `require_signed_request_object`: a request outside a request object is refused (RFC 9101 §10.5), and the object has to say
    /// from when until when it is valid.
    pub must_be_signed: bool,
    /// `request_object_signing_alg`: the one algorithm of its request objects; any offered one where it is left out.
    pub object_alg: Option<SigningAlg>,
    /// `authorization_signed_response_alg`: of signed answers (JARM §3); that of its ID tokens where it is left out.
    pub response_alg: Option<SigningAlg>,
    /// `token_endpoint_auth_signing_alg`: the one algorithm of its assertions; any offered one where it is left out.
    pub assertion_alg: Option<SigningAlg>,
    /// `default_max_age`: of requests without `max_age`, in seconds.
    pub default_max_age: Option<u32>,
    /// `default_acr_values`: of requests that wish for no level.
    pub default_acr_values: Vec<Acr>,
    /// `require_auth_time`. It is in every ID token; this is kept to be told again.
    pub require_auth_time: bool,
}
