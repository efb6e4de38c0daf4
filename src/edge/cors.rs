//! What scripts of other sites may call (Fetch Standard §3.2): the endpoints for clients that run in a browser, and the documents
//! that they read first (OpenID Connect Core §5.3, OAuth 2.0 for Browser-Based Apps §6.3). Never with cookies: these endpoints
//! read none, and a client puts its own credentials into the request, so any origin may be allowed. The pages, the authorization
//! endpoint and the endpoints for servers are closed to scripts of other sites.

use crate::oidc::paths;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// How long a browser caches the answer to a preflight; no browser accepts more than two hours.
const REMEMBERED: &str = "7200";
/// What a client sends besides the headers of every form: how it authenticates, and proof of its key (RFC 9449 §4.1).
const SENT: &str = "Authorization, Content-Type, DPoP";
/// What it has to read of an answer besides its body (RFC 9449 §8, RFC 6750 §3, RFC 6585 §4).
const READ: &str = "DPoP-Nonce, WWW-Authenticate, Retry-After";

/// The methods by which scripts of other sites may call this path; `None` if they may not call it.
pub(crate) fn open_to(path: &str) -> Option<&'static str> {
    match path {
        paths::TOKEN | paths::REVOKE | paths::PAR => Some("POST"),
        paths::USERINFO => Some("GET, POST"),
        paths::JWKS | paths::DISCOVERY | paths::OAUTH_METADATA => Some("GET"),
        _ => None,
    }
}

/// Whether the request is a preflight: the browser asks before it lets a script send the request.
pub(crate) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::OPTIONS
        && headers.contains_key(header::ORIGIN)
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// The answer to a preflight.
pub(crate) fn preflight(methods: &'static str) -> Response {
    let told = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, methods),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, SENT),
        (header::ACCESS_CONTROL_MAX_AGE, REMEMBERED),
    ];
    (StatusCode::NO_CONTENT, told).into_response()
}

/// Lets scripts of other sites read an answer.
pub(crate) fn open(headers: &mut HeaderMap) {
    let told: [(HeaderName, &'static str); 2] =
        [(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"), (header::ACCESS_CONTROL_EXPOSE_HEADERS, READ)];
    for (name, value) in told {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
