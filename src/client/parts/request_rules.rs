//! A client's registered rules for its authorization requests and their responses: pushed (RFC 9126 §6), signed (RFC 9101 §10.5),
//! answered with a signed response (JARM §3); and the defaults of omitted parameters (OpenID Connect Registration §2).

use crate::client::profile::Profile;
use crate::client::words::SigningAlg;
use crate::identity::assurance::Acr;
use serde::{Deserialize, Serialize};

/// The rules of one client.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RequestRules {
    /// `profile`: the profile whose rules apply as well.
    pub profile: Profile,
    /// `require_pushed_authorization_requests`: a request that was not pushed is rejected (RFC 9126 §6).
    pub must_be_pushed: bool,
    /// `require_signed_request_object`: a request without a request object is rejected (RFC 9101 §10.5), and the object must have
    /// `nbf` and `exp`.
    pub must_be_signed: bool,
    /// `request_object_signing_alg`: the only algorithm for its request objects. If absent, every supported one is accepted.
    pub object_alg: Option<SigningAlg>,
    /// `authorization_signed_response_alg`: for signed responses (JARM §3). If absent, the algorithm of its ID tokens.
    pub response_alg: Option<SigningAlg>,
    /// `token_endpoint_auth_signing_alg`: the only algorithm for its assertions. If absent, every supported one is accepted.
    pub assertion_alg: Option<SigningAlg>,
    /// `default_max_age`: for requests without `max_age`, in seconds.
    pub default_max_age: Option<u32>,
    /// `default_acr_values`: for requests without `acr_values`.
    pub default_acr_values: Vec<Acr>,
    /// `require_auth_time`. Every ID token has `auth_time`, so this has no effect: it is stored for the client's read requests.
    pub require_auth_time: bool,
}
