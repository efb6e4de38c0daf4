//! Why the token pipeline issued nothing, and what the client is told of it (RFC 6749 §5.2).

use crate::app::unavailable::{Unavailable, unavailable_from};
use crate::flows::token::encrypt_response::NoRecipient;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::store::StoreError;
use crate::transient::TransientError;

/// Why the pipeline issued nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotIssued {
    /// The request names a resource or details that were not granted.
    #[error("{0}")]
    Target(OAuthError),
    /// The request asks for more than was granted.
    #[error("wider scope than granted")]
    WiderScope,
    /// The account was closed, or all its sessions ended, before the request came.
    #[error("account closed or every session ended")]
    AccountClosed,
    /// The session, every session, or the account ended while the tokens were made.
    #[error("session ended, every session ended, or account closed while tokens were made")]
    SignedOut,
    /// Its grant is already stored.
    #[error("redeemed before")]
    Redeemed,
    /// The client has no key to encrypt the ID token for.
    #[error(transparent)]
    Recipient(#[from] NoRecipient),
    /// A dependency failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

unavailable_from!(NotIssued: StoreError, TransientError);

impl NotIssued {
    /// The error for the client (RFC 6749 §5.2). `invalid_grant` is the grant type's description of a grant that does not work. It is the
    /// same for one that ended, was redeemed or never existed.
    pub(crate) fn public(&self, invalid_grant: &'static str) -> OAuthError {
        match self {
            Self::Target(error) => error.clone(),
            Self::WiderScope => OAuthError::new(OAuthErrorCode::InvalidScope, "scope asks for more than was granted"),
            Self::AccountClosed | Self::SignedOut | Self::Redeemed => OAuthError::invalid_grant(invalid_grant),
            Self::Recipient(error) => error.into(),
            Self::Unavailable(cause) => cause.into(),
        }
    }
}
