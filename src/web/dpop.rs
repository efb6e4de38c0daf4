//! The wire of DPoP (RFC 9449): the proof in its header, and the nonce that an answer hands out.

use crate::flows::App;
use crate::oidc::dpop::ProofError;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;

/// The proof of a request, if it has one; there must not be two (RFC 9449 §4.3 item 1).
pub fn proof_of(headers: &HeaderMap) -> Result<Option<&str>, ProofError> {
    let mut proofs = headers.get_all("dpop").iter();
    match (proofs.next(), proofs.next()) {
        (None, _) => Ok(None),
        (Some(proof), None) => proof.to_str().map(Some).map_err(|_| ProofError::Malformed),
        (Some(_), Some(_)) => Err(ProofError::Several),
    }
}

/// The answer to a proof that lacks a nonce brings one (RFC 9449 §8).
pub fn with_nonce(app: &App, error: &OAuthError, mut response: Response) -> Response {
    if error.code == OAuthErrorCode::UseDpopNonce
        && let Ok(nonce) = HeaderValue::from_str(&app.dpop_nonces.current(app.clock.now()))
    {
        response.headers_mut().insert(HeaderName::from_static("dpop-nonce"), nonce);
    }
    response
}
