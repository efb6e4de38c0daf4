//! The end of a session, by a sign-out or because another person signs in in this browser. Both go this one way: unredeemed codes
//! and tokens stop working, and the clients that have a sign-in from the session are told.
//!
//! Access that a person gave to an agency for the time when they are away (`offline_access`) outlasts the session in which they
//! gave it (Back-Channel Logout 1.0 §2.7). Signing out everywhere ends it as well.

use crate::app::App;
use crate::app::unavailable::Unavailable;
use crate::flows::session::backchannel_logout;
use crate::identity::id::AccountId;
use crate::records::delivery::DeliveryKind;
use crate::records::event::EventKind;
use crate::records::origin::RequestOrigin;
use crate::records::session::{Session, SessionClient};
use crate::secret::TokenHash;
use crate::time::Timestamp;
use std::time::Duration;

/// How long after the end of its session a code can be made, by a request that was running; clocks of instances also differ.
const MARGIN: Duration = Duration::from_mins(2);

/// Which sessions end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogoutScope {
    /// This browser's.
    Session,
    /// All of the account.
    Everywhere,
}

/// Which session ends, and what its event says.
#[derive(Clone, Copy)]
pub(crate) struct Ending<'a> {
    /// The hash under which it is kept.
    pub(crate) hash: &'a TokenHash,
    /// The session.
    pub(crate) session: &'a Session,
    /// Whether others end with it.
    pub(crate) scope: LogoutScope,
    /// Who ends it: its owner, or the citizen who signs in in this browser after them.
    pub(crate) by: AccountId,
    /// Where the request came from, for the audit log.
    pub(crate) origin: RequestOrigin,
}

/// Ends a session, or all sessions of its account. Returns the clients that had a sign-in; their logout tokens are in the outbox.
pub(crate) async fn end_session(app: &App, ending: &Ending<'_>, now: Timestamp) -> Result<Vec<SessionClient>, Unavailable> {
    let Ending { hash, session, scope, by, origin } = *ending;
    // Marked before its grants end: a redemption that the mark does not stop has inserted its grant before, and that grant ends
    // below.
    let marked_until = now.plus(app.settings.tokens.code_lifetime).plus(MARGIN);
    app.transient.mark_ended(session.id, marked_until, now).await?;
    let mut tx = app.store.write().await?;
    let (kind, holders) = match scope {
        LogoutScope::Session => {
            tx.end_grants_of_session(session.id, now).await?;
            (EventKind::SignedOut, tx.take_clients_of_session(session.id).await?)
        }
        LogoutScope::Everywhere => {
            // The added millisecond includes a session that began in this same millisecond.
            tx.end_sessions(session.account, now.plus(Duration::from_millis(1))).await?;
            (EventKind::SignedOutEverywhere, tx.take_clients_of_account(session.account).await?)
        }
    };
    backchannel_logout::write_down(app, &mut tx, &holders, now).await?;
    tx.append_event(&app.event(kind, now).by_citizen(by).about(session.account).from(origin)).await?;
    tx.save().await?;
    app.transient.end_session(hash).await?;
    app.wake.of(DeliveryKind::LogoutToken).notify_one();
    Ok(holders)
}
