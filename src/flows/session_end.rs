//! The end of a session. However it comes, by signing out or because somebody else signs in in this browser, it goes this one way: codes
//! that are under way die, tokens die, and whoever holds a sign-in out of it is told.
//!
//! Access that a person gave to an agency for while they are away (`offline_access`) outlasts the session in which they gave it (Back-Channel
//! Logout 1.0 §2.7); signing out everywhere ends that as well.

use super::tell_clients;
use super::{App, Broken};
use crate::identity::account::TokenHash;
use crate::identity::event::EventKind;
use crate::identity::session::{Session, SessionClient};
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

/// Ends a session, or with it all of its account's; gives the clients that held a sign-in, whom logout tokens are on their way to.
pub(super) async fn end_session(
    app: &App,
    (hash, session): (&TokenHash, &Session),
    scope: LogoutScope,
    now: Timestamp,
) -> Result<Vec<SessionClient>, Broken> {
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
    tell_clients::write_down(app, &mut tx, &holders, now).await?;
    tx.append_event(&app.event(kind, Some(session.account), None, now)).await?;
    tx.save().await?;
    app.transient.end_session(hash).await?;
    app.logouts_due.notify_one();
    Ok(holders)
}
