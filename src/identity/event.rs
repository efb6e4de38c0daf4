//! Events of the audit log: what happened to whom, without a person's data.

use super::id::{AccountId, EventId};
use crate::oidc::client::ClientId;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// The registry confirmed a person and an account was made.
    AccountCreated,
    /// An account was given to the person whom the registry knows better than whoever made it.
    AccountTakenOver,
    /// Somebody signed in.
    SignedIn,
    /// Somebody failed to sign in.
    SignInFailed,
    /// A passkey was added.
    PasskeyAdded,
    /// A password was set.
    PasswordSet,
    /// A recovery code was used.
    RecoveryCodeUsed,
    /// Consent was given.
    ConsentGiven,
    /// Consent was refused.
    ConsentRefused,
    /// Tokens were issued for a code.
    TokensIssued,
    /// Tokens were issued for a refresh token.
    TokensRefreshed,
    /// A code was used twice: its grant was ended.
    CodeReplayed,
    /// A refresh token was used twice: its grant was ended.
    RefreshTokenReplayed,
    /// A client got a token for another one, to call it for a person.
    TokenExchanged,
    /// A client gave back a token: its grant was ended, or the token alone where it has none.
    TokenRevoked,
    /// Somebody let a device in.
    DeviceAllowed,
    /// Somebody did not let a device in.
    DeviceRefused,
    /// A client asked a person at the back.
    PersonAsked,
    /// The person allowed it.
    AskAllowed,
    /// The person did not allow it.
    AskRefused,
    /// A session ended.
    SignedOut,
    /// Every session of the account ended.
    SignedOutEverywhere,
    /// A client registered itself.
    ClientRegistered,
    /// A client changed its registration.
    ClientChanged,
    /// A client ended its registration.
    ClientRemoved,
}

impl EventKind {
    /// The name in the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccountCreated => "account_created",
            Self::AccountTakenOver => "account_taken_over",
            Self::SignedIn => "signed_in",
            Self::SignInFailed => "sign_in_failed",
            Self::PasskeyAdded => "passkey_added",
            Self::PasswordSet => "password_set",
            Self::RecoveryCodeUsed => "recovery_code_used",
            Self::ConsentGiven => "consent_given",
            Self::ConsentRefused => "consent_refused",
            Self::TokensIssued => "tokens_issued",
            Self::TokensRefreshed => "tokens_refreshed",
            Self::CodeReplayed => "code_replayed",
            Self::RefreshTokenReplayed => "refresh_token_replayed",
            Self::TokenExchanged => "token_exchanged",
            Self::TokenRevoked => "token_revoked",
            Self::DeviceAllowed => "device_allowed",
            Self::DeviceRefused => "device_refused",
            Self::PersonAsked => "person_asked",
            Self::AskAllowed => "ask_allowed",
            Self::AskRefused => "ask_refused",
            Self::SignedOut => "signed_out",
            Self::SignedOutEverywhere => "signed_out_everywhere",
            Self::ClientRegistered => "client_registered",
            Self::ClientChanged => "client_changed",
            Self::ClientRemoved => "client_removed",
        }
    }
}

/// One line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id, time-ordered.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
    /// Whose account.
    pub account: Option<AccountId>,
    /// At which client.
    pub client: Option<ClientId>,
}
