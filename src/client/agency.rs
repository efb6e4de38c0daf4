//! An agency: an organisation that owns clients.

use crate::text::LocalName;
use serde::{Deserialize, Serialize};

/// A connected organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agency {
    /// Short name in commands and records: `a-z 0-9 -`, 1 to 64 characters.
    pub slug: String,
    /// Its name.
    pub name: LocalName,
}
