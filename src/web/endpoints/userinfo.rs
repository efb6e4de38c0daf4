//! `GET` and `POST /userinfo` (OpenID Connect Core §5.3, RFC 6750 §2).

use crate::flows::App;
use crate::flows::userinfo::{UserInfoError, userinfo};
use crate::oidc::error::{OAuthError, OAuthErrorCode, bearer_challenge};
use crate::web::answer::{json_no_store, oauth_error};
use crate::web::endpoints::token::form_of;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// The token in the header.
pub async fn get(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    match bearer(&headers) {
        Some(token) => answer(&app, token).await,
        None => no_token(&app),
    }
}

/// The token in the header or in the form, not in both (RFC 6750 §2).
pub async fn post(State(app): State<Arc<App>>, headers: HeaderMap, body: Bytes) -> Response {
    let form = form_of(&headers, &body).unwrap_or_default();
    if let Err(error) = form.sound() {
        return oauth_error(&error, app.settings.issuer());
    }
    match (bearer(&headers), form.get("access_token")) {
        (Some(_), Some(_)) => {
            let error = OAuthError::invalid_request("the access token must be sent in one way, not in several");
            oauth_error(&error, app.settings.issuer())
        }
        (Some(token), None) | (None, Some(token)) => answer(&app, token).await,
        (None, None) => no_token(&app),
    }
}

async fn answer(app: &App, token: &str) -> Response {
    let error = match userinfo(app, token).await {
        Ok(claims) => return json_no_store(StatusCode::OK, &claims),
        Err(error) => error,
    };
    let public = match &error {
        UserInfoError::Token(_) | UserInfoError::Ended => {
            OAuthError::new(OAuthErrorCode::InvalidToken, "the access token is malformed, expired, or revoked")
        }
        UserInfoError::NoPerson => OAuthError::new(OAuthErrorCode::InsufficientScope, "the scope openid is needed"),
        UserInfoError::Broken(cause) => {
            tracing::error!(%cause, "userinfo could not be answered");
            OAuthError::new(OAuthErrorCode::ServerError, "try again in a moment")
        }
    };
    tracing::debug!(reason = %error, "userinfo refused");
    oauth_error(&public, app.settings.issuer())
}

/// RFC 6750 §3: a request without any token learns how to authenticate, and no error code.
fn no_token(app: &App) -> Response {
    let challenge = HeaderValue::from_str(&bearer_challenge(app.settings.issuer()));
    let challenge = challenge.unwrap_or(HeaderValue::from_static("Bearer"));
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, challenge)]).into_response()
}

/// The token of the `Authorization` header (RFC 6750 §2.1).
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then_some(token.trim())
}
