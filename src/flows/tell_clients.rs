//! Telling clients that a session ended: logout tokens by the back channel (OpenID Connect Back-Channel Logout 1.0 §2.5), frames for the
//! front channel (Front-Channel Logout 1.0 §3).
//!
//! The person never waits for a client: what is to be told is written down in the same transaction that ends the session, and delivered
//! in the background of every instance ([`super::deliver`]).

pub use super::deliver::Delivered;
use super::deliver::{Kind, Outcome, deliver_all_due};
use super::issue::{sid, subject};
use super::protect::{recipient, seal};
use super::{App, Broken};
use crate::crypto::keyring::TYP_LOGOUT_TOKEN;
use crate::crypto::sign::sign;
use crate::identity::consent::Grant;
use crate::identity::id::{DeliveryId, SessionId};
use crate::identity::session::{LogoutDelivery, SESSION_LIFETIME, SessionClient};
use crate::oidc::claims::TokenFrame;
use crate::oidc::client::Client;
use crate::oidc::logout_token::{LogoutTokenClaims, frame_address};
use crate::outbound::OutboundError;
use crate::store::Tx;
use crate::time::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::sync::Arc;
use std::time::Duration;

/// How long a logout token is good (§2.4 recommends two minutes at most).
const TOKEN_LIFETIME: Duration = Duration::from_mins(2);
/// How long a client that does not answer is tried.
const GIVEN_UP_AFTER: Duration = Duration::from_hours(24);
/// The pause after the first attempt; it grows with the third power of their number: 15 s, 2 min, 7 min, 16 min …
pub(super) const PAUSE: Duration = Duration::from_secs(15);

/// Notes that a client holds a sign-in out of a session, if it wants to hear of its end. It lasts as long as the session can, or the
/// last of the client's tokens.
pub(super) async fn remember(
    tx: &mut Tx,
    client: &Client,
    grant: &Grant,
    (lives_until, now): (Timestamp, Timestamp),
) -> Result<(), Broken> {
    if client.logout.any() {
        let holder = SessionClient { session: grant.session, client: client.id.clone(), account: grant.account };
        tx.remember_client(&holder, lives_until.max(now.plus(SESSION_LIFETIME))).await?;
    }
    Ok(())
}

/// Writes down what is to be told to these clients. On disk with the transaction; then [`App::logouts_due`] may be rung.
pub(super) async fn write_down(app: &App, tx: &mut Tx, holders: &[SessionClient], now: Timestamp) -> Result<(), Broken> {
    let directory = app.directory.load();
    for holder in holders {
        let wants = directory.client(&holder.client).is_some_and(|client| client.logout.backchannel.is_some());
        if wants {
            tx.insert_delivery(DeliveryId::new(&app.random, now), holder, now, now.plus(GIVEN_UP_AFTER)).await?;
        }
    }
    Ok(())
}

/// The frames that end the sessions of these clients in this browser, one address each.
pub(super) fn frames(app: &App, holders: &[SessionClient], session: SessionId) -> Vec<String> {
    let directory = app.directory.load();
    let here = holders.iter().filter(|holder| holder.session == session);
    let address = |holder: &SessionClient| {
        let client = directory.client(&holder.client)?;
        let uri = client.logout.frontchannel.as_ref()?;
        Some(frame_address(uri, app.settings.issuer(), &sid(app, &client, session)))
    };
    here.filter_map(address).collect()
}

/// Delivers everything that is due now, and waits for it.
pub async fn deliver_due(app: &Arc<App>) -> Result<Delivered, Broken> {
    deliver_all_due(app, Kind::LogoutTokens).await
}

/// One attempt. Every attempt signs anew: a token is good for minutes, and one that was lost on the way back is no replay.
pub(super) async fn deliver(app: &App, delivery: &LogoutDelivery, now: Timestamp) -> Result<Outcome, Broken> {
    let to = &delivery.to;
    let Some(client) = app.directory.load().client(&to.client) else { return Ok(Outcome::Final) };
    let Some(uri) = &client.logout.backchannel else { return Ok(Outcome::Final) };
    // §2.4: encrypted as the client's ID tokens are.
    let recipient = match recipient(app, &client, client.protection.id_token_encryption).await {
        Ok(recipient) => recipient,
        Err(problem) => {
            tracing::warn!(client = %client.id, attempt = delivery.attempt, %problem, "a logout token was not delivered");
            return Ok(Outcome::Later);
        }
    };
    let (subject, sid) = (subject(app, &client, to.account), sid(app, &client, to.session));
    let issuer = app.settings.issuer();
    let frame = TokenFrame { issuer, subject: &subject, session: Some(&sid), now, lifetime: TOKEN_LIFETIME };
    let claims = LogoutTokenClaims::of(&client.id, &frame, URL_SAFE_NO_PAD.encode(app.random.bytes::<16>()));
    let token = sign(&app.keyring.load(), client.signing_alg, TYP_LOGOUT_TOKEN, &claims, now)?;
    let token = seal(app, recipient.as_ref(), token)?;
    let (outcome, told) = match app.outbound.post_form(uri, &[("logout_token", &token)]).await {
        Ok(()) => (Outcome::Final, "delivered"),
        // §2.8: the client understood and refuses; saying it again changes nothing.
        Err(OutboundError::Status(400)) => (Outcome::Final, "refused"),
        Err(problem) => {
            tracing::warn!(client = %client.id, attempt = delivery.attempt, %problem, "a logout token was not delivered");
            (Outcome::Later, "failed")
        }
    };
    metrics::counter!("panjereh_logout_tokens_total", "outcome" => told).increment(1);
    Ok(outcome)
}
