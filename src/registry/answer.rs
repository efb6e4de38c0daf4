//! The answers of the registry's services other than a person's record.

/// Whether a mobile number is registered to a national ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SimAnswer {
    /// It is registered to this person.
    Yes,
    /// Another number is registered.
    No,
    /// No number is registered to this person.
    Unknown,
}

/// The registry gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RegistryError {
    /// The registry does not answer; a later request may succeed.
    #[error("the civil registry does not answer")]
    Unavailable(#[source] Option<Box<dyn std::error::Error + Send + Sync>>),
}
