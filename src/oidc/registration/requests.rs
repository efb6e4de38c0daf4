//! How a client's authorization requests must arrive: the keys of [`RequestRules`].

use super::profile;
use super::reader::Reader;
use crate::oidc::client::{Client, SigningAlg};
use crate::oidc::request_rules::RequestRules;

/// The keys.
pub(super) const KEYS: &[&str] = &[
    profile::KEY,
    "require_pushed_authorization_requests",
    "require_signed_request_object",
    "request_object_signing_alg",
    "authorization_signed_response_alg",
];

/// What a client's table says about it.
pub(super) fn rules(file: &mut Reader<'_, '_>) -> RequestRules {
    RequestRules {
        profile: profile::profile(file),
        must_be_pushed: file.flag("require_pushed_authorization_requests").unwrap_or_default(),
        must_be_signed: file.flag("require_signed_request_object").unwrap_or_default(),
        object_alg: file.choice("request_object_signing_alg", &SigningAlg::ALL, SigningAlg::name),
        response_alg: file.choice("authorization_signed_response_alg", &SigningAlg::ALL, SigningAlg::name),
    }
}

/// A request object is verified with registered keys.
pub(super) fn check(client: &Client, file: &mut Reader<'_, '_>) {
    if client.requests.must_be_signed && client.jwks.is_none() && client.jwks_uri.is_none() {
        file.refuse(
            "jwks",
            "is missing: require_signed_request_object needs the public keys that verify the client's requests, or jwks_uri",
        );
    }
}
