//! The end of a session. However it comes, by signing out or because somebody else signs in in this browser, it goes this one way: codes
//! that are under way die, tokens die, and whoever holds a sign-in out of it is told.
//!
//! Access that a person gave to an agency for while they are away (`offline_access`) outlasts the session in which they gave it (Back-Channel
//! Logout 1.0 §2.7); signing out everywhere ends that as well.

use crate::app::App;
use crate::app::unavailable::Broken;
use crate::flows::session::backchannel_logout;
use crate::identity::id::AccountId;
use crate::records::delivery::DeliveryKind;
use crate::records::event::EventKind;
use crate::records::origin::RequestOrigin;
use crate::records::session::{Session, SessionClient};
use crate::secret::TokenHash;
use crate::time::Timestamp;
use std::time::Duration;

/// A code that was made while the session ended is at most so much younger than its end; instances' clocks differ, too.
const MARGIN: Duration = Duration::from_mins(2);

/// Which sessions end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogoutScope {
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
    /// From where.
    pub(crate) origin: RequestOrigin,
}

/// Ends a session, or with it all of its account's; gives the clients that held a sign-in, whom logout tokens are on their way to.
pub(crate) async fn end_session(app: &App, ending: &Ending<'_>, now: Timestamp) -> Result<Vec<SessionClient>, Broken> {
    let Ending { hash, session, scope, by, origin } = *ending;
    // Marked before its grants end: a redemption that is not stopped by the mark has added its grant before, and that one ends below.
    let marked_until = now.plus(app.settings.tokens.code_lifetime).plus(MARGIN);
    app.transient.mark_ended(session.id, marked_until, now).await?;
    let mut tx = app.store.write().await?;
    let (kind, holders) = match scope {
        LogoutScope::Session => {
            tx.end_grants_of_session(session.id, now).await?;
            (EventKind::SignedOut, tx.take_clients_of_session(session.id).await?)
        }
        LogoutScope::Everywhere => {
            // One that began in this very millisecond is among them.
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
