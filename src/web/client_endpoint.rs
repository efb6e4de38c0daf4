//! What the endpoints for clients share: reading the form, authenticating the client, and logging why a request was rejected.

use crate::app::App;
use crate::client::words::ClientId;
use crate::flows::clients::authenticate_client::{AuthenticatedClient, authenticate_client};
use crate::oidc::error::OAuthError;
use crate::oidc::params::Params;
use crate::oidc::token::credentials::PresentedCredentials;
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::http::{HeaderMap, header};

/// A form and the client that sent it, authenticated: how every endpoint for clients begins (RFC 6749 §2.3, §3.2).
pub(crate) async fn client_and_form(
    app: &App,
    visitor: &Visitor,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<(AuthenticatedClient, Params), OAuthError> {
    let form = sound_form(headers, body)?;
    let client = client_of(app, visitor, headers, &form).await?;
    Ok((client, form))
}

/// A form without repeated or malformed parameters. RFC 6749 §3.2: the credentials of the client must not be repeated either.
pub(crate) fn sound_form(headers: &HeaderMap, body: &Bytes) -> Result<Params, OAuthError> {
    let form = form_of(headers, body)?;
    form.sound()?;
    Ok(form)
}

/// The client that sent a form, authenticated (RFC 6749 §2.3).
pub(crate) async fn client_of(
    app: &App,
    visitor: &Visitor,
    headers: &HeaderMap,
    form: &Params,
) -> Result<AuthenticatedClient, OAuthError> {
    let credentials = PresentedCredentials::parse(authorization(headers)?, form)?;
    let client = authenticate_client(app, &credentials, visitor.caller()).await;
    client.map_err(|error| log_and_convert(credentials.client_id(), &error))
}

/// The `Authorization` header. A second one is rejected (RFC 9110 §5.3): a proxy in front of us may have checked the other one.
pub(crate) fn authorization(headers: &HeaderMap) -> Result<Option<&str>, OAuthError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(OAuthError::invalid_request("there must be one Authorization header, not several")),
        (value, None) => Ok(value.and_then(|value| value.to_str().ok())),
    }
}

/// RFC 6749 §3.2: parameters are sent as a form.
pub(crate) fn form_of(headers: &HeaderMap, body: &Bytes) -> Result<Params, OAuthError> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(OAuthError::invalid_request("the request must be a form: Content-Type: application/x-www-form-urlencoded"));
    }
    Ok(Params::from_form(body))
}

/// Logs why a client's request was rejected or failed, and returns what the client may learn of it.
pub(crate) fn log_and_convert<'e, E>(client: &ClientId, error: &'e E) -> OAuthError
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

/// The token of the `Authorization` header (RFC 6750 §2.1).
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    of_scheme(authorization(headers).ok()??, "Bearer")
}

/// What follows the scheme in an `Authorization` header; `None` for another scheme (RFC 9110 §11.4).
pub(crate) fn of_scheme<'a>(header: &'a str, expected: &str) -> Option<&'a str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case(expected).then_some(token.trim())
}
