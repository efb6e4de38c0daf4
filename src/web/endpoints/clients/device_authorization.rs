//! `POST /device_authorization` (RFC 8628 §3.1).

use crate::app::App;
use crate::flows::cross_device::device::authorize_device;
use crate::oidc::cross_device::device::DeviceResponse;
use crate::web::answer::json_no_store;
use crate::web::client_endpoint::{Refused, client_and_form};
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use std::sync::Arc;

/// Answers with two codes, or with an error in JSON.
pub(crate) async fn post(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Response> {
    let answer = answer(&app, &visitor, &headers, &body).await.map_err(|refused| refused.answer(&app))?;
    Ok(json_no_store(StatusCode::OK, &answer))
}

async fn answer(app: &App, visitor: &Visitor, headers: &HeaderMap, body: &Bytes) -> Result<DeviceResponse, Refused> {
    let (client, form) = client_and_form(app, visitor, headers, body).await?;
    authorize_device(app, &client, &form, visitor.address).await.map_err(|error| Refused::because(&error).of(client.id()))
}
