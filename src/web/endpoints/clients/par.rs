//! `POST /par` (RFC 9126 §2).

use crate::app::App;
use crate::edge::dpop::{proof_of, with_next_nonce, with_nonce};
use crate::flows::authorization::par::push;
use crate::flows::token::dpop::{PresentedProof, show_key};
use crate::oidc::authorization::pushed::PushedResponse;
use crate::oidc::paths;
use crate::web::answer::json_no_store;
use crate::web::client_endpoint::{Refused, client_and_form};
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
    let answer = answer.map_err(|refused| with_nonce(&app, refused.public(), refused.answer(&app)))?;
    Ok(with_next_nonce(&app, &headers, json_no_store(StatusCode::CREATED, &answer)))
}

async fn answer(app: &App, visitor: &Visitor, headers: &HeaderMap, body: &Bytes) -> Result<PushedResponse, Refused> {
    let (client, form) = client_and_form(app, visitor, headers, body).await?;
    // RFC 9449 §10.1: a proof here binds the code, as dpop_jkt does.
    let key = match proof_of(headers).map_err(|error| Refused::from(error).of(client.id()))? {
        Some(jwt) => {
            let presented = PresentedProof { jwt, method: "POST", endpoint: paths::PAR, access_token_hash: None };
            Some(
                show_key(app, Some(client.client()), &presented)
                    .await
                    .map_err(|error| Refused::because(&error).of(client.id()))?,
            )
        }
        None => None,
    };
    push(app, &client, &form, visitor.address, key.as_ref()).await.map_err(|error| Refused::because(&error).of(client.id()))
}
