//! Room `messaging/` (floor 3): sending text messages. An enum over the ways there are; [`outbox`] writes them to a file.

pub mod message;

pub mod outbox;

use crate::messaging::message::{SmsError, SmsMessage};
use crate::messaging::outbox::Outbox;
use crate::time::Timestamp;

/// The way in which messages leave.
#[derive(Debug, Clone)]
pub enum Sms {
    /// Into a file, for the demo and for tests.
    File(Outbox),
}

impl Sms {
    /// Sends a message. When this returns it has been handed over.
    #[expect(clippy::unused_async, reason = "ways over the network wait")]
    pub async fn send(&self, message: &SmsMessage, now: Timestamp) -> Result<(), SmsError> {
        match self {
            Self::File(outbox) => outbox.append(message, now).map_err(SmsError::Unavailable),
        }
    }
}
