//! Wing `session/`: a browser's session begins, is found, and ends; clients are told of its end.
//!
//! [`browser_session`]: beginning one and finding the live one behind a cookie. [`log_out`]: RP-initiated logout, with the citizen's
//! answer. [`lately_used`]: what the window shows first. [`session_end`]: the one way in which a session ends, in one browser or everywhere. [`backchannel_logout`]: logout tokens
//! and frames for the clients that hold a sign-in out of it.
//!
//! Not here: proving who the citizen is (`flows/interaction/`), sending logout tokens (`flows/delivery/`). Start with [`session_end`].

pub(crate) mod backchannel_logout;
pub(crate) mod browser_session;
pub(crate) mod lately_used;
pub(crate) mod log_out;
pub(crate) mod session_end;
