//! `POST /par` (RFC 9126 §2).

use crate::app::App;
use crate::flows::authorization::par::push;
use crate::flows::token::dpop::{PresentedProof, show_key};
use crate::oidc::authorization::pushed::PushedResponse;
use crate::oidc::error::OAuthError;
use crate::oidc::paths;
use crate::web::answer::{json_no_store, oauth_error};
use crate::web::client_endpoint::{client_and_form, log_and_convert};
use crate::web::dpop::{proof_of, with_next_nonce, with_nonce};
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use std::sync::Arc;

/// Answers with a `request_uri`, or with an error in JSON.
pub(crate) async fn par(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Response> {
    let answer = answer(&app, &visitor, &headers, &body).await;
    let answer = answer.map_err(|error| with_nonce(&app, &error, oauth_error(&error, app.settings.issuer())))?;
    Ok(with_next_nonce(&app, &headers, json_no_store(StatusCode::CREATED, &answer)))
}

async fn answer(app: &App, visitor: &Visitor, headers: &HeaderMap, body: &Bytes) -> Result<PushedResponse, OAuthError> {
    let (client, form) = client_and_form(app, visitor, headers, body).await?;
    // RFC 9449 §10.1: a proof here binds the code, as dpop_jkt does.
    let key = match proof_of(headers)? {
        Some(jwt) => {
            let presented = PresentedProof { jwt, method: "POST", endpoint: paths::PAR, access_token_hash: None };
            Some(show_key(app, Some(client.client()), &presented).await.map_err(|error| log_and_convert(client.id(), &error))?)
        }
        None => None,
    };
    push(app, &client, &form, visitor.address, key.as_ref()).await.map_err(|error| log_and_convert(client.id(), &error))
}
