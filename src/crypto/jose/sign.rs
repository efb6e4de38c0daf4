//! Signing: claims in, a token out. This file chooses the key; `jws.rs` makes the JWS.

use crate::client::words::SigningAlg;
use crate::crypto::jose::jws::encode;
use crate::crypto::keyring::{KeyError, Keyring, TYP_ACCESS_TOKEN};
use crate::time::Timestamp;
use serde::Serialize;

/// Why a token was not signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// No key can sign it.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The claims cannot be written as JSON, or the signature failed.
    #[error("the token could not be signed")]
    Jws(#[from] jsonwebtoken::errors::Error),
}

/// Signs `claims` with the key that is current for `alg` at `now`. `typ` keeps kinds of tokens apart (RFC 8725 §3.11):
/// [`TYP_JWT`](crate::crypto::keyring::TYP_JWT) or [`TYP_ACCESS_TOKEN`].
pub fn sign(keyring: &Keyring, alg: SigningAlg, typ: &str, claims: &impl Serialize, now: Timestamp) -> Result<String, SignError> {
    let key = keyring.signing_key(alg, now)?;
    let token = encode(typ, key.kid(), claims, &key.pair)?;
    if typ == TYP_ACCESS_TOKEN {
        keyring.remember_good(&token);
    }
    Ok(token)
}
