//! Events of the audit log: the actor, the action, the account or client that it concerns, the origin and the reason. No personal
//! data.

pub mod kind;

use crate::client::words::ClientId;
use crate::identity::assurance::{AuthenticationMethod, EvidenceKind};
use crate::identity::id::{AccountId, EventId, GrantId, PasskeyId};
use crate::random::Random;
pub use crate::records::event::kind::EventKind;
use crate::records::origin::RequestOrigin;
use crate::records::principal::Principal;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The most characters of a reason.
pub(crate) const REASON_LENGTH: usize = 200;

/// Details of an event that its kind does not tell. Ids and closed sets only: no personal data.
///
/// It is stored in the postcard format, which identifies a variant by its position. A new variant must be added at the end, here
/// and in the enums used here.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    /// What an operator searched the log for, without whom: the event concerns that account.
    Search(String),
}

/// An event without its actor. It must get one before it can be written.
#[derive(Debug)]
#[must_use]
pub(crate) struct EventDraft {
    id: EventId,
    at: Timestamp,
    kind: EventKind,
}

impl EventDraft {
    /// An event that happens now.
    pub(crate) fn new(random: &Random, now: Timestamp, kind: EventKind) -> Self {
        Self { id: EventId::new(random, now), at: now, kind }
    }

    /// Sets the actor.
    pub(crate) fn by(self, actor: Principal) -> Event {
        let Self { id, at, kind } = self;
        let origin = RequestOrigin::default();
        Event { id, at, kind, actor, account: None, client: None, what: None, origin, reason: None, times: 1 }
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
    /// Why: a word of this program, or what an operator wrote.
    pub reason: Option<Cow<'static, str>>,
    /// How often it happened within the minute, if it is counted.
    pub times: u32,
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

    /// Sets the reason. Of a text only what fits is kept.
    pub(crate) fn because(self, reason: impl Into<Cow<'static, str>>) -> Self {
        let reason = match reason.into() {
            Cow::Owned(text) => Cow::Owned(text.chars().take(REASON_LENGTH).collect()),
            word @ Cow::Borrowed(_) => word,
        };
        Self { reason: Some(reason), ..self }
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
        let written: [(What, &[u8]); 6] = [
            (What::Methods(methods.to_vec()), &[0, 5, 0, 1, 2, 3, 4]),
            (What::Passkey(PasskeyId::from_bytes(id)), &[1, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7]),
            (What::Grant(GrantId::from_bytes(id)), &[2, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7]),
            (What::Target(ClientId::parse("tax").unwrap()), &[3, 3, b't', b'a', b'x']),
            (What::Evidence(EvidenceKind::CardSerial), &[4, 2]),
            (What::Search("kind".to_owned()), &[5, 4, b'k', b'i', b'n', b'd']),
        ];
        for (what, bytes) in written {
            assert_eq!(postcard::to_stdvec(&what).unwrap(), bytes);
            assert_eq!(postcard::from_bytes(bytes), Ok(what));
        }
    }
}
