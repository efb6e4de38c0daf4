//! `POST /introspect` (RFC 7662 §2), answered in JSON or as a signed JWT (RFC 9701 §4).

use crate::app::App;
use crate::flows::token::introspect::{IntrospectError, introspect as ask, signed};
use crate::oidc::error::OAuthError;
use crate::oidc::token::introspection::{JWT_MEDIA_TYPE, wants_jwt};
use crate::oidc::token::presented::PresentedToken;
use crate::web::answer::{json_no_store, oauth_error};
use crate::web::client_endpoint::{client_and_form, log_and_convert};
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Answers about a token.
pub(crate) async fn introspect(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Response> {
    answer(&app, &visitor, &headers, &body).await.map_err(|error| oauth_error(&error, app.settings.issuer()))
}

async fn answer(app: &App, visitor: &Visitor, headers: &HeaderMap, body: &Bytes) -> Result<Response, OAuthError> {
    let (client, form) = client_and_form(app, visitor, headers, body).await?;
    let refused = |error: IntrospectError| log_and_convert(client.id(), &error);
    let answer = ask(app, &client, &PresentedToken::parse(&form)?).await.map_err(refused)?;
    let accepts = |value: &header::HeaderValue| value.to_str().is_ok_and(wants_jwt);
    if !headers.get_all(header::ACCEPT).iter().any(accepts) {
        return Ok(json_no_store(StatusCode::OK, &answer));
    }
    let jwt = signed(app, &client, &answer).map_err(|cause| refused(cause.into()))?;
    Ok(([(header::CONTENT_TYPE, JWT_MEDIA_TYPE), (header::CACHE_CONTROL, "no-store")], jwt).into_response())
}
