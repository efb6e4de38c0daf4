//! A text message, and why it was not sent.

use crate::identity::mobile::MobileNumber;
use crate::secret::Secret;

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

/// The message did not leave.
#[derive(Debug, thiserror::Error)]
pub enum SmsError {
    /// It could not be handed over; trying again later may help.
    #[error("the message could not be handed over: {0}")]
    Unavailable(#[source] std::io::Error),
}
