//! `POST /token` (RFC 6749 §3.2).

use crate::flows::App;
use crate::flows::authenticate_client::{AuthenticatedClient, authenticate_client};
use crate::flows::client_credentials::client_credentials;
use crate::flows::decoupled::redeem_decoupled;
use crate::flows::dpop::{PresentedProof, ShownKey, show_key};
use crate::flows::exchange::exchange;
use crate::flows::redeem_code::redeem_code;
use crate::flows::refresh::refresh;
use crate::oidc::credentials::PresentedCredentials;
use crate::oidc::discovery::paths;
use crate::oidc::dpop::ProofError;
use crate::oidc::error::OAuthError;
use crate::oidc::mutual_tls::CertificateBound;
use crate::oidc::params::Params;
use crate::oidc::token::{TokenRequest, TokenResponse};
use crate::web::answer::{json_no_store, oauth_error};
use crate::web::dpop::{proof_of, with_next_nonce, with_nonce};
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use std::sync::Arc;

/// Answers with tokens, or with an error in JSON.
pub async fn token(State(app): State<Arc<App>>, visitor: Visitor, headers: HeaderMap, body: Bytes) -> Response {
    match answer(&app, &visitor, &headers, &body).await {
        Ok(tokens) => with_next_nonce(&app, &headers, json_no_store(StatusCode::OK, &tokens)),
        Err(error) => with_nonce(&app, &error, oauth_error(&error, app.settings.issuer())),
    }
}

async fn answer(app: &App, visitor: &Visitor, headers: &HeaderMap, body: &Bytes) -> Result<TokenResponse, OAuthError> {
    let (client, form) = client_and_form(app, visitor, headers, body).await?;
    let key = shown_key(app, &client, visitor, headers).await?;
    grant(app, &client, &form, key).await
}

/// The key that the tokens will be bound to (RFC 9449 §5, RFC 8705 §3), if the client shows one; some have to (§5.2, §3.4).
async fn shown_key(
    app: &App,
    client: &AuthenticatedClient,
    visitor: &Visitor,
    headers: &HeaderMap,
) -> Result<Option<ShownKey>, OAuthError> {
    let policy = &client.client().token_policy;
    match (proof_of(headers)?, policy.mutual_tls.tokens) {
        (Some(jwt), CertificateBound::No) => {
            let presented = PresentedProof { jwt, method: "POST", endpoint: paths::TOKEN, access_token_hash: None };
            let key = show_key(app, Some(client.client()), &presented).await;
            key.map(Some).map_err(|error| told(client.id(), &error))
        }
        (Some(_), CertificateBound::Yes) => {
            Err(OAuthError::invalid_request("this client's tokens are bound to its certificate: send no DPoP proof"))
        }
        (None, CertificateBound::Yes) => {
            let key = visitor.certificate.as_ref().and_then(ShownKey::of_certificate);
            key.map(Some)
                .ok_or_else(|| OAuthError::invalid_request("this client's tokens are bound to its certificate: connect with it"))
        }
        (None, CertificateBound::No) if policy.dpop_bound => Err(ProofError::Missing.into()),
        (None, CertificateBound::No) => Ok(None),
    }
}

/// A form and the client that sent it, authenticated: how every endpoint for clients begins (RFC 6749 §2.3, §3.2).
pub async fn client_and_form(
    app: &App,
    visitor: &Visitor,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<(AuthenticatedClient, Params), OAuthError> {
    let form = form_of(headers, body)?;
    // RFC 6749 §3.2: also one of the client's own credentials must not be there twice.
    form.sound()?;
    let credentials = PresentedCredentials::parse(authorization(headers)?, &form)?;
    let client = authenticate_client(app, &credentials, visitor.caller()).await;
    let client = client.map_err(|error| told(credentials.client_id(), &error))?;
    Ok((client, form))
}

async fn grant(
    app: &App,
    client: &AuthenticatedClient,
    form: &Params,
    key: Option<ShownKey>,
) -> Result<TokenResponse, OAuthError> {
    match TokenRequest::parse(form)? {
        TokenRequest::AuthorizationCode(request) => {
            redeem_code(app, client, request, key).await.map_err(|error| told(client.id(), &error))
        }
        TokenRequest::RefreshToken(request) => {
            refresh(app, client, request, key).await.map_err(|error| told(client.id(), &error))
        }
        TokenRequest::Decoupled(grant_type, poll) => {
            redeem_decoupled(app, client, (grant_type, poll), key).await.map_err(|error| told(client.id(), &error))
        }
        TokenRequest::Exchange(request) => exchange(app, client, request, key).await.map_err(|error| told(client.id(), &error)),
        TokenRequest::ClientCredentials { scopes, narrower } => {
            client_credentials(app, client, (scopes.as_deref(), &narrower), key).map_err(|error| told(client.id(), &error))
        }
    }
}

/// The `Authorization` header. It is there once (RFC 9110 §5.3): of two, a proxy before us could have looked at the other one.
pub fn authorization(headers: &HeaderMap) -> Result<Option<&str>, OAuthError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(OAuthError::invalid_request("there must be one Authorization header, not several")),
        (value, None) => Ok(value.and_then(|value| value.to_str().ok())),
    }
}

/// RFC 6749 §3.2: parameters come in a form.
pub fn form_of(headers: &HeaderMap, body: &Bytes) -> Result<Params, OAuthError> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(OAuthError::invalid_request("the request must be a form: Content-Type: application/x-www-form-urlencoded"));
    }
    Ok(Params::from_form(body))
}

/// The reason is for the log, the code for the client.
pub fn told<'e, E>(client: &crate::oidc::client::ClientId, error: &'e E) -> OAuthError
where
    E: std::fmt::Display,
    OAuthError: From<&'e E>,
{
    let public = OAuthError::from(error);
    if public.status() >= 500 {
        tracing::error!(%client, cause = %error, "a client's request could not be answered");
    } else {
        tracing::info!(%client, reason = %error, "a client's request was refused");
    }
    public
}
