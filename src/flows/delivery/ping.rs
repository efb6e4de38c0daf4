//! CIBA pings: a client is told that its request is decided (OpenID Connect CIBA Core §10.2). The row is written after the
//! decision; a background task of every instance delivers it (`run.rs`).

use crate::app::App;
use crate::app::unavailable::Unavailable;
use crate::client::words::ClientId;
use crate::flows::delivery::outbox::{NewDelivery, Outcome, Patience, put};
use crate::outbound::OutboundError;
use crate::records::cross_device::{CibaAsk, Notice};
use crate::records::delivery::{Delivery, DeliveryBody, DeliveryKind, Recipient};
use crate::time::Timestamp;
use serde_json::json;
use std::time::Duration;

/// Retries after 5 s, 40 s, 2 min …. After half an hour the request has expired, so a later ping would be of no use.
pub(crate) const PATIENCE: Patience = Patience { pause: Duration::from_secs(5), gives_up_after: Duration::from_mins(30) };

/// Puts a ping into the outbox, if the client wants one. It is on disk on return, and the loop is woken.
pub(crate) async fn write_down(app: &App, client: &ClientId, asked: &CibaAsk, now: Timestamp) -> Result<(), Unavailable> {
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
    let client = delivery.recipient.as_client().and_then(|id| app.client_cache.load().client(&id));
    let Some(client) = client else { return Outcome::Final };
    let Some(uri) = &client.ciba.notification_endpoint else { return Outcome::Final };
    let Some(notice) = opened(app, &delivery.body) else {
        tracing::warn!(client = %client.id, delivery = %delivery.id, "a ping cannot be opened under this master key; it is removed");
        metrics::counter!("panjereh_pings_total", "outcome" => "unreadable").increment(1);
        return Outcome::Final;
    };
    let body = json!({ "auth_req_id": notice.request });
    let (outcome, counted) = match app.outbound.strangers().post_json(uri, &notice.token, &body).await {
        Ok(()) => (Outcome::Final, "delivered"),
        // A client that rejects the token, or redirects, would answer the same again.
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
