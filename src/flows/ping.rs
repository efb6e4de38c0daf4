//! Telling clients that there is an answer (OpenID Connect CIBA Core §10.2). What is to be told is written down after the decision and
//! delivered in the background of every instance ([`super::deliver`]).

use super::backchannel::Notice;
use super::deliver::{Delivered, Kind, Outcome, deliver_all_due};
use super::{App, Broken};
use crate::identity::decoupled::{Asked, Ping};
use crate::identity::id::DeliveryId;
use crate::oidc::client::ClientId;
use crate::outbound::OutboundError;
use crate::time::Timestamp;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// How long a client that does not answer is tried: longer, and its request is over.
const GIVEN_UP_AFTER: Duration = Duration::from_mins(30);
/// The pause after the first attempt; it grows with the third power of their number: 5 s, 40 s, 2 min …
pub(super) const PAUSE: Duration = Duration::from_secs(5);

/// Writes down that a client is to be told, if it wants to be. On disk on return; then [`App::pings_due`] is rung.
pub(super) async fn write_down(app: &App, client: &ClientId, asked: &Asked, now: Timestamp) -> Result<(), Broken> {
    let Some(sealed) = &asked.notice else { return Ok(()) };
    let id = DeliveryId::new(&app.random, now);
    let ping = Ping { id, client: client.clone(), sealed: sealed.clone(), attempt: 0 };
    let mut tx = app.store.write().await?;
    tx.insert_ping(&ping, now, now.plus(GIVEN_UP_AFTER)).await?;
    tx.save().await?;
    app.pings_due.notify_one();
    Ok(())
}

/// Delivers everything that is due now, and waits for it.
pub async fn deliver_pings(app: &Arc<App>) -> Result<Delivered, Broken> {
    deliver_all_due(app, Kind::Pings).await
}

/// One attempt. The answer's body is not read, and a redirect is not followed (§10.2).
pub(super) async fn deliver(app: &App, ping: &Ping) -> Outcome {
    let Some(client) = app.directory.load().client(&ping.client) else { return Outcome::Final };
    let Some(uri) = &client.backchannel.notification_endpoint else { return Outcome::Final };
    let opened = app.seals.notice.open(&ping.sealed);
    let Some(notice) = opened.and_then(|plain| serde_json::from_slice::<Notice>(&plain).ok()) else { return Outcome::Final };
    let (outcome, told) = match app.outbound.post_json(uri, &notice.token, &json!({ "auth_req_id": notice.request })).await {
        Ok(()) => (Outcome::Final, "delivered"),
        // A client that does not know the token, or sends us elsewhere, means it: saying it again changes nothing.
        Err(OutboundError::Status(300..=407 | 409..=428)) => (Outcome::Final, "refused"),
        Err(problem) => {
            tracing::warn!(client = %client.id, attempt = ping.attempt, %problem, "a ping was not delivered");
            (Outcome::Later, "failed")
        }
    };
    metrics::counter!("panjereh_pings_total", "outcome" => told).increment(1);
    outcome
}
