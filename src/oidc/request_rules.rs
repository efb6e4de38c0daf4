//! How a client's requests and their answers travel, as it is registered: pushed (RFC 9126 §6), signed (RFC 9101 §10.5), answered by a
//! signed response (JARM §3); and what they ask for where they say nothing (OpenID Connect Registration §2).

use super::client::SigningAlg;
use super::profile::Profile;
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

impl RequestRules {
    /// The rules by their names in an agency file.
    pub fn describe(&self) -> Vec<(&'static str, String)> {
        let alg = |alg: Option<SigningAlg>| alg.map_or_else(String::new, |alg| alg.name().to_owned());
        vec![
            ("profile", self.profile.name().to_owned()),
            ("require_pushed_authorization_requests", self.must_be_pushed.to_string()),
            ("require_signed_request_object", self.must_be_signed.to_string()),
            ("request_object_signing_alg", alg(self.object_alg)),
            ("authorization_signed_response_alg", alg(self.response_alg)),
            ("token_endpoint_auth_signing_alg", alg(self.assertion_alg)),
            ("default_max_age", self.default_max_age.map_or_else(String::new, |seconds| seconds.to_string())),
            ("default_acr_values", self.default_acr_values.iter().map(|acr| acr.uri()).collect::<Vec<_>>().join(" ")),
            ("require_auth_time", self.require_auth_time.to_string()),
        ]
    }
}
