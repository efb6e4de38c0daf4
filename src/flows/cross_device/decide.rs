//! A cross-device request is decided once, in a person's browser, and redeemed once, by polling. RFC 8628 §3.3 to §3.5,
//! OpenID Connect CIBA Core §10, §11.
//!
//! The pages are those of every interaction. Only the end differs: there is no redirect; the decision is stored until the client
//! polls.

use crate::app::App;
use crate::app::unavailable::{Unavailable, unavailable_from};
use crate::client::words::ClientId;
use crate::clients::authenticate_client::AuthenticatedClient;
use crate::flows::authorization::authorization_code::grant_of;
use crate::flows::delivery::ping;
use crate::flows::interaction::open::{InteractionGone, Open};
use crate::flows::token::dpop::ShownKey;
use crate::flows::token::grant_pipeline::{EndsWith, Found, FoundGrant, Kept, Requester, TokenAnswer, answer};
use crate::flows::token::not_issued::NotIssued;
use crate::identity::id::{AccountId, SessionId};
use crate::oidc::cross_device::request::{Poll, SLOWER_BY};
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::records::cross_device::{Answering, CrossDeviceRequest, CrossDeviceWay, Decision, Pace};
use crate::records::event::EventKind;
use crate::records::grant::Grant;
use crate::records::interaction::Visit;
use crate::records::origin::RequestOrigin;
use crate::secret::TokenHash;
use crate::time::Timestamp;
use crate::transient::TransientError;
use std::sync::Arc;
use std::time::Duration;
use tracing::Instrument as _;

/// How long a request is stored after its end, so that its client gets `expired_token`.
pub(crate) const REMEMBERED: Duration = Duration::from_hours(1);
/// How long a decision is kept: longer than any request.
const DECISION_KEPT: Duration = Duration::from_hours(3);
/// A poll that is early by no more than this is in time: delays in the network vary.
const GRACE: Duration = Duration::from_millis(500);

/// The person's decision, for the page that confirms it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answered {
    /// Allowed.
    Allowed,
    /// Not allowed.
    Refused,
}

/// A request that waits for a decision, and the interaction in which a person makes it.
#[derive(Clone, Copy)]
pub(crate) struct Undecided<'a> {
    /// The interaction.
    pub(crate) open: &'a Open,
    /// The request.
    pub(crate) answering: &'a Answering,
}

/// The person allowed it: the client gets the grant's tokens at its next poll.
pub(crate) async fn allow(
    app: &Arc<App>,
    request: Undecided<'_>,
    visit: &Visit,
    now: Timestamp,
) -> Result<Answered, InteractionGone> {
    // The sign-in is not in this browser: a sign-out here does not end it, a sign-out everywhere does.
    let session = SessionId::new(&app.random, now);
    let grant = Grant { session, ..grant_of(app, &request.open.interaction.request, visit, now) };
    decide(app, request, Decision::Allowed(Box::new(grant)), Some(visit.account.id), now).await?;
    Ok(Answered::Allowed)
}

/// The person refused it, or may not sign in. With an account: its person saw the consent page and refused there.
pub(crate) async fn refuse(
    app: &Arc<App>,
    request: Undecided<'_>,
    account: Option<AccountId>,
    now: Timestamp,
) -> Result<Answered, InteractionGone> {
    decide(app, request, Decision::Refused, account, now).await?;
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
///
/// It is a task of its own: a timeout or a closed connection drops the future of the request, and must not be such a crash.
async fn decide(
    app: &Arc<App>,
    request: Undecided<'_>,
    decision: Decision,
    account: Option<AccountId>,
    now: Timestamp,
) -> Result<(), InteractionGone> {
    let (way, client) = (request.answering.way.clone(), request.open.client.id.clone());
    let deciding = Deciding { way, client, origin: request.open.origin, decision, account };
    let app = Arc::clone(app);
    let task = tokio::spawn(async move { deciding.carry_out(&app, now).await }.in_current_span());
    task.await.map_err(|error| Unavailable::Worker(error.to_string()))?
}

/// A decision that is carried out to its end.
struct Deciding {
    way: CrossDeviceWay,
    client: ClientId,
    origin: RequestOrigin,
    decision: Decision,
    account: Option<AccountId>,
}

impl Deciding {
    async fn carry_out(self, app: &App, now: Timestamp) -> Result<(), InteractionGone> {
        let right = app.transient.right_to_decide(&self.way.handle(), now).await?;
        let right = right.ok_or(InteractionGone::Gone)?;
        let mut tx = app.store.write().await?;
        for kind in self.events() {
            let event = app.event(kind, now).by_citizen(self.account).about(self.account);
            tx.append_event(&event.at_client(&self.client).from(self.origin)).await?;
        }
        tx.save().await?;
        app.transient.decide_cross_device(right, &self.decision, now.plus(DECISION_KEPT), now).await?;

        let CrossDeviceWay::Ciba(asked) = &self.way else { return Ok(()) };
        if let Some(slot) = asked.slot {
            app.transient.free_slot(asked.account, slot).await?;
        }
        Ok(ping::write_down(app, &self.client, asked, now).await?)
    }

    /// What is logged. The consent that was given is logged before, with the consent.
    fn events(&self) -> impl Iterator<Item = EventKind> {
        let decided = match (&self.way, &self.decision) {
            (CrossDeviceWay::Device(_), Decision::Allowed(_)) => EventKind::DeviceAllowed,
            (CrossDeviceWay::Device(_), Decision::Refused) => EventKind::DeviceRefused,
            (CrossDeviceWay::Ciba(_), Decision::Allowed(_)) => EventKind::AskAllowed,
            (CrossDeviceWay::Ciba(_), Decision::Refused) => EventKind::AskRefused,
        };
        let refused_consent = matches!(self.decision, Decision::Refused) && self.account.is_some();
        refused_consent.then_some(EventKind::ConsentRefused).into_iter().chain([decided])
    }
}

/// A client polls for its tokens.
pub(crate) async fn redeem_cross_device(
    app: &App,
    client: &AuthenticatedClient,
    poll: Poll,
    key: Option<ShownKey>,
) -> Result<TokenAnswer, CrossDeviceRefused> {
    let now = app.clock.now();
    if !client.client().may_use(poll.grant_type) {
        return Err(CrossDeviceRefused::NotAllowed);
    }
    let name = TokenHash::of(poll.name.expose());
    let asked = app.transient.cross_device(&name, now).await?.ok_or(CrossDeviceRefused::Unknown)?;
    if asked.request.client_id != *client.id() || asked.way.grant_type() != poll.grant_type {
        return Err(CrossDeviceRefused::WrongClient);
    }
    if now >= asked.expires_at {
        return Err(CrossDeviceRefused::Expired);
    }
    let grant = match app.transient.decision(&name, now).await? {
        Some(Decision::Allowed(grant)) => *grant,
        Some(Decision::Refused) => return Err(CrossDeviceRefused::Denied),
        None => return Err(too_early(app, &asked, now).await?),
    };

    // The grant was made with the decision, and its id is unique: of several polls at the same time, one is served.
    let kept = Kept::New { remembered_until: now.plus(DECISION_KEPT), ends_with: EndsWith::Account };
    let found = FoundGrant { grant, scopes: None, narrower: &poll.narrower, kept };
    let answered = answer(app, Requester { client, key, now }, Found::Grant(Box::new(found))).await?;
    // The grant is stored, so no later poll is served. Removing the request only saves the next poll a look-up.
    if let Err(cause) = app.transient.end_cross_device(&name, now).await {
        tracing::warn!(%cause, "a redeemed request could not be removed");
    }
    Ok(answered)
}

/// The person has not decided yet. A client that polls too often must make longer pauses from now on (RFC 8628 §3.5).
async fn too_early(app: &App, asked: &CrossDeviceRequest, now: Timestamp) -> Result<CrossDeviceRefused, Unavailable> {
    let before = app.transient.pace(&asked.name, now).await?;
    let slow_down = before.is_some_and(|pace| now.plus(GRACE) < pace.not_before);
    let too_early = before.map_or(0, |pace| pace.too_early).saturating_add(u32::from(slow_down));
    let pause = app.settings.decoupled.poll_interval.saturating_add(SLOWER_BY.saturating_mul(too_early));
    let pace = Pace { not_before: now.plus(pause), too_early };
    app.transient.put_pace(&asked.name, pace, asked.expires_at, now).await?;
    Ok(if slow_down { CrossDeviceRefused::SlowDown } else { CrossDeviceRefused::Pending })
}

/// Why no tokens were issued.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CrossDeviceRefused {
    /// The client is not registered for this grant.
    #[error("not registered for this grant type")]
    NotAllowed,
    /// Unknown, expired long ago, or redeemed before.
    #[error("unknown request")]
    Unknown,
    /// Another client's.
    #[error("request of another client")]
    WrongClient,
    /// The person did not decide, or the client did not poll, in time.
    #[error("expired")]
    Expired,
    /// The person has not decided yet.
    #[error("pending")]
    Pending,
    /// The same, and the client polls too often.
    #[error("pending; the client polls too often")]
    SlowDown,
    /// The person refused.
    #[error("refused by the person")]
    Denied,
    /// The pipeline issued no tokens.
    #[error(transparent)]
    NotIssued(#[from] NotIssued),
    /// A dependency failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

unavailable_from!(CrossDeviceRefused: TransientError);

/// What the client is told about a request for which it gets no tokens; the log has the reason.
const GONE: &str = "the request is unknown, already redeemed, or was made by another client";

/// RFC 8628 §3.5, OpenID Connect CIBA Core §11.
impl From<&CrossDeviceRefused> for OAuthError {
    fn from(error: &CrossDeviceRefused) -> Self {
        let (code, description) = match error {
            CrossDeviceRefused::Unavailable(cause) => return cause.into(),
            CrossDeviceRefused::NotIssued(refused) => return refused.public(GONE),
            CrossDeviceRefused::NotAllowed => {
                (OAuthErrorCode::UnauthorizedClient, "the client is not registered for this grant_type")
            }
            CrossDeviceRefused::Expired => (OAuthErrorCode::ExpiredToken, "nobody decided in time: begin again"),
            CrossDeviceRefused::Pending => {
                (OAuthErrorCode::AuthorizationPending, "the person has not decided yet: ask again after the interval")
            }
            CrossDeviceRefused::SlowDown => {
                (OAuthErrorCode::SlowDown, "asked too early: wait five seconds longer between requests from now on")
            }
            CrossDeviceRefused::Denied => (OAuthErrorCode::AccessDenied, "the person did not allow it"),
            CrossDeviceRefused::Unknown | CrossDeviceRefused::WrongClient => (OAuthErrorCode::InvalidGrant, GONE),
        };
        Self::new(code, description)
    }
}
