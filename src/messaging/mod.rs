//! Room `messaging/` (floor 3): sending text messages. An enum over the ways there are; [`outbox`] writes them to a file.

pub mod outbox;

use crate::identity::mobile::MobileNumber;
use crate::secret::Secret;
use crate::time::Timestamp;
use outbox::Outbox;

/// A message to a person.
#[derive(Clone)]
pub struct SmsMessage {
    /// To whom.
    pub to: MobileNumber,
    /// The text, in the reader's language.
    pub text: String,
    /// The one-time code in it, where there is one.
    pub code: Option<Secret<String>>,
}

/// The text may repeat the code: `Debug` shows nothing of it.
impl std::fmt::Debug for SmsMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[message]")
    }
}

/// The way in which messages leave.
#[derive(Debug, Clone)]
pub enum Sms {
    /// Into a file, for the demo and for tests.
    File(Outbox),
}

/// The message did not leave.
#[derive(Debug, thiserror::Error)]
pub enum SmsError {
    /// It could not be handed over; trying again later may help.
    #[error("the message could not be handed over: {0}")]
    Unavailable(#[source] std::io::Error),
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
