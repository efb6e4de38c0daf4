//! Signing: claims in, a JWS in compact form out (RFC 7515 §7.1). The header is prepared with the key; what is left to do for a
//! token is one serialisation, one base64 and one signature.

use super::keyring::{KeyError, Keyring, TYP_ACCESS_TOKEN};
use crate::oidc::client::SigningAlg;
use crate::time::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

/// Why a token was not signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// There is no key for it.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The claims cannot be written as JSON.
    #[error("the claims cannot be written as JSON")]
    Claims(#[source] serde_json::Error),
    /// The library failed.
    #[error("the signature could not be made")]
    Failed,
}

/// Signs `claims` with the key that is current for `alg` at `now`. `typ` keeps kinds of tokens apart (RFC 8725 §3.11):
/// [`TYP_JWT`](super::keyring::TYP_JWT) or [`TYP_ACCESS_TOKEN`].
pub fn sign(keyring: &Keyring, alg: SigningAlg, typ: &str, claims: &impl Serialize, now: Timestamp) -> Result<String, SignError> {
    let key = keyring.signing_key(alg, now)?;
    let payload = serde_json::to_vec(claims).map_err(SignError::Claims)?;
    let header = key.header(typ);
    // Two dots, the payload at 4/3, and a signature of at most 342 characters (RSA 2048).
    let mut token = String::with_capacity(header.len() + payload.len().div_ceil(3) * 4 + 2 + 342);
    token.push_str(&header);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(&payload, &mut token);
    let signature = key.sign(token.as_bytes()).ok_or(SignError::Failed)?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(&signature, &mut token);
    if typ == TYP_ACCESS_TOKEN {
        keyring.remember_good(&token);
    }
    Ok(token)
}
