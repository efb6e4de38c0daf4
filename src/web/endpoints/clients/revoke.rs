//! `POST /revoke` (RFC 7009 §2).

use crate::app::App;
use crate::flows::token::revoke::revoke as end;
use crate::oidc::error::OAuthError;
use crate::oidc::token::presented::PresentedToken;
use crate::web::answer::oauth_error;
use crate::web::client_endpoint::client_and_form;
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
    answer(&app, &visitor, &headers, &body).await.map_err(|error| oauth_error(&error, app.settings.issuer()))?;
    Ok((StatusCode::OK, [(header::CACHE_CONTROL, "no-store")]).into_response())
}

async fn answer(app: &App, visitor: &Visitor, headers: &HeaderMap, body: &Bytes) -> Result<(), OAuthError> {
    let (client, form) = client_and_form(app, visitor, headers, body).await?;
    end(app, &client, &PresentedToken::parse(&form)?).await.map_err(|cause| {
        tracing::error!(client = %client.id(), %cause, "a token could not be revoked");
        // RFC 7009 §2.2.1: after a 503 the client must assume that the token still exists, and may try again.
        OAuthError { description: "the token may still work: try again in a moment".into(), ..OAuthError::from(&cause) }
    })
}
