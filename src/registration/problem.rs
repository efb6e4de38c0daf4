//! What is wrong with an agency file or a registration request.

use crate::oidc::error::{OAuthError, OAuthErrorCode};
use std::fmt;

/// One thing that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The place: `agency[tax].client[tax-web].redirect_uris[0]`, or a line.
    pub(crate) key: String,
    /// The value as written. A secret is hidden; `None` if the value is missing.
    pub(crate) value: Option<String>,
    /// What the operator or the client has to change.
    pub remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{} = {value}: {}", self.key, self.remedy),
            None => write!(f, "{}: {}", self.key, self.remedy),
        }
    }
}

/// Everything that is wrong with a file. `Display` writes one line for each problem.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(Problem::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

/// `invalid_client_metadata` (RFC 7591 §3.2.2).
pub(crate) fn bad(description: impl Into<String>) -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidClientMetadata, description.into())
}
