//! The delivery loop of every instance. Several instances share the work: each delivery is claimed by one, for a time.
//!
//! A delivery begins as soon as another one ends; none waits for the slowest. A recipient that does not answer holds at most its
//! share of the places, and its other deliveries are skipped until one of those places is free again. So the other recipients are
//! served at once, however long one of them has been down. Each kind has places of its own: a clerk at a counter waits for a
//! ping, and must not wait for logout tokens before it.

use crate::app::App;
use crate::app::unavailable::Unavailable;
use crate::flows::delivery::outbox::{Claim, Outcome, claim, remove};
use crate::flows::delivery::{letter, ping};
use crate::flows::session::backchannel_logout;
use crate::messaging;
use crate::records::delivery::{Delivery, DeliveryKind, DueDelivery, Recipient};
use crate::time::Timestamp;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::{Id, JoinError, JoinSet};

/// How many deliveries of a kind are under way at once.
const AT_ONCE: usize = 256;
/// How many of them may be for one recipient.
const PER_RECIPIENT: usize = 16;
/// How many due deliveries are read to find some that may begin.
const LOOKED_AT: u32 = 1_024;
/// How often the loop looks for due retries. A new delivery wakes it.
const LOOKED_FOR: Duration = Duration::from_secs(5);

/// Whether there was anything to deliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivered {
    /// Nothing was due.
    Nothing,
    /// The number of deliveries that were attempted.
    Tried(usize),
}

/// Delivers everything of a kind that is due now, and waits for it.
pub async fn deliver_all_due(app: &Arc<App>, kind: DeliveryKind) -> Result<Delivered, Unavailable> {
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
    let [pings, logout_tokens, messages, letters] = DeliveryKind::ALL.map(|kind| DeliveryLoop::new(kind).run(&app));
    let receipts = async {
        if let Some(mailbox) = app.sms.mailbox() {
            mailbox.keep_receiving().await;
        }
    };
    tokio::join!(pings, logout_tokens, messages, letters, receipts);
}

const fn claimed_by(kind: DeliveryKind) -> Claim {
    match kind {
        DeliveryKind::Ping => Claim::Pause(ping::PATIENCE.pause),
        DeliveryKind::LogoutToken => Claim::Pause(backchannel_logout::PATIENCE.pause),
        DeliveryKind::Message => Claim::Lease(messaging::LEASE),
        DeliveryKind::Letter => Claim::Pause(letter::PATIENCE.pause),
    }
}

/// One attempt. A delivery that is done is removed.
async fn deliver(app: &App, delivery: &Delivery) -> Result<(), Unavailable> {
    let outcome = match delivery.kind {
        DeliveryKind::Ping => ping::deliver(app, delivery).await,
        DeliveryKind::LogoutToken => backchannel_logout::deliver(app, delivery, app.clock.now()).await?,
        DeliveryKind::Letter => letter::deliver(app, delivery).await?,
        DeliveryKind::Message => match app.sms.mailbox() {
            Some(mailbox) => return Ok(mailbox.deliver(delivery).await?),
            // Written before the providers were taken out of the settings: it waits until it gives up.
            None => Outcome::Later,
        },
    };
    match outcome {
        Outcome::Final => remove(app, delivery.id).await,
        Outcome::Later => Ok(()),
    }
}

/// The deliveries of one kind that are under way in this instance.
struct DeliveryLoop {
    kind: DeliveryKind,
    under_way: JoinSet<Result<(), Unavailable>>,
    recipients: HashMap<Id, Recipient>,
}

impl DeliveryLoop {
    fn new(kind: DeliveryKind) -> Self {
        Self { kind, under_way: JoinSet::new(), recipients: HashMap::new() }
    }

    async fn run(mut self, app: &Arc<App>) {
        loop {
            if let Err(cause) = self.begin(app).await {
                tracing::warn!(kind = self.kind.name(), %cause, "due deliveries could not be claimed; this is retried");
            }
            self.wait(app.wake.of(self.kind)).await;
        }
    }

    /// Begins the due deliveries that have a free place. Returns how many.
    async fn begin(&mut self, app: &Arc<App>) -> Result<usize, Unavailable> {
        let mut begun = 0;
        while self.under_way.len() < AT_ONCE {
            let now = app.clock.now();
            let chosen = self.choose(app, now).await?;
            if chosen.is_empty() {
                break;
            }
            for delivery in claim(app, &chosen, claimed_by(self.kind), now).await? {
                let (app, recipient) = (Arc::clone(app), delivery.recipient.clone());
                let task = self.under_way.spawn(async move { deliver(&app, &delivery).await });
                self.recipients.insert(task.id(), recipient);
                begun += 1;
            }
        }
        Ok(begun)
    }

    /// The due deliveries that have a free place, in all and for their recipient.
    async fn choose(&self, app: &App, now: Timestamp) -> Result<Vec<DueDelivery>, Unavailable> {
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

    /// Waits until a delivery has ended, a new one is due, or it is time to look for retries.
    async fn wait(&mut self, wake: &Notify) {
        tokio::select! {
            Some(ended) = self.under_way.join_next_with_id() => self.ended(ended),
            _ = tokio::time::timeout(LOOKED_FOR, wake.notified()) => {}
        }
        while let Some(ended) = self.under_way.try_join_next_with_id() {
            self.ended(ended);
        }
    }

    fn ended(&mut self, ended: Result<(Id, Result<(), Unavailable>), JoinError>) {
        let (id, outcome) = match ended {
            Ok((id, outcome)) => (id, outcome),
            Err(error) => (error.id(), Err(Unavailable::Worker(error.to_string()))),
        };
        let recipient = self.recipients.remove(&id);
        if let Err(cause) = outcome {
            let recipient = recipient.as_ref().map(Recipient::as_str);
            tracing::error!(recipient, kind = self.kind.name(), %cause, "a delivery failed; it is retried");
        }
    }
}
