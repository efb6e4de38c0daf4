//! `POST /register` (RFC 7591 §3.1), and `GET`, `PUT` and `DELETE /register/{client_id}` (RFC 7592 §2).

use crate::app::App;
use crate::clients::register_client::{
    Caller, Registered, RegistrationRefused, client_information, look_up, register, remove, update,
};
use crate::oidc::error::OAuthError;
use crate::registration::dynamic::bad;
use crate::web::answer::{bearer_needed, json_no_store};
use crate::web::client_endpoint::{Refused, bearer};
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use std::sync::Arc;

/// Registers a client.
pub(crate) async fn post(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Response> {
    sent_as_json(&headers).map_err(|refused| refuse(&app, &refused))?;
    let done = register(&app, &caller(&visitor, &headers), &body).await;
    let registered = done.map_err(|refused| refuse(&app, &refused))?;
    Ok(answer(&app, StatusCode::CREATED, &registered))
}

/// Reads a registration.
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let done = look_up(&app, &caller(&visitor, &headers), &id).await;
    let registered = done.map_err(|refused| refuse(&app, &refused))?;
    Ok(answer(&app, StatusCode::OK, &registered))
}

/// Replaces the metadata of a registration.
pub(crate) async fn put(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Response> {
    sent_as_json(&headers).map_err(|refused| refuse(&app, &refused))?;
    let done = update(&app, &caller(&visitor, &headers), &id, &body).await;
    let registered = done.map_err(|refused| refuse(&app, &refused))?;
    Ok(answer(&app, StatusCode::OK, &registered))
}

/// Deletes a registration.
pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let done = remove(&app, &caller(&visitor, &headers), &id).await;
    done.map_err(|refused| refuse(&app, &refused))?;
    Ok((StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, "no-store")]).into_response())
}

fn caller<'a>(visitor: &'a Visitor, headers: &'a HeaderMap) -> Caller<'a> {
    Caller { token: bearer(headers), address: visitor.address, origin: visitor.origin }
}

fn sent_as_json(headers: &HeaderMap) -> Result<(), RegistrationRefused> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    let json = media_type.eq_ignore_ascii_case("application/json");
    json.then_some(())
        .ok_or_else(|| RegistrationRefused::Metadata(bad("the request must be JSON: Content-Type: application/json")))
}

fn answer(app: &App, status: StatusCode, registered: &Registered) -> Response {
    tracing::info!(client = %registered.client.id, "a registration was read or changed");
    json_no_store(status, &client_information(app, registered))
}

fn refuse(app: &App, refused: &RegistrationRefused) -> Response {
    if matches!(refused, RegistrationRefused::Off) {
        // As far as a client can tell there is no such endpoint, and that is said in the format of an endpoint for clients.
        return json_no_store(StatusCode::NOT_FOUND, &OAuthError::from(refused));
    }
    if matches!(refused, RegistrationRefused::NoToken) {
        return bearer_needed(app.settings.issuer());
    }
    Refused::because(refused).answer(app)
}
