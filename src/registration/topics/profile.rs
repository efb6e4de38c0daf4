//! `profile`: what FAPI 2.0 forbids is rejected at the registration of a client with such a profile, so that its operator learns
//! of it before the first request fails.

use crate::client::metadata::Client;
use crate::client::profile::Profile;
use crate::client::words::Pkce;
use crate::registration::access::{Choice, field, words};
use crate::registration::reader::Reader;
use crate::registration::row::{Row, by_both, line};

pub(crate) const ROWS: &[Row] = &[by_both(
    KEY,
    &Choice(field!(requests.profile)),
    line(r#""standard""#, "fapi2, fapi2-message-signing: all rules of FAPI 2.0 apply"),
)];

pub(crate) const KEY: &str = "profile";

words!(Profile, name);

/// FAPI 2.0 Security Profile §5.3.2, §5.4.1.
pub(crate) fn check(client: &Client, file: &mut Reader<'_, '_>) {
    let profile = client.requests.profile;
    if !profile.is_fapi2() {
        return;
    }
    if !profile.allows_method(client.auth_method) {
        let remedy = "write private_key_jwt, tls_client_auth or self_signed_tls_client_auth: FAPI 2.0 allows no other";
        file.refuse("token_endpoint_auth_method", remedy);
    }
    for (key, alg) in [
        ("id_token_signed_response_alg", Some(client.signing_alg)),
        ("userinfo_signed_response_alg", client.protection.userinfo_signing_alg),
        ("introspection_signed_response_alg", client.token_policy.introspection_signing_alg),
        ("authorization_signed_response_alg", client.requests.response_alg),
        ("request_object_signing_alg", client.requests.object_alg),
        ("token_endpoint_auth_signing_alg", client.requests.assertion_alg),
    ] {
        if alg.is_some_and(|alg| !profile.allows_alg(alg)) {
            file.refuse(key, "write ES256, PS256 or EdDSA: FAPI 2.0 allows no other");
        }
    }
    if client.pkce == Pkce::Optional {
        file.refuse("pkce", "leave it out, or write required: FAPI 2.0 requires PKCE");
    }
    for (at, uri) in client.redirect_uris.iter().enumerate() {
        if !profile.allows_redirect(uri) {
            file.refuse_entry("redirect_uris", at, uri, "use https: FAPI 2.0 does not allow http");
        }
    }
}
