//! A text message, and why it was not sent.

use crate::identity::mobile::MobileNumber;
use crate::secret::Secret;

/// A message to a person.
#[derive(Clone)]
pub(crate) struct SmsMessage {
    /// The number of the recipient.
    pub(crate) to: MobileNumber,
    /// The text, in the reader's language.
    pub(crate) text: String,
    /// The one-time code in the text, if there is one.
    pub(crate) code: Option<Secret<String>>,
}

/// The text may contain the code, so `Debug` shows nothing of it.
impl std::fmt::Debug for SmsMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[message]")
    }
}

/// The message was not sent.
#[derive(Debug, thiserror::Error)]
pub enum SmsError {
    /// It could not be handed over; a later attempt may succeed.
    #[error("the message could not be handed over: {0}")]
    Unavailable(#[source] std::io::Error),
}
