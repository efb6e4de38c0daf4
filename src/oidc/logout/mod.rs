//! Logout: RP-initiated, back-channel, front-channel and session management (OpenID Connect).

pub mod request;
pub mod session_state;
pub mod token;
