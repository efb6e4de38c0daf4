//! A dependency of the program failed: the one error that every story's error holds, and what the caller is told.

use crate::oidc::error::{OAuthError, OAuthErrorCode};
use std::time::Duration;

/// How long a caller should wait before it tries again.
pub(crate) const PAUSE: Duration = Duration::from_secs(2);

/// A dependency failed: a store, the transient state, a key. The caller learns no more than that. A throttle that rejects a request is no
/// failure of a dependency and is never converted into this ([`crate::app::throttle::Throttled`]).
#[derive(Debug, thiserror::Error)]
pub enum Unavailable {
    /// Durable state.
    #[error("store: {0}")]
    Store(#[from] crate::store::StoreError),
    /// Short-lived state.
    #[error("transient: {0}")]
    Transient(#[from] crate::transient::TransientError),
    /// Signing.
    #[error("signing: {0}")]
    Sign(#[from] crate::crypto::jose::sign::SignError),
    /// Encrypting.
    #[error("encrypting: {0}")]
    Encrypt(#[from] crate::crypto::jose::jwe::JweError),
    /// Keys.
    #[error("keys: {0}")]
    Keys(#[from] crate::crypto::keyring::KeyError),
    /// A WebAuthn ceremony could not be started.
    #[error("passkey: {0}")]
    Passkey(#[from] crate::crypto::passkey::PasskeyError),
    /// As much short-lived state is held as the settings allow.
    #[error("transient: as much is held as limits.kept_in_total_mib allows")]
    Full,
    /// A worker thread died.
    #[error("worker: {0}")]
    Worker(String),
}

impl Unavailable {
    /// Whether the same request may succeed in a moment: a store that is down comes back, a value that cannot be read does not.
    pub(crate) const fn may_pass(&self) -> bool {
        match self {
            Self::Store(cause) => cause.may_pass(),
            Self::Transient(cause) => cause.may_pass(),
            // What is held expires.
            Self::Full => true,
            Self::Sign(_) | Self::Encrypt(_) | Self::Keys(_) | Self::Passkey(_) | Self::Worker(_) => false,
        }
    }
}

/// A client that is told 503 with `Retry-After` tries again; one that is told 500 reports a defect (RFC 6749 §4.1.2.1, RFC 9110 §15.6.4).
impl From<&Unavailable> for OAuthError {
    fn from(cause: &Unavailable) -> Self {
        if cause.may_pass() { unavailable() } else { Self::new(OAuthErrorCode::ServerError, "try again in a moment") }
    }
}

/// What a client is told while a part of this server does not answer.
pub(crate) fn unavailable() -> OAuthError {
    let description = "a part of this server does not answer: try again in a moment";
    OAuthError::new(OAuthErrorCode::TemporarilyUnavailable, description).unreachable_for(PAUSE)
}

/// A failure as the page about it needs it.
#[derive(Debug)]
pub(crate) struct Breakdown {
    /// For the log.
    pub(crate) cause: String,
    /// Whether the same request may succeed in a moment.
    pub(crate) may_pass: bool,
}

impl From<&Unavailable> for Breakdown {
    fn from(cause: &Unavailable) -> Self {
        Self { cause: cause.to_string(), may_pass: cause.may_pass() }
    }
}

/// Lets `?` turn the errors of dependencies into a story's own error, by way of its variant `Unavailable`: `?` converts once only, so each
/// pair needs an `impl From`.
macro_rules! unavailable_from {
    ($story:ident: $($dependency:ty),+ $(,)?) => {
        $(impl From<$dependency> for $story {
            fn from(cause: $dependency) -> Self {
                Self::Unavailable($crate::app::unavailable::Unavailable::from(cause))
            }
        })+
    };
}
pub(crate) use unavailable_from;
