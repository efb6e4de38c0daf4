//! `GET /.well-known/openid-configuration` (OpenID Connect Discovery §4) and `GET /jwks` (RFC 7517 §5).

use crate::app::App;
use crate::client::words::{SigningAlg, TokenEndpointAuthMethod};
use crate::oidc::discovery::{CertificatesTaken, ProviderMetadata};
use crate::settings::{KEY_SET_CACHED, PushedRequests, RegistrationMode};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// The provider's metadata.
pub(crate) async fn configuration(State(app): State<Arc<App>>) -> Result<Response, Response> {
    Ok(json(&metadata(&app)))
}

/// What this deployment offers.
pub(crate) fn metadata(app: &App) -> ProviderMetadata {
    let require_pushed_authorization_requests = app.settings.tokens.pushed_requests == PushedRequests::Required;
    let metadata = ProviderMetadata::new(app.settings.issuer(), &SigningAlg::ALL);
    let authorization_details_types_supported = app.client_cache.load().detail_types().names();
    let mut metadata =
        ProviderMetadata { authorization_details_types_supported, require_pushed_authorization_requests, ..metadata };
    if app.settings.registration.mode != RegistrationMode::Off {
        metadata = metadata.with_registration();
    }
    let profile = app.settings.tokens.profile;
    if app.settings.tls.takes_certificates() {
        let by_authority = app.authorities.as_ref().map(|_| TokenEndpointAuthMethod::TlsClientAuth);
        let methods: Vec<_> = by_authority.into_iter().chain([TokenEndpointAuthMethod::SelfSignedTlsClientAuth]).collect();
        metadata = metadata.with_certificates(CertificatesTaken { url: &app.settings.tls.mutual_url, methods: &methods });
    }
    metadata.held_to(profile)
}

/// The keys whose signatures may still be valid, and the keys that will sign next.
pub(crate) async fn jwks(State(app): State<Arc<App>>) -> Result<Response, Response> {
    Ok(json(&app.keyring.load().jwks_json(app.clock.now())))
}

fn json(body: &impl serde::Serialize) -> Response {
    let cached = HeaderValue::from_str(&format!("public, max-age={}", KEY_SET_CACHED.as_secs()));
    let cached = cached.unwrap_or(HeaderValue::from_static("no-cache"));
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json")), (header::CACHE_CONTROL, cached)];
    (headers, serde_json::to_vec(body).unwrap_or_default()).into_response()
}
