//! The key that the caller proves to have, by a fresh DPoP proof that is accepted once. RFC 9449 §4.3, §8, §11.1.

use crate::app::App;
use crate::app::throttle::before_mark;
use crate::app::unavailable::{Unavailable, unavailable_from};
use crate::client::metadata::Client;
use crate::client::words::NonceRule;
use crate::crypto::certificate::ClientCertificate;
use crate::crypto::jose::dpop::{DpopNonces, verify_proof};
use crate::oidc::binding::{Binding, Jkt};
use crate::oidc::dpop::{Proof, ProofError, ProvedRequest, WINDOW, WINDOW_WITH_NONCE};
use crate::oidc::error::OAuthError;
use crate::oidc::paths;
use crate::time::Timestamp;
use crate::transient::TransientError;
use std::time::Duration;

/// A key that the caller of this request has: [`show_key`] checked a proof of it, or the TLS handshake did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShownKey(Binding);

impl ShownKey {
    /// The key of the certificate with which the caller's connection was made (RFC 8705 §3).
    pub(crate) fn of_certificate(certificate: &ClientCertificate) -> Option<Self> {
        certificate.thumbprint().map(|thumbprint| Self(Binding::Certificate(thumbprint)))
    }

    /// What tokens are bound to.
    pub(crate) const fn binding(&self) -> &Binding {
        &self.0
    }

    /// Its thumbprint, if it is a DPoP key.
    pub(crate) const fn jkt(&self) -> Option<&Jkt> {
        match &self.0 {
            Binding::Key(jkt) => Some(jkt),
            Binding::Certificate(_) => None,
        }
    }
}

/// A proof as it arrived, and the request that it arrived with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PresentedProof<'a> {
    /// The `DPoP` header.
    pub(crate) jwt: &'a str,
    /// The request's method.
    pub(crate) method: &'a str,
    /// Which endpoint, out of [`paths`].
    pub(crate) endpoint: &'a str,
    /// `ath` of the access token, where the request carries one.
    pub(crate) access_token_hash: Option<&'a str>,
}

/// Checks a proof and consumes it. `client` is the client that sent it, if that is known: its registration may require a nonce.
pub(crate) async fn show_key(
    app: &App,
    client: Option<&Client>,
    presented: &PresentedProof<'_>,
) -> Result<ShownKey, ProofRefused> {
    let now = app.clock.now();
    let proof = verify_proof(presented.jwt)?;
    let window = match &proof.nonce {
        Some(nonce) if app.dpop_nonces.knows(nonce, now) => WINDOW_WITH_NONCE,
        Some(_) => return Err(ProofError::NonceNeeded.into()),
        None if needs_nonce(app, client) => return Err(ProofError::NonceNeeded.into()),
        None => WINDOW,
    };
    proof_is_for(app, &proof, presented, window, now)?;

    // Last: a proof that is rejected for another reason is not consumed. A consumed one is stored until it is too old anyway.
    let too_old = if proof.nonce.is_some() { DpopNonces::known_until(now) } else { proof.issued_at.plus(WINDOW * 2) };
    before_mark(app, now)?;
    let fresh = app.transient.claim_proof(&proof.jkt, &proof.jti, too_old, now).await?;
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
pub(crate) enum ProofRefused {
    /// The proof is not valid.
    #[error("DPoP: {0}")]
    Proof(#[from] ProofError),
    /// A dependency failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

unavailable_from!(ProofRefused: TransientError);

/// RFC 9449 §5.
impl From<&ProofRefused> for OAuthError {
    fn from(error: &ProofRefused) -> Self {
        match error {
            ProofRefused::Proof(error) => (*error).into(),
            ProofRefused::Unavailable(cause) => cause.into(),
        }
    }
}
