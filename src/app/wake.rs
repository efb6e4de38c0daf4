//! Wakes the delivery loop of this instance.

use crate::records::delivery::DeliveryKind;
use tokio::sync::Notify;

/// Wakes the delivery loop of this instance when a new entry is in the outbox, each kind of entry separately.
#[derive(Default)]
pub(crate) struct Wake {
    pings: Notify,
    logout_tokens: Notify,
}

impl Wake {
    /// The signal for this kind.
    pub(crate) const fn of(&self, kind: DeliveryKind) -> &Notify {
        match kind {
            DeliveryKind::Ping => &self.pings,
            DeliveryKind::LogoutToken => &self.logout_tokens,
        }
    }
}
