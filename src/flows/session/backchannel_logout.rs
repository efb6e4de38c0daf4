//! Clients are told that a session ended: by logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.5), and by frames of the
//! signed-out page (Front-Channel Logout 1.0 §3).
//!
//! The citizen never waits for a client: each logout token is a row of the outbox, written in the transaction that ends the session and
//! delivered in the background of every instance ([`crate::flows::delivery`]).

use crate::app::App;
use crate::app::unavailable::Unavailable;
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

/// How long a logout token is valid (§2.4 recommends two minutes at most).
const TOKEN_LIFETIME: Duration = Duration::from_mins(2);
/// Retries after 15 s, 2 min, 7 min, 16 min …, for a day.
pub(crate) const PATIENCE: Patience = Patience { pause: Duration::from_secs(15), gives_up_after: Duration::from_hours(24) };

/// What a logout token is made from when it is sent; sealed in the outbox.
#[derive(Serialize, Deserialize)]
struct EndedSession {
    session: SessionId,
    account: AccountId,
}

/// Stores that a client has a sign-in from a session, if it wants to be told of the session's end. The row lives as long as the
/// session can, or as the last of the client's tokens.
pub(crate) async fn remember(
    tx: &mut Tx,
    client: &Client,
    grant: &Grant,
    lives_until: Timestamp,
    now: Timestamp,
) -> Result<(), Unavailable> {
    if client.logout.any() {
        let holder = SessionClient { session: grant.session, client: client.id.clone(), account: grant.account };
        tx.remember_client(&holder, lives_until.max(now.plus(SESSION_LIFETIME))).await?;
    }
    Ok(())
}

/// Puts a logout token for each of these clients that wants one into the outbox. It is on disk when the transaction is saved;
/// then the loop may be woken.
pub(crate) async fn write_down(app: &App, tx: &mut Tx, holders: &[SessionClient], now: Timestamp) -> Result<(), Unavailable> {
    let client_cache = app.client_cache.load();
    for holder in holders {
        let wants = client_cache.client(&holder.client).is_some_and(|client| client.logout.backchannel.is_some());
        if wants {
            put(app, tx, logout_token_for(app, holder)?, now).await?;
        }
    }
    Ok(())
}

fn logout_token_for(app: &App, holder: &SessionClient) -> Result<NewDelivery, Unavailable> {
    let ended = EndedSession { session: holder.session, account: holder.account };
    let plain = postcard::to_stdvec(&ended).map_err(|error| Unavailable::Worker(error.to_string()))?;
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
    let client_cache = app.client_cache.load();
    let here = holders.iter().filter(|holder| holder.session == session);
    let address = |holder: &SessionClient| {
        let client = client_cache.client(&holder.client)?;
        let uri = client.logout.frontchannel.as_ref()?;
        Some(frame_address(uri, app.settings.issuer(), &sid(app, &client, session)))
    };
    here.filter_map(address).collect()
}

/// One attempt. Every attempt signs a new token: the old one expires within minutes, and a client that received it would take the
/// same token for a replay.
pub(crate) async fn deliver(app: &App, delivery: &Delivery, now: Timestamp) -> Result<Outcome, Unavailable> {
    let client = delivery.recipient.as_client().and_then(|id| app.client_cache.load().client(&id));
    let Some(client) = client else { return Ok(Outcome::Final) };
    let Some(uri) = &client.logout.backchannel else { return Ok(Outcome::Final) };
    let Some(ended) = opened(app, &delivery.body) else {
        tracing::warn!(client = %client.id, delivery = %delivery.id, "a logout token cannot be opened under this master key; it is removed");
        metrics::counter!("panjereh_logout_tokens_total", "outcome" => "unreadable").increment(1);
        return Ok(Outcome::Final);
    };
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
    let (outcome, counted) = match app.outbound.strangers().post_form(uri, &[("logout_token", &token)]).await {
        Ok(()) => (Outcome::Final, "delivered"),
        // §2.8: the client understood the token and rejects it; it would reject the next one.
        Err(OutboundError::Status(400)) => (Outcome::Final, "refused"),
        Err(problem) => {
            tracing::warn!(client = %client.id, attempt = delivery.attempt, %problem, "a logout token was not delivered");
            (Outcome::Later, "failed")
        }
    };
    metrics::counter!("panjereh_logout_tokens_total", "outcome" => counted).increment(1);
    Ok(outcome)
}
