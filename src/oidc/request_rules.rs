//! How a client's authorization requests and their answers travel, as it is registered: pushed (RFC 9126 §6), signed (RFC 9101 §10.5),
//! answered by a signed response (JARM §3).

use serde::{Deserialize, Serialize};

/// The rules of one client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RequestRules {
    /// `require_pushed_authorization_requests`: a request that was not pushed is refused (RFC 9126 §6).
    pub must_be_pushed: bool,
}

impl RequestRules {
    /// The rules by their names in an agency file.
    pub fn describe(&self) -> Vec<(&'static str, String)> {
        vec![("require_pushed_authorization_requests", self.must_be_pushed.to_string())]
    }
}
