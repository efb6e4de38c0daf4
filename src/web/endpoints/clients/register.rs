//! `POST /register` (RFC 7591 §3.1), and `GET`, `PUT` and `DELETE /register/{client_id}` (RFC 7592 §2).

use crate::app::App;
use crate::flows::clients::register_client::{Caller, Registered, RegistrationRefused, look_up, register, remove, told, update};
use crate::oidc::error::OAuthError;
use crate::registration::dynamic::bad;
use crate::web::answer::{bearer_needed, json_no_store, oauth_error, refuse_plainly};
use crate::web::client_endpoint::bearer;
use crate::web::pages::refusal::RefusalKind;
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use std::sync::Arc;

/// A new client.
pub async fn post(State(app): State<Arc<App>>, visitor: Visitor, headers: HeaderMap, body: Bytes) -> Response {
    let done = match sent_as_json(&headers) {
        Ok(()) => register(&app, &caller(&visitor, &headers), &body).await,
        Err(refused) => Err(refused),
    };
    answer(&app, &visitor, StatusCode::CREATED, done)
}

/// What is registered.
pub async fn get(State(app): State<Arc<App>>, visitor: Visitor, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let done = look_up(&app, &caller(&visitor, &headers), &id).await;
    answer(&app, &visitor, StatusCode::OK, done)
}

/// Another description in its place.
pub async fn put(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let done = match sent_as_json(&headers) {
        Ok(()) => update(&app, &caller(&visitor, &headers), &id, &body).await,
        Err(refused) => Err(refused),
    };
    answer(&app, &visitor, StatusCode::OK, done)
}

/// No client any more.
pub async fn delete(State(app): State<Arc<App>>, visitor: Visitor, Path(id): Path<String>, headers: HeaderMap) -> Response {
    match remove(&app, &caller(&visitor, &headers), &id).await {
        Ok(()) => (StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, "no-store")]).into_response(),
        Err(refused) => refuse(&app, &visitor, &refused),
    }
}

fn caller<'a>(visitor: &'a Visitor, headers: &'a HeaderMap) -> Caller<'a> {
    Caller { token: bearer(headers), address: &visitor.address, origin: visitor.origin }
}

fn sent_as_json(headers: &HeaderMap) -> Result<(), RegistrationRefused> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    let json = media_type.eq_ignore_ascii_case("application/json");
    json.then_some(())
        .ok_or_else(|| RegistrationRefused::Metadata(bad("the request must be JSON: Content-Type: application/json")))
}

fn answer(app: &App, visitor: &Visitor, status: StatusCode, done: Result<Registered, RegistrationRefused>) -> Response {
    match done {
        Ok(registered) => {
            tracing::info!(client = %registered.client.id, "a registration was told or changed");
            json_no_store(status, &told(app, &registered))
        }
        Err(refused) => refuse(app, visitor, &refused),
    }
}

fn refuse(app: &App, visitor: &Visitor, refused: &RegistrationRefused) -> Response {
    if matches!(refused, RegistrationRefused::Off) {
        return refuse_plainly(visitor, RefusalKind::NotFound);
    }
    if matches!(refused, RegistrationRefused::NoToken) {
        return bearer_needed(app.settings.issuer());
    }
    let public = OAuthError::from(refused);
    if public.status() >= 500 {
        tracing::error!(cause = %refused, "a registration could not be answered");
    } else {
        tracing::info!(reason = %refused, "a registration was refused");
    }
    oauth_error(&public, app.settings.issuer())
}
