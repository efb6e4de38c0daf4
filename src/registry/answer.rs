//! What the services of the registry answer beside a person's record.

/// Whether a mobile number is registered to a national ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SimAnswer {
    /// It is.
    Yes,
    /// Another number is.
    No,
    /// No number of this person is known.
    Unknown,
}

/// The registry gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// It does not answer; asking again later may help.
    #[error("the civil registry does not answer")]
    Unavailable(#[source] Option<Box<dyn std::error::Error + Send + Sync>>),
}
