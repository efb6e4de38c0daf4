//! What a registry says, and from where it comes.

use crate::identity::provenance::Provenance;
use crate::random::Random;
use crate::time::Clock;

/// What a look-up needs from the program: the time, and randomness that binds the answer to its request.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    /// The clock.
    pub clock: &'a Clock,
    /// Randomness.
    pub random: &'a Random,
}

/// A statement of a registry about a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer<T> {
    /// What it says.
    pub says: T,
    /// Who said it, under which number, for which moment, and the signed answer: this is kept as evidence.
    pub provenance: Provenance,
}

impl<T> Answer<T> {
    /// The same statement in other words.
    pub(crate) fn map<U>(self, translate: impl FnOnce(T) -> U) -> Answer<U> {
        Answer { says: translate(self.says), provenance: self.provenance }
    }
}

/// Whether a mobile number is registered to a national ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SimAnswer {
    /// It is registered to this person.
    Yes,
    /// Another number is registered.
    No,
    /// No number is registered to this person.
    Unknown,
}

/// The registry gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The changes after that number are no longer kept, or the feed began again: all records have to be asked for again.
    #[error("the civil registry no longer has the changes after that number")]
    FeedLost,
    /// The registry does not answer; a later request may succeed.
    #[error("the civil registry does not answer")]
    Unavailable(#[source] Option<Box<dyn std::error::Error + Send + Sync>>),
}
