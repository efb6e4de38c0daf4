//! Room `messaging/` (floor *world*): sending text messages.
//!
//! [`Sms`] is an enum over the ways to send. Today there is one: [`outbox`] appends each message to a file that another process reads
//! and sends. A message is sent once, while the citizen waits for it; what must be repeated until it is delivered is a row of
//! `store/outbox.rs`, which is another outbox.
//!
//! Not here: the sentences (`web/locales/`), the codes and their limits (`flows/interaction/one_time_code.rs`, `app/throttle/`).
//!
//! Start with [`Sms`] and [`message`].

pub(crate) mod message;

pub(crate) mod outbox;

use crate::messaging::message::{SmsError, SmsMessage};
use crate::messaging::outbox::Outbox;
use crate::time::Timestamp;

/// The channel that sends messages.
#[derive(Debug, Clone)]
pub(crate) enum Sms {
    /// Into a file, for the demo and for tests.
    File(Outbox),
}

impl Sms {
    /// Sends a message. When this returns, the message has been handed over.
    #[expect(clippy::unused_async, reason = "a channel over the network has to await")]
    pub(crate) async fn send(&self, message: &SmsMessage, now: Timestamp) -> Result<(), SmsError> {
        match self {
            Self::File(outbox) => outbox.append(message, now).map_err(SmsError::Unavailable),
        }
    }
}
