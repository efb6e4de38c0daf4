//! CIBA pings: a client learns that its request is decided (OpenID Connect CIBA Core §10.2). The row is written after the decision and
//! delivered in the background of every instance (`run.rs`).

use crate::app::App;
use crate::app::unavailable::Broken;
use crate::client::words::ClientId;
use crate::flows::delivery::outbox::{NewDelivery, Outcome, Patience, put};
use crate::outbound::OutboundError;
use crate::records::cross_device::{Asked, Notice};
use crate::records::delivery::{Delivery, DeliveryBody, DeliveryKind, Recipient};
use crate::time::Timestamp;
use serde_json::json;
use std::time::Duration;

/// After 5 s, 40 s, 2 min …; a client that does not answer for half an hour has no request left to ask for.
pub(crate) const PATIENCE: Patience = Patience { pause: Duration::from_secs(5), gives_up_after: Duration::from_mins(30) };

/// Puts a ping into the outbox, if the client wants one. On disk on return, and the loop is awake.
pub(crate) async fn write_down(app: &App, client: &ClientId, asked: &Asked, now: Timestamp) -> Result<(), Broken> {
    let Some(sealed) = asked.notice.clone() else { return Ok(()) };
    let recipient = Recipient::client(client);
    let row = NewDelivery { kind: DeliveryKind::Ping, recipient, sealed, patience: PATIENCE };
    let mut tx = app.store.write().await?;
    put(app, &mut tx, row, now).await?;
    tx.save().await?;
    app.wake.of(DeliveryKind::Ping).notify_one();
    Ok(())
}

/// One attempt. The answer's body is not read, and a redirect is not followed (§10.2).
pub(crate) async fn deliver(app: &App, delivery: &Delivery) -> Outcome {
    let client = delivery.recipient.as_client().and_then(|id| app.directory.load().client(&id));
    let Some(client) = client else { return Outcome::Final };
    let Some(uri) = &client.backchannel.notification_endpoint else { return Outcome::Final };
    let Some(notice) = opened(app, &delivery.body) else { return Outcome::Final };
    let (outcome, counted) = match app.outbound.post_json(uri, &notice.token, &json!({ "auth_req_id": notice.request })).await {
        Ok(()) => (Outcome::Final, "delivered"),
        // A client that does not know the token, or redirects, will answer the same again.
        Err(OutboundError::Status(300..=407 | 409..=428)) => (Outcome::Final, "refused"),
        Err(problem) => {
            tracing::warn!(client = %client.id, attempt = delivery.attempt, %problem, "a ping was not delivered");
            (Outcome::Later, "failed")
        }
    };
    metrics::counter!("panjereh_pings_total", "outcome" => counted).increment(1);
    outcome
}

fn opened(app: &App, body: &DeliveryBody) -> Option<Notice> {
    let DeliveryBody::Sealed(sealed) = body else { return None };
    serde_json::from_slice(&app.seals.notice.open(sealed)?).ok()
}
