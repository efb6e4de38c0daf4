//! `POST /token` (RFC 6749 §3.2).

use crate::app::App;
use crate::client::parts::mutual_tls::CertificateBound;
use crate::clients::authenticate_client::AuthenticatedClient;
use crate::clients::first_use::note_use;
use crate::edge::dpop::{proof_of, with_next_nonce, with_nonce};
use crate::flows::cross_device::decide::redeem_cross_device;
use crate::flows::token::client_credentials::client_credentials;
use crate::flows::token::dpop::{PresentedProof, ShownKey, show_key};
use crate::flows::token::exchange::exchange;
use crate::flows::token::grant_pipeline::TokenAnswer;
use crate::flows::token::redeem_code::redeem_code;
use crate::flows::token::refresh::refresh;
use crate::oidc::dpop::ProofError;
use crate::oidc::error::OAuthError;
use crate::oidc::params::Params;
use crate::oidc::paths;
use crate::oidc::token::request::{TokenRequest, grant_type};
use crate::web::answer::json_no_store;
use crate::web::client_endpoint::{Refused, client_of, sound_form};
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use std::sync::Arc;

/// Answers with tokens, or with an error in JSON.
pub(crate) async fn token(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Response> {
    let answer = answer(&app, &visitor, &headers, &body).await;
    let answer = answer.map_err(|refused| with_nonce(&app, refused.public(), refused.answer(&app)))?;
    Ok(with_next_nonce(&app, &headers, json_no_store(StatusCode::OK, &answer)))
}

async fn answer(app: &App, visitor: &Visitor, headers: &HeaderMap, body: &Bytes) -> Result<TokenAnswer, Refused> {
    let form = sound_form(headers, body)?;
    // RFC 6749 §5.2, before the client authenticates: the answer is the same for every client.
    grant_type(&form)?;
    let client = client_of(app, visitor, headers, &form).await?;
    let key = shown_key(app, &client, visitor, headers).await.map_err(|refused| refused.of(client.id()))?;
    let tokens = grant(app, &client, &form, key).await?;
    if let Err(cause) = note_use(app, client.client()).await {
        // The next use is as good.
        tracing::warn!(%cause, "the first use of a client could not be recorded");
    }
    Ok(tokens)
}

/// The key that the tokens will be bound to (RFC 9449 §5, RFC 8705 §3), if the client proves one; some clients must (§5.2, §3.4).
async fn shown_key(
    app: &App,
    client: &AuthenticatedClient,
    visitor: &Visitor,
    headers: &HeaderMap,
) -> Result<Option<ShownKey>, Refused> {
    let policy = &client.client().token_policy;
    match (proof_of(headers)?, policy.mutual_tls.tokens) {
        (Some(jwt), CertificateBound::No) => {
            let presented = PresentedProof { jwt, method: "POST", endpoint: paths::TOKEN, access_token_hash: None };
            let key = show_key(app, Some(client.client()), &presented).await;
            key.map(Some).map_err(|error| Refused::because(&error))
        }
        (Some(_), CertificateBound::Yes) => {
            Err(OAuthError::invalid_request("this client's tokens are bound to its certificate: send no DPoP proof").into())
        }
        (None, CertificateBound::Yes) => {
            let key = visitor.certificate.as_ref().and_then(ShownKey::of_certificate);
            let problem = "this client's tokens are bound to its certificate: connect with it";
            key.map(Some).ok_or_else(|| OAuthError::invalid_request(problem).into())
        }
        (None, CertificateBound::No) if policy.dpop_bound => Err(ProofError::Missing.into()),
        (None, CertificateBound::No) => Ok(None),
    }
}

async fn grant(app: &App, client: &AuthenticatedClient, form: &Params, key: Option<ShownKey>) -> Result<TokenAnswer, Refused> {
    let request = TokenRequest::parse(form).map_err(|error| Refused::from(error).of(client.id()))?;
    match request {
        TokenRequest::AuthorizationCode(request) => {
            redeem_code(app, client, request, key).await.map_err(|error| Refused::because(&error).of(client.id()))
        }
        TokenRequest::RefreshToken(request) => {
            refresh(app, client, request, key).await.map_err(|error| Refused::because(&error).of(client.id()))
        }
        TokenRequest::CrossDevice(poll) => {
            redeem_cross_device(app, client, poll, key).await.map_err(|error| Refused::because(&error).of(client.id()))
        }
        TokenRequest::Exchange(request) => {
            exchange(app, client, request, key).await.map_err(|error| Refused::because(&error).of(client.id()))
        }
        TokenRequest::ClientCredentials(request) => {
            client_credentials(app, client, request, key).await.map_err(|error| Refused::because(&error).of(client.id()))
        }
    }
}
