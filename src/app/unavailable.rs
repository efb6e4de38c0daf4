//! A dependency of every story failed: the one error that all of them hold.

/// Something that every story needs did not work: a store, the transient state, a key. The caller learns no more than that.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
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
    /// WebAuthn would not begin.
    #[error("passkey: {0}")]
    Passkey(#[from] crate::crypto::passkey::PasskeyError),
    /// A worker thread died.
    #[error("worker: {0}")]
    Worker(String),
}
