//! A request that a client made at the back is decided in a person's browser, once, and redeemed by polling, once. RFC 8628 §3.3 to §3.5,
//! OpenID Connect CIBA Core §10, §11.
//!
//! The pages are those of every interaction; only its end is different: no redirect, but a decision that waits for the client.

use crate::app::App;
use crate::app::unavailable::Broken;
use crate::flows::authorization::authorization_code::grant_of;
use crate::flows::clients::authenticate_client::AuthenticatedClient;
use crate::flows::delivery::ping;
use crate::flows::interaction::open::{InteractionGone, Open};
use crate::flows::token::dpop::ShownKey;
use crate::flows::token::grant_pipeline::{EndsWith, Found, FoundGrant, Kept, NotIssued, Requester, TokenAnswer, answer};
use crate::identity::id::{AccountId, SessionId};
use crate::oidc::cross_device::request::{Poll, SLOWER_BY};
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::records::cross_device::{Answering, Decision, Decoupled, Pace, Way};
use crate::records::event::EventKind;
use crate::records::grant::Grant;
use crate::records::interaction::Visit;
use crate::secret::TokenHash;
use crate::time::Timestamp;
use std::time::Duration;

/// How long after its end a request is remembered, so that its client hears that it expired.
pub(crate) const REMEMBERED: Duration = Duration::from_hours(1);
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
pub(crate) struct Undecided<'a> {
    /// The interaction.
    pub open: &'a Open,
    /// The request.
    pub answering: &'a Answering,
}

/// The person allowed it: its client finds the grant when it comes next.
pub(crate) async fn allow(app: &App, request: Undecided<'_>, visit: &Visit, now: Timestamp) -> Result<Answered, InteractionGone> {
    // What signs in there is not this browser: signing out here does not end it, signing out everywhere does.
    let session = SessionId::new(&app.random, now);
    let grant = Grant { session, ..grant_of(app, &request.open.interaction.request, visit, now) };
    decide(app, request, &Decision::Allowed(Box::new(grant)), Some(visit.account.id), now).await?;
    Ok(Answered::Allowed)
}

/// The person refused it, or cannot be let in.
pub(crate) async fn refuse(
    app: &App,
    request: Undecided<'_>,
    account: Option<AccountId>,
    now: Timestamp,
) -> Result<Answered, InteractionGone> {
    decide(app, request, &Decision::Refused, account, now).await?;
    Ok(Answered::Refused)
}

/// Of several decisions about one request, one wins. Only that one is logged, and it is logged before it takes effect.
///
/// The right to decide and the decision are short-lived state, the event is durable, and no transaction spans Redis and PostgreSQL. So the
/// order is: take the right, write the event, store the decision. At whichever point the program crashes, no client gets tokens for a
/// decision that is not logged, and no decision that lost is logged:
///
/// - Crash after the right was taken: no decision, no event. The request cannot be decided any more; its client gets
///   `authorization_pending` until the request expires, then `expired_token`, and begins again. On SQLite the right is in most cases still
///   free after the restart, because it goes to disk with the commit that holds the event.
/// - Crash after the event was written: the log has a decision without effect. The client sees the same as above.
///
/// An error of a store is handled as a crash at the same point: the right is not given back, because the event may have been written.
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
    let event = app.event(kind, now).by_citizen(account).about(account).at_client(client).from(request.open.origin);
    tx.append_event(&event).await.map_err(Broken::from)?;
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
    poll: Poll,
    key: Option<ShownKey>,
) -> Result<TokenAnswer, DecoupledRefused> {
    let now = app.clock.now();
    if !client.client().may_use(poll.grant_type) {
        return Err(DecoupledRefused::NotAllowed);
    }
    let name = TokenHash::of(poll.name.expose());
    let asked = app.transient.decoupled(&name, now).await.map_err(Broken::from)?.ok_or(DecoupledRefused::Unknown)?;
    if asked.request.client_id != *client.id() || asked.way.grant_type() != poll.grant_type {
        return Err(DecoupledRefused::WrongClient);
    }
    if now >= asked.expires_at {
        return Err(DecoupledRefused::Expired);
    }
    let grant = match app.transient.decision(&name, now).await.map_err(Broken::from)? {
        Some(Decision::Allowed(grant)) => *grant,
        Some(Decision::Refused) => return Err(DecoupledRefused::Denied),
        None => return Err(too_early(app, &asked, now).await?),
    };

    // The grant was made with the decision, and there is one of each id: of any number who come at once, one is served.
    let kept = Kept::New { remembered_until: now.plus(DECISION_KEPT), ends_with: EndsWith::Account };
    let found = FoundGrant { grant, scopes: None, narrower: &poll.narrower, kept };
    let answered = answer(app, Requester { client, key, now }, Found::Grant(Box::new(found))).await?;
    // The grant is there and serves nobody else: that the request is forgotten only spares the next answer a look at it.
    if let Err(cause) = app.transient.end_decoupled(&name, now).await {
        tracing::warn!(%cause, "a redeemed request could not be forgotten");
    }
    Ok(answered)
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
    /// The pipeline issued no tokens.
    #[error(transparent)]
    NotIssued(#[from] NotIssued),
    /// Something broke.
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// What the client is told about a request for which it gets no tokens; the log has the reason.
const GONE: &str = "the request is unknown, already redeemed, or was made by another client";

/// RFC 8628 §3.5, OpenID Connect CIBA Core §11.
impl From<&DecoupledRefused> for OAuthError {
    fn from(error: &DecoupledRefused) -> Self {
        let (code, description) = match error {
            DecoupledRefused::Broken(_) => (OAuthErrorCode::ServerError, "try again in a moment"),
            DecoupledRefused::NotIssued(refused) => return refused.public(GONE),
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
            DecoupledRefused::Unknown | DecoupledRefused::WrongClient => (OAuthErrorCode::InvalidGrant, GONE),
        };
        Self::new(code, description)
    }
}
