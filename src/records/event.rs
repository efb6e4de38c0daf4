//! Events of the audit log: who did what to whom, from where, without a person's data.

use crate::client::words::ClientId;
use crate::identity::assurance::AuthenticationMethod;
use crate::identity::id::{AccountId, EventId, GrantId, PasskeyId};
use crate::records::origin::RequestOrigin;
use crate::records::principal::Principal;
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

/// What exactly was done, where the kind alone does not say it. Ids and closed sets only: nothing here names a person.
///
/// It is kept in the postcard format, which tells variants by their position: a new one goes to the end, here and in the enums used here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// By these methods the citizen authenticated.
    Methods(Vec<AuthenticationMethod>),
    /// This passkey.
    Passkey(PasskeyId),
    /// Tokens of this grant.
    Grant(GrantId),
    /// For this client, other than the one that acted.
    Target(ClientId),
}

/// An event whose actor is not yet known: it cannot be written without one.
#[derive(Debug)]
#[must_use]
pub struct EventDraft {
    /// Its id.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
}

impl EventDraft {
    /// Names the actor.
    pub fn by(self, actor: Principal) -> Event {
        let Self { id, at, kind } = self;
        Event { id, at, kind, actor, account: None, client: None, what: None, origin: RequestOrigin::default() }
    }

    /// A citizen did it; without an account, the browser has not signed in.
    pub fn by_citizen(self, account: impl Into<Option<AccountId>>) -> Event {
        self.by(Principal::Citizen(account.into()))
    }

    /// A client did it, at itself.
    pub fn by_client(self, client: &ClientId) -> Event {
        self.by(Principal::Client(client.clone())).at_client(client)
    }
}

/// One line of the audit log. Its subject is the account, and where there is none, the client.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Event {
    /// Its id, time-ordered.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
    /// Who did it.
    pub actor: Principal,
    /// Whose account.
    pub account: Option<AccountId>,
    /// At which client.
    pub client: Option<ClientId>,
    /// What exactly.
    pub what: Option<What>,
    /// From where.
    pub origin: RequestOrigin,
}

impl Event {
    /// Names the account that it is about.
    pub fn about(self, account: impl Into<Option<AccountId>>) -> Self {
        Self { account: account.into(), ..self }
    }

    /// Names the client at which it happened, or which it is about.
    pub fn at_client(self, client: &ClientId) -> Self {
        Self { client: Some(client.clone()), ..self }
    }

    /// Says what exactly was done.
    pub fn with(self, what: What) -> Self {
        Self { what: Some(what), ..self }
    }

    /// It concerns the tokens of this grant.
    pub fn of_grant(self, grant: GrantId) -> Self {
        self.with(What::Grant(grant))
    }

    /// Says from where the request came.
    pub fn from(self, origin: RequestOrigin) -> Self {
        Self { origin, ..self }
    }
}

/// An event with its place in the one order of its database: from one, without gaps, given once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedEvent {
    /// Its place.
    pub seq: i64,
    /// The event.
    pub event: Event,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_once_is_read_by_every_later_program() {
        let methods = [
            AuthenticationMethod::Passkey,
            AuthenticationMethod::SyncedPasskey,
            AuthenticationMethod::Password,
            AuthenticationMethod::SmsCode,
            AuthenticationMethod::RecoveryCode,
        ];
        let id = [7; 16];
        let written: [(What, &[u8]); 4] = [
            (What::Methods(methods.to_vec()), &[0, 5, 0, 1, 2, 3, 4]),
            (What::Passkey(PasskeyId::from_bytes(id)), &[1, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7]),
            (What::Grant(GrantId::from_bytes(id)), &[2, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7]),
            (What::Target(ClientId::parse("tax").unwrap()), &[3, 3, b't', b'a', b'x']),
        ];
        for (what, bytes) in written {
            assert_eq!(postcard::to_stdvec(&what).unwrap(), bytes);
            assert_eq!(postcard::from_bytes(bytes), Ok(what));
        }
    }
}
