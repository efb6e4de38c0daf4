//! Rows of the outbox: written in the transaction of what they tell of, claimed by one instance for a time, removed when they are done.

use crate::app::App;
use crate::app::unavailable::Broken;
use crate::identity::id::DeliveryId;
use crate::records::delivery::{Delivery, DeliveryBody, DeliveryKind, DueDelivery, Recipient};
use crate::store::Tx;
use crate::time::Timestamp;
use std::time::Duration;

/// What became of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Delivered, or never to be.
    Final,
    /// To be tried again after the pause.
    Later,
}

/// How patient a kind of delivery is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// The pause after the first attempt; it grows with the third power of their number.
    pub(crate) pause: Duration,
    /// For how long a recipient that does not answer is tried.
    pub(crate) gives_up_after: Duration,
}

/// Adds a delivery to the outbox, due at once. On disk with the transaction; then the loop of its kind may be woken ([`App::wake`]).
pub(crate) async fn put(app: &App, tx: &mut Tx, row: NewDelivery, now: Timestamp) -> Result<(), Broken> {
    let NewDelivery { kind, recipient, sealed, patience } = row;
    let id = DeliveryId::new(&app.random, now);
    let delivery = Delivery { id, kind, recipient, body: DeliveryBody::Sealed(sealed), attempt: 0 };
    Ok(tx.insert_delivery(&delivery, now, now.plus(patience.gives_up_after)).await?)
}

/// A delivery that is not in the outbox yet.
pub(crate) struct NewDelivery {
    /// What it is.
    pub(crate) kind: DeliveryKind,
    /// To whom.
    pub(crate) recipient: Recipient,
    /// With what, sealed for the kind.
    pub(crate) sealed: String,
    /// For how long.
    pub(crate) patience: Patience,
}

/// Claims some; those that another instance claimed are not among what comes back.
pub(crate) async fn claim(app: &App, chosen: &[DueDelivery], pause: Duration, now: Timestamp) -> Result<Vec<Delivery>, Broken> {
    let mut tx = app.store.write().await?;
    let mut claimed = Vec::with_capacity(chosen.len());
    for due in chosen {
        claimed.extend(tx.claim_delivery(due.id, now, pause).await?);
    }
    tx.save().await?;
    Ok(claimed)
}

/// Removes a delivery that is done.
pub(crate) async fn remove(app: &App, id: DeliveryId) -> Result<(), Broken> {
    let mut tx = app.store.write().await?;
    tx.remove_delivery(id).await?;
    Ok(tx.save().await?)
}
