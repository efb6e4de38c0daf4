//! Wakes the delivery loop of this instance.

use crate::records::delivery::DeliveryKind;
use std::sync::Arc;
use tokio::sync::Notify;

/// Wakes the delivery loop of this instance when a new entry is in the outbox, each kind of entry separately.
#[derive(Default)]
pub(crate) struct Wake {
    pings: Notify,
    logout_tokens: Notify,
    letters: Notify,
    messages: Arc<Notify>,
}

impl Wake {
    /// With the signal for text messages, which the channel of messages gives.
    pub(crate) fn with_messages(messages: Arc<Notify>) -> Self {
        Self { messages, ..Self::default() }
    }

    /// The signal for this kind.
    pub(crate) fn of(&self, kind: DeliveryKind) -> &Notify {
        match kind {
            DeliveryKind::Ping => &self.pings,
            DeliveryKind::LogoutToken => &self.logout_tokens,
            DeliveryKind::Letter => &self.letters,
            DeliveryKind::Message => &self.messages,
        }
    }
}
