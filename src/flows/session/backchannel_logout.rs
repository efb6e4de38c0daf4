//! Clients learn that a session ended: by logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.5), and by frames of the signed-out page
//! (Front-Channel Logout 1.0 §3).
//!
//! The citizen never waits for a client: each logout token is a row of the outbox, written in the transaction that ends the session and
//! delivered in the background of every instance ([`crate::flows::delivery`]).

use crate::app::App;
use crate::app::unavailable::Broken;
use crate::client::metadata::Client;
use crate::crypto::jose::sign::sign;
use crate::crypto::keyring::TYP_LOGOUT_TOKEN;
use crate::flows::delivery::outbox::{NewDelivery, Outcome, Patience, put};
use crate::flows::token::encrypt_response::{recipient, seal};
use crate::flows::token::issue::{sid, subject};
use crate::identity::id::{AccountId, SessionId};
use crate::oidc::claims::token::TokenFrame;
use crate::oidc::logout::token::{LogoutTokenClaims, frame_address};
use crate::outbound::OutboundError;
use crate::records::delivery::{Delivery, DeliveryBody, DeliveryKind, Recipient};
use crate::records::grant::Grant;
use crate::records::session::{SESSION_LIFETIME, SessionClient};
use crate::store::Tx;
use crate::time::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a logout token is good (§2.4 recommends two minutes at most).
const TOKEN_LIFETIME: Duration = Duration::from_mins(2);
/// After 15 s, 2 min, 7 min, 16 min …, for a day.
pub(crate) const PATIENCE: Patience = Patience { pause: Duration::from_secs(15), gives_up_after: Duration::from_hours(24) };

/// What a logout token is made from when it is sent; sealed in the outbox.
#[derive(Serialize, Deserialize)]
struct EndedSession {
    session: SessionId,
    account: AccountId,
}

/// Notes that a client holds a sign-in out of a session, if it wants to hear of its end. It lasts as long as the session can, or the
/// last of the client's tokens.
pub(crate) async fn remember(
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

/// Puts a logout token for each of these clients that wants one into the outbox. On disk with the transaction; then the loop may be woken.
pub(crate) async fn write_down(app: &App, tx: &mut Tx, holders: &[SessionClient], now: Timestamp) -> Result<(), Broken> {
    let directory = app.directory.load();
    for holder in holders {
        let wants = directory.client(&holder.client).is_some_and(|client| client.logout.backchannel.is_some());
        if wants {
            put(app, tx, logout_token_for(app, holder)?, now).await?;
        }
    }
    Ok(())
}

fn logout_token_for(app: &App, holder: &SessionClient) -> Result<NewDelivery, Broken> {
    let ended = EndedSession { session: holder.session, account: holder.account };
    let plain = postcard::to_stdvec(&ended).map_err(|error| Broken::Worker(error.to_string()))?;
    let sealed = app.seals.logout_token.seal(&app.random, &plain);
    let recipient = Recipient::client(&holder.client);
    Ok(NewDelivery { kind: DeliveryKind::LogoutToken, recipient, sealed, patience: PATIENCE })
}

fn opened(app: &App, body: &DeliveryBody) -> Option<EndedSession> {
    match body {
        DeliveryBody::Sealed(sealed) => postcard::from_bytes(&app.seals.logout_token.open(sealed)?).ok(),
        DeliveryBody::LogoutBeforeOutbox { session, account } => Some(EndedSession { session: *session, account: *account }),
    }
}

/// The frames that end the sessions of these clients in this browser, one address each.
pub(crate) fn frames(app: &App, holders: &[SessionClient], session: SessionId) -> Vec<String> {
    let directory = app.directory.load();
    let here = holders.iter().filter(|holder| holder.session == session);
    let address = |holder: &SessionClient| {
        let client = directory.client(&holder.client)?;
        let uri = client.logout.frontchannel.as_ref()?;
        Some(frame_address(uri, app.settings.issuer(), &sid(app, &client, session)))
    };
    here.filter_map(address).collect()
}

/// One attempt. Every attempt signs anew: a token is good for minutes, and one that was lost on the way back is no replay.
pub(crate) async fn deliver(app: &App, delivery: &Delivery, now: Timestamp) -> Result<Outcome, Broken> {
    let client = delivery.recipient.as_client().and_then(|id| app.directory.load().client(&id));
    let Some(client) = client else { return Ok(Outcome::Final) };
    let Some(uri) = &client.logout.backchannel else { return Ok(Outcome::Final) };
    let Some(ended) = opened(app, &delivery.body) else { return Ok(Outcome::Final) };
    // §2.4: encrypted as the client's ID tokens are.
    let recipient = match recipient(app, &client, client.protection.id_token_encryption).await {
        Ok(recipient) => recipient,
        Err(problem) => {
            tracing::warn!(client = %client.id, attempt = delivery.attempt, %problem, "a logout token was not delivered");
            return Ok(Outcome::Later);
        }
    };
    let (subject, sid) = (subject(app, &client, ended.account), sid(app, &client, ended.session));
    let issuer = app.settings.issuer();
    let frame = TokenFrame { issuer, subject: &subject, session: Some(&sid), now, lifetime: TOKEN_LIFETIME };
    let claims = LogoutTokenClaims::of(&client.id, &frame, URL_SAFE_NO_PAD.encode(app.random.bytes::<16>()));
    let token = sign(&app.keyring.load(), client.signing_alg, TYP_LOGOUT_TOKEN, &claims, now)?;
    let token = seal(app, recipient.as_ref(), token)?;
    let (outcome, counted) = match app.outbound.post_form(uri, &[("logout_token", &token)]).await {
        Ok(()) => (Outcome::Final, "delivered"),
        // §2.8: the client understood the token and refuses it; it would refuse the next one.
        Err(OutboundError::Status(400)) => (Outcome::Final, "refused"),
        Err(problem) => {
            tracing::warn!(client = %client.id, attempt = delivery.attempt, %problem, "a logout token was not delivered");
            (Outcome::Later, "failed")
        }
    };
    metrics::counter!("panjereh_logout_tokens_total", "outcome" => counted).increment(1);
    Ok(outcome)
}
