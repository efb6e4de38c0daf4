//! `GET` and `POST /userinfo` (OpenID Connect Core §5.3, RFC 6750 §2).

use crate::app::App;
use crate::client::resource::Audience;
use crate::client::step_up::StepUp;
use crate::edge::dpop::{proof_of, with_next_nonce, with_nonce};
use crate::edge::interaction_id;
use crate::edge::server::certificate::ShownCertificate;
use crate::flows::token::dpop::ProofRefused;
use crate::flows::token::encrypt_response::UserInfo;
use crate::flows::token::userinfo::{UsedToken, UserInfoError, userinfo};
use crate::oidc::dpop::{self, ProofError};
use crate::oidc::error::{OAuthError, OAuthErrorCode, bearer_challenge};
use crate::oidc::params::Params;
use crate::web::answer::json_no_store;
use crate::web::client_endpoint::{Refused, authorization, form_of, of_scheme};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// The token in the header.
pub(crate) async fn get(State(app): State<Arc<App>>, shown: ShownCertificate, headers: HeaderMap) -> Result<Response, Response> {
    let identified = |response| with_interaction_id(&app, &headers, response);
    by_header(&app, &shown, &headers).await.map(identified).map_err(identified)
}

async fn by_header(app: &App, shown: &ShownCertificate, headers: &HeaderMap) -> Result<Response, Response> {
    let token = token_of(headers).map_err(|error| badly_asked(app, &error))?.ok_or_else(|| no_token(app))?;
    of_header(app, shown, headers, &Called { token, method: "GET" }).await
}

/// The token in the header or in the form, not in both (RFC 6750 §2).
pub(crate) async fn post(
    State(app): State<Arc<App>>,
    shown: ShownCertificate,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Response> {
    let form = form_of(&headers, &body).unwrap_or_default();
    let identified = |response| with_interaction_id(&app, &headers, response);
    by_header_or_form(&app, &shown, &headers, &form).await.map(identified).map_err(identified)
}

async fn by_header_or_form(
    app: &App,
    shown: &ShownCertificate,
    headers: &HeaderMap,
    form: &Params,
) -> Result<Response, Response> {
    let in_header = form.sound().and_then(|_| token_of(headers)).map_err(|error| badly_asked(app, &error))?;
    match (in_header, form.get("access_token")) {
        (Some(_), Some(_)) => {
            let error = OAuthError::invalid_request("the access token must be sent in one way, not in several");
            Err(badly_asked(app, &error))
        }
        (Some(token), None) => of_header(app, shown, headers, &Called { token, method: "POST" }).await,
        (None, Some(token)) => answer(app, shown, Token::Bearer(token), Ok(UsedToken::Bearer(token))).await,
        (None, None) => Err(no_token(app)),
    }
}

/// A token that came in the header may come with a proof, whose next nonce the answer carries (RFC 9449 §8.2), also one that refuses.
async fn of_header(app: &App, shown: &ShownCertificate, headers: &HeaderMap, called: &Called<'_>) -> Result<Response, Response> {
    let used = used(headers, called.token, called.method);
    let nonced = |response| with_next_nonce(app, headers, response);
    answer(app, shown, called.token, used).await.map(nonced).map_err(nonced)
}

/// A token of the header and the method of its request.
struct Called<'a> {
    token: Token<'a>,
    method: &'a str,
}

/// The `x-fapi-interaction-id` of an answer (FAPI 1.0 Part 1 §6.2.1), which the CIBA profile builds on.
fn with_interaction_id(app: &App, headers: &HeaderMap, mut response: Response) -> Response {
    let given = headers.get(interaction_id::HEADER).and_then(|value| value.to_str().ok());
    if let Ok(id) = HeaderValue::from_str(&interaction_id::interaction_id(given, &app.random)) {
        response.headers_mut().insert(interaction_id::HEADER, id);
    }
    response
}

/// An access token under the scheme of its header.
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

/// The token with its DPoP proof, where its scheme requires one.
fn used<'a>(headers: &'a HeaderMap, token: Token<'a>, method: &'a str) -> Result<UsedToken<'a>, ProofError> {
    match token {
        Token::Bearer(token) => Ok(UsedToken::Bearer(token)),
        Token::DPoP(token) => {
            let proof = proof_of(headers)?.ok_or(ProofError::Missing)?;
            Ok(UsedToken::DPoP { token, proof, method })
        }
    }
}

async fn answer(
    app: &App,
    shown: &ShownCertificate,
    token: Token<'_>,
    used: Result<UsedToken<'_>, ProofError>,
) -> Result<Response, Response> {
    let used = used.map_err(|error| refused(app, token, &UserInfoError::Proof(error.into())))?;
    match userinfo(app, used, shown.0.as_ref()).await.map_err(|error| refused(app, token, &error))? {
        UserInfo::Claims(claims) => Ok(json_no_store(StatusCode::OK, &claims)),
        // OpenID Connect Core §5.3.2.
        UserInfo::Jwt(jwt) => {
            Ok(([(header::CONTENT_TYPE, "application/jwt"), (header::CACHE_CONTROL, "no-store")], jwt).into_response())
        }
    }
}

fn refused(app: &App, token: Token<'_>, error: &UserInfoError) -> Response {
    let public = match error {
        UserInfoError::Token(_) | UserInfoError::Ended => {
            OAuthError::new(OAuthErrorCode::InvalidToken, "the access token is malformed, expired, or revoked")
        }
        UserInfoError::NoAccessToken => OAuthError::new(
            OAuthErrorCode::InvalidToken,
            "this is no access token: send the access_token of the token response, not the id_token",
        ),
        UserInfoError::ForAnother(audience) => {
            OAuthError::new(OAuthErrorCode::InvalidToken, for_another(audience, app.settings.issuer()))
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
            return Refused::because(cause).answer(app);
        }
        UserInfoError::Unavailable(cause) | UserInfoError::Proof(ProofRefused::Unavailable(cause)) => {
            return Refused::because(cause).answer(app);
        }
    };
    let response = Refused::failed(public.clone(), error).answer(app);
    let response = match (token, error) {
        (Token::DPoP(_), _) | (_, UserInfoError::KeyNeeded) => challenged(app, &public, response),
        (Token::Bearer(_), _) => response,
    };
    if let UserInfoError::StepUp(demanded) = error { with_demands(demanded, response) } else { response }
}

/// RFC 8707 §2, RFC 9068 §4: what the token is for, which its holder can read in it, and how to get one for UserInfo.
fn for_another(audience: &Audience, issuer: &str) -> String {
    const SHOWN: usize = 3;
    let mut names: Vec<&str> = audience.0.iter().take(SHOWN).map(String::as_str).collect();
    if audience.0.len() > SHOWN {
        names.push("others");
    }
    format!("this access token is for {}, not for UserInfo: send resource={issuer} to the token endpoint, too", names.join(", "))
}

/// RFC 9470 §3: the challenge, in either scheme, says what sign-in the client has to request.
fn with_demands(demanded: &StepUp, mut response: Response) -> Response {
    let challenge = response.headers().get(header::WWW_AUTHENTICATE).and_then(|value| value.to_str().ok());
    let challenge = challenge.map(|challenge| HeaderValue::from_str(&demanded.added_to(challenge.to_owned())));
    if let Some(Ok(challenge)) = challenge {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

/// RFC 9449 §7.1: a rejected token or proof is answered with the challenge of the scheme, and 401.
fn challenged(app: &App, error: &OAuthError, mut response: Response) -> Response {
    if let Ok(challenge) = HeaderValue::from_str(&dpop::challenge(app.settings.issuer(), Some(error))) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    if response.status() == StatusCode::BAD_REQUEST {
        *response.status_mut() = StatusCode::UNAUTHORIZED;
    }
    with_nonce(app, error, response)
}

/// RFC 6750 §3.1: a request that cannot be understood is rejected with a challenge as well.
fn badly_asked(app: &App, error: &OAuthError) -> Response {
    let mut response = Refused::from(error.clone()).answer(app);
    if let Ok(challenge) = HeaderValue::from_str(&error.bearer_challenge(app.settings.issuer())) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

/// RFC 6750 §3: a request without any token learns how to authenticate, and no error code.
fn no_token(app: &App) -> Response {
    let issuer = app.settings.issuer();
    // RFC 9449 §7.2: the challenge offers both schemes.
    let challenge = HeaderValue::from_str(&format!("{}, {}", bearer_challenge(issuer), dpop::challenge(issuer, None)));
    let challenge = challenge.unwrap_or(HeaderValue::from_static("Bearer"));
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, challenge)]).into_response()
}
