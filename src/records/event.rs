//! Events of the audit log: the actor, the action, the account or client that it concerns, and the origin. No personal data.

use crate::client::words::ClientId;
use crate::identity::assurance::{AuthenticationMethod, EvidenceKind};
use crate::identity::id::{AccountId, EventId, GrantId, PasskeyId};
use crate::records::origin::RequestOrigin;
use crate::records::principal::Principal;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// The registry confirmed a person, and an account was created.
    AccountCreated,
    /// An account was handed over: its person was verified at a higher assurance level than the person who created it.
    AccountTakenOver,
    /// The account of a person got more evidence.
    EvidenceAdded,
    /// A letter with a code was sent to an address of record.
    LetterSent,
    /// A person with equal evidence claims an account that exists in their name.
    AccountClaimed,
    /// A citizen signed in.
    SignedIn,
    /// A sign-in failed.
    SignInFailed,
    /// A passkey was added.
    PasskeyAdded,
    /// A password was set.
    PasswordSet,
    /// A recovery code was used.
    RecoveryCodeUsed,
    /// Consent was given.
    ConsentGiven,
    /// Consent was denied.
    ConsentRefused,
    /// Tokens were issued for a code.
    TokensIssued,
    /// Tokens were issued for a refresh token.
    TokensRefreshed,
    /// A code was used twice. Its grant was revoked.
    CodeReplayed,
    /// A refresh token was used twice. Its grant was revoked.
    RefreshTokenReplayed,
    /// A client exchanged a token (RFC 8693) for one with which it can call another client for a person.
    TokenExchanged,
    /// A client revoked a token (RFC 7009): with its grant, or alone if it has no grant.
    TokenRevoked,
    /// A citizen allowed a device's request (RFC 8628).
    DeviceAllowed,
    /// A citizen denied a device's request (RFC 8628).
    DeviceRefused,
    /// A client sent a CIBA request for a person.
    PersonAsked,
    /// The person allowed a CIBA request.
    AskAllowed,
    /// The person denied a CIBA request.
    AskRefused,
    /// A session ended.
    SignedOut,
    /// Every session of the account ended.
    SignedOutEverywhere,
    /// A client registered itself.
    ClientRegistered,
    /// A client changed its registration.
    ClientChanged,
    /// A client deleted its registration.
    ClientRemoved,
}

impl EventKind {
    /// The name in the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccountCreated => "account_created",
            Self::AccountTakenOver => "account_taken_over",
            Self::EvidenceAdded => "evidence_added",
            Self::LetterSent => "letter_sent",
            Self::AccountClaimed => "account_claimed",
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

/// Details of an event that its kind does not tell. Ids and closed sets only: no personal data.
///
/// It is stored in the postcard format, which identifies a variant by its position. A new variant must be added at the end, here
/// and in the enums used here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// The methods by which the citizen authenticated.
    Methods(Vec<AuthenticationMethod>),
    /// The passkey.
    Passkey(PasskeyId),
    /// The grant whose tokens the event concerns.
    Grant(GrantId),
    /// The client for which the actor, another client, got a token.
    Target(ClientId),
    /// The evidence that was added.
    Evidence(EvidenceKind),
}

/// An event without its actor. It must get one before it can be written.
#[derive(Debug)]
#[must_use]
pub(crate) struct EventDraft {
    /// Its id.
    pub(crate) id: EventId,
    /// When it happened.
    pub(crate) at: Timestamp,
    /// What happened.
    pub(crate) kind: EventKind,
}

impl EventDraft {
    /// Sets the actor.
    pub(crate) fn by(self, actor: Principal) -> Event {
        let Self { id, at, kind } = self;
        Event { id, at, kind, actor, account: None, client: None, what: None, origin: RequestOrigin::default() }
    }

    /// Sets a citizen as the actor. No account means that the browser is not signed in.
    pub(crate) fn by_citizen(self, account: impl Into<Option<AccountId>>) -> Event {
        self.by(Principal::Citizen(account.into()))
    }

    /// Sets a client as the actor, and as the client that the event concerns.
    pub(crate) fn by_client(self, client: &ClientId) -> Event {
        self.by(Principal::Client(client.clone())).at_client(client)
    }
}

/// One line of the audit log. It concerns the account, or the client if there is no account.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Event {
    /// Its id, time-ordered.
    pub id: EventId,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub kind: EventKind,
    /// The actor.
    pub actor: Principal,
    /// The account that it concerns.
    pub account: Option<AccountId>,
    /// The client at which it happened, or which it concerns.
    pub client: Option<ClientId>,
    /// Details.
    pub what: Option<What>,
    /// Where the request came from.
    pub origin: RequestOrigin,
}

impl Event {
    /// Sets the account that it concerns.
    pub(crate) fn about(self, account: impl Into<Option<AccountId>>) -> Self {
        Self { account: account.into(), ..self }
    }

    /// Sets the client at which it happened, or which it concerns.
    pub(crate) fn at_client(self, client: &ClientId) -> Self {
        Self { client: Some(client.clone()), ..self }
    }

    /// Sets the details.
    pub(crate) fn with(self, what: What) -> Self {
        Self { what: Some(what), ..self }
    }

    /// Sets the grant whose tokens it concerns.
    pub(crate) fn of_grant(self, grant: GrantId) -> Self {
        self.with(What::Grant(grant))
    }

    /// Sets where the request came from.
    pub(crate) fn from(self, origin: RequestOrigin) -> Self {
        Self { origin, ..self }
    }
}

/// An event with its sequence number in the database: from one, without gaps, assigned once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedEvent {
    /// Its sequence number.
    pub seq: i64,
    /// The event.
    pub event: Event,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_form_of_details_never_changes() {
        let methods = [
            AuthenticationMethod::Passkey,
            AuthenticationMethod::SyncedPasskey,
            AuthenticationMethod::Password,
            AuthenticationMethod::SmsCode,
            AuthenticationMethod::RecoveryCode,
        ];
        let id = [7; 16];
        let written: [(What, &[u8]); 5] = [
            (What::Methods(methods.to_vec()), &[0, 5, 0, 1, 2, 3, 4]),
            (What::Passkey(PasskeyId::from_bytes(id)), &[1, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7]),
            (What::Grant(GrantId::from_bytes(id)), &[2, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7]),
            (What::Target(ClientId::parse("tax").unwrap()), &[3, 3, b't', b'a', b'x']),
            (What::Evidence(EvidenceKind::CardSerial), &[4, 2]),
        ];
        for (what, bytes) in written {
            assert_eq!(postcard::to_stdvec(&what).unwrap(), bytes);
            assert_eq!(postcard::from_bytes(bytes), Ok(what));
        }
    }
}
