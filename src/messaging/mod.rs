//! Room `messaging/` (floor *world*): sending text messages.
//!
//! [`Sms`] has two ways. [`outbox`] appends each message to a file, at once: for development, the demo, and a process of the carrier.
//! [`providers`] are HTTP gateways ([`http`]) and message centres ([`smpp`]), each described by a file ([`provider_file`]): a message is
//! sealed ([`letter`]) into a row of the outbox, and the delivery loop of an instance hands it to the first provider that takes it. A
//! provider that fails rests ([`rest`]). What became of a message stays in `store/messages.rs` until its receipts are in.
//!
//! A message is sent **at least once**. One that a provider acknowledged is not sent again once that is written down. Sent twice can be a
//! message whose provider took it and did not say so in time, or whose acknowledgement this program did not live to write down.
//!
//! Not here: the sentences (`web/locales/`), the codes and their limits (`flows/interaction/one_time_code.rs`, `app/throttle/`), the loop
//! (`flows/delivery/run.rs`).
//!
//! Start with [`Sms`] and [`message`].

pub(crate) mod agency_name;
pub(crate) mod http;
pub(crate) mod letter;
pub mod message;
pub(crate) mod outbox;
pub(crate) mod post;
pub(crate) mod provider_file;
pub(crate) mod providers;
pub(crate) mod receipts;
pub(crate) mod rest;
pub(crate) mod smpp;

use crate::crypto::seal::SealKey;
use crate::identity::id::DeliveryId;
use crate::messaging::letter::{Letter, Order};
use crate::messaging::message::{SmsError, SmsMessage};
use crate::messaging::outbox::Outbox;
use crate::messaging::providers::{HandedOver, Providers};
use crate::random::Random;
use crate::records::delivery::message::MessageState;
use crate::records::delivery::{Delivery, DeliveryBody, DeliveryKind, Recipient};
use crate::store::messages::AcceptedMessage;
use crate::store::{Store, StoreError};
use crate::time::{Clock, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// How long an attempt is the claiming instance's alone. No attempt lasts as long: it tries each provider for at most 30 seconds.
pub(crate) const LEASE: Duration = Duration::from_secs(75);
/// The longest attempt.
const ATTEMPT: Duration = Duration::from_mins(1);
/// The pause after the first attempt; it grows with the square of their number.
const PAUSE: Duration = Duration::from_secs(2);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// The channel that sends messages.
pub(crate) enum Sms {
    /// Into a file, for the demo and for tests.
    File(Outbox),
    /// To providers, through the outbox of the database.
    Providers(Box<Mailbox>),
}

/// The outbox of messages to providers.
pub(crate) struct Mailbox {
    /// The providers in their order.
    pub(crate) providers: Providers,
    /// Where messages wait.
    pub(crate) store: Store,
    /// Seals what waits.
    pub(crate) seal: SealKey,
    /// The time.
    pub(crate) clock: Clock,
    /// Randomness.
    pub(crate) random: Random,
    /// Wakes the delivery loop of this instance.
    pub(crate) wake: Arc<Notify>,
}

impl Sms {
    /// Takes a message. When this returns, it is in the file, or on disk in the outbox.
    pub(crate) async fn send(&self, message: &SmsMessage, now: Timestamp) -> Result<(), SmsError> {
        match self {
            Self::File(outbox) => outbox.append(message, now).map_err(SmsError::Unavailable),
            Self::Providers(mailbox) => Ok(mailbox.put(message, now).await?),
        }
    }

    /// What became of a message. `None` where that is not known.
    pub(crate) async fn state(&self, id: DeliveryId, now: Timestamp) -> Result<Option<MessageState>, StoreError> {
        match self {
            Self::Providers(mailbox) => mailbox.store.message_state(id, now).await,
            Self::File(_) => Ok(None),
        }
    }

    /// The mailbox, where there are providers.
    pub(crate) fn mailbox(&self) -> Option<&Mailbox> {
        match self {
            Self::Providers(mailbox) => Some(mailbox),
            Self::File(_) => None,
        }
    }
}

impl Mailbox {
    async fn put(&self, message: &SmsMessage, now: Timestamp) -> Result<(), StoreError> {
        let (id, letter) = (message.id, Letter::of(message, now));
        let body = DeliveryBody::Sealed(letter.seal(&self.seal, &self.random));
        let delivery = Delivery { id, kind: DeliveryKind::Message, recipient: Recipient::message(id), body, attempt: 0 };
        let mut tx = self.store.write().await?;
        tx.insert_message(id, message.purpose, now, letter.gives_up_at).await?;
        tx.insert_delivery(&delivery, now, letter.gives_up_at).await?;
        tx.save().await?;
        self.wake.notify_one();
        Ok(())
    }

    /// One attempt to hand a claimed message to a provider, and what came of it, written down.
    pub(crate) async fn deliver(&self, delivery: &Delivery) -> Result<(), StoreError> {
        let DeliveryBody::Sealed(sealed) = &delivery.body else { return Ok(()) };
        let Some(letter) = Letter::open(&self.seal, sealed) else {
            tracing::warn!(message = %delivery.id, "a text message cannot be opened under this master key; it is removed");
            return self.end(delivery.id, MessageState::Undeliverable).await;
        };
        let order = Order { id: delivery.id, letter: &letter, now: self.clock.now() };
        match tokio::time::timeout(ATTEMPT, self.providers.hand_over(order)).await {
            Ok(HandedOver::Accepted { provider, parts }) => self.accepted(delivery.id, &provider, &parts).await,
            Ok(HandedOver::Refused) => {
                let purpose = letter.purpose.name();
                metrics::counter!("panjereh_messages_total", "provider" => "none", "purpose" => purpose, "outcome" => "undeliverable")
                    .increment(1);
                self.end(delivery.id, MessageState::Undeliverable).await
            }
            Ok(HandedOver::Later(at)) => self.postpone(delivery, at).await,
            Err(_) => self.postpone(delivery, None).await,
        }
    }

    /// One transaction: from now on the message is not sent again.
    async fn accepted(&self, id: DeliveryId, provider: &str, parts: &[String]) -> Result<(), StoreError> {
        let mut tx = self.store.write().await?;
        tx.accept_message(AcceptedMessage { id, provider, parts }, self.clock.now()).await?;
        tx.remove_delivery(id).await?;
        tx.save().await
    }

    async fn end(&self, id: DeliveryId, state: MessageState) -> Result<(), StoreError> {
        let mut tx = self.store.write().await?;
        tx.end_message(id, state, self.clock.now()).await?;
        tx.remove_delivery(id).await?;
        tx.save().await
    }

    /// Due again when a provider may be asked, or after a pause that grows. The pauses differ a little, so that what failed together
    /// is not tried together.
    async fn postpone(&self, delivery: &Delivery, at: Option<Timestamp>) -> Result<(), StoreError> {
        let now = self.clock.now();
        let pause = PAUSE.saturating_mul(delivery.attempt.saturating_mul(delivery.attempt)).min(LONGEST_PAUSE);
        let due = at.map_or_else(|| now.plus(pause), |at| at.max(now));
        let apart = Duration::from_millis(self.random.below(1_000));
        let mut tx = self.store.write().await?;
        tx.postpone_delivery(delivery.id, delivery.attempt, due.plus(apart)).await?;
        tx.save().await
    }
}
