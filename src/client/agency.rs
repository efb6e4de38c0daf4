//! An agency: an organisation that owns clients.

use crate::text::LocalName;
use serde::{Deserialize, Serialize};

/// An organisation that is connected to this server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agency {
    /// The short name for commands and records: `a-z 0-9 -`, 1 to 64 characters.
    pub slug: String,
    /// Its name.
    pub name: LocalName,
}
