//! What is stored about a client's own registration, if it registered itself (RFC 7591 §3, RFC 7592).

use crate::secret::TokenHash;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What is stored about the registration of a client that registered itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelfRegistered {
    /// Hash of its registration access token.
    pub access_token: TokenHash,
    /// When it registered (`client_id_issued_at`).
    pub at: Timestamp,
    /// `sector_identifier_uri`, whose content was checked when it registered.
    pub sector_identifier_uri: Option<String>,
    /// What allowed it to register.
    #[serde(default)]
    pub let_in: LetIn,
}

/// What allowed a client to register itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetIn {
    /// Nothing was needed: registration was open.
    #[default]
    ByNobody,
    /// An initial access token.
    ByToken,
}
