//! A text message, and why it could not be taken.

use crate::identity::id::DeliveryId;
use crate::identity::mobile::MobileNumber;
use crate::records::delivery::message::Purpose;
use crate::secret::Secret;
use crate::store::StoreError;
use std::time::Duration;

/// A message to a person.
#[derive(Clone)]
pub(crate) struct SmsMessage {
    /// Its id, under which what becomes of it can be asked.
    pub(crate) id: DeliveryId,
    /// The number of the recipient.
    pub(crate) to: MobileNumber,
    /// The text, in the reader's language.
    pub(crate) text: String,
    /// The one-time code in the text, if there is one.
    pub(crate) code: Option<Secret<String>>,
    /// What it is for.
    pub(crate) purpose: Purpose,
    /// For how long it is of use.
    pub(crate) lifetime: Duration,
}

/// A message without a code.
#[derive(Clone, Copy)]
pub struct Notification<'a> {
    /// The number of the recipient.
    pub to: &'a MobileNumber,
    /// The text, in the reader's language.
    pub text: &'a str,
    /// What it is for.
    pub purpose: Purpose,
    /// For how long it is of use.
    pub lifetime: Duration,
}

/// How long a notice about an account is tried.
pub(crate) const NOTICE_LIFETIME: Duration = Duration::from_hours(24);

/// The text may contain the code, so `Debug` shows nothing of it.
impl std::fmt::Debug for SmsMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[message]")
    }
}

/// The message was not taken.
#[derive(Debug, thiserror::Error)]
pub enum SmsError {
    /// It could not be handed over; a later attempt may succeed.
    #[error("the message could not be handed over: {0}")]
    Unavailable(#[source] std::io::Error),
    /// The outbox could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
}
