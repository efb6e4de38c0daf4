//! Browser sessions: beginning one, finding the live one behind a cookie, keeping it fresh.
//!
//! The cookie is a 256-bit secret; the state is kept under its hash. A session's secret is new at every authentication, so that a
//! cookie planted before a sign-in is worth nothing after it (NIST SP 800-63B-4 §5.1).

use crate::app::App;
use crate::app::known_browser::known;
use crate::app::unavailable::Unavailable;
use crate::client::words::ClientId;
use crate::flows::session::session_end::{Ending, LogoutScope, end_session};
use crate::identity::account::{Account, AccountStatus};
use crate::identity::assurance::AuthenticationMethod;
use crate::identity::id::{AccountId, SessionId};
use crate::oidc::authorization::request::AuthorizationRequest;
use crate::oidc::logout::session_state::session_state;
use crate::records::interaction::Visit;
use crate::records::origin::RequestOrigin;
use crate::records::session::Session;
use crate::secret::{Secret, TokenHash};
use crate::store::Tx;
use crate::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// How stale `seen_at` may get before it is written again: one write in this time instead of one a request.
const SEEN_GRAIN: Duration = Duration::from_mins(5);

/// An authentication that succeeded.
#[derive(Clone, Copy)]
pub(crate) struct Authenticated<'a> {
    /// The account.
    pub(crate) account: AccountId,
    /// By which methods.
    pub(crate) methods: &'a [AuthenticationMethod],
    /// The session that the browser had before.
    pub(crate) before: Option<&'a TokenHash>,
}

/// A session that has just begun, and the cookie that carries it.
pub(crate) struct Begun {
    /// The cookie's value.
    pub(crate) cookie: Secret<String>,
    /// The value by which the browser is known after the session ([`crate::app::known_browser`]).
    pub(crate) known: Secret<String>,
}

/// Begins a session after an authentication, and ends the one that the browser had before. It exists when the transaction is
/// saved.
pub(crate) async fn begin(
    app: &App,
    how: &Authenticated<'_>,
    origin: RequestOrigin,
    now: Timestamp,
) -> Result<(Begun, Tx), Unavailable> {
    let Authenticated { account, methods, before } = *how;
    let mut id = SessionId::new(&app.random, now);
    if let Some(before) = before {
        match app.transient.session(before, now).await? {
            // The same person again: for the agencies it is still the same session.
            Some(session) if session.account == account => id = session.id,
            Some(session) => {
                let scope = LogoutScope::Session;
                end_session(app, &Ending { hash: before, session: &session, scope, by: account, origin }, now).await?;
            }
            None => {}
        }
        app.transient.end_session(before).await?;
    }
    let session = Session { id, account, methods: methods.to_vec(), auth_time: now, began_at: now, seen_at: now };
    let cookie = app.random.token();
    let known = known(app, account, now)?;
    let tx = app.transient.put_session(&app.store, &TokenHash::of(cookie.expose()), &session, now).await?;
    Ok((Begun { cookie, known }, tx))
}

/// The live session behind a cookie, with its account and the account's consent for `client`.
pub(crate) async fn visit(
    app: &App,
    cookie: Option<&TokenHash>,
    client: &ClientId,
    now: Timestamp,
) -> Result<Option<Visit>, Unavailable> {
    let Some(cookie) = cookie else { return Ok(None) };
    let Some(session) = app.transient.session(cookie, now).await? else { return Ok(None) };
    let Some((account, consent)) = app.store.visit(session.account, client).await? else { return Ok(None) };
    if account.status != AccountStatus::Active || !session.is_live(account.sessions_valid_from, now) {
        return Ok(None);
    }
    keep_fresh(app, cookie, &session, now).await?;
    Ok(Some(Visit { session, account, consent }))
}

async fn keep_fresh(app: &App, cookie: &TokenHash, session: &Session, now: Timestamp) -> Result<(), Unavailable> {
    if now.since(session.seen_at) >= SEEN_GRAIN {
        // A session that was ended in between stays ended.
        app.transient.touch_session(cookie, &Session { seen_at: now, ..session.clone() }, now).await?;
    }
    Ok(())
}

/// `session_state` of an answer to a client (OpenID Connect Session Management 1.0 §2).
pub(crate) fn state_for(app: &App, cookie: Option<&TokenHash>, request: &AuthorizationRequest) -> Option<String> {
    session_state(&request.client_id, &request.redirect_uri, cookie?, app.random.bytes())
}

/// The account that is signed in in this browser, if there is one.
pub(crate) async fn whoever_is_here(app: &App, cookie: Option<&TokenHash>) -> Result<Option<Arc<Account>>, Unavailable> {
    Ok(live(app, cookie, app.clock.now()).await?.map(|(_, account)| account))
}

/// The live session behind a cookie and its account.
pub(crate) async fn live(
    app: &App,
    cookie: Option<&TokenHash>,
    now: Timestamp,
) -> Result<Option<(Arc<Session>, Arc<Account>)>, Unavailable> {
    let Some(cookie) = cookie else { return Ok(None) };
    let Some(session) = app.transient.session(cookie, now).await? else { return Ok(None) };
    let account = app.store.account(session.account).await?.filter(|account| account.status == AccountStatus::Active);
    Ok(account.filter(|account| session.is_live(account.sessions_valid_from, now)).map(|account| (session, account)))
}
