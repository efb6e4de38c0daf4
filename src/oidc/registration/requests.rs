//! How a client's authorization requests must arrive: the keys of [`RequestRules`].

use super::profile;
use super::reader::Reader;
use crate::identity::assurance::Acr;
use crate::oidc::client::{Client, SigningAlg, TokenEndpointAuthMethod};
use crate::oidc::request_rules::RequestRules;

/// The keys.
pub(super) const KEYS: &[&str] = &[
    profile::KEY,
    "require_pushed_authorization_requests",
    "require_signed_request_object",
    "request_object_signing_alg",
    "authorization_signed_response_alg",
    ASSERTION_ALG,
    "default_max_age",
    DEFAULT_ACR_VALUES,
    "require_auth_time",
];

pub(super) const ASSERTION_ALG: &str = "token_endpoint_auth_signing_alg";
pub(super) const DEFAULT_ACR_VALUES: &str = "default_acr_values";

/// What a client's table says about it.
pub(super) fn rules(file: &mut Reader<'_, '_>) -> RequestRules {
    RequestRules {
        profile: profile::profile(file),
        must_be_pushed: file.flag("require_pushed_authorization_requests").unwrap_or_default(),
        must_be_signed: file.flag("require_signed_request_object").unwrap_or_default(),
        object_alg: file.choice("request_object_signing_alg", &SigningAlg::ALL, SigningAlg::name),
        response_alg: file.choice("authorization_signed_response_alg", &SigningAlg::ALL, SigningAlg::name),
        assertion_alg: file.choice(ASSERTION_ALG, &SigningAlg::ALL, SigningAlg::name),
        default_max_age: file.number("default_max_age", 0..=u32::MAX.into()).and_then(|seconds| seconds.try_into().ok()),
        default_acr_values: file.choices(DEFAULT_ACR_VALUES, &Acr::ALL, Acr::uri).unwrap_or_default(),
        require_auth_time: file.flag("require_auth_time").unwrap_or_default(),
    }
}

/// A request object is verified with registered keys, and only an assertion has an algorithm.
pub(super) fn check(client: &Client, file: &mut Reader<'_, '_>) {
    if client.requests.assertion_alg.is_some() && client.auth_method != TokenEndpointAuthMethod::PrivateKeyJwt {
        file.refuse(
            ASSERTION_ALG,
            "leave it out, or write token_endpoint_auth_method = \"private_key_jwt\": nothing else is signed",
        );
    }
    if client.requests.must_be_signed && client.jwks.is_none() && client.jwks_uri.is_none() {
        file.refuse(
            "jwks",
            "is missing: require_signed_request_object needs the public keys that verify the client's requests, or jwks_uri",
        );
    }
}
