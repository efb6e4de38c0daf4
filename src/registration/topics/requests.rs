//! The rules for a client's authorization requests and their responses: the names of
//! [`RequestRules`](crate::client::parts::request_rules::RequestRules), except `profile`.

use crate::client::metadata::Client;
use crate::registration::access::{Choices, Flag, Number, OptionalChoice, field};
use crate::registration::reader::Reader;
use crate::registration::row::{Row, by_both, line};

pub(crate) const ROWS: &[Row] = &[
    by_both(
        "require_pushed_authorization_requests",
        &Flag(field!(requests.must_be_pushed)),
        line("false", "true: it must push its requests (RFC 9126)"),
    ),
    by_both(
        "require_signed_request_object",
        &Flag(field!(requests.must_be_signed)),
        line("false", "true: it must sign its requests (RFC 9101); needs jwks"),
    ),
    by_both(
        "request_object_signing_alg",
        &OptionalChoice(field!(requests.object_alg)),
        line(r#""…""#, "ES256 RS256 PS256 EdDSA; default: any of them"),
    ),
    by_both(
        "default_max_age",
        &Number(field!(requests.default_max_age), 0..=u32::MAX),
        line("…", "seconds; for requests without max_age"),
    ),
    by_both(
        DEFAULT_ACR_VALUES,
        &Choices(field!(requests.default_acr_values)),
        line("[]", "for requests without acr_values; levels as for min_acr, preferred first"),
    ),
    by_both(
        "require_auth_time",
        &Flag(field!(requests.require_auth_time)),
        line("false", "no effect: every ID token has auth_time"),
    ),
    by_both(
        "authorization_signed_response_alg",
        &OptionalChoice(field!(requests.response_alg)),
        line(r#""…""#, "for response_mode=jwt; default: id_token_signed_response_alg"),
    ),
];

pub(crate) const DEFAULT_ACR_VALUES: &str = "default_acr_values";

/// Request objects are verified with the client's registered keys.
pub(crate) fn check(client: &Client, file: &mut Reader<'_, '_>) {
    if client.requests.must_be_signed && client.jwks.is_none() && client.jwks_uri.is_none() {
        file.refuse(
            "jwks",
            "is missing: require_signed_request_object needs the public keys that verify the client's requests, or jwks_uri",
        );
    }
}
