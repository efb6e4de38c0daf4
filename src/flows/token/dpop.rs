//! Which key the caller has: one fresh DPoP proof, used up. RFC 9449 §4.3, §8, §11.1.

use crate::app::App;
use crate::app::unavailable::Broken;
use crate::client::metadata::Client;
use crate::client::words::NonceRule;
use crate::crypto::certificate::ClientCertificate;
use crate::crypto::jose::dpop::{DpopNonces, verify_proof};
use crate::oidc::binding::{Binding, Jkt};
use crate::oidc::dpop::{Proof, ProofError, ProvedRequest, WINDOW, WINDOW_WITH_NONCE};
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::oidc::paths;
use crate::time::Timestamp;
use std::time::Duration;

/// A key that the caller of this request has: [`show_key`] saw a proof, or TLS did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownKey(Binding);

impl ShownKey {
    /// The key of a certificate with which the caller's connection was made (RFC 8705 §3).
    pub fn of_certificate(certificate: &ClientCertificate) -> Option<Self> {
        certificate.thumbprint().map(|thumbprint| Self(Binding::Certificate(thumbprint)))
    }

    /// What tokens are bound to by it.
    pub const fn binding(&self) -> &Binding {
        &self.0
    }

    /// The same, to be kept.
    pub fn into_binding(self) -> Binding {
        self.0
    }

    /// Its thumbprint, if it is a DPoP key.
    pub const fn jkt(&self) -> Option<&Jkt> {
        match &self.0 {
            Binding::Key(jkt) => Some(jkt),
            Binding::Certificate(_) => None,
        }
    }
}

/// A proof as it arrived, and the request that it arrived with.
#[derive(Debug, Clone, Copy)]
pub struct PresentedProof<'a> {
    /// The `DPoP` header.
    pub jwt: &'a str,
    /// The request's method.
    pub method: &'a str,
    /// Which endpoint, out of [`paths`].
    pub endpoint: &'a str,
    /// `ath` of the access token, where the request carries one.
    pub access_token_hash: Option<&'a str>,
}

/// Checks a proof and uses it up. `client` is whose proof it is, as far as that is known: it may need a nonce.
pub async fn show_key(app: &App, client: Option<&Client>, presented: &PresentedProof<'_>) -> Result<ShownKey, ProofRefused> {
    let now = app.clock.now();
    let proof = verify_proof(presented.jwt)?;
    let window = match &proof.nonce {
        Some(nonce) if app.dpop_nonces.knows(nonce, now) => WINDOW_WITH_NONCE,
        Some(_) => return Err(ProofError::NonceNeeded.into()),
        None if needs_nonce(app, client) => return Err(ProofError::NonceNeeded.into()),
        None => WINDOW,
    };
    proof_is_for(app, &proof, presented, window, now)?;

    // Last, and once: a proof that was refused for another reason is not used up. It is remembered until it is too old anyway.
    let too_old = if proof.nonce.is_some() { DpopNonces::known_until(now) } else { proof.issued_at.plus(WINDOW * 2) };
    let fresh = app.transient.claim_proof(&proof.jkt, &proof.jti, too_old, now).await.map_err(Broken::from)?;
    if fresh { Ok(ShownKey(Binding::Key(proof.jkt))) } else { Err(ProofError::Replayed.into()) }
}

fn proof_is_for(
    app: &App,
    proof: &Proof,
    presented: &PresentedProof<'_>,
    window: Duration,
    now: Timestamp,
) -> Result<(), ProofError> {
    let at = |base: &str| paths::url(base, presented.endpoint);
    let uri = at(app.settings.issuer());
    let alias = Some(app.settings.tls.mutual_url.as_str()).filter(|base| !base.is_empty()).map(at);
    let PresentedProof { method, access_token_hash, .. } = *presented;
    proof.is_for(&ProvedRequest { method, uri: &uri, alias: alias.as_deref(), access_token_hash }, window, now)
}

fn needs_nonce(app: &App, client: Option<&Client>) -> bool {
    let rules = [Some(app.settings.tokens.dpop_nonce), client.map(|client| client.token_policy.dpop_nonce)];
    rules.contains(&Some(NonceRule::Required))
}

/// Why no key was shown.
#[derive(Debug, thiserror::Error)]
pub enum ProofRefused {
    /// The proof is not good.
    #[error("DPoP: {0}")]
    Proof(#[from] ProofError),
    /// Something broke.
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// RFC 9449 §5.
impl From<&ProofRefused> for OAuthError {
    fn from(error: &ProofRefused) -> Self {
        match error {
            ProofRefused::Proof(error) => (*error).into(),
            ProofRefused::Broken(_) => Self::new(OAuthErrorCode::ServerError, "try again in a moment"),
        }
    }
}
