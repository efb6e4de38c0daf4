//! Where a client hears that a session ended, as it is registered.

use serde::{Deserialize, Serialize};

/// `logout_uris` of a client: where it wants to hear that a session ended.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LogoutUris {
    /// `backchannel_logout_uri`.
    pub backchannel: Option<String>,
    /// `backchannel_logout_session_required`; `sid` is always sent.
    #[serde(default)]
    pub backchannel_session_required: bool,
    /// `frontchannel_logout_uri`.
    pub frontchannel: Option<String>,
    /// `frontchannel_logout_session_required`; `iss` and `sid` are always sent.
    #[serde(default)]
    pub frontchannel_session_required: bool,
}

impl LogoutUris {
    /// Whether the client wants to hear at all.
    pub const fn any(&self) -> bool {
        self.backchannel.is_some() || self.frontchannel.is_some()
    }
}
