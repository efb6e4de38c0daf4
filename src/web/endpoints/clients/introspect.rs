//! `POST /introspect` (RFC 7662 §2), answered in JSON or as a signed JWT (RFC 9701 §4).

use crate::app::App;
use crate::flows::token::introspect::{IntrospectError, introspect as ask, signed};
use crate::oidc::token::introspection::{JWT_MEDIA_TYPE, wants_jwt};
use crate::oidc::token::presented::PresentedToken;
use crate::web::answer::json_no_store;
use crate::web::client_endpoint::{Refused, client_and_form};
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
    answer(&app, &visitor, &headers, &body).await.map_err(|refused| refused.answer(&app))
}

async fn answer(app: &App, visitor: &Visitor, headers: &HeaderMap, body: &Bytes) -> Result<Response, Refused> {
    let (client, form) = client_and_form(app, visitor, headers, body).await?;
    let refused = |error: IntrospectError| Refused::because(&error).of(client.id());
    let presented = PresentedToken::parse(&form).map_err(|error| Refused::from(error).of(client.id()))?;
    let answer = ask(app, &client, &presented).await.map_err(refused)?;
    let accepts = |value: &header::HeaderValue| value.to_str().is_ok_and(wants_jwt);
    if !headers.get_all(header::ACCEPT).iter().any(accepts) {
        return Ok(json_no_store(StatusCode::OK, &answer));
    }
    let jwt = signed(app, &client, &answer).map_err(|cause| refused(cause.into()))?;
    Ok(([(header::CONTENT_TYPE, JWT_MEDIA_TYPE), (header::CACHE_CONTROL, "no-store")], jwt).into_response())
}
