//! `GET` and `POST /userinfo` (OpenID Connect Core §5.3, RFC 6750 §2).

use crate::app::App;
use crate::client::step_up::StepUp;
use crate::flows::token::dpop::ProofRefused;
use crate::flows::token::encrypt_response::UserInfo;
use crate::flows::token::userinfo::{UsedToken, UserInfoError, userinfo};
use crate::oidc::dpop::ProofError;
use crate::oidc::error::{OAuthError, OAuthErrorCode, bearer_challenge};
use crate::oidc::{dpop, interaction_id};
use crate::web::answer::{json_no_store, oauth_error};
use crate::web::client_endpoint::{authorization, form_of, of_scheme};
use crate::web::dpop::{proof_of, with_next_nonce, with_nonce};
use crate::web::server::certificate::ShownCertificate;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// The token in the header.
pub async fn get(State(app): State<Arc<App>>, shown: ShownCertificate, headers: HeaderMap) -> Response {
    let response = match token_of(&headers) {
        Ok(Some(token)) => with_next_nonce(&app, &headers, answer(&app, &shown, token, used(&headers, token, "GET")).await),
        Ok(None) => no_token(&app),
        Err(error) => badly_asked(&app, &error),
    };
    with_interaction_id(&app, &headers, response)
}

/// The token in the header or in the form, not in both (RFC 6750 §2).
pub async fn post(State(app): State<Arc<App>>, shown: ShownCertificate, headers: HeaderMap, body: Bytes) -> Response {
    let form = form_of(&headers, &body).unwrap_or_default();
    let response = match (form.sound().and_then(|_| token_of(&headers)), form.get("access_token")) {
        (Err(error), _) => badly_asked(&app, &error),
        (Ok(Some(_)), Some(_)) => {
            let error = OAuthError::invalid_request("the access token must be sent in one way, not in several");
            badly_asked(&app, &error)
        }
        (Ok(Some(token)), None) => {
            with_next_nonce(&app, &headers, answer(&app, &shown, token, used(&headers, token, "POST")).await)
        }
        (Ok(None), Some(token)) => answer(&app, &shown, Token::Bearer(token), Ok(UsedToken::Bearer(token))).await,
        (Ok(None), None) => no_token(&app),
    };
    with_interaction_id(&app, &headers, response)
}

/// What a resource says under FAPI 1, on which CIBA's profile rests.
fn with_interaction_id(app: &App, headers: &HeaderMap, mut response: Response) -> Response {
    let given = headers.get(interaction_id::HEADER).and_then(|value| value.to_str().ok());
    if let Ok(id) = HeaderValue::from_str(&interaction_id::interaction_id(given, &app.random)) {
        response.headers_mut().insert(interaction_id::HEADER, id);
    }
    response
}

/// An access token under the scheme that it came with.
#[derive(Clone, Copy)]
enum Token<'a> {
    Bearer(&'a str),
    DPoP(&'a str),
}

fn token_of(headers: &HeaderMap) -> Result<Option<Token<'_>>, OAuthError> {
    let header = authorization(headers)?;
    let of = |scheme| header.and_then(|header| of_scheme(header, scheme));
    Ok(of("Bearer").map(Token::Bearer).or_else(|| of("DPoP").map(Token::DPoP)))
}

/// The token with what came beside it.
fn used<'a>(headers: &'a HeaderMap, token: Token<'a>, method: &'a str) -> Result<UsedToken<'a>, ProofError> {
    match token {
        Token::Bearer(token) => Ok(UsedToken::Bearer(token)),
        Token::DPoP(token) => {
            let proof = proof_of(headers)?.ok_or(ProofError::Missing)?;
            Ok(UsedToken::DPoP { token, proof, method })
        }
    }
}

async fn answer(app: &App, shown: &ShownCertificate, token: Token<'_>, used: Result<UsedToken<'_>, ProofError>) -> Response {
    let result = match used {
        Ok(used) => userinfo(app, used, shown.0.as_ref()).await,
        Err(error) => Err(UserInfoError::Proof(error.into())),
    };
    match result {
        Ok(UserInfo::Claims(claims)) => json_no_store(StatusCode::OK, &claims),
        // OpenID Connect Core §5.3.2.
        Ok(UserInfo::Jwt(jwt)) => {
            ([(header::CONTENT_TYPE, "application/jwt"), (header::CACHE_CONTROL, "no-store")], jwt).into_response()
        }
        Err(error) => refused(app, token, &error),
    }
}

fn refused(app: &App, token: Token<'_>, error: &UserInfoError) -> Response {
    let public = match error {
        UserInfoError::Token(_) | UserInfoError::Ended => {
            OAuthError::new(OAuthErrorCode::InvalidToken, "the access token is malformed, expired, or revoked")
        }
        UserInfoError::KeyNeeded => {
            OAuthError::new(OAuthErrorCode::InvalidToken, "this access token is bound to a key: use it with a DPoP proof")
        }
        UserInfoError::CertificateNeeded => OAuthError::new(
            OAuthErrorCode::InvalidToken,
            "this access token is bound to a certificate: use it in a connection made with it",
        ),
        UserInfoError::StepUp(_) => OAuthError::new(
            OAuthErrorCode::InsufficientUserAuthentication,
            "a stronger or fresher sign-in is needed: send the person to sign in with these acr_values and max_age",
        ),
        UserInfoError::NoPerson => OAuthError::new(OAuthErrorCode::InsufficientScope, "the scope openid is needed"),
        UserInfoError::Proof(ProofRefused::Proof(error)) => (*error).into(),
        UserInfoError::Recipient(cause) => {
            tracing::warn!(%cause, "userinfo could not be protected");
            return oauth_error(&cause.into(), app.settings.issuer());
        }
        UserInfoError::Broken(cause) | UserInfoError::Proof(ProofRefused::Broken(cause)) => {
            tracing::error!(%cause, "userinfo could not be answered");
            let public = OAuthError::new(OAuthErrorCode::ServerError, "try again in a moment");
            return oauth_error(&public, app.settings.issuer());
        }
    };
    tracing::debug!(reason = %error, "userinfo refused");
    let response = oauth_error(&public, app.settings.issuer());
    let response = match (token, error) {
        (Token::DPoP(_), _) | (_, UserInfoError::KeyNeeded) => challenged(app, &public, response),
        (Token::Bearer(_), _) => response,
    };
    if let UserInfoError::StepUp(demanded) = error { with_demands(demanded, response) } else { response }
}

/// RFC 9470 §3: the challenge, of whichever scheme, says what the client has to ask for.
fn with_demands(demanded: &StepUp, mut response: Response) -> Response {
    let challenge = response.headers().get(header::WWW_AUTHENTICATE).and_then(|value| value.to_str().ok());
    let challenge = challenge.map(|challenge| HeaderValue::from_str(&demanded.added_to(challenge.to_owned())));
    if let Some(Ok(challenge)) = challenge {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

/// RFC 9449 §7.1: a refused token or proof is answered by the challenge of the scheme, and 401.
fn challenged(app: &App, error: &OAuthError, mut response: Response) -> Response {
    if let Ok(challenge) = HeaderValue::from_str(&dpop::challenge(app.settings.issuer(), Some(error))) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    if response.status() == StatusCode::BAD_REQUEST {
        *response.status_mut() = StatusCode::UNAUTHORIZED;
    }
    with_nonce(app, error, response)
}

/// RFC 6750 §3.1: a request that cannot be understood is refused with a challenge as well.
fn badly_asked(app: &App, error: &OAuthError) -> Response {
    let mut response = oauth_error(error, app.settings.issuer());
    if let Ok(challenge) = HeaderValue::from_str(&error.bearer_challenge(app.settings.issuer())) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

/// RFC 6750 §3: a request without any token learns how to authenticate, and no error code.
fn no_token(app: &App) -> Response {
    let issuer = app.settings.issuer();
    // RFC 9449 §7.2: both ways of using a token are told.
    let challenge = HeaderValue::from_str(&format!("{}, {}", bearer_challenge(issuer), dpop::challenge(issuer, None)));
    let challenge = challenge.unwrap_or(HeaderValue::from_static("Bearer"));
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, challenge)]).into_response()
}
