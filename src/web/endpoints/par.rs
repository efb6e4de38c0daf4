//! `POST /par` (RFC 9126 §2).

use crate::flows::App;
use crate::flows::par::push;
use crate::oidc::error::OAuthError;
use crate::oidc::pushed::PushedResponse;
use crate::web::answer::{json_no_store, oauth_error};
use crate::web::endpoints::token::{client_and_form, told};
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use std::sync::Arc;

/// Answers with a `request_uri`, or with an error in JSON.
pub async fn par(State(app): State<Arc<App>>, visitor: Visitor, headers: HeaderMap, body: Bytes) -> Response {
    match answer(&app, &visitor, &headers, &body).await {
        Ok(pushed) => json_no_store(StatusCode::CREATED, &pushed),
        Err(error) => oauth_error(&error, app.settings.issuer()),
    }
}

async fn answer(app: &App, visitor: &Visitor, headers: &HeaderMap, body: &Bytes) -> Result<PushedResponse, OAuthError> {
    let (client, form) = client_and_form(app, visitor, headers, body).await?;
    push(app, &client, &form).await.map_err(|error| told(client.id(), &error))
}
