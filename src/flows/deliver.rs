//! What clients are told in the background of every instance: that a session ended ([`super::tell_clients`]), that an answer is there
//! ([`super::ping`]). What is to be told is on disk before anybody relies on it.
//!
//! Deliveries roll: whatever comes back makes room for the next, and nobody waits for the slowest. A client that does not answer holds so
//! many of the places and no more, and what else is due for it is passed over until one of them is free again. So the others hear at once,
//! however long a neighbour has been down. Several instances share the work: each delivery is claimed by one, for a time.

use super::{App, Broken, ping, tell_clients};
use crate::identity::decoupled::Ping;
use crate::identity::id::DeliveryId;
use crate::identity::session::LogoutDelivery;
use crate::oidc::client::ClientId;
use crate::time::Timestamp;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::{Id, JoinError, JoinSet};

/// How many deliveries of a kind are under way at once.
const AT_ONCE: usize = 256;
/// How many of them are one client's.
const PER_CLIENT: usize = 16;
/// How many that are due are looked at to find some that may begin.
const LOOKED_AT: u32 = 1_024;
/// How often what is due again is looked for; what is new rings.
const LOOKED_FOR: Duration = Duration::from_secs(5);

/// What is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Logout tokens.
    LogoutTokens,
    /// Pings.
    Pings,
}

/// Whether there was anything to deliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivered {
    /// Nothing was due.
    Nothing,
    /// So many were tried.
    Tried(usize),
}

/// What became of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Delivered, or never to be.
    Final,
    /// Later again.
    Later,
}

/// One delivery that this instance has claimed.
enum Parcel {
    LogoutToken(LogoutDelivery),
    Ping(Ping),
}

/// Delivers everything of a kind that is due now, and waits for it.
pub async fn deliver_all_due(app: &Arc<App>, kind: Kind) -> Result<Delivered, Broken> {
    let mut courier = Courier::new(kind);
    let mut tried = 0;
    loop {
        tried += courier.begin(app).await?;
        match courier.under_way.join_next_with_id().await {
            Some(back) => courier.came_back(back),
            None => break,
        }
    }
    Ok(if tried == 0 { Delivered::Nothing } else { Delivered::Tried(tried) })
}

/// Delivers whatever of a kind is due, for as long as it is polled.
pub async fn keep_delivering(app: Arc<App>, kind: Kind) {
    let mut courier = Courier::new(kind);
    loop {
        if let Err(cause) = courier.begin(&app).await {
            tracing::warn!(?kind, %cause, "nothing could be delivered; it is tried again");
        }
        courier.wait(kind.bell(&app)).await;
    }
}

impl Kind {
    fn bell(self, app: &App) -> &Notify {
        match self {
            Self::LogoutTokens => &app.logouts_due,
            Self::Pings => &app.pings_due,
        }
    }

    /// What is due of it for clients other than these, the longest due first.
    async fn due(self, app: &App, not_for: &[&ClientId], now: Timestamp) -> Result<Vec<(DeliveryId, ClientId)>, Broken> {
        Ok(match self {
            Self::LogoutTokens => app.store.due_deliveries(not_for, now, LOOKED_AT).await?,
            Self::Pings => app.store.due_pings(not_for, now, LOOKED_AT).await?,
        })
    }

    /// Claims some; those that another instance claimed are not among what comes back.
    async fn claim(self, app: &App, ids: &[DeliveryId], now: Timestamp) -> Result<Vec<Parcel>, Broken> {
        let mut tx = app.store.write().await?;
        let mut claimed = Vec::with_capacity(ids.len());
        for id in ids {
            claimed.extend(match self {
                Self::LogoutTokens => tx.claim_delivery(*id, now, tell_clients::PAUSE).await?.map(Parcel::LogoutToken),
                Self::Pings => tx.claim_ping(*id, now, ping::PAUSE).await?.map(Parcel::Ping),
            });
        }
        tx.save().await?;
        Ok(claimed)
    }
}

impl Parcel {
    const fn client(&self) -> &ClientId {
        match self {
            Self::LogoutToken(delivery) => &delivery.to.client,
            Self::Ping(ping) => &ping.client,
        }
    }

    /// One attempt; what is done is removed.
    async fn deliver(self, app: &App) -> Result<(), Broken> {
        let outcome = match &self {
            Self::LogoutToken(delivery) => tell_clients::deliver(app, delivery, app.clock.now()).await?,
            Self::Ping(ping) => ping::deliver(app, ping).await,
        };
        if outcome == Outcome::Final {
            let mut tx = app.store.write().await?;
            match self {
                Self::LogoutToken(delivery) => tx.remove_delivery(delivery.id).await?,
                Self::Ping(ping) => tx.remove_ping(ping.id).await?,
            }
            tx.save().await?;
        }
        Ok(())
    }
}

/// The deliveries of one kind that are under way here.
struct Courier {
    kind: Kind,
    under_way: JoinSet<Result<(), Broken>>,
    whose: HashMap<Id, ClientId>,
}

impl Courier {
    fn new(kind: Kind) -> Self {
        Self { kind, under_way: JoinSet::new(), whose: HashMap::new() }
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
            for parcel in self.kind.claim(app, &chosen, now).await? {
                let (app, client) = (Arc::clone(app), parcel.client().clone());
                let task = self.under_way.spawn(async move { parcel.deliver(&app).await });
                self.whose.insert(task.id(), client);
                begun += 1;
            }
        }
        Ok(begun)
    }

    /// What is due and has room, also beside the others of its client.
    async fn choose(&self, app: &App, now: Timestamp) -> Result<Vec<DeliveryId>, Broken> {
        let mut of_client: HashMap<ClientId, usize> = HashMap::new();
        for client in self.whose.values() {
            *of_client.entry(client.clone()).or_default() += 1;
        }
        let busy: Vec<&ClientId> = of_client.iter().filter(|(_, has)| **has >= PER_CLIENT).map(|(client, _)| client).collect();
        let due = self.kind.due(app, &busy, now).await?;
        let has_room = |(id, client): (DeliveryId, ClientId)| {
            let has = of_client.entry(client).or_default();
            *has += 1;
            (*has <= PER_CLIENT).then_some(id)
        };
        Ok(due.into_iter().filter_map(has_room).take(AT_ONCE - self.under_way.len()).collect())
    }

    /// Until one has come back, something new is due, or it is time to look for what is due again.
    async fn wait(&mut self, bell: &Notify) {
        tokio::select! {
            Some(back) = self.under_way.join_next_with_id() => self.came_back(back),
            _ = tokio::time::timeout(LOOKED_FOR, bell.notified()) => {}
        }
        while let Some(back) = self.under_way.try_join_next_with_id() {
            self.came_back(back);
        }
    }

    fn came_back(&mut self, back: Result<(Id, Result<(), Broken>), JoinError>) {
        let (id, outcome) = match back {
            Ok((id, outcome)) => (id, outcome),
            Err(error) => (error.id(), Err(Broken::Worker(error.to_string()))),
        };
        let client = self.whose.remove(&id);
        if let Err(cause) = outcome {
            let client = client.map(|client| client.to_string());
            tracing::error!(client, kind = ?self.kind, %cause, "a client could not be told; it is tried again");
        }
    }
}
