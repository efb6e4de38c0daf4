//! Logout: RP-initiated, back-channel, front-channel and session management (OpenID Connect).

pub(crate) mod request;
pub(crate) mod session_state;
pub(crate) mod token;
