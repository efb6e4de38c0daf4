//! Rows of the outbox: written in the transaction of the change that they report, claimed by one instance for a time, removed
//! when done.

use crate::app::App;
use crate::app::unavailable::Unavailable;
use crate::identity::id::DeliveryId;
use crate::records::delivery::{Delivery, DeliveryBody, DeliveryKind, DueDelivery, Recipient};
use crate::store::Tx;
use crate::time::Timestamp;
use std::time::Duration;

/// The outcome of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Delivered, or given up.
    Final,
    /// To be retried after the pause.
    Later,
}

/// How a claim keeps a delivery from the other instances.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Claim {
    /// Until its next attempt is due, after a pause that grows.
    Pause(Duration),
    /// For one attempt; its kind says itself when the next one is due.
    Lease(Duration),
}

/// How long a kind of delivery is retried.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// The pause after the first attempt; it grows with the third power of the number of attempts.
    pub(crate) pause: Duration,
    /// After which time a recipient that does not answer is given up.
    pub(crate) gives_up_after: Duration,
}

/// Adds a delivery to the outbox, due at once. It is on disk when the transaction is saved; then the loop of its kind may be
/// woken ([`App::wake`]).
pub(crate) async fn put(app: &App, tx: &mut Tx, row: NewDelivery, now: Timestamp) -> Result<(), Unavailable> {
    let NewDelivery { kind, recipient, sealed, patience } = row;
    let id = DeliveryId::new(&app.random, now);
    let delivery = Delivery { id, kind, recipient, body: DeliveryBody::Sealed(sealed), attempt: 0 };
    Ok(tx.insert_delivery(&delivery, now, now.plus(patience.gives_up_after)).await?)
}

/// A delivery that is not in the outbox yet.
pub(crate) struct NewDelivery {
    /// Its kind.
    pub(crate) kind: DeliveryKind,
    /// Its recipient.
    pub(crate) recipient: Recipient,
    /// Its content, sealed for the kind.
    pub(crate) sealed: String,
    /// How long it is retried.
    pub(crate) patience: Patience,
}

/// Claims the chosen deliveries. The result lacks those that another instance has claimed.
pub(crate) async fn claim(app: &App, chosen: &[DueDelivery], how: Claim, now: Timestamp) -> Result<Vec<Delivery>, Unavailable> {
    let mut tx = app.store.write().await?;
    let mut claimed = Vec::with_capacity(chosen.len());
    for due in chosen {
        claimed.extend(match how {
            Claim::Pause(pause) => tx.claim_delivery(due.id, now, pause).await?,
            Claim::Lease(lease) => tx.lease_delivery(due.id, now, lease).await?,
        });
    }
    tx.save().await?;
    Ok(claimed)
}

/// Removes a delivery that is done.
pub(crate) async fn remove(app: &App, id: DeliveryId) -> Result<(), Unavailable> {
    let mut tx = app.store.write().await?;
    tx.remove_delivery(id).await?;
    Ok(tx.save().await?)
}
