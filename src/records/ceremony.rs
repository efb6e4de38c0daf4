//! A passkey ceremony that has begun: the server's state for the browser's answer.

use crate::identity::id::AccountId;
use serde::{Deserialize, Serialize};

/// The state of a ceremony. An answer of the other kind is refused, whatever else is right about it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Ceremony {
    /// A sign-in by a passkey.
    SignIn(String),
    /// The registration of a new passkey. The id of the future account is chosen with it, because the passkey contains it.
    Registration {
        /// The account.
        account: AccountId,
        /// The state.
        state: String,
    },
}
