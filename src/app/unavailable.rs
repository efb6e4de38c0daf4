//! A dependency of the program failed: the one error that every story's error holds.

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
    /// A worker thread died.
    #[error("worker: {0}")]
    Worker(String),
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
