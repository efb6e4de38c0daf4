//! The wire of DPoP (RFC 9449): the proof in its header, and the nonce in an answer.

use crate::app::App;
use crate::crypto::jose::dpop::nonce_of;
use crate::oidc::dpop::ProofError;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;

/// The proof of a request, if it has one; two are rejected (RFC 9449 §4.3 item 1).
pub(crate) fn proof_of(headers: &HeaderMap) -> Result<Option<&str>, ProofError> {
    let mut proofs = headers.get_all("dpop").iter();
    match (proofs.next(), proofs.next()) {
        (None, _) => Ok(None),
        (Some(proof), None) => proof.to_str().map(Some).map_err(|_| ProofError::Malformed),
        (Some(_), Some(_)) => Err(ProofError::Several),
    }
}

/// A success carries the next nonce when the nonce of the proof is about to expire (RFC 9449 §8.2), so that a client which calls
/// every few minutes is never rejected because its nonce is too old. A client that uses no nonce gets none.
pub(crate) fn with_next_nonce(app: &App, request: &HeaderMap, mut response: Response) -> Response {
    let Ok(Some(proof)) = proof_of(request) else { return response };
    let next = nonce_of(proof).and_then(|nonce| app.dpop_nonces.renewal_of(&nonce, app.clock.now()));
    if let Some(nonce) = next.and_then(|nonce| HeaderValue::from_str(&nonce).ok()) {
        response.headers_mut().insert(HeaderName::from_static("dpop-nonce"), nonce);
    }
    response
}

/// The answer to a proof without a valid nonce carries one (RFC 9449 §8).
pub(crate) fn with_nonce(app: &App, error: &OAuthError, mut response: Response) -> Response {
    if error.code == OAuthErrorCode::UseDpopNonce
        && let Ok(nonce) = HeaderValue::from_str(&app.dpop_nonces.current(app.clock.now()))
    {
        response.headers_mut().insert(HeaderName::from_static("dpop-nonce"), nonce);
    }
    response
}
