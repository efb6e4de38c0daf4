//! The wire of DPoP (RFC 9449): the proof in its header, and the nonce that an answer hands out.

use crate::app::App;
use crate::crypto::jose::dpop::nonce_of;
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

/// A success brings the next nonce when the one that the proof used is about to be known no more (RFC 9449 §8.2), so that nobody who calls
/// every few minutes is ever refused for its age. Whoever uses none is not told any.
pub fn with_next_nonce(app: &App, request: &HeaderMap, mut response: Response) -> Response {
    let Ok(Some(proof)) = proof_of(request) else { return response };
    let next = nonce_of(proof).and_then(|nonce| app.dpop_nonces.renewal_of(&nonce, app.clock.now()));
    if let Some(nonce) = next.and_then(|nonce| HeaderValue::from_str(&nonce).ok()) {
        response.headers_mut().insert(HeaderName::from_static("dpop-nonce"), nonce);
    }
    response
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
