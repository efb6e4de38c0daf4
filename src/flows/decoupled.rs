//! A request that a client made at the back is decided in a person's browser, once, and redeemed by polling, once. RFC 8628 §3.3 to §3.5,
//! OpenID Connect CIBA Core §10, §11.
//!
//! The pages are those of every interaction; only its end is different: no redirect, but a decision that waits for the client.

use super::authenticate_client::AuthenticatedClient;
use super::code::grant_of;
use super::dpop::ShownKey;
use super::interact::{InteractionGone, Open};
use super::issue::{Mint, issue, reach};
use super::ping;
use super::protect::{NoRecipient, recipient};
use super::redeem_code::keep;
use super::{App, Broken};
use crate::identity::account::TokenHash;
use crate::identity::consent::Grant;
use crate::identity::decoupled::{Answering, Decision, Decoupled, Pace, Way};
use crate::identity::event::EventKind;
use crate::identity::id::{AccountId, SessionId};
use crate::identity::interaction::Visit;
use crate::oidc::client::GrantType;
use crate::oidc::decoupled::{Poll, SLOWER_BY};
use crate::oidc::details::reach::Allowed;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::oidc::resource::Granted;
use crate::oidc::token::TokenResponse;
use crate::store::GRANT_EXISTS;
use crate::time::Timestamp;
use std::time::Duration;

/// How long after its end a request is remembered, so that its client hears that it expired.
pub(super) const REMEMBERED: Duration = Duration::from_hours(1);
/// How long a decision is kept: longer than any request.
const DECISION_KEPT: Duration = Duration::from_hours(3);
/// A client that comes so much too early is in time: the network does not keep time either.
const GRACE: Duration = Duration::from_millis(500);

/// How a request was answered, for the page that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// Allowed.
    Allowed,
    /// Not allowed.
    Refused,
}

/// A request that waits for a decision, and the interaction in which a person makes it.
#[derive(Clone, Copy)]
pub(super) struct Undecided<'a> {
    /// The interaction.
    pub open: &'a Open,
    /// The request.
    pub answering: &'a Answering,
}

/// The person allowed it: its client finds the grant when it comes next.
pub(super) async fn allow(app: &App, request: Undecided<'_>, visit: &Visit, now: Timestamp) -> Result<Answered, InteractionGone> {
    // What signs in there is not this browser: signing out here does not end it, signing out everywhere does.
    let session = SessionId::new(&app.random, now);
    let grant = Grant { session, ..grant_of(app, &request.open.interaction.request, visit, now) };
    decide(app, request, &Decision::Allowed(Box::new(grant)), Some(visit.account.id), now).await?;
    Ok(Answered::Allowed)
}

/// The person refused it, or cannot be let in.
pub(super) async fn refuse(
    app: &App,
    request: Undecided<'_>,
    account: Option<AccountId>,
    now: Timestamp,
) -> Result<Answered, InteractionGone> {
    decide(app, request, &Decision::Refused, account, now).await?;
    Ok(Answered::Refused)
}

/// Of any number of decisions about one request, one wins: that one is logged, then it takes effect.
///
/// The right to decide and the decision are short-lived state, the event is durable, and on Redis and PostgreSQL no transaction spans the
/// two. So the order is: win, log, take effect. Whatever the program crashes between, no client gets tokens by a decision that is not
/// logged, and no decision that lost is logged:
///
/// - Crash after the win: the right is used up, nobody can decide, nothing is logged, and the client hears `authorization_pending` until
///   the request expires; then both sides begin again. On SQLite the right is usually not even used up, because it goes to disk with the
///   commit that holds the event.
/// - Crash after the event: the log names a decision that had no effect; for the client it is the same.
///
/// A failure of a store at these places is treated as a crash there: the right is not given back, because it is not known whether the
/// event was written.
async fn decide(
    app: &App,
    request: Undecided<'_>,
    decision: &Decision,
    account: Option<AccountId>,
    now: Timestamp,
) -> Result<(), InteractionGone> {
    let (way, client) = (&request.answering.way, &request.open.client.id);
    let kind = match (way, decision) {
        (Way::Device(_), Decision::Allowed(_)) => EventKind::DeviceAllowed,
        (Way::Device(_), Decision::Refused) => EventKind::DeviceRefused,
        (Way::Backchannel(_), Decision::Allowed(_)) => EventKind::AskAllowed,
        (Way::Backchannel(_), Decision::Refused) => EventKind::AskRefused,
    };
    let right = app.transient.right_to_decide(&way.handle(), now).await.map_err(Broken::from)?;
    let right = right.ok_or(InteractionGone::Gone)?;
    let mut tx = app.store.write().await.map_err(Broken::from)?;
    tx.append_event(&app.event(kind, account, Some(client), now)).await.map_err(Broken::from)?;
    tx.save().await.map_err(Broken::from)?;
    app.transient.decide_decoupled(right, decision, now.plus(DECISION_KEPT), now).await.map_err(Broken::from)?;

    let Way::Backchannel(asked) = way else { return Ok(()) };
    if let Some(seat) = asked.seat {
        app.transient.leave_seat(asked.account, seat).await.map_err(Broken::from)?;
    }
    Ok(ping::write_down(app, client, asked, now).await?)
}

/// A client comes for its tokens.
pub async fn redeem_decoupled(
    app: &App,
    client: &AuthenticatedClient,
    (grant_type, poll): (GrantType, Poll),
    key: Option<ShownKey>,
) -> Result<TokenResponse, DecoupledRefused> {
    let now = app.clock.now();
    if !client.client().may_use(grant_type) {
        return Err(DecoupledRefused::NotAllowed);
    }
    let name = TokenHash::of(poll.name.expose());
    let asked = app.transient.decoupled(&name, now).await.map_err(Broken::from)?.ok_or(DecoupledRefused::Unknown)?;
    if asked.request.client_id != *client.id() || asked.way.grant_type() != grant_type {
        return Err(DecoupledRefused::WrongClient);
    }
    if now >= asked.expires_at {
        return Err(DecoupledRefused::Expired);
    }
    let mut grant = match app.transient.decision(&name, now).await.map_err(Broken::from)? {
        Some(Decision::Allowed(grant)) => *grant,
        Some(Decision::Refused) => return Err(DecoupledRefused::Denied),
        None => return Err(too_early(app, &asked, now).await?),
    };

    let account = app.store.account(grant.account).await.map_err(Broken::from)?;
    let account = account.filter(|account| account.honours(grant.auth_time)).ok_or(DecoupledRefused::AccountClosed)?;
    grant =
        Grant { bound_to: key.map(ShownKey::into_binding), ..grant.within(client.client()).map_err(DecoupledRefused::Target)? };
    let registered = &client.client().token_policy.resources;
    let granted = Granted { registered, resources: &grant.resources, scopes: &grant.scopes };
    let allowed = Allowed { granted, details: grant.details.as_ref() };
    let reach = reach(app, &allowed, &poll.narrower).map_err(DecoupledRefused::Target)?;
    let recipient = recipient(app, client.client(), client.client().protection.id_token_encryption).await?;
    let mint = Mint { account: &account, grant: &grant, reach: &reach, recipient: recipient.as_ref() };
    let tokens = issue(app, client.client(), mint, now)?;
    // RFC 9449 §5, as for a code.
    grant.bound_to = grant.bound_to.filter(|_| client.client().is_public());

    // The grant was made with the decision, and there is one of each id: of any number who come at once, one is served.
    match keep(app, client.client(), &grant, (&tokens, tokens.lives_until.max(now.plus(DECISION_KEPT))), now).await {
        Ok(()) => {}
        Err(Broken::Store(error)) if error.conflict() == Some(GRANT_EXISTS) => return Err(DecoupledRefused::Redeemed),
        Err(error) => return Err(error.into()),
    }
    // The grant is there and serves nobody else: that the request is forgotten only spares the next answer a look at it.
    if let Err(cause) = app.transient.end_decoupled(&name, now).await {
        tracing::warn!(%cause, "a redeemed request could not be forgotten");
    }
    Ok(tokens.response)
}

/// Nobody has decided yet. Whoever asks too often is told to take longer pauses from now on (RFC 8628 §3.5).
async fn too_early(app: &App, asked: &Decoupled, now: Timestamp) -> Result<DecoupledRefused, Broken> {
    let before = app.transient.pace(&asked.name, now).await?;
    let slow_down = before.is_some_and(|pace| now.plus(GRACE) < pace.not_before);
    let too_early = before.map_or(0, |pace| pace.too_early).saturating_add(u32::from(slow_down));
    let pause = app.settings.decoupled.poll_interval.saturating_add(SLOWER_BY.saturating_mul(too_early));
    let pace = Pace { not_before: now.plus(pause), too_early };
    app.transient.put_pace(&asked.name, pace, asked.expires_at, now).await?;
    Ok(if slow_down { DecoupledRefused::SlowDown } else { DecoupledRefused::Pending })
}

/// Why no tokens were given.
#[derive(Debug, thiserror::Error)]
pub enum DecoupledRefused {
    /// The client is not registered for this grant.
    #[error("not registered for this grant type")]
    NotAllowed,
    /// Not ours, long over, or its tokens were fetched.
    #[error("unknown request")]
    Unknown,
    /// Another client's.
    #[error("request of another client")]
    WrongClient,
    /// Somebody else fetched its tokens at the same time.
    #[error("redeemed twice")]
    Redeemed,
    /// Nobody decided, or came, in time.
    #[error("expired")]
    Expired,
    /// Nobody has decided yet.
    #[error("pending")]
    Pending,
    /// The same, to a client that comes too often.
    #[error("pending; the client comes too often")]
    SlowDown,
    /// The person refused.
    #[error("refused by the person")]
    Denied,
    /// For a resource that was not granted.
    #[error("{0}")]
    Target(OAuthError),
    /// The account was closed, or all its sessions ended, in between.
    #[error("account closed or every session ended")]
    AccountClosed,
    /// Nobody to encrypt the ID token for.
    #[error(transparent)]
    Recipient(#[from] NoRecipient),
    /// Something broke.
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// RFC 8628 §3.5, OpenID Connect CIBA Core §11.
impl From<&DecoupledRefused> for OAuthError {
    fn from(error: &DecoupledRefused) -> Self {
        let (code, description) = match error {
            DecoupledRefused::Broken(_) => (OAuthErrorCode::ServerError, "try again in a moment"),
            DecoupledRefused::Target(error) => return error.clone(),
            DecoupledRefused::Recipient(error) => return error.into(),
            DecoupledRefused::NotAllowed => {
                (OAuthErrorCode::UnauthorizedClient, "the client is not registered for this grant_type")
            }
            DecoupledRefused::Expired => (OAuthErrorCode::ExpiredToken, "nobody decided in time: begin again"),
            DecoupledRefused::Pending => {
                (OAuthErrorCode::AuthorizationPending, "the person has not decided yet: ask again after the interval")
            }
            DecoupledRefused::SlowDown => {
                (OAuthErrorCode::SlowDown, "asked too early: wait five seconds longer between requests from now on")
            }
            DecoupledRefused::Denied => (OAuthErrorCode::AccessDenied, "the person did not allow it"),
            DecoupledRefused::Unknown
            | DecoupledRefused::WrongClient
            | DecoupledRefused::Redeemed
            | DecoupledRefused::AccountClosed => {
                (OAuthErrorCode::InvalidGrant, "the request is unknown, already redeemed, or was made by another client")
            }
        };
        Self::new(code, description)
    }
}
