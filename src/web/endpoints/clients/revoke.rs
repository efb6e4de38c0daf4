//! `POST /revoke` (RFC 7009 §2).

use crate::app::App;
use crate::flows::token::revoke::revoke as end;
use crate::oidc::error::OAuthError;
use crate::oidc::token::presented::PresentedToken;
use crate::web::client_endpoint::{Refused, client_and_form};
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Answers with an empty 200, also to an unknown token (RFC 7009 §2.2).
pub(crate) async fn revoke(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Response> {
    answer(&app, &visitor, &headers, &body).await.map_err(|refused| refused.answer(&app))?;
    Ok((StatusCode::OK, [(header::CACHE_CONTROL, "no-store")]).into_response())
}

async fn answer(app: &App, visitor: &Visitor, headers: &HeaderMap, body: &Bytes) -> Result<(), Refused> {
    let (client, form) = client_and_form(app, visitor, headers, body).await?;
    let presented = PresentedToken::parse(&form).map_err(|error| Refused::from(error).of(client.id()))?;
    end(app, &client, &presented).await.map_err(|cause| {
        // RFC 7009 §2.2.1: after a 503 the client must assume that the token still exists, and may try again.
        let told = "the token may still work: try again in a moment";
        let public = OAuthError { description: told.into(), ..OAuthError::from(&cause) };
        Refused::failed(public, &cause).of(client.id())
    })
}
