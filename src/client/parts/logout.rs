//! A client's registration for logout notifications.

use serde::{Deserialize, Serialize};

/// The URIs at which a client is notified that a session ended.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LogoutUris {
    /// `backchannel_logout_uri`.
    pub backchannel: Option<String>,
    /// `backchannel_logout_session_required`. `sid` is sent in any case.
    #[serde(default)]
    pub(crate) backchannel_session_required: bool,
    /// `frontchannel_logout_uri`.
    pub frontchannel: Option<String>,
    /// `frontchannel_logout_session_required`. `iss` and `sid` are sent in any case.
    #[serde(default)]
    pub(crate) frontchannel_session_required: bool,
}

impl LogoutUris {
    /// Whether the client registered any logout URI.
    pub(crate) const fn any(&self) -> bool {
        self.backchannel.is_some() || self.frontchannel.is_some()
    }
}
