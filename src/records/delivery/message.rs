//! What a text message is for, and what became of it.

use serde::{Deserialize, Serialize};

/// What a text message is for. The texts differ by it, and the metrics count by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A code that proves the number of a person who registers.
    Verify,
    /// A code that is the second factor of a sign-in.
    SignIn,
    /// A counter or a device asks the person for a decision.
    Counter,
    /// What happened to the person's account.
    Notice,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Verify, Self::SignIn, Self::Counter, Self::Notice];

    /// The name in the table and in the metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::SignIn => "sign_in",
            Self::Counter => "counter",
            Self::Notice => "notice",
        }
    }
}

/// What became of a text message, or of a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// No provider has accepted it yet.
    Queued,
    /// A provider accepted it; what the telephone received is not known.
    Accepted,
    /// The telephone received it.
    Delivered,
    /// It will not reach the telephone: every provider refused it, or a receipt says so.
    Undeliverable,
    /// Its time was over before it reached the telephone.
    Expired,
}

impl MessageState {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Queued, Self::Accepted, Self::Delivered, Self::Undeliverable, Self::Expired];

    /// The name in the table and in the metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Accepted => "accepted",
            Self::Delivered => "delivered",
            Self::Undeliverable => "undeliverable",
            Self::Expired => "expired",
        }
    }
}

/// What a provider reports of a part that it accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The provider, by its name in the settings.
    pub provider: String,
    /// The provider's id of the part.
    pub part: String,
    /// What became of it: delivered, undeliverable or expired.
    pub state: MessageState,
}
