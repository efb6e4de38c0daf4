//! The person who has to show more: with an account, or in the way of one.

use crate::app::App;
use crate::app::unavailable::{Unavailable, unavailable_from};
use crate::flows::interaction::open::{NotKept, Open};
use crate::flows::session::browser_session::visit;
use crate::identity::account::Account;
use crate::identity::person::Person;
use crate::records::event::EventKind;
use crate::records::evidence::applicant::Applicant;
use crate::records::interaction::{Missing, Pending};
use crate::secret::TokenHash;
use crate::store::StoreError;
use crate::time::Timestamp;
use std::sync::Arc;

/// The person who has to show more.
#[derive(Clone)]
pub(crate) enum Seeker {
    /// The holder of this account, who is signed in.
    Holder(Arc<Account>),
    /// A person whom the registry confirmed and in whose name another account exists.
    Claimant(Box<Applicant>),
}

/// Why evidence was not accepted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotProved {
    /// No person has to show more in this interaction.
    #[error("no person has to show more here")]
    NothingAsked,
    /// The account was closed meanwhile.
    #[error("the account is closed")]
    Closed,
    /// Another request changed the interaction first, or it could not be stored.
    #[error(transparent)]
    NotKept(#[from] NotKept),
    /// A dependency failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

unavailable_from!(NotProved: StoreError);

impl Seeker {
    /// The registry's record.
    pub(crate) fn person(&self) -> &Person {
        match self {
            Self::Holder(account) => &account.person,
            Self::Claimant(applicant) => &applicant.person,
        }
    }

    /// Names this seeker: what they guess wrong counts against nobody else.
    pub(crate) fn lane(&self, of: &str) -> TokenHash {
        match self {
            Self::Holder(account) => TokenHash::of(&format!("{of}\0holder\0{}", account.id)),
            Self::Claimant(applicant) => {
                let TokenHash(claimant) = applicant.claimant();
                TokenHash::of(&format!("{of}\0claimant\0{claimant:?}"))
            }
        }
    }
}

/// Counts for the event log that what this seeker typed was not accepted.
pub(crate) fn note_wrong(app: &App, open: &Open, seeker: &Seeker, reason: &'static str) {
    let account = match seeker {
        Seeker::Holder(account) => Some(account.id),
        Seeker::Claimant(_) => None,
    };
    let event = app.event(EventKind::EvidenceWrong, app.clock.now()).by_citizen(account).about(account);
    app.note(event.at_client(&open.client.id).from(open.origin).because(reason));
}

/// The person who has to show more in this interaction.
pub(crate) async fn seeker(app: &App, open: &Open, session: Option<&TokenHash>, now: Timestamp) -> Result<Seeker, NotProved> {
    if let Pending::Claim(applicant) = &open.interaction.pending {
        return Ok(Seeker::Claimant(applicant.clone()));
    }
    let visit = visit(app, session, &open.client.id, now).await?.ok_or(NotProved::NothingAsked)?;
    if !open.interaction.is_for(&visit) || open.interaction.missing(&open.client, Some(&visit), now) != Missing::Evidence {
        return Err(NotProved::NothingAsked);
    }
    Ok(Seeker::Holder(visit.account))
}
