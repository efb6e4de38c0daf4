//! A message as it lies sealed in the outbox, and as a provider gets it.

use crate::crypto::seal::SealKey;
use crate::identity::id::DeliveryId;
use crate::messaging::message::SmsMessage;
use crate::random::Random;
use crate::records::delivery::message::Purpose;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Number, text and code of a message. No `Debug`: all of them are private.
#[derive(Serialize, Deserialize)]
pub(crate) struct Letter {
    /// E.164, with `+`.
    pub(crate) to: String,
    /// The text.
    pub(crate) text: String,
    /// The one-time code in the text, or nothing.
    pub(crate) code: String,
    /// What it is for.
    pub(crate) purpose: Purpose,
    /// After which it is of no use.
    pub(crate) gives_up_at: Timestamp,
}

impl Letter {
    /// The letter of a message.
    pub(crate) fn of(message: &SmsMessage, now: Timestamp) -> Self {
        Self {
            to: message.to.e164().to_owned(),
            text: message.text.clone(),
            code: message.code.as_ref().map(|code| code.expose().clone()).unwrap_or_default(),
            purpose: message.purpose,
            gives_up_at: now.plus(message.lifetime),
        }
    }

    /// Sealed for the outbox.
    pub(crate) fn seal(&self, key: &SealKey, random: &Random) -> String {
        key.seal(random, &serde_json::to_vec(self).unwrap_or_default())
    }

    /// Opened again; `None` under another master key.
    pub(crate) fn open(key: &SealKey, sealed: &str) -> Option<Self> {
        serde_json::from_slice(&key.open(sealed)?).ok()
    }

    /// The number without `+`.
    pub(crate) fn digits(&self) -> &str {
        self.to.trim_start_matches('+')
    }
}

/// What a provider is asked to send.
#[derive(Clone, Copy)]
pub(crate) struct Order<'a> {
    /// The id of the message: the same at every attempt, so that a gateway which looks at it sends the message once.
    pub(crate) id: DeliveryId,
    /// Number and text.
    pub(crate) letter: &'a Letter,
    /// Now.
    pub(crate) now: Timestamp,
}

/// What one provider answered.
pub(crate) enum Answered {
    /// It took the message, under these ids. None where it sends no receipts.
    Accepted(Vec<String>),
    /// It will never take this message. The reason holds nothing of the message.
    Refused(String),
    /// It is busy, for this long if it said so.
    Busy(Option<std::time::Duration>),
    /// It did not answer as it should. It may have taken the message all the same.
    Failed(String),
}
