//! Wakes the delivery loop of this instance.

use crate::records::delivery::DeliveryKind;
use tokio::sync::Notify;

/// Wakes the delivery loop of this instance when something new is in the outbox, each kind by itself.
#[derive(Default)]
pub struct Wake {
    pings: Notify,
    logout_tokens: Notify,
}

impl Wake {
    /// Of a kind.
    pub(crate) const fn of(&self, kind: DeliveryKind) -> &Notify {
        match kind {
            DeliveryKind::Ping => &self.pings,
            DeliveryKind::LogoutToken => &self.logout_tokens,
        }
    }
}
