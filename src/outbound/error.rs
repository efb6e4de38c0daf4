//! Why a request got no usable answer.

/// Why a request was not made, or why its answer is of no use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// Not a URL that we call at all.
    #[error("the URL is not called: {0}")]
    Refused(&'static str),
    /// It leads to an address outside the public Internet.
    #[error("the URL leads to an address that is not public and not in outbound.allow_private_addresses")]
    NotPublic,
    /// No answer: name, connection, TLS or time.
    #[error("no answer: {0}")]
    Unreachable(String),
    /// Another status than success; redirects are among them.
    #[error("it was answered with status {0}")]
    Status(u16),
    /// More than `outbound.response_limit`.
    #[error("the answer is longer than outbound.response_limit")]
    TooLong,
    /// The answer is no JSON.
    #[error("the answer is no JSON")]
    NotJson,
    /// The answer is no text.
    #[error("the answer is no text in UTF-8")]
    NotText,
    /// The HTTP client could not be made; says why.
    #[error("there is no HTTP client: {0}")]
    NoClient(String),
}
