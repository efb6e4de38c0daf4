//! Paths of the endpoints under the issuer; the router and the discovery document name them from here.

/// Discovery (OpenID Connect Discovery §4).
pub(crate) const DISCOVERY: &str = "/.well-known/openid-configuration";
/// The same document where RFC 8414 §3 looks for it.
pub(crate) const OAUTH_METADATA: &str = "/.well-known/oauth-authorization-server";
/// Authorization endpoint.
pub(crate) const AUTHORIZE: &str = "/authorize";
/// Pushed authorization requests (RFC 9126 §2).
pub(crate) const PAR: &str = "/par";
/// Token endpoint.
pub(crate) const TOKEN: &str = "/token";
/// Device authorization (RFC 8628 §3.1).
pub(crate) const DEVICE_AUTHORIZATION: &str = "/device_authorization";
/// Where a person types the code of a device: short, because it is typed as well (RFC 8628 §3.2).
pub(crate) const DEVICE: &str = "/device";
/// Backchannel authentication (OpenID Connect CIBA Core §7).
pub(crate) const CIBA: &str = "/ciba";
/// Where a person finds what agencies ask of them.
pub(crate) const APPROVE: &str = "/approve";
/// UserInfo endpoint.
pub(crate) const USERINFO: &str = "/userinfo";
/// Public keys.
pub(crate) const JWKS: &str = "/jwks";
/// Client registration (OpenID Connect Dynamic Client Registration §3).
pub(crate) const REGISTER: &str = "/register";
/// The frame of Session Management §3.3.
pub(crate) const CHECK_SESSION: &str = "/session/check";
/// Logout (RP-Initiated Logout §2).
pub(crate) const END_SESSION: &str = "/logout";
/// Revocation (RFC 7009 §2).
pub(crate) const REVOKE: &str = "/revoke";
/// Introspection (RFC 7662 §2).
pub(crate) const INTROSPECT: &str = "/introspect";

/// The guide for agencies' developers, `service_documentation` of the discovery document.
pub(crate) const DEVELOPERS: &str = "/developers";

/// The address of an endpoint of an issuer (without a `/` at its end).
pub(crate) fn url(issuer: &str, path: &str) -> String {
    format!("{issuer}{path}")
}
