//! The delivery loop of every instance. Several instances share the work: each delivery is claimed by one, for a time.
//!
//! Deliveries roll: each one that ends makes room for the next, and none waits for the slowest. A recipient that does not answer holds its
//! share of the places and no more, and what else is due for it is passed over until one of them is free again. So the others hear at once,
//! however long a neighbour has been down. Each kind has places of its own: a clerk at a counter waits for a ping, and no number of
//! logout tokens stands in its way.

use crate::app::App;
use crate::app::unavailable::Broken;
use crate::flows::delivery::outbox::{Outcome, Patience, claim, remove};
use crate::flows::delivery::ping;
use crate::flows::session::backchannel_logout;
use crate::records::delivery::{Delivery, DeliveryKind, DueDelivery, Recipient};
use crate::time::Timestamp;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::{Id, JoinError, JoinSet};

/// How many deliveries of a kind are under way at once.
const AT_ONCE: usize = 256;
/// How many of them are one recipient's.
const PER_RECIPIENT: usize = 16;
/// How many that are due are looked at to find some that may begin.
const LOOKED_AT: u32 = 1_024;
/// How often what is due again is looked for; what is new wakes the loop.
const LOOKED_FOR: Duration = Duration::from_secs(5);

/// Whether there was anything to deliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivered {
    /// Nothing was due.
    Nothing,
    /// So many were tried.
    Tried(usize),
}

/// Delivers everything of a kind that is due now, and waits for it.
pub async fn deliver_all_due(app: &Arc<App>, kind: DeliveryKind) -> Result<Delivered, Broken> {
    let mut deliveries = DeliveryLoop::new(kind);
    let mut tried = 0;
    loop {
        tried += deliveries.begin(app).await?;
        match deliveries.under_way.join_next_with_id().await {
            Some(ended) => deliveries.ended(ended),
            None => break,
        }
    }
    Ok(if tried == 0 { Delivered::Nothing } else { Delivered::Tried(tried) })
}

/// Delivers what is due, of every kind, for as long as it is polled.
pub async fn keep_delivering(app: Arc<App>) {
    let [pings, logout_tokens] = DeliveryKind::ALL.map(|kind| DeliveryLoop::new(kind).run(&app));
    tokio::join!(pings, logout_tokens);
}

const fn patience(kind: DeliveryKind) -> Patience {
    match kind {
        DeliveryKind::Ping => ping::PATIENCE,
        DeliveryKind::LogoutToken => backchannel_logout::PATIENCE,
    }
}

/// One attempt; what is done is removed.
async fn deliver(app: &App, delivery: &Delivery) -> Result<(), Broken> {
    let outcome = match delivery.kind {
        DeliveryKind::Ping => ping::deliver(app, delivery).await,
        DeliveryKind::LogoutToken => backchannel_logout::deliver(app, delivery, app.clock.now()).await?,
    };
    match outcome {
        Outcome::Final => remove(app, delivery.id).await,
        Outcome::Later => Ok(()),
    }
}

/// The deliveries of one kind that are under way in this instance.
struct DeliveryLoop {
    kind: DeliveryKind,
    under_way: JoinSet<Result<(), Broken>>,
    recipients: HashMap<Id, Recipient>,
}

impl DeliveryLoop {
    fn new(kind: DeliveryKind) -> Self {
        Self { kind, under_way: JoinSet::new(), recipients: HashMap::new() }
    }

    async fn run(mut self, app: &Arc<App>) {
        loop {
            if let Err(cause) = self.begin(app).await {
                tracing::warn!(kind = self.kind.name(), %cause, "nothing could be delivered; it is tried again");
            }
            self.wait(app.wake.of(self.kind)).await;
        }
    }

    /// Begins what is due and has room; says how many that are.
    async fn begin(&mut self, app: &Arc<App>) -> Result<usize, Broken> {
        let mut begun = 0;
        while self.under_way.len() < AT_ONCE {
            let now = app.clock.now();
            let chosen = self.choose(app, now).await?;
            if chosen.is_empty() {
                break;
            }
            for delivery in claim(app, &chosen, patience(self.kind).pause, now).await? {
                let (app, recipient) = (Arc::clone(app), delivery.recipient.clone());
                let task = self.under_way.spawn(async move { deliver(&app, &delivery).await });
                self.recipients.insert(task.id(), recipient);
                begun += 1;
            }
        }
        Ok(begun)
    }

    /// What is due and has room, also beside the others of its recipient.
    async fn choose(&self, app: &App, now: Timestamp) -> Result<Vec<DueDelivery>, Broken> {
        let mut places: HashMap<Recipient, usize> = HashMap::new();
        for recipient in self.recipients.values() {
            *places.entry(recipient.clone()).or_default() += 1;
        }
        let busy: Vec<&Recipient> =
            places.iter().filter(|(_, taken)| **taken >= PER_RECIPIENT).map(|(recipient, _)| recipient).collect();
        let due = app.store.due_deliveries(self.kind, &busy, now, LOOKED_AT).await?;
        let has_room = |due: &DueDelivery| {
            let taken = places.entry(due.recipient.clone()).or_default();
            *taken += 1;
            *taken <= PER_RECIPIENT
        };
        Ok(due.into_iter().filter(has_room).take(AT_ONCE - self.under_way.len()).collect())
    }

    /// Until one has ended, something new is due, or it is time to look for what is due again.
    async fn wait(&mut self, wake: &Notify) {
        tokio::select! {
            Some(ended) = self.under_way.join_next_with_id() => self.ended(ended),
            _ = tokio::time::timeout(LOOKED_FOR, wake.notified()) => {}
        }
        while let Some(ended) = self.under_way.try_join_next_with_id() {
            self.ended(ended);
        }
    }

    fn ended(&mut self, ended: Result<(Id, Result<(), Broken>), JoinError>) {
        let (id, outcome) = match ended {
            Ok((id, outcome)) => (id, outcome),
            Err(error) => (error.id(), Err(Broken::Worker(error.to_string()))),
        };
        let recipient = self.recipients.remove(&id);
        if let Err(cause) = outcome {
            let recipient = recipient.as_ref().map(Recipient::as_str);
            tracing::error!(recipient, kind = self.kind.name(), %cause, "a delivery failed; it is tried again");
        }
    }
}
